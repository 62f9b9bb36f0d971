// A function told as a formula: the values of its steps, their local derivatives, and the chain rule over the paths.

import type { AnyFunction } from '../transforms/call.js';
import type { Block, Sentence } from './document.js';
import { Explanation, type Settings } from './explanation.js';
import { type Formula, multiplied, number, partial, sum, symbol, type Term } from './notation.js';
import { type PlainValues, plain, type Side, type Values } from './values.js';
import { type Quantity, type Walk, type WalkStep, type Way, walkOf } from './walk.js';
import { type Say, sayIn } from './words.js';

/** A formula in two notations. */
export interface FormulaText {
  readonly text: string;
  readonly latex: string;
}

/** An argument of a function that was explained, or an array that it takes from outside. */
export interface ExplainedQuantity {
  readonly name: string;
  readonly value: PlainValues;
  /** ∂result/∂it; null where none comes back to it. */
  readonly gradient: PlainValues | null;
}

/** The way back from a step to one of its inputs. */
export interface ExplainedWay {
  /** The name of the input. */
  readonly input: string;
  /** ∂step/∂input as a formula; null where it is none of one line. */
  readonly slope: FormulaText | null;
  /** The value of that, of an elementwise step. */
  readonly local: PlainValues | null;
  /** What of ∂result/∂input comes this way. */
  readonly part: PlainValues;
}

/** A step of a function that was explained. */
export interface ExplainedStep extends ExplainedQuantity {
  /** The op; 'linear' and 'mean' are several. */
  readonly op: string;
  readonly formula: FormulaText;
  /** The names of what it is computed from. */
  readonly inputs: readonly string[];
  readonly back: readonly ExplainedWay[];
}

/** What `explain(f)(x)` found. */
export interface FunctionData {
  readonly kind: 'function';
  /** The name of the result. */
  readonly result: string;
  readonly value: number;
  readonly inputs: readonly ExplainedQuantity[];
  readonly constants: readonly ExplainedQuantity[];
  /** In the order of the forward pass; the last one is the result. */
  readonly steps: readonly ExplainedStep[];
}

/** Steps that are told; of a longer function the first and the last ones. */
const MAX_STEPS = 60;

/** Explains a function at a point. */
export function explainedFunction(
  where: string,
  f: AnyFunction,
  args: readonly unknown[],
  settings: Settings & { readonly names: readonly string[] },
): Explanation<FunctionData> {
  const walk = walkOf(where, f, args, settings.names, settings.digits);
  return new Explanation(dataOf(walk, settings.maxNumbers), new Story(walk, settings).blocks(), settings);
}

/** What was found on a walk; of arrays of more numbers than that a summary. */
export function dataOf({ inputs, constants, steps }: Walk, limit: number): FunctionData {
  const numbers = (values: Values | undefined): PlainValues | null => (values ? plain(values, limit) : null);
  const quantity = ({ name, values, gradient }: Quantity): ExplainedQuantity => ({
    name,
    value: plain(values, limit),
    gradient: numbers(gradient),
  });
  const both = (formula: Formula | undefined) => (formula ? { text: formula.text, latex: formula.latex } : null);
  const last = steps.at(-1)!;
  return {
    kind: 'function',
    result: last.name,
    value: last.values.data[0]!,
    inputs: inputs.map(quantity),
    constants: constants.map(quantity),
    steps: steps.map((step) => ({
      ...quantity(step),
      op: step.op,
      formula: both(step.formula)!,
      inputs: step.inputs.map(({ name }) => name),
      back: step.ways.map(({ to, slope, local, part }) => ({
        input: to.name,
        slope: both(slope),
        local: numbers(local),
        part: plain(part, limit),
      })),
    })),
  };
}

const isScalar = ({ shape }: Values): boolean => shape.length === 0;

/** Tells a walk. */
class Story {
  readonly #walk: Walk;
  readonly #digits: number;
  readonly #say: Say;
  readonly #last: WalkStep;

  constructor(walk: Walk, { digits, language }: Settings) {
    this.#walk = walk;
    this.#digits = digits;
    this.#say = sayIn(language);
    this.#last = walk.steps.at(-1)!;
  }

  blocks(): Block[] {
    const { steps, constants } = this.#walk;
    return [
      { kind: 'title', sentence: this.#title() },
      { kind: 'heading', sentence: this.#say('forward') },
      ...this.#some(
        [...this.#walk.inputs, ...constants].filter(({ values }) => !isScalar(values)),
        (q) => [equation(q.symbol, q.values)],
      ),
      ...this.#some(steps, (step) => [this.#forward(step)]),
      { kind: 'heading', sentence: this.#say('backward') },
      ...this.#some([...steps].reverse(), (step) => this.#slopes(step)),
      { kind: 'heading', sentence: this.#say('chain') },
      ...this.#some([...steps].reverse().slice(1), (step) => this.#chain(step)),
      ...this.#some(this.#walk.inputs, (input) => this.#chain(input)),
    ];
  }

  /** The blocks of each; of many only of the first and the last ones. */
  #some<T>(all: readonly T[], blocksOf: (one: T) => Block[]): Block[] {
    if (all.length <= MAX_STEPS) return all.flatMap(blocksOf);
    const half = MAX_STEPS / 2;
    const between = this.#say('more', { count: String(all.length - MAX_STEPS) });
    return [
      ...all.slice(0, half).flatMap(blocksOf),
      { kind: 'words', sentence: between },
      ...all.slice(-half).flatMap(blocksOf),
    ];
  }

  /** z = (2w + 3b)·(2b + 1), at w = 3, b = 4. */
  #title(): Sentence {
    const { inputs, whole } = this.#walk;
    const result = equated(this.#last.symbol, whole ?? this.#last.formula);
    const points = inputs.map((q) => (isScalar(q.values) ? equated(q.symbol, this.#value(q.values)) : q.symbol));
    return this.#say('atPoint', { result, inputs: joined(points) });
  }

  #value(values: Values): Term {
    return number(values.data[0]!, this.#digits);
  }

  /** x = 2w + 3b = 2·3 + 3·4 = 18. */
  #forward({ symbol, formula, inNumbers, values }: WalkStep): Block {
    const shown = inNumbers && inNumbers.text !== this.#value(values).text ? [inNumbers] : [];
    return equation(symbol, formula, ...shown, values);
  }

  /** ∂z/∂x = y = 9, for each input. */
  #slopes({ symbol, formula, op, inputs, ways }: WalkStep): Block[] {
    const lines = ways.flatMap((way) => this.#slope(symbol, op, way));
    const none = ways.length === 0 && inputs.length > 0;
    if (none) lines.push({ kind: 'words', sentence: this.#say('noGradient', { op }) });
    return lines.length > 0 ? [{ kind: 'words', sentence: [equated(symbol, formula)] }, ...lines] : [];
  }

  #slope(symbol: Term, op: string, { to, slope, slopeInNumbers, local, isGeneral }: Way): Block[] {
    if (isGeneral) return [{ kind: 'words', sentence: this.#say('noSlope', { op }) }];
    if (!slope) return [];
    const value = local && isScalar(local) ? this.#value(local).text : '';
    const said = slopeInNumbers ? [slope, slopeInNumbers] : [slope];
    const formulas = said.filter(({ text }, i) => text !== value && text !== said[i - 1]?.text);
    return [equation(partial(symbol, to.symbol), ...formulas, ...(local ? [local] : []))];
  }

  /** ∂z/∂b = ∂z/∂x·∂x/∂b + ∂z/∂y·∂y/∂b = 9·3 + 18·2 = 63. */
  #chain(to: Quantity): Block[] {
    const result = this.#last;
    const ways = this.#walk.steps.flatMap((step) => {
      return step.ways.filter((way) => way.to.name === to.name).map((way) => ({ step, way }));
    });
    if (!to.gradient) return [{ kind: 'words', sentence: this.#say('unused', { input: to.symbol }) }];
    const left = partial(result.symbol, to.symbol);
    const formula = sum(ways.map(({ way }) => way.formula));
    const numbers = ways.map(({ step, way }) => {
      if (!way.local || !isScalar(way.local) || !step.gradient || !isScalar(step.gradient)) return undefined;
      const local = this.#value(way.local);
      return step === result ? local : multiplied(this.#value(step.gradient), local);
    });
    const known = numbers.every((n) => n !== undefined) ? sum(numbers as Term[]) : undefined;
    const sides: Side[] = [left];
    if (formula.text !== left.text) sides.push(formula);
    if (known && known.text !== this.#value(to.gradient).text) sides.push(known);
    return [equation(...sides, to.gradient)];
  }
}

const equation = (...sides: readonly Side[]): Block => ({ kind: 'equation', sides });

const equated = (a: Formula, b: Formula): Term => {
  const { text, latex } = { text: `${a.text} = ${b.text}`, latex: `${a.latex} = ${b.latex}` };
  return { ...symbol(text, latex), level: 0 };
};

const joined = (terms: readonly Formula[]): Term =>
  symbol(terms.map(({ text }) => text).join(', '), terms.map(({ latex }) => latex).join(',\\ '));

// A function of tensors at a point, step by step: values on the way forward, gradients and local derivatives on the way
// back, all computed by the library's own rules in one program. Not here: how that is told (formulas.ts).

import { check } from '../errors.js';
import { gradients, pullback } from '../grad.js';
import { checkFunction, scalarLoss } from '../objective.js';
import { Program } from '../program.js';
import { runner } from '../run/runtime.js';
import { checkNotTraced, inTrace } from '../scope.js';
import { sameShape } from '../shape.js';
import { inputOf, type Tensor } from '../tensor.js';
import { type AnyFunction, calledOn } from '../transforms/call.js';
import { flattenTree, type Leaf, leafTensor } from '../tree.js';
import { argumentNames, Names, resultName } from './names.js';
import { number, partial, product, sum, symbol, type Term, total, transposed } from './notation.js';
import { constantOf, formulaOf, type Step, shown, stepsOf } from './steps.js';
import type { Values } from './values.js';

/** Something with a name and a value. */
export interface Quantity {
  readonly name: string;
  readonly symbol: Term;
  readonly values: Values;
  /** ∂result/∂it; undefined where none comes back to it. */
  readonly gradient: Values | undefined;
}

/** The way back from a step to one of its inputs. */
export interface Way {
  readonly to: Quantity;
  /** ∂step/∂input as a formula, and with numbers in it; undefined if it is none of one line. */
  readonly slope: Term | undefined;
  readonly slopeInNumbers: Term | undefined;
  /** Its value: of an elementwise step, in the shape of that. */
  readonly local: Values | undefined;
  /**
   * What of ∂result/∂input comes this way, as a formula, and its value; the formula is `general` where the op has none
   * here.
   */
  readonly formula: Term;
  readonly isGeneral: boolean;
  readonly part: Values;
}

/** A step, with numbers. */
export interface WalkStep extends Quantity {
  readonly op: string;
  readonly formula: Term;
  /** The formula with numbers in place of the names; of scalars. */
  readonly inNumbers: Term | undefined;
  readonly inputs: readonly Quantity[];
  readonly ways: readonly Way[];
}

/** A walk forward and back through a function. */
export interface Walk {
  readonly inputs: readonly Quantity[];
  /** Arrays that the function takes from outside. */
  readonly constants: readonly Quantity[];
  /** The last one is the result. */
  readonly steps: readonly WalkStep[];
  /** The result as one formula of the inputs, if that is short. */
  readonly whole: Term | undefined;
}

/** Formulas of more letters are not written as one. */
const MAX_WHOLE = 60;

/**
 * @param names  for what is computed between arguments and result, in order
 * @param digits of the numbers in formulas
 */
export function walkOf(
  where: string,
  f: AnyFunction,
  args: readonly unknown[],
  names: readonly string[],
  digits: number,
): Walk {
  checkFunction(where, f);
  checkNotTraced(where, 'call it outside');
  const leaves: Leaf[] = [];
  const form = flattenTree(`the arguments of ${where}`, args, leaves);
  check(leaves.length > 0, () => `${where}: its function takes no tensor or number`);
  const given = leaves.map(leafTensor);
  const called = argumentNames(f as never, form!.parts);
  const inputs = given.map(({ shape, dtype }, i) => inputOf(called[i]!, shape, dtype));
  const result = scalarLoss(
    where,
    inTrace(`the function of ${where}`, () => calledOn(where, f, form, leaves, inputs)),
  );
  const last = shown(result);
  check(last.traced, () => `${where}: what the function returns does not depend on its arguments`);
  const steps = stepsOf(last, digits);
  const taken = [...called, resultName(f, [...called, ...names])];
  const walker = new Walker(result, steps, digits);
  walker.compute(inputs, given);
  inputs.forEach((t, i) => void walker.name(t, called[i]!));
  walker.name(last, taken.at(-1)!);
  walker.nameOthers(names, new Names([...taken, ...names, 'e']));
  return walker.walk(inputs, last);
}

/** The way back through a step, as tensors. */
interface Back {
  readonly parts: readonly (Tensor | null)[];
  readonly locals: readonly (Tensor | null)[];
  /** Each once. */
  readonly inputs: readonly Tensor[];
}

class Walker {
  readonly #result: Tensor;
  readonly #steps: readonly Step[];
  readonly #digits: number;
  readonly #gradients = new Map<Tensor, Tensor>();
  readonly #backs = new Map<Step, Back>();
  readonly #values = new Map<Tensor, Values>();
  readonly #names = new Map<Tensor, string>();
  readonly #quantities = new Map<Tensor, Quantity>();

  constructor(result: Tensor, steps: readonly Step[], digits: number) {
    this.#result = result;
    this.#steps = steps;
    this.#digits = digits;
  }

  /** Runs it: all values and derivatives in one program. */
  compute(inputs: readonly Tensor[], given: readonly Tensor[]): void {
    inTrace('the backward pass', () => this.#differentiate(inputs));
    const backs = [...this.#backs.values()].flatMap(({ parts, locals }) => [...parts, ...locals]);
    const wanted = [...this.#steps.map(({ tensor }) => tensor), ...this.#gradients.values(), ...backs];
    const outputs = [...new Set(wanted.filter((t) => t !== null))];
    inputs.forEach(({ shape }, i) => void this.#values.set(inputs[i]!, { shape, data: given[i]!.values() }));
    for (const { inputs: of } of this.#steps) {
      for (const t of of) if (!t.traced) this.#values.set(t, { shape: t.shape, data: t.values() });
    }
    const program = new Program(runner(), { outputs, effects: [] }, { inputs, what: 'explain' });
    try {
      inputs.forEach((t, i) => void program.write(t, given[i]!.values()));
      program.run();
      for (const t of outputs) this.#values.set(t, { shape: t.shape, data: program.read(t) });
    } finally {
      program.dispose();
    }
  }

  #differentiate(inputs: readonly Tensor[]): void {
    const wanted = [...this.#steps.map(({ tensor }) => tensor), ...inputs].filter(({ dtype }) => dtype === 'float32');
    gradients(this.#result, wanted).forEach((g, i) => {
      if (g) this.#gradients.set(wanted[i]!, g);
    });
    for (const step of this.#steps) {
      const { tensor, rule } = step;
      const g = this.#gradients.get(tensor);
      const of = [...new Set(step.inputs)].filter(({ traced, dtype }) => traced && dtype === 'float32');
      if (!g || of.length === 0) continue;
      const parts = pullback([tensor], [g.reshape(tensor.shape)], of, of);
      // With 1 in every place an elementwise op gives its slopes.
      const alike = rule.slopes !== undefined && of.every(({ shape }) => sameShape(shape, tensor.shape));
      const locals = alike ? pullback([tensor], [tensor.onesLike()], of, of) : of.map(() => null);
      this.#backs.set(step, { parts, locals, inputs: of });
    }
  }

  name(t: Tensor, name: string): void {
    this.#names.set(t, name);
  }

  /** Names the steps that have no name yet, and the constants that are arrays. */
  nameOthers(given: readonly string[], names: Names): void {
    const left = [...given];
    for (const { tensor, inputs } of this.#steps) {
      for (const t of inputs) if (!t.traced && !this.#names.has(t)) this.name(t, names.next(true));
      if (!this.#names.has(tensor)) this.name(tensor, left.shift() ?? names.next());
    }
  }

  walk(inputs: readonly Tensor[], last: Tensor): Walk {
    const wholes = new Map<Tensor, Term>();
    const whole = (t: Tensor): Term => wholes.get(t) ?? this.#term(t);
    for (const step of this.#steps) wholes.set(step.tensor, formulaOf(step, step.inputs.map(whole)));
    const all = this.#steps.length > 1 ? whole(last) : undefined;
    const constants = this.#steps
      .flatMap((step) => step.inputs)
      .filter((t) => !t.traced && constantOf(t) === undefined);
    return {
      inputs: inputs.map((t) => this.#quantity(t)),
      constants: [...new Set(constants)].map((t) => this.#quantity(t)),
      steps: this.#steps.map((step) => this.#step(step, last)),
      whole: all && all.text.length <= MAX_WHOLE ? all : undefined,
    };
  }

  #quantity(t: Tensor): Quantity {
    const known = this.#quantities.get(t);
    if (known) return known;
    const name = this.#names.get(t) ?? '';
    const g = this.#gradients.get(t);
    const gradient = g && { shape: t.shape, data: this.#values.get(g)!.data };
    const quantity = { name, symbol: symbol(name), values: this.#values.get(t)!, gradient };
    this.#quantities.set(t, quantity);
    return quantity;
  }

  /** What stands for it in formulas: its name, or the number that a constant is. */
  #term(t: Tensor): Term {
    const value = constantOf(t);
    return value === undefined ? this.#quantity(t).symbol : number(value, this.#digits);
  }

  /** The number that it is, if it is one. */
  #number(t: Tensor): Term | undefined {
    const { shape, data } = this.#values.get(t)!;
    return shape.length === 0 ? number(data[0]!, this.#digits) : undefined;
  }

  #step(step: Step, last: Tensor): WalkStep {
    const { tensor, op, rule } = step;
    const names = step.inputs.map((t) => this.#term(t));
    const numbers = step.inputs.map((t) => this.#number(t));
    const known = numbers.every((n) => n !== undefined) ? (numbers as Term[]) : undefined;
    const own = this.#quantity(tensor);
    const slopes = rule.slopes?.(names, own.symbol, tensor);
    const value = this.#number(tensor);
    const slopesInNumbers = known && value && rule.slopes?.(known, value, tensor);
    const g = tensor === last ? ONE : partial(this.#term(last), own.symbol);
    const backs = rule.back?.(g, names, own.symbol, tensor);
    const { inputs, parts, locals } = this.#backs.get(step) ?? { inputs: [], parts: [], locals: [] };
    const ways = inputs.flatMap((t, i): Way[] => {
      const part = parts[i];
      if (!part) return [];
      const to = this.#quantity(t);
      // An input that stands twice in the formula has the sum of both slopes.
      const at = step.inputs.flatMap((other, k) => (other === t ? [k] : []));
      const summed = (of: readonly (Term | null)[] | undefined) => of && sumOf(at.map((k) => of[k]!));
      const local = locals[i];
      return [
        {
          to,
          slope: summed(slopes),
          slopeInNumbers: summed(slopesInNumbers),
          local: local ? this.#values.get(local) : undefined,
          isGeneral: rule.slopes === undefined && rule.back === undefined,
          formula: summed(backs) ?? chained(g, own, to, rule.slopes !== undefined),
          part: { shape: t.shape, data: this.#values.get(part)!.data },
        },
      ];
    });
    return {
      ...own,
      op,
      formula: formulaOf(step, names),
      inNumbers: known && formulaOf(step, known),
      inputs: step.inputs.filter((x) => constantOf(x) === undefined).map((x) => this.#quantity(x)),
      ways,
    };
  }
}

const ONE = number(1, 1);

/** The sum of those that are there. */
function sumOf(terms: readonly (Term | null)[]): Term | undefined {
  const there = terms.filter((t) => t !== null);
  const [first] = there;
  const alike = there.every(({ text }) => text === first?.text);
  return first && (alike ? product([number(there.length, 9), first]) : sum(there));
}

/** The chain rule: g is ∂result/∂step, and the step depends on `to`. */
function chained(g: Term, step: Quantity, to: Quantity, elementwise: boolean): Term {
  const slope = partial(step.symbol, to.symbol);
  if (!elementwise) return product([transposed(slope), g]);
  const all = product([g, slope], step.values.shape.length > 0);
  return sameShape(step.values.shape, to.values.shape) ? all : total(all);
}

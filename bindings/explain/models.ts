// A model told as backpropagation: forward layer by layer, the loss, δ from the last layer to the first, and a step of
// the optimizer.

import { callOf } from '../made.js';
import type { Inside } from '../model/model.js';
import type { Training } from '../model/training.js';
import { shapeText } from '../shape.js';
import type { Block } from './document.js';
import { Explanation, type Settings } from './explanation.js';
import { LOSSES } from './losses.js';
import { type NetworkWalk, stepAndBack, type WalkedLayer, type WalkedStep, walkNetwork } from './network.js';
import {
  call,
  difference,
  type Formula,
  multiplied,
  number,
  numberText,
  partial,
  product,
  sum,
  symbol,
  type Term,
  total,
  transposed,
} from './notation.js';
import { RULES } from './rules.js';
import { type PlainValues, plain, type Side, summaryOf, type Values } from './values.js';
import { type Filled, type Phrase, type Say, sayIn } from './words.js';

/** A parameter of a layer that was explained. */
export interface ExplainedParameter {
  /** Its name in the model: 'dense.kernel'. */
  readonly name: string;
  readonly value: PlainValues;
  /** ∂L/∂parameter; null where the loss does not depend on it. */
  readonly gradient: PlainValues | null;
}

/** A layer of a model that was explained. What does not apply to it is null. */
export interface ExplainedLayer {
  readonly name: string;
  readonly kind: string;
  /** Of one sample. */
  readonly inputShape: readonly number[] | null;
  readonly outputShape: readonly number[] | null;
  /** x, of a dense layer or an activation. */
  readonly input: PlainValues | null;
  /** z = x·W + b. */
  readonly z: PlainValues | null;
  /** Its output, a = σ(z). */
  readonly a: PlainValues | null;
  /** The op between z and a; 'linear' if there is none, 'own' if it is a function of others. */
  readonly activation: string | null;
  /** σ'(z). */
  readonly slope: PlainValues | null;
  /** ∂L/∂a; null where the loss depends on z alone, as cross-entropy with softmax does. */
  readonly outputGradient: PlainValues | null;
  /** δ = ∂L/∂z. */
  readonly delta: PlainValues | null;
  readonly parameters: readonly ExplainedParameter[];
}

/** What `explain(model, x, y)` found. */
export interface ModelData {
  readonly kind: 'model';
  readonly samples: number;
  readonly inputs: readonly PlainValues[];
  readonly labels: readonly PlainValues[];
  /** In the order of the forward pass. */
  readonly layers: readonly ExplainedLayer[];
  /** Its name, its value, and its value after one step of the optimizer. */
  readonly loss: { readonly name: string; readonly value: number; readonly after: number };
  readonly optimizer: { readonly name: string; readonly learningRate: number };
  /** What the step changes. */
  readonly updates: readonly { readonly name: string; readonly before: PlainValues; readonly after: PlainValues }[];
}

/** Explains a training step of a model on a batch. */
export function explainedModel(
  { network, training, data }: Inside,
  x: unknown,
  y: unknown,
  settings: Settings,
): Explanation<ModelData> {
  const trained = training();
  const batch = data(x, y);
  const walk = walkNetwork(network, trained, batch);
  const step = stepAndBack(trained, batch);
  const story = new Story(walk, step, trained, settings);
  return new Explanation(dataOf(walk, step, trained, settings.maxNumbers), story.blocks(), settings);
}

const lossName = ({ compiled }: Training): string => compiled.targets.map(({ loss }) => loss.name).join(' + ');
const rateOf = ({ state }: Training): number => state.learningRate * state.learningRateScale;

function dataOf(walk: NetworkWalk, step: WalkedStep, training: Training, limit: number): ModelData {
  const numbers = (values: Values | undefined): PlainValues | null => (values ? plain(values, limit) : null);
  return {
    kind: 'model',
    samples: walk.samples,
    inputs: walk.inputs.map((values) => plain(values, limit)),
    labels: walk.labels.map((values) => plain(values, limit)),
    layers: walk.layers.map((layer) => ({
      name: layer.name,
      kind: layer.kind,
      inputShape: layer.inputShape ?? null,
      outputShape: layer.a?.shape.slice(1) ?? null,
      input: numbers(layer.input),
      z: numbers(layer.z),
      a: numbers(layer.a),
      activation: layer.activation ?? null,
      slope: numbers(layer.slope),
      outputGradient: numbers(layer.outputGradient),
      delta: numbers(layer.delta),
      parameters: layer.parameters.map(({ name, values, gradient }) => ({
        name,
        value: plain(values, limit),
        gradient: numbers(gradient),
      })),
    })),
    loss: { name: lossName(training), value: walk.loss!, after: step.lossAfter },
    optimizer: { name: training.compiled.optimizer.name, learningRate: rateOf(training) },
    updates: step.updates.map(({ name, before, after }) => ({
      name,
      before: plain(before, limit),
      after: plain(after, limit),
    })),
  };
}

/** Sums of more terms are not written out. */
const MAX_TERMS = 6;

const X = symbol('x');
const Y = symbol('y');
const L = symbol('L');
const ETA = symbol('η', '\\eta');
const SIGMA = '\\sigma';

/** A symbol of a layer: z1. */
const of = (letter: string, layer: number, latex = letter): Term =>
  symbol(`${letter}${layer}`, `${latex}^{(${layer})}`);
const delta = (layer: number): Term => of('δ', layer, '\\delta');
const slopeSymbol = (z: Term, activation: string): Term => {
  const name = activation === 'sigmoid' ? 'σ' : activation === 'own' ? 'f' : activation;
  return call(`${name}'`, [z], name === 'σ' ? `${SIGMA}'` : `\\mathrm{${name}}'`);
};

/** Of a parameter: W, b, or its name. */
const letterOf = (part: string): string => ({ kernel: 'W', bias: 'b' })[part] ?? part;

const isDense = ({ input, z, parameters }: WalkedLayer): boolean =>
  input !== undefined && z !== undefined && parameters.length > 0;

class Story {
  readonly #walk: NetworkWalk;
  readonly #step: WalkedStep;
  readonly #training: Training;
  readonly #settings: Settings;
  readonly #say: Say;

  constructor(walk: NetworkWalk, step: WalkedStep, training: Training, settings: Settings) {
    this.#walk = walk;
    this.#step = step;
    this.#training = training;
    this.#settings = settings;
    this.#say = sayIn(settings.language);
  }

  blocks(): Block[] {
    const { layers } = this.#walk;
    return [
      { kind: 'title', sentence: this.#title() },
      ...(layers.some(isDense) ? [this.#words('rowsNotColumns')] : []),
      this.#heading('forwardPass'),
      ...layers.flatMap((layer) => this.#forward(layer)),
      this.#heading('lossHeading'),
      ...this.#loss(),
      this.#heading('backwardPass'),
      ...[...layers].reverse().flatMap((layer) => this.#backward(layer)),
      this.#heading('updateHeading'),
      ...this.#update(),
    ];
  }

  #title() {
    const { optimizer } = this.#training.compiled;
    const samples = String(this.#walk.samples);
    const loss = lossName(this.#training);
    const rate = equated(ETA, this.#number(rateOf(this.#training)));
    return this.#say('modelTitle', { samples, loss, optimizer: optimizer.name, rate });
  }

  #words<K extends Phrase>(phrase: K, ...filled: Filled<K>): Block {
    return { kind: 'words', sentence: this.#say(phrase, ...filled) };
  }

  #heading(phrase: 'forwardPass' | 'lossHeading' | 'backwardPass' | 'updateHeading'): Block {
    return { kind: 'heading', sentence: this.#say(phrase) };
  }

  #number(value: number): Term {
    return number(value, this.#settings.digits);
  }

  /** Layer 1, dense: 2 → 3, sigmoid. */
  #layerHeading(layer: WalkedLayer, ...more: readonly string[]): Block {
    const name = layer.name === layer.kind ? layer.name : `${layer.name} (${layer.kind})`;
    const shapes = [layer.inputShape, layer.a?.shape.slice(1)].map((shape) => (shape ? sizes(shape) : '?')).join(' → ');
    const what = [name, shapes, ...more].join(', ');
    return { kind: 'subheading', sentence: this.#say('layer', { number: String(layer.number), what }) };
  }

  /** What a layer reads is called: x, or a1. */
  #inputOf({ reads, number }: WalkedLayer): Term {
    return reads === undefined ? of('x', number) : reads < 1 ? X : of('a', reads);
  }

  #forward(layer: WalkedLayer): Block[] {
    const { number: n, z, a, activation, input } = layer;
    if (!z || !a) return this.#summary(layer);
    const [x, ours] = [this.#inputOf(layer), isDense(layer)];
    const blocks = [this.#layerHeading(layer, ...(activation && activation !== 'linear' ? [activation] : []))];
    // What another layer computed stands there already.
    if (input && (layer.reads ?? 0) < 1) blocks.push(equation(x, input));
    for (const { part, values } of layer.parameters) blocks.push(equation(of(letterOf(part), n), values));
    if (ours) blocks.push(...this.#units(layer), equation(of('z', n), this.#product(layer), z));
    if (activation === 'linear') blocks.push(equation(of('a', n), of('z', n)));
    else blocks.push(equation(of('a', n), this.#activation(layer, ours ? of('z', n) : x), a));
    return blocks;
  }

  /** x·W1 + b1. */
  #product(layer: WalkedLayer): Term {
    const { number, parameters } = layer;
    const xW = product([this.#inputOf(layer), of('W', number)]);
    return parameters.some(({ part }) => part === 'bias') ? sum([xW, of('b', number)]) : xW;
  }

  /** z1[2] = 0.05·(-0.4) + 0.1·0.25 - 0.1 = -0.095, of one sample and few units. */
  #units({ number: n, parameters, input, z }: WalkedLayer): Block[] {
    const [kernel, bias] = ['kernel', 'bias'].map((name) => parameters.find(({ part }) => part === name)?.values.data);
    const [count, units] = [input!.data.length, z!.data.length];
    if (this.#walk.samples !== 1 || count > MAX_TERMS || units > MAX_TERMS) return [];
    return Array.from({ length: units }, (_, u) => {
      const terms = Array.from(input!.data, (x, i) =>
        multiplied(this.#number(x), this.#number(kernel![i * units + u]!)),
      );
      if (bias) terms.push(this.#number(bias[u]!));
      const left = symbol(`z${n}[${u + 1}]`, `z^{(${n})}_{${u + 1}}`);
      return equation(left, sum(terms), this.#number(z!.data[u]!));
    });
  }

  /** σ(z), as a formula. */
  #activation({ activation }: WalkedLayer, z: Term): Term {
    const rule = RULES[activation ?? ''];
    if (activation === 'own' || !rule) return call(activation === 'own' ? 'f' : activation!, [z]);
    return activation === 'leakyRelu' ? call('leakyRelu', [z]) : rule.value([z], ROW);
  }

  /** A layer that is not told in full. */
  #summary(layer: WalkedLayer): Block[] {
    const { number, a, parameters } = layer;
    if (!a) return [this.#layerHeading(layer), this.#words('severalOutputs')];
    const blocks = [this.#layerHeading(layer), equation(of('a', number), a)];
    const list = parameters.map(({ part, values }) => `${part} ${shapeText(values.shape)}`).join(', ');
    blocks.push(parameters.length > 0 ? this.#words('itsParameters', { list }) : this.#words('noParameters'));
    return blocks;
  }

  #loss(): Block[] {
    const { labels, loss } = this.#walk;
    const { targets } = this.#training.compiled;
    const value = this.#number(loss!);
    const said: Block[] = labels
      .slice(0, targets.length)
      .map((values, i) => equation(targets.length > 1 ? of('y', i + 1) : Y, values));
    if (this.#walk.hasPenalties) said.push(this.#words('penalties'));
    const formulas = this.#formulas();
    const byClass = labels[0]!.shape.length === 1 && targets[0]!.loss.classes;
    if (byClass) said.push(this.#words('classLabels', { y: Y }));
    const [last] = this.#outputs();
    if (!formulas || !last) return [...said, equation(L, value)];
    return [...said, equation(L, formulas.value(of('a', last.number), Y), value)];
  }

  /** The formulas of the loss, of a model with one output and nothing else in its loss. */
  #formulas() {
    const [target, ...others] = this.#training.compiled.targets;
    const alone = others.length === 0 && target!.weight === 1 && !this.#walk.hasPenalties;
    return alone && !target!.loss.own ? LOSSES[target!.loss.name] : undefined;
  }

  #outputs(): WalkedLayer[] {
    return this.#walk.layers.filter(({ isOutput }) => isOutput).slice(-1);
  }

  #backward(layer: WalkedLayer): Block[] {
    const { z, a, delta: d } = layer;
    if (!z || !a) return this.#norms(layer);
    const blocks = [this.#layerHeading(layer)];
    if (!d) return [...blocks, this.#words('notInLoss')];
    blocks.push(...this.#delta(layer, d));
    return isDense(layer) ? [...blocks, ...this.#weightGradients(layer)] : blocks;
  }

  /** ∂L/∂a, σ'(z), δ. */
  #delta(layer: WalkedLayer, d: Values): Block[] {
    const { number: n, activation, outputGradient, slope } = layer;
    const [an, zn] = [of('a', n), isDense(layer) ? of('z', n) : this.#inputOf(layer)];
    const ours = isDense(layer) ? [delta(n), partial(L, zn)] : [partial(L, zn)];
    if (!outputGradient) {
      const formula = this.#slopeOfLoss(layer);
      const together = this.#words('together', { activation: activation ?? '', delta: ours[0]! });
      return [together, equation(...ours, ...(formula ? [formula] : []), d)];
    }
    if (activation === 'linear') return [equation(...ours, ...this.#from(layer, true), d)];
    const first = equation(partial(L, an), ...this.#from(layer, false), outputGradient);
    if (!slope) {
      const [back] = RULES[activation ?? '']?.back?.(partial(L, an), [zn], an, ROW) ?? [];
      const rest = back ? [equation(...ours, back, d)] : [equation(...ours, d)];
      return [first, ...(back ? [] : [this.#words('ownActivation')]), ...rest];
    }
    const sigma = slopeSymbol(zn, activation!);
    const formula =
      activation === 'own' || activation === 'leakyRelu' ? [] : [RULES[activation!]?.slopes?.([zn], an, ROW)?.[0]];
    const known = formula.filter((t) => t !== undefined && t !== null);
    return [first, equation(sigma, ...known, slope), equation(...ours, product([partial(L, an), sigma], true), d)];
  }

  /** Where ∂L/∂a comes from: the loss, or the layer that reads a. */
  #from(layer: WalkedLayer, isLinear: boolean): Side[] {
    const { number: n, reader, isOutput } = layer;
    if (isOutput) {
      const formula = this.#slopeOfLoss(layer);
      return [...(isLinear ? [partial(L, of('a', n))] : []), ...(formula ? [formula] : [])];
    }
    return reader ? [product([delta(reader), transposed(of('W', reader))])] : [];
  }

  #slopeOfLoss({ number: n, a, isOutput, outputGradient }: WalkedLayer): Term | undefined {
    const formulas = this.#formulas();
    if (!formulas || !isOutput) return undefined;
    const { loss } = this.#training.compiled.targets[0]!;
    const classes = /categorical|softmax/i.test(loss.name);
    const count = classes ? a!.data.length / a!.shape.at(-1)! : a!.data.length;
    // Of probabilities the formula is that of ∂L/∂z.
    if (outputGradient && !loss.fromLogits && loss.activation) return undefined;
    return formulas.slope(of('a', n), Y, number(count, 9));
  }

  /** dW = xᵀ·δ, db = Σ δ. */
  #weightGradients(layer: WalkedLayer): Block[] {
    const { number: n, parameters } = layer;
    const x = this.#inputOf(layer);
    const gradientOf = (name: string) => parameters.find(({ part }) => part === name)?.gradient;
    const [dW, db] = [gradientOf('kernel'), gradientOf('bias')];
    const blocks: Block[] = [];
    if (dW) {
      const by = partial(of('z', n), of('W', n));
      blocks.push(this.#words('inputIsSlope', { slope: by, x }));
      blocks.push(equation(of('dW', n), product([transposed(x), delta(n)]), dW));
    }
    if (db) {
      const one = this.#walk.samples === 1;
      if (!one) blocks.push(this.#words('overSamples'));
      blocks.push(equation(of('db', n), one ? delta(n) : total(delta(n)), db));
    }
    return blocks;
  }

  /** The norms of the gradients of a layer that is not told in full. */
  #norms(layer: WalkedLayer): Block[] {
    const norm = ({ gradient, part }: WalkedLayer['parameters'][number]): string =>
      `${part} ${gradient ? numberText(summaryOf(gradient).norm, 3) : '0'}`;
    const blocks = [this.#layerHeading(layer)];
    const { outputGradient, parameters, number: n } = layer;
    if (outputGradient) blocks.push(equation(partial(L, of('a', n)), outputGradient));
    if (parameters.length > 0) blocks.push(this.#words('gradientNorms', { list: parameters.map(norm).join(', ') }));
    return blocks;
  }

  /** W1 ← W1 - η·dW1. */
  #update(): Block[] {
    const { updates, lossAfter, trainingLoss } = this.#step;
    const { optimizer } = this.#training.compiled;
    const { loss } = this.#walk;
    const plainStep = isPlain(optimizer);
    const differs = Math.abs(trainingLoss - loss!) > 1e-4 * Math.max(1, Math.abs(loss!));
    const blocks = differs ? [this.#words('trainingDiffers', { loss: this.#number(trainingLoss) })] : [];
    if (!plainStep) blocks.push(this.#words('byOptimizer', { optimizer: optimizer.name }));
    for (const { name, after } of updates) {
      const owner = this.#walk.layers.find(({ parameters }) => parameters.some((p) => p.name === name));
      const part = owner?.parameters.find((p) => p.name === name)?.part;
      const ours =
        owner && part && isDense(owner)
          ? of(letterOf(part), owner.number)
          : symbol(name, `\\mathrm{${name.replaceAll('_', '\\_')}}`);
      const gradient = owner && part && isDense(owner) ? of(`d${letterOf(part)}`, owner.number) : partial(L, ours);
      const right = plainStep ? [difference(ours, product([ETA, gradient]))] : [];
      blocks.push(becomes(ours, ...right, after));
    }
    const [before, now] = [this.#number(loss!), this.#number(lossAfter)];
    const phrase = lossAfter < loss! ? 'lossFell' : lossAfter > loss! ? 'lossRose' : 'lossSame';
    return [...blocks, this.#words(phrase, { before, after: now })];
  }
}

/** What rules look at of a node, where there is none: its inputs are arrays. */
const ROW = { inputs: [{ shape: [1, 1] }], attrs: {} } as never;

/** Whether an optimizer does nothing but p ← p - η·g. */
function isPlain(optimizer: object): boolean {
  const made = callOf(optimizer);
  const { momentum, weightDecay } = (made?.args?.[1] ?? {}) as { momentum?: number; weightDecay?: number };
  return made?.name === 'sgd' && !momentum && !weightDecay;
}

const sizes = (shape: readonly number[]): string => shape.join('×') || '1';

const equation = (...sides: readonly Side[]): Block => ({ kind: 'equation', sides });

/** a ← b = c. */
const becomes = (...sides: readonly Side[]): Block => ({ kind: 'equation', sides, isUpdate: true });

const equated = (a: Formula, b: Formula): Formula => ({
  text: `${a.text} = ${b.text}`,
  latex: `${a.latex} = ${b.latex}`,
});

// A network of dense layers, its gradient and its training, as loops over numbers in float64: written from the
// formulas, with nothing that the library has.

import type { Rule } from './rules.js';

type Row = readonly number[];

/** An activation of one row, and what the gradient at its result, g, is before it. */
interface Activation {
  readonly of: (z: Row) => number[];
  readonly back: (z: Row, g: Row) => number[];
  /** Its slope is a difference, as 1 - a², which has no digits in float32 where a is nearly 1. */
  readonly cancels: boolean;
}

const each = (f: (z: number) => number, slope: (z: number) => number, cancels = false): Activation => ({
  of: (z) => z.map(f),
  back: (z, g) => z.map((x, i) => slope(x) * g[i]!),
  cancels,
});

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
const sum = (row: Row): number => row.reduce((a, b) => a + b, 0);

function softmax(z: Row): number[] {
  const most = Math.max(...z);
  const e = z.map((x) => Math.exp(x - most));
  return e.map((x) => x / sum(e));
}

export const ACTIVATIONS = {
  linear: each(
    (z) => z,
    () => 1,
  ),
  sigmoid: each(sigmoid, (z) => sigmoid(z) * (1 - sigmoid(z)), true),
  tanh: each(Math.tanh, (z) => 1 - Math.tanh(z) ** 2, true),
  relu: each(
    (z) => Math.max(0, z),
    (z) => (z > 0 ? 1 : 0),
  ),
  leakyRelu: each(
    (z) => (z > 0 ? z : 0.01 * z),
    (z) => (z > 0 ? 1 : 0.01),
  ),
  softplus: each((z) => Math.log1p(Math.exp(-Math.abs(z))) + Math.max(z, 0), sigmoid),
  softmax: {
    of: softmax,
    back: (z, g) => {
      const y = softmax(z);
      const mean = sum(y.map((p, i) => p * g[i]!));
      return y.map((p, i) => p * (g[i]! - mean));
    },
    cancels: true,
  },
  logSoftmax: {
    of: (z) => softmax(z).map(Math.log),
    back: (z, g) => softmax(z).map((p, i) => g[i]! - p * sum(g)),
    cancels: true,
  },
} satisfies Record<string, Activation>;

/** The loss of one sample and its gradient by the output; a batch has their mean. */
interface Loss {
  readonly of: (y: Row, a: Row) => number;
  readonly slope: (y: Row, a: Row) => number[];
}

const perElement = (f: (y: number, a: number) => number, slope: (y: number, a: number) => number): Loss => ({
  of: (y, a) => sum(a.map((x, i) => f(y[i]!, x))) / a.length,
  slope: (y, a) => a.map((x, i) => slope(y[i]!, x) / a.length),
});

export const LOSSES = {
  meanSquaredError: perElement(
    (y, a) => (a - y) ** 2,
    (y, a) => 2 * (a - y),
  ),
  meanAbsoluteError: perElement(
    (y, a) => Math.abs(a - y),
    (y, a) => Math.sign(a - y),
  ),
  binaryCrossEntropy: perElement(
    (y, a) => -y * Math.log(a) - (1 - y) * Math.log(1 - a),
    (y, a) => (a - y) / (a * (1 - a)),
  ),
  binaryCrossEntropyWithLogits: perElement(
    (y, a) => Math.max(a, 0) - a * y + Math.log1p(Math.exp(-Math.abs(a))),
    (y, a) => sigmoid(a) - y,
  ),
  softmaxCrossEntropy: {
    of: (y, a) => -sum(softmax(a).map((p, i) => y[i]! * Math.log(p))),
    slope: (y, a) => softmax(a).map((p, i) => p * sum(y) - y[i]!),
  },
} satisfies Record<string, Loss>;

export interface HandLayer {
  readonly activation: keyof typeof ACTIVATIONS;
  readonly inputs: number;
  readonly units: number;
  /** Where the kernel [inputs, units] starts among the weights, and the bias behind it, if there is one. */
  readonly at: number;
  readonly useBias: boolean;
}

export interface HandNetwork {
  readonly layers: readonly HandLayer[];
  readonly loss: keyof typeof LOSSES;
}

function linear({ inputs, units, at, useBias }: HandLayer, w: Row, x: Row): number[] {
  return Array.from({ length: units }, (_, j) => {
    let z = useBias ? w[at + inputs * units + j]! : 0;
    for (let i = 0; i < inputs; i++) z += x[i]! * w[at + i * units + j]!;
    return z;
  });
}

/** A gradient, and the sum of the sizes of what was added up to it. */
interface Grads {
  readonly sums: number[];
  readonly sizes: number[];
}

function addTo({ sums, sizes }: Grads, i: number, term: number): void {
  sums[i]! += term;
  sizes[i]! += Math.abs(term);
}

/** Whether the terms of a gradient cancel: what float32 leaves of it is rounding. */
const cancelled = ({ sums, sizes }: Grads): boolean => sums.some((sum, i) => Math.abs(sum) < 2 ** -20 * sizes[i]!);

/** The loss of a sample; its share of the gradient is added to `grads`. */
function backpropagate(
  { layers, loss }: HandNetwork,
  w: Row,
  x: Row,
  y: Row,
  share: number,
  grads: Grads,
  noise: number,
): number {
  const values = [x];
  const zs = layers.map((layer) => {
    const z = linear(layer, w, values.at(-1)!);
    // ln 1 of a softmax that is sure of itself is 0 in float32, and some 1e-10 in float64: RMSprop sees the difference.
    values.push(ACTIVATIONS[layer.activation].of(z).map((a, j) => a + noise * Math.sin(j + 1)));
    return z;
  });
  const output = values.at(-1)!;
  // p - 1 of a softmax that is sure of itself has no digits in float32.
  let g = LOSSES[loss].slope(y, output).map((d, i) => (d + noise * Math.cos(i)) * share);
  for (let l = layers.length - 1; l >= 0; l--) {
    const { activation, inputs, units, at, useBias } = layers[l]!;
    const { back, cancels } = ACTIVATIONS[activation];
    const rounding = cancels ? noise : 0;
    const delta = back(zs[l]!, g).map((d, j) => d + rounding * Math.cos(j) * g[j]!);
    const before: number[] = new Array(inputs).fill(0);
    for (let j = 0; j < units; j++) {
      for (let i = 0; i < inputs; i++) {
        addTo(grads, at + i * units + j, values[l]![i]! * delta[j]!);
        before[i]! += w[at + i * units + j]! * delta[j]!;
      }
      if (useBias) addTo(grads, at + inputs * units + j, delta[j]!);
    }
    g = before;
  }
  return LOSSES[loss].of(y, output);
}

/**
 * Trains in order, batch by batch; returns the loss of each epoch, and whether some gradient cancelled; changes `w`.
 * `noise` is a relative error in each weight, and an absolute one in each activation and each slope that is a
 * difference, at each step: as rounding makes them.
 */
export function train(
  network: HandNetwork,
  rule: Rule,
  w: number[],
  x: readonly Row[],
  y: readonly Row[],
  batchSize: number,
  epochs: number,
  noise: number,
): { losses: number[]; cancels: boolean } {
  let step = 0;
  let cancels = false;
  const losses = Array.from({ length: epochs }, () => {
    let total = 0;
    for (let from = 0; from < x.length; from += batchSize) {
      const to = Math.min(x.length, from + batchSize);
      const grads = { sums: new Array<number>(w.length).fill(0), sizes: new Array<number>(w.length).fill(0) };
      for (let i = 0; i < w.length; i++) w[i]! *= 1 + noise * Math.sin(i + 2 * step);
      for (let k = from; k < to; k++) total += backpropagate(network, w, x[k]!, y[k]!, 1 / (to - from), grads, noise);
      rule(w, grads.sums, ++step);
      cancels ||= cancelled(grads);
    }
    return total / x.length;
  });
  return { losses, cancels };
}

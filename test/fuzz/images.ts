// Chains of layers over small images: convolutions, pooling, normalisation, then dense. fit on several back ends,
// against the same steps one by one and against float64; and the slope of the loss along the gradient against
// differences.

import fc from 'fast-check';
import * as wg from '../../bindings/index.js';
import type { Layer } from '../../bindings/layers/layer.js';
import { Model } from '../../bindings/model/model.js';
import type { Network } from '../../bindings/model/network.js';
import { Shuffler } from '../../bindings/model/shuffle.js';
import type { Runner } from '../../bindings/run/runner.js';
import type { TensorData } from '../../bindings/tensor.js';
import { networkOf } from '../networks.js';
import { Numbers } from '../numbers.js';
import { Choices, choices, Skip } from './choices.js';
import { Difference, sameBits } from './compare.js';
import { unlessDiverging } from './diverging.js';
import { js, js64, parts, threads, wasm } from './runners.js';

export interface ImageCase {
  /** What the images and the layers are. */
  readonly numbers: readonly number[];
  readonly samples: number;
  readonly batchSize: number;
  readonly seed: number;
}

export const imageArbitrary: fc.Arbitrary<ImageCase> = fc.record({
  numbers: choices(30),
  samples: fc.integer({ min: 1, max: 6 }),
  batchSize: fc.integer({ min: 1, max: 6 }),
  seed: fc.nat(90),
});

type Size = readonly [height: number, width: number, channels: number];

/** A layer as code, which is a call of a function of the library; and what it makes of images of a size. */
interface Step {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly size: Size;
}

interface Plan {
  readonly size: Size;
  readonly steps: readonly Step[];
  readonly units: number;
}

const MAX_STEPS = 5;
const ACTIVATIONS = ['linear', 'tanh', 'relu', 'sigmoid'] as const;

/** How windows of `taps` lie along an axis of n: strides, padding in front and behind, and how many there are. */
function windows(choice: Choices, n: number, taps: number, most: number) {
  const padding = Math.min(most, choice.below(3));
  const strides = 1 + choice.below(3);
  const free = n + 2 * padding - taps;
  choice.need(free >= 0);
  return { strides, padding, out: Math.floor(free / strides) + 1 };
}

function convolved(choice: Choices, [h, w, c]: Size): Step {
  const taps = [1 + choice.below(3), 1 + choice.below(3)] as const;
  const [y, x] = [windows(choice, h, taps[0], taps[0] - 1), windows(choice, w, taps[1], taps[1] - 1)];
  const groups = c % 2 === 0 && choice.flag() ? 2 : 1;
  const filters = groups * choice.of([1, 2, 3, 4, 8]);
  const [padding, strides] = [[y, x].map((axis) => [axis.padding, axis.padding]), [y.strides, x.strides]];
  const activation = choice.of(ACTIVATIONS);
  const options = { strides, groups, padding, activation, useBias: !choice.flag() };
  return { name: 'conv2d', args: [filters, taps, options], size: [y.out, x.out, filters] };
}

/** As kernels do by squares (assembly/winograd.ts). */
function bySquares(choice: Choices, [h, w, c]: Size): Step {
  choice.need(h >= 4 && w >= 4 && (c === 1 || c % 8 === 0));
  const [more, filters] = [[choice.below(4), choice.below(4)], choice.of([8, 16])];
  const options = { padding: more.map((n) => [n, 2]), activation: choice.of(ACTIVATIONS), useBias: !choice.flag() };
  return { name: 'conv2d', args: [filters, 3, options], size: [h + more[0]!, w + more[1]!, filters] };
}

function depthwise(choice: Choices, [h, w, c]: Size): Step {
  const strides = 1 + choice.below(2);
  const options = { strides, padding: 'same', activation: choice.of(ACTIVATIONS) };
  return {
    name: 'depthwiseConv2d',
    args: [1 + choice.below(3), options],
    size: [Math.ceil(h / strides), Math.ceil(w / strides), c],
  };
}

const pooled =
  (name: 'maxPool2d' | 'avgPool2d') =>
  (choice: Choices, [h, w, c]: Size): Step => {
    const sides = choice.flag() ? ([1 + choice.below(3), 1 + choice.below(3)] as const) : ([2, 2] as const);
    if (choice.flag()) {
      choice.need(h >= sides[0] && w >= sides[1]);
      return { name, args: [sides], size: [Math.floor(h / sides[0]), Math.floor(w / sides[1]), c] };
    }
    const [y, x] = sides.map((side, i) => windows(choice, [h, w][i]!, side, side >> 1));
    const options = { strides: [y!.strides, x!.strides], padding: [y!.padding, x!.padding] };
    return { name, args: [sides, options], size: [y!.out, x!.out, c] };
  };

const unchanged =
  (name: string, ...args: unknown[]) =>
  (_: Choices, size: Size): Step => ({ name, args, size });

/**
 * Of more than one value for each mean, whatever the batch: others are refused, or rounding is all that is left of
 * them.
 */
const normalised =
  (name: 'batchNorm' | 'layerNorm') =>
  (choice: Choices, size: Size): Step => {
    choice.need(name === 'batchNorm' ? size[0] * size[1] > 1 : size[2] > 1);
    return { name, args: [], size };
  };

const MAKERS = [
  convolved,
  pooled('avgPool2d'),
  pooled('maxPool2d'),
  normalised('batchNorm'),
  normalised('layerNorm'),
  depthwise,
  bySquares,
  unchanged('activation', 'tanh'),
];

function planOf({ numbers }: ImageCase): Plan {
  const choice = new Choices(numbers);
  const size: Size = [1 + choice.below(6), 1 + choice.below(6), choice.of([1, 2, 3, 4, 8, 8])];
  const steps: Step[] = [];
  for (let left = choice.below(MAX_STEPS + 1); left > 0; left--) {
    try {
      steps.push(choice.of(MAKERS)(choice, steps.at(-1)?.size ?? size));
    } catch (error) {
      if (!(error instanceof Skip)) throw error;
    }
  }
  const end = choice.flag() ? 'globalAvgPool2d' : 'flatten';
  return { size, steps: [...steps, { name: end, args: [], size: [0, 0, 0] }], units: 1 + choice.below(3) };
}

/** How many layers there are. */
export const layersOf = (image: ImageCase): number => planOf(image).steps.length;

type Maker = (...args: readonly unknown[]) => Layer;

const LAYERS = {
  conv2d: wg.conv2d,
  depthwiseConv2d: wg.depthwiseConv2d,
  avgPool2d: wg.avgPool2d,
  maxPool2d: wg.maxPool2d,
  batchNorm: wg.batchNorm,
  layerNorm: wg.layerNorm,
  activation: wg.activation,
  flatten: wg.flatten,
  globalAvgPool2d: wg.globalAvgPool2d,
} as unknown as Readonly<Record<string, Maker>>;

/** A model, and its memory. */
function made(image: ImageCase, runner: Runner, rate = 0.05): { model: Model; network: Network } {
  const { size, steps, units } = planOf(image);
  wg.setSeed(image.seed);
  const layers = steps.map(({ name, args }) => LAYERS[name]!(...args));
  const network = networkOf(runner, size, [...layers, wg.dense(units)]);
  const model = new Model(network);
  model.compile({ optimizer: wg.sgd(rate), loss: 'mse' });
  return { model, network };
}

function dataOf(image: ImageCase): { x: Float32Array; y: Float32Array; width: number } {
  const { size, units } = planOf(image);
  const random = new Numbers(image.seed);
  const width = size.reduce((a, b) => a * b);
  const draw = (n: number) => Float32Array.from({ length: image.samples * n }, () => 2 * random.uniform() - 1);
  return { x: draw(width), y: draw(units), width };
}

/** Moves every variable by a relative error of up to `noise`. */
function disturb(network: Network, noise: number): void {
  const random = new Numbers(1);
  for (const { tensor } of network.variables) {
    const values = network.view(tensor);
    for (let i = 0; i < values.length; i++) values[i]! *= 1 + noise * (2 * random.uniform() - 1);
  }
}

/** Weights, predictions and the losses of two epochs. */
async function fitted(image: ImageCase, runner: Runner, shuffle: boolean, noise = 0): Promise<TensorData[]> {
  const { model, network } = made(image, runner);
  if (noise) disturb(network, noise);
  const { x, y } = dataOf(image);
  const { history } = await model.fit(x, y, { epochs: 2, batchSize: image.batchSize, shuffle });
  const outputs = (model.predict(x) as wg.Tensor).data();
  const result = [...model.getWeights().map((w) => w.data()), outputs, Float64Array.from(history.loss)];
  model.dispose();
  return result;
}

/** Weights after the same batches by trainOnBatch. */
function stepped(image: ImageCase): TensorData[] {
  const { model } = made(image, wasm);
  const { x, y, width } = dataOf(image);
  const { samples, batchSize } = image;
  const units = y.length / samples;
  for (const from of [0, 1].flatMap(() => range(0, samples, batchSize))) {
    const to = Math.min(samples, from + batchSize);
    model.trainOnBatch(x.slice(from * width, to * width), y.slice(from * units, to * units));
  }
  const result = model.getWeights().map((w) => w.data());
  model.dispose();
  return result;
}

const range = (from: number, to: number, step: number): number[] =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, i) => from + i * step);

const TOLERANCE = 1e-4;
const NOISE = [2 ** -21, -(2 ** -20), 2 ** -18, -(2 ** -17)];
/** How many times as large as what noise in the first weights changes an error may be. */
const MARGIN = 32;

/**
 * Throws unless a training is as near to float64 as noise in the first weights, or the other float32 kernels, lead away
 * from it.
 */
async function nearReference(image: ImageCase, actual: readonly TensorData[]): Promise<void> {
  const flat = (all: readonly TensorData[]) => all.flatMap((values) => [...values]);
  const [mine, expected] = [flat(actual), flat(await fitted(image, js64, false))];
  const far = (a: number, e: number) => !(Math.abs(a - e) <= TOLERANCE * (1 + Math.abs(e)));
  if (!mine.some((a, i) => far(a, expected[i]!))) return;
  const others = [flat(await fitted(image, js, false))];
  for (const noise of NOISE) others.push(flat(await fitted(image, js64, false, noise)));
  for (const [i, a] of mine.entries()) {
    const e = expected[i]!;
    const spread = Math.max(...others.map((values) => Math.abs(values[i]! - e)));
    if (far(a, e) && Math.abs(a - e) > MARGIN * spread)
      throw new Difference(`wasm: number ${i} of weights, predictions and losses is ${a}, in float64 it is ${e}`);
  }
}

/**
 * The loss of all samples at the weights that were given, moved by `by` along `direction`; one step of rate 1 is made
 * from there.
 */
function lossAt(image: ImageCase, starts: readonly TensorData[], direction: readonly TensorData[], by: number) {
  const { model, network } = made(image, js64, 1);
  network.variables.forEach(({ tensor }, k) => {
    const values = network.view(tensor);
    for (let i = 0; i < values.length; i++) values[i] = starts[k]![i]! + by * direction[k]![i]!;
  });
  const { x, y } = dataOf(image);
  const loss = model.trainOnBatch(x, y) as number;
  const after = network.variables.map(({ tensor }) => network.view(tensor).slice());
  model.dispose();
  return { loss, after };
}

/**
 * Throws unless the loss grows along the gradient by its square. Where it grows otherwise to the other side, there is a
 * kink.
 */
function checkSlope(image: ImageCase): void {
  const { model, network } = made(image, js64, 1);
  const starts = network.variables.map(({ tensor }) => network.view(tensor).slice());
  const trained = network.variables.map(({ trainable }) => trainable);
  model.dispose();
  const none = starts.map((values) => values.map(() => 0));
  const { after } = lossAt(image, starts, none, 0);
  const grads = starts.map((values, k) => values.map((v, i) => (trained[k] ? v - after[k]![i]! : 0)));
  const square = grads.flatMap((g) => [...g]).reduce((sum, v) => sum + v * v, 0);
  const near = (a: number, b: number, tolerance: number) => Math.abs(a - b) <= tolerance * (1e-3 + Math.abs(b));
  const h = 1e-5 / Math.max(1, Math.sqrt(square));
  const slope = (to: number, from: number) =>
    (lossAt(image, starts, grads, to).loss - lossAt(image, starts, grads, from).loss) / (to - from);
  if (!near(slope(h, 0), slope(0, -h), 1e-3)) return;
  const grown = slope(h, -h);
  if (!near(square, grown, 2e-3))
    throw new Difference(`along its gradient, whose square is ${square}, the loss grows by ${grown}`);
}

/** Throws a Difference if anything is not as it must be. */
export async function checkImages(image: ImageCase): Promise<void> {
  new Shuffler().shuffle(new Int32Array(2));
  await unlessDiverging(
    () => checkShuffled(image),
    () => fitted(image, js64, true),
  );
  await unlessDiverging(
    () => checkInOrder(image),
    () => fitted(image, js64, false),
  );
  checkSlope(image);
}

async function checkShuffled(image: ImageCase): Promise<void> {
  const shuffled = await fitted(image, wasm, true);
  sameBits('the same seed again', await fitted(image, wasm, true), shuffled);
  sameBits('in three parts', await fitted(image, parts, true), shuffled);
  sameBits('on two threads', await fitted(image, threads, true), shuffled);
}

async function checkInOrder(image: ImageCase): Promise<void> {
  const inOrder = await fitted(image, wasm, false);
  const steps = stepped(image);
  sameBits('fit against trainOnBatch', inOrder.slice(0, steps.length), steps);
  await nearReference(image, inOrder);
}

/** The case as code. */
export function imageText(image: ImageCase): string {
  const { size, steps, units } = planOf(image);
  const calls = steps.map(({ name, args }) => `  ${name}(${args.map((arg) => JSON.stringify(arg)).join(', ')}),`);
  return [
    `setSeed(${image.seed});`,
    `const net = sequential(${JSON.stringify(size)}, [`,
    ...calls,
    `  dense(${units}),`,
    ']);',
    `net.compile({ optimizer: sgd(0.05), loss: 'mse' });`,
    `await net.fit(x, y, { epochs: 2, batchSize: ${image.batchSize}, shuffle: false }); // ${image.samples} samples`,
  ].join('\n');
}

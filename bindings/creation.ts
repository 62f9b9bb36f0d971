// Tensors made from nothing: of one value, in steps, at random. Random numbers are drawn here in TypeScript, not in a
// kernel, so that both back ends have the same ones. Inside of a trace they would be drawn once and never again, so that
// there the functions throw unless they are given a seed.

import { check, checkIs, checkNumber, checkWhole } from './errors.js';
import { allocate } from './nested.js';
import { number, options, type Rules, whole } from './options.js';
import { nextStream, Random } from './random.js';
import { checkNotTraced } from './scope.js';
import { checkShape, owned, type Shape } from './shape.js';
import { checkedTensor, constantOf, type DType, dtypeOf, scalar, type Tensor } from './tensor.js';

/** A tensor with `value` in every element, float32 by default. Throws if `dtype` is 'int32' and the value does not fit. */
export const full = (shape: Shape, value: number, dtype?: DType): Tensor => repeated('full', shape, value, dtype);

/** A tensor of zeros, float32 by default. */
export const zeros = (shape: Shape, dtype?: DType): Tensor => repeated('zeros', shape, 0, dtype);

/** A tensor of ones, float32 by default. */
export const ones = (shape: Shape, dtype?: DType): Tensor => repeated('ones', shape, 1, dtype);

function repeated(where: string, shape: Shape, value: number, dtype: DType | undefined): Tensor {
  checkShape(where, shape);
  checkIs(typeof value === 'number', `${where}: the value`, 'a number', value);
  if (dtypeOf(where, dtype) === 'float32') return scalar(value).broadcastTo(shape);
  check((value | 0) === value, () => `${where}: ${value} does not fit into int32`);
  return constantOf(Int32Array.of(value), [], 'int32').broadcastTo(shape);
}

/**
 * A vector of numbers in equal steps: start, start + step … up to but without `stop`. `arange(n)` is 0 … n - 1.
 *
 * @param dtype 'int32' for indices; then all numbers must be whole
 */
export function arange(start: number, stop?: number, step = 1, dtype?: DType): Tensor {
  const kind = dtypeOf('arange', dtype);
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  checkNumber('arange: the start', from);
  checkNumber('arange: the end', to);
  checkNumber('arange: the step', step);
  check(step !== 0, () => 'arange: the step is 0');
  const whole = [from, to, step].every((x) => (x | 0) === x);
  check(kind === 'float32' || whole, () => `arange: ${from}, ${to} and ${step} are not all whole, as int32 needs`);
  const n = Math.max(0, Math.ceil((to - from) / step));
  return filled('arange', [n], kind, (i) => from + i * step);
}

/** A vector of `count` numbers at equal distances from `start` to `stop`, both included. */
export function linspace(start: number, stop: number, count: number): Tensor {
  checkNumber('linspace: the start', start);
  checkNumber('linspace: the end', stop);
  checkWhole('linspace: count', count, 0);
  const at = (i: number): number => (i === count - 1 ? stop : start + (i * (stop - start)) / (count - 1));
  return filled('linspace', [count], 'float32', (i) => (i === 0 ? start : at(i)));
}

/** The identity matrix: ones on the diagonal of [rows, columns], zeros elsewhere; square by default. */
export function eye(rows: number, columns = rows): Tensor {
  return filled('eye', [rows, columns], 'float32', (i) => (Math.floor(i / columns) === i % columns ? 1 : 0));
}

/**
 * Class labels as rows of zeros with a single 1: int32 labels of shape [n] become [n, depth], with the 1 at the label. A
 * label that is not in 0 … depth - 1 gives a row of zeros.
 */
export function oneHot(labels: Tensor, depth: number): Tensor {
  const { dtype } = checkedTensor('oneHot', labels);
  check(dtype === 'int32', () => `oneHot: the labels must be int32, got ${dtype}`);
  checkWhole('oneHot: depth', depth, 0);
  return labels.expandDims(-1).equal(arange(0, depth, 1, 'int32'));
}

/** Options of every function that draws random numbers. */
export interface RandomOptions {
  /** The same numbers for the same seed; by default each call has new ones, which `setSeed` makes repeatable. */
  readonly seed?: number | undefined;
}

/** Options of `randomUniform`. */
export interface UniformOptions extends RandomOptions {
  /** Where the numbers begin; default 0. */
  readonly low?: number | undefined;
  /** Where they end; default 1. */
  readonly high?: number | undefined;
}

/** Options of `randomNormal` and `truncatedNormal`. */
export interface NormalOptions extends RandomOptions {
  /** Default 0. */
  readonly mean?: number | undefined;
  /** Standard deviation; default 1. */
  readonly std?: number | undefined;
}

/** Options of `bernoulli`. */
export interface BernoulliOptions extends RandomOptions {
  /** The probability of a 1; default ½. */
  readonly p?: number | undefined;
}

const seed = whole(undefined, 0);
const uniformOptions = options({ low: number(0), high: number(1), seed } satisfies Rules<UniformOptions>);
const normalOptions = options({ mean: number(0), std: number(1), seed } satisfies Rules<NormalOptions>);
const bernoulliOptions = options({ p: number(0.5, 0, 1), seed } satisfies Rules<BernoulliOptions>);
const randomOptions = options({ seed } satisfies Rules<RandomOptions>);

/** Random numbers that are equally likely everywhere between `low` and `high`. */
export function randomUniform(shape: Shape, options?: UniformOptions): Tensor {
  const { low, high, seed } = uniformOptions('randomUniform', options);
  return drawn('randomUniform', shape, seed, (random) => low + (high - low) * random.uniform());
}

/** Random numbers of a normal (Gaussian) distribution, with mean `mean` and standard deviation `std`. */
export function randomNormal(shape: Shape, options?: NormalOptions): Tensor {
  const { mean, std, seed } = normalOptions('randomNormal', options);
  return drawn('randomNormal', shape, seed, (random) => mean + std * random.normal());
}

/** As `randomNormal`, but a number more than two standard deviations from the mean is drawn again. */
export function truncatedNormal(shape: Shape, options?: NormalOptions): Tensor {
  const { mean, std, seed } = normalOptions('truncatedNormal', options);
  return drawn('truncatedNormal', shape, seed, (random) => mean + std * withinTwo(random));
}

function withinTwo(random: Random): number {
  for (;;) {
    const z = random.normal();
    if (Math.abs(z) <= 2) return z;
  }
}

/** Random ones and zeros: each element is 1 with probability `p`, else 0. */
export function bernoulli(shape: Shape, options?: BernoulliOptions): Tensor {
  const { p, seed } = bernoulliOptions('bernoulli', options);
  return drawn('bernoulli', shape, seed, (random) => (random.uniform() < p ? 1 : 0));
}

/** The numbers 0 … n - 1 in random order, as int32: `take(x, permutation(n))` shuffles the rows of x. */
export function permutation(n: number, options?: RandomOptions): Tensor {
  const { seed } = randomOptions('permutation', options);
  checkWhole('permutation: n', n, 0);
  const order = allocate('permutation', [n], 'int32').map((_, i) => i) as Int32Array;
  streamOf('permutation', seed).shuffle(order);
  return constantOf(order, [n], 'int32');
}

function streamOf(where: string, seed: number | undefined): Random {
  if (seed !== undefined) return new Random(seed);
  checkNotTraced(where, 'draw outside and pass the numbers as an argument, or give a seed for constants');
  return nextStream();
}

function drawn(where: string, shape: Shape, seed: number | undefined, draw: (random: Random) => number): Tensor {
  checkShape(where, shape);
  const random = streamOf(where, seed);
  return filled(where, shape, 'float32', () => draw(random));
}

function filled(where: string, shape: Shape, dtype: DType, at: (i: number) => number): Tensor {
  const data = allocate(where, shape, dtype);
  for (let i = 0; i < data.length; i++) data[i] = at(i);
  return constantOf(data, owned(shape), dtype);
}

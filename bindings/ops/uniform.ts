// Random numbers that are equally likely: floats, whole numbers, ones and zeros; and what all have that draw. Not here:
// the op, and keys (random.ts).

import { Domain, Draw } from '../../assembly/draws.js';
import { check, checkWhole } from '../errors.js';
import { number, options, type Rules, whole } from '../options.js';
import { checkNotTraced } from '../scope.js';
import { checkShape, owned, type Shape } from '../shape.js';
import { scalar, Tensor, type TensorLike, tensorOf } from '../tensor.js';
import { aKey, nextKey, type RandomOptions, random } from './random.js';

/** The key that was given, or outside of traces a new one. */
export function keyFor(where: string, key: Tensor | undefined): Tensor {
  if (key !== undefined) return key;
  checkNotTraced(`${where} without a key`, 'pass { key }');
  return nextKey();
}

/** `draw` in this shape, by the key that was given or a new one. */
export function drawn(where: string, shape: Shape, key: Tensor | undefined, draw: Draw, a = 0, b = 1, c = 0): Tensor {
  checkShape(where, shape);
  return new Tensor(random, [keyFor(where, key)], { shape: owned(shape), domain: Domain.draw, draw, a, b, c });
}

/** Options of `randomUniform`. */
export interface UniformOptions extends RandomOptions {
  /** Where the numbers begin; default 0. */
  readonly low?: number | undefined;
  /** Where they end, above `low`; default 1. No number is as large as this. */
  readonly high?: number | undefined;
}

/** Options of `randomInt`. */
export interface IntegerOptions extends RandomOptions {
  /** The smallest number; default 0. */
  readonly low?: number | undefined;
  /** The number behind the largest, up to 2^31. */
  readonly high: number;
}

/** Options of `bernoulli`. */
export interface BernoulliOptions extends RandomOptions {
  /** The probability of a 1: a number, or a tensor that broadcasts to the shape; default ½. */
  readonly p?: TensorLike | undefined;
}

const uniformOptions = options({ low: number(0), high: number(1), key: aKey } satisfies Rules<UniformOptions>);
const integerOptions = options({
  low: whole(0, -0x80000000, 0x7fffffff),
  high: (given, what) => {
    checkWhole(what, given, -0x7fffffff, 0x80000000);
    return given;
  },
  key: aKey,
} satisfies Rules<IntegerOptions>);
const bernoulliOptions = options({
  p: (given, what) => (given instanceof Tensor ? given : scalar(Math.fround(number(0.5, 0, 1)(given, what)))),
  key: aKey,
} satisfies Rules<BernoulliOptions>);

/**
 * Random numbers that are equally likely everywhere from `low` up to but without `high`, in 2^24 steps.
 *
 * @throws if `high` is not above `low`
 */
export function randomUniform(shape: Shape, options?: UniformOptions): Tensor {
  const { low, high, key } = uniformOptions('randomUniform', options);
  const [from, step] = [Math.fround(low), Math.fround((high - low) / 2 ** 24)];
  const fits = low < high && Number.isFinite(Math.fround(high) - from) && Number.isFinite(Math.fround(high - low));
  check(fits, () => `randomUniform: high must be above low, and float32, got ${low} and ${high}`);
  return drawn('randomUniform', shape, key, Draw.uniform, from, step, Math.max(from, floatBelow(high)));
}

/** The largest float32 below x. */
function floatBelow(x: number): number {
  const float = Float32Array.of(x);
  if (float[0]! < x) return float[0]!;
  const bits = new Int32Array(float.buffer);
  if (float[0] === 0) bits[0] = 0x80000001;
  else bits[0]! += x > 0 ? -1 : 1;
  return float[0]!;
}

/**
 * Random whole numbers, as int32: equally likely from `low` up to but without `high`. The bias is below
 * (high - low) / 2^32.
 *
 * @throws if `high` is not above `low`, or by 2^32
 */
export function randomInt(shape: Shape, options: IntegerOptions): Tensor {
  const { low, high, key } = integerOptions('randomInt', options ?? {});
  check(low < high, () => `randomInt: there is no int32 from ${low} up to but without ${high}`);
  check(high - low < 2 ** 32, () => `randomInt: from ${low} up to but without ${high} are more than 2^32 - 1 numbers`);
  return drawn('randomInt', shape, key, Draw.integers, low, high - low);
}

/** Random ones and zeros: each element is 1 with probability `p`, else 0. */
export function bernoulli(shape: Shape, options?: BernoulliOptions): Tensor {
  const { p, key } = bernoulliOptions('bernoulli', options);
  return tensorOf('bernoulli: p', p)
    .broadcastTo(shape)
    .greater(drawn('bernoulli', shape, key, Draw.uniform, 0, 2 ** -24, 1));
}

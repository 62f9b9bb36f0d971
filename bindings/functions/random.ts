// Random tensors and their keys. The numbers depend on the key only. A key is a tensor, so it can be an argument of a
// jitted function, which then draws other numbers in each call. Outside of traces the key may be left out; inside of
// one numbers without a key would be drawn once and never again, so that there it throws.

import chance from '#sides/chance.wasm';
import { Domain, Draw } from '../../assembly/draws.js';
import { check, checkIs, checkWhole } from '../errors.js';
import { shuffle as shuffleKernel } from '../kernels/chance.js';
import { randomNormal as normalKernel } from '../kernels/normal.js';
import { defineOp, unchanged } from '../ops/op.js';
import { COST, KEY_WORDS, nextKey, random, wordBytes } from '../ops/random.js';
import { number, options, type Rule, type Rules, rule, whole } from '../options.js';
import { checkNotTraced } from '../scope.js';
import { keyWords } from '../seed.js';
import { checkShape, normalizeAxis, owned, type Shape, sameShape, shapeText, sizeOf } from '../shape.js';
import { checkedTensor, constantOf, scalar, Tensor, type TensorLike, tensorOf, textOf } from '../tensor.js';
import { log1p } from './elementwise.js';
import { take } from './gather.js';

/**
 * Makes a key, from which random numbers are drawn: `randomNormal([3], { key })` gives the same numbers for the same key.
 * To draw more than once, make other keys of it by `splitKey` or `foldIn`, and use each only once. A key is an int32[4].
 *
 * @param seed any safe integer
 */
export function randomKey(seed: number): Tensor {
  checkWhole('randomKey: the seed', seed, Number.MIN_SAFE_INTEGER);
  return constantOf(keyWords(seed, -1), [KEY_WORDS], 'int32');
}

/** `n` tensors. */
export type Keys<N extends number, T extends Tensor[] = []> = number extends N
  ? Tensor[]
  : T['length'] extends N
    ? T
    : Keys<N, [...T, Tensor]>;

/**
 * Makes `n` keys of one, 2 by default, that have nothing to do with each other or with what is drawn from the first.
 *
 *     const [now, later] = splitKey(key);
 */
export function splitKey<N extends number = 2>(key: Tensor, n?: N): Keys<N> {
  checkKey('splitKey: the key', key);
  checkWhole('splitKey: n', n ?? 2, 0);
  return Array.from({ length: n ?? 2 }, (_, i) => derived(key, Domain.split, [], index(i))) as Keys<N>;
}

/** The same keys as those of `splitKey`, as the rows of one tensor, int32[n, 4]. */
export function splitKeys(key: Tensor, n: number): Tensor {
  checkKey('splitKeys: the key', key);
  checkShape('splitKeys: n', [n]);
  return derived(key, Domain.split, [n]);
}

/**
 * Makes another key of a key and a number: the number of a step or a layer, so that each has numbers of its own.
 *
 * @param i an int32: a whole number, or a scalar tensor, such as a counter that a jitted function is given
 */
export function foldIn(key: Tensor, i: Tensor | number): Tensor {
  checkKey('foldIn: the key', key);
  const whole = typeof i === 'number' ? (i | 0) === i : i instanceof Tensor && i.dtype === 'int32' && i.size === 1;
  check(whole, () => `foldIn: i must be an int32, a whole number or a scalar tensor, got ${textOf(i)}`);
  return derived(key, Domain.fold, [], typeof i === 'number' ? index(i) : i.reshape([]));
}

const index = (i: number): Tensor => constantOf(Int32Array.of(i), [], 'int32');

/** Keys in this shape, from the block `first` of a domain on. */
const derived = (key: Tensor, domain: Domain, shape: Shape, first?: Tensor): Tensor =>
  new Tensor(random, first ? [key, first] : [key], { shape: [...shape, KEY_WORDS], domain, draw: Draw.words });

function checkKey(what: string, key: unknown): asserts key is Tensor {
  const isKey = key instanceof Tensor && key.dtype === 'int32' && sameShape(key.shape, [KEY_WORDS]);
  check(isKey, () => `${what} must be a key, int32[${KEY_WORDS}], as randomKey(seed) makes it, got ${textOf(key)}`);
}

/** The key that was given, or outside of traces a new one. */
export function keyFor(where: string, key: Tensor | undefined): Tensor {
  if (key !== undefined) return key;
  checkNotTraced(`${where} without a key`, 'pass { key }');
  return nextKey();
}

/** Options of every function that draws random numbers. */
export interface RandomOptions {
  /** The same numbers for the same key (`randomKey`). By default each call has new ones, which `setSeed` makes repeatable. */
  readonly key?: Tensor | undefined;
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

/** Options of `randomNormal` and `truncatedNormal`. */
export interface NormalOptions extends RandomOptions {
  /** Default 0. */
  readonly mean?: number | undefined;
  /** Standard deviation; default 1. */
  readonly std?: number | undefined;
}

/** Options of `bernoulli`. */
export interface BernoulliOptions extends RandomOptions {
  /** The probability of a 1: a number, or a tensor that broadcasts to the shape; default ½. */
  readonly p?: TensorLike | undefined;
}

/** Options of `categorical`. */
export interface CategoricalOptions extends RandomOptions {
  /** The axis of the categories; default -1. */
  readonly axis?: number | undefined;
  /** The shape of the result, which ends with that of the logits without `axis`; that is the default. */
  readonly shape?: Shape | undefined;
}

/** A key, or nothing. */
export const aKey: Rule<Tensor | undefined> = /*@__PURE__*/ rule<Tensor, undefined>(undefined, checkKey);

const INT_END = 2 ** 31;
const uniformOptions = options({ low: number(0), high: number(1), key: aKey } satisfies Rules<UniformOptions>);
const integerOptions = options({
  low: whole(0, -INT_END, INT_END - 1),
  high: (given, what) => {
    checkWhole(what, given, 1 - INT_END, INT_END);
    return given;
  },
  key: aKey,
} satisfies Rules<IntegerOptions>);
const normalOptions = options({ mean: number(0), std: number(1), key: aKey } satisfies Rules<NormalOptions>);
const bernoulliOptions = options({
  p: (given, what) => (given instanceof Tensor ? given : scalar(Math.fround(number(0.5, 0, 1)(given, what)))),
  key: aKey,
} satisfies Rules<BernoulliOptions>);
const categoricalOptions = options({
  axis: whole(-1, -Infinity),
  shape: rule<Shape, undefined>(undefined, (what, given) => checkShape(what, given as Shape)),
  key: aKey,
} satisfies Rules<CategoricalOptions>);
const randomOptions = options({ key: aKey } satisfies Rules<RandomOptions>);

function drawn(where: string, shape: Shape, key: Tensor | undefined, draw: Draw, a = 0, b = 1, c = 0): Tensor {
  checkShape(where, shape);
  return new Tensor(random, [keyFor(where, key)], { shape: owned(shape), domain: Domain.draw, draw, a, b, c });
}

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
 * @throws if `high` is not above `low`
 */
export function randomInt(shape: Shape, options: IntegerOptions): Tensor {
  const { low, high, key } = integerOptions('randomInt', options ?? {});
  check(low < high && high - low < 2 ** 32, () => `randomInt: there is no int32 from ${low} up to but without ${high}`);
  return drawn('randomInt', shape, key, Draw.integers, low, high - low);
}

interface NormalAttrs {
  /** Of what one key gives. */
  readonly shape: Shape;
  readonly mean: number;
  readonly std: number;
}

/** Normal numbers. Input: keys. */
const normal = defineOp<NormalAttrs>({
  name: 'randomNormal',
  kernels: { randomNormal: normalKernel },
  side: chance,
  infer: ([keys], { shape }) => ({ shape: [...keys!.shape.slice(0, -1), ...shape], dtype: 'float32' }),
  batch: unchanged,
  work: ({ size }) => 2 * COST * size,
  scratch: wordBytes,
  emit: (e, node, { shape, mean, std }) => {
    const [keys] = node.inputs as [Tensor];
    const rows = keys.size / KEY_WORDS;
    e.code('randomNormal', {
      mean,
      std,
      out: e.at(node),
      keys: e.at(keys),
      rows,
      n: sizeOf(shape),
      scratch: e.scratch,
    });
  },
});

/** Random numbers of a normal (Gaussian) distribution, with mean `mean` and standard deviation `std`. */
export function randomNormal(shape: Shape, options?: NormalOptions): Tensor {
  const { mean, std, key } = normalOptions('randomNormal', options);
  checkShape('randomNormal', shape);
  return new Tensor(normal, [keyFor('randomNormal', key)], { shape: owned(shape), mean, std });
}

/** Of a standard normal distribution, the part between 0 and 2 standard deviations: (erf √2) / 2. */
const WITHIN_TWO = 0.4772498680518208;

/**
 * Random numbers of a normal distribution that is cut off two standard deviations from the mean: none is further away.
 * By the inverse of the distribution function, so that each number depends on its place alone.
 */
export function truncatedNormal(shape: Shape, options?: NormalOptions): Tensor {
  const { mean, std, key } = normalOptions('truncatedNormal', options);
  const u = drawn('truncatedNormal', shape, key, Draw.uniform, 2 ** -25 - 0.5, 2 ** -24, 0.5);
  const q = u.mul(2 * WITHIN_TWO);
  // z(q) with Φ(z) = ½ + q is q times a quotient of polynomials of q², to 2^-20: Remez exchange in 40 digits.
  const t = q.square().sub(0.1875);
  const above = t.mul(-716.320556640625).add(514.682861328125).mul(t).sub(81.47306060791016).mul(t);
  const below = t.mul(112.55423736572266).sub(459.9880065917969).mul(t).add(209.89166259765625).mul(t);
  const z = above.add(3.460893392562866).mul(q).div(below.sub(26.811161041259766).mul(t).add(1));
  return z.mul(std).add(mean);
}

/** Random ones and zeros: each element is 1 with probability `p`, else 0. */
export function bernoulli(shape: Shape, options?: BernoulliOptions): Tensor {
  const { p, key } = bernoulliOptions('bernoulli', options);
  return tensorOf('bernoulli: p', p)
    .broadcastTo(shape)
    .greater(drawn('bernoulli', shape, key, Draw.uniform, 0, 2 ** -24, 1));
}

/**
 * Draws categories: int32 indices of `axis`, each with the probability that softmax gives it. With a `shape`, more than
 * one of each distribution: logits [8, 10] with shape [5, 8] are drawn from 5 times.
 */
export function categorical(logits: Tensor, options?: CategoricalOptions): Tensor {
  const { axis, shape, key } = categoricalOptions('categorical', options);
  const given = checkedTensor('categorical', logits);
  const at = normalizeAxis('categorical', axis, given.shape.length);
  const each = given.shape.filter((_, i) => i !== at);
  const out = shape ?? each;
  const more = out.slice(0, Math.max(0, out.length - each.length));
  check(sameShape(out.slice(more.length), each), () => {
    return `categorical: the shape ${shapeText(out)} must end with that of the logits without axis ${axis}, ${shapeText(each)}`;
  });
  // The largest of logits plus Gumbel noise, -ln(-ln u). No u is 0: it would outweigh every logit.
  const u = drawn('categorical', [...more, ...given.shape], key, Draw.uniform, 0, 2 ** -24, 1).maximum(2 ** -25);
  return given.sub(log1p(u.neg()).neg().log()).argMax(at + more.length);
}

/** 0 … n - 1 in random order. Input: keys. */
const shuffle = defineOp<{ readonly n: number }>({
  name: 'shuffle',
  kernels: { shuffle: shuffleKernel },
  side: chance,
  infer: ([keys], { n }) => ({ shape: [...keys!.shape.slice(0, -1), n], dtype: 'int32' }),
  batch: unchanged,
  work: ({ size }) => COST * size,
  scratch: wordBytes,
  emit: (e, node, { n }) => {
    const [keys] = node.inputs as [Tensor];
    e.code('shuffle', { out: e.at(node), keys: e.at(keys), rows: keys.size / KEY_WORDS, n, scratch: e.scratch });
  },
});

/** The numbers 0 … n - 1 in random order, as int32; or the rows of a tensor in random order. */
export function permutation(x: number | Tensor, options?: RandomOptions): Tensor {
  const { key } = randomOptions('permutation', options);
  if (x instanceof Tensor) {
    check(x.shape.length > 0, () => `permutation: ${x} has no rows`);
    return take(x, permutation(x.shape[0]!, options));
  }
  checkIs(typeof x === 'number', 'permutation: what is to be shuffled', 'a number or a tensor', x);
  checkShape('permutation', [x]);
  return new Tensor(shuffle, [keyFor('permutation', key)], { n: x });
}

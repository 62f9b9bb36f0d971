// Random tensors and their keys. The numbers depend on the key only. A key is a tensor, so it can be an argument of a
// jitted function, which then draws other numbers in each call. Outside of traces the key may be left out; inside of
// one numbers without a key would be drawn once and never again, so that there it throws. Not here: what needs kernels
// that not every program has (normal.ts, chance.ts, dropout.ts); what is done with a key (kernels/random.ts).

import { Domain, Draw } from '../../assembly/draws.js';
import { check, checkWhole, show } from '../errors.js';
import { type Rule, rule } from '../options.js';
import { keyWords, nextStream } from '../seed.js';
import { type Shape, sameShape, sizeOf } from '../shape.js';
import { constantOf, Tensor } from '../tensor.js';
import { defineOp } from './op.js';

/** Words of a key. */
export const KEY_WORDS = 4;

/** A key that nothing else draws from; after the same seed and the same calls it is the same one. */
export const nextKey = (): Tensor => constantOf(keyWords(...nextStream()), [KEY_WORDS], 'int32');

export interface RandomAttrs {
  /** Of what one key gives. */
  readonly shape: Shape;
  readonly domain: Domain;
  readonly draw: Draw;
  /** What `draw` needs. */
  readonly a?: number;
  readonly b?: number;
  readonly c?: number;
}

/** Bytes in which one thread keeps the words that it has drawn. */
export const wordBytes = (): number => 2048;

/** About how many additions a number costs. */
export const COST = 8;

/**
 * Random numbers, initial weights among them. Inputs: keys [..., 4], each of which gives a row of the result, [...,
 * ...shape], and if there is a second one, for each key the number of the block at which it begins.
 */
export const random = defineOp<RandomAttrs>({
  name: 'random',
  infer: ([keys], { shape, draw }) => ({
    shape: [...keys!.shape.slice(0, -1), ...shape],
    dtype: draw < Draw.uniform ? 'int32' : 'float32',
  }),
  batch: ({ full }, node, attrs) => node.rewrite(node.op, full, attrs),
  work: ({ size }) => COST * size,
  scratch: wordBytes,
  emit: (e, node, { shape, domain, draw, a = 0, b = 1, c = 0 }) => {
    const [keys, first] = node.inputs;
    e.code('random', {
      a,
      b,
      c,
      out: e.at(node),
      keys: e.at(keys!),
      first: first ? e.at(first) : 0,
      rows: keys!.size / KEY_WORDS,
      n: sizeOf(shape),
      domain,
      draw,
      scratch: e.scratch,
    });
  },
});

/**
 * Makes a key, from which random numbers are drawn: `randomNormal([3], { key })` gives the same numbers for the same
 * key. To draw more than once, make other keys of it by `splitKey` or `foldIn`, and use each only once. A key is an
 * int32[4].
 *
 * @param seed any safe integer
 */
export function randomKey(seed: number): Tensor {
  checkWhole('randomKey: the seed', seed, Number.MIN_SAFE_INTEGER);
  return constantOf(keyWords(seed, -1), [KEY_WORDS], 'int32');
}

/**
 * Makes another key of a key and a number: the number of a step or a layer, so that each has numbers of its own.
 *
 * @param i an int32: a whole number, or a scalar tensor, such as a counter that a jitted function is given
 */
export function foldIn(key: Tensor, i: Tensor | number): Tensor {
  checkKey('foldIn: the key', key);
  const whole = typeof i === 'number' ? (i | 0) === i : i instanceof Tensor && i.dtype === 'int32' && i.size === 1;
  check(whole, () => `foldIn: i must be an int32, a whole number or a scalar tensor, got ${show(i)}`);
  return derived(key, Domain.fold, [], typeof i === 'number' ? index(i) : i.reshape([]));
}

/** A number of a key. */
export const index = (i: number): Tensor => constantOf(Int32Array.of(i), [], 'int32');

/** Keys in this shape, from the block `first` of a domain on. */
export const derived = (key: Tensor, domain: Domain, shape: Shape, first?: Tensor): Tensor =>
  new Tensor(random, first ? [key, first] : [key], { shape: [...shape, KEY_WORDS], domain, draw: Draw.words });

/** Throws unless it is a key. */
export function checkKey(what: string, key: unknown): asserts key is Tensor {
  const isKey = key instanceof Tensor && key.dtype === 'int32' && sameShape(key.shape, [KEY_WORDS]);
  check(isKey, () => `${what} must be a key, int32[${KEY_WORDS}], as randomKey(seed) makes it, got ${show(key)}`);
}

/** Options of every function that draws random numbers. */
export interface RandomOptions {
  /**
   * The same numbers for the same key (`randomKey`). By default each call has new ones, which `setSeed` makes
   * repeatable.
   */
  readonly key?: Tensor | undefined;
}

/** A key, or nothing. */
export const aKey: Rule<Tensor | undefined> = /*@__PURE__*/ rule<Tensor, undefined>(undefined, checkKey);

// Random numbers for code that takes them one by one: initializers, shuffling. They are drawn by the same kernels as
// random tensors, many at a time. Not here: random tensors (functions/random.ts).

import { Domain, Draw } from '../assembly/draws.js';
import { checkIs, checkWhole } from './errors.js';
import { KEY_WORDS, random } from './ops/random.js';
import { keyWords, nextStream } from './seed.js';
import { constantOf, Tensor, type TensorData } from './tensor.js';
import { checkAlive, typedName } from './typed.js';

/** Numbers that are drawn at a time. */
const CHUNK = 1024;

/**
 * Random numbers one by one, which can be repeated: the same ones for the same seed and the same number of the stream, on
 * every engine. They are drawn by the kernels, so `init()` must have been called before the first one.
 */
export class Random {
  readonly #key: Tensor;
  #words: TensorData = new Int32Array();
  #normals = this.#words;
  #wordCount = 0;
  #normalCount = 0;

  constructor(seed: number, stream = 0) {
    checkWhole('Random: the seed', seed, 0);
    checkWhole('Random: the stream', stream, 0);
    this.#key = constantOf(keyWords(seed, stream), [KEY_WORDS], 'int32');
  }

  /** A random whole number in 0 … 2^32 - 1. */
  uint32(): number {
    const at = this.#wordCount++ % CHUNK;
    if (at === 0) this.#words = this.#drawn(Domain.draw, Draw.words, this.#wordCount);
    return this.#words[at]! >>> 0;
  }

  /** A random number in [0, 1): a multiple of 2^-24, so that float32 holds it exactly. */
  uniform(): number {
    return (this.uint32() >>> 8) / 2 ** 24;
  }

  /** A random number of the standard normal distribution. */
  normal(): number {
    const at = this.#normalCount++ % CHUNK;
    if (at === 0) this.#normals = this.#drawn(Domain.normals, Draw.normal, this.#normalCount);
    return this.#normals[at]!;
  }

  #drawn(domain: Domain, draw: Draw, count: number): TensorData {
    const first = constantOf(Int32Array.of(Math.floor(count / 4)), [], 'int32');
    return new Tensor(random, [this.#key, first], { shape: [CHUNK], domain, draw }).values();
  }

  /** A random whole number in 0 … n - 1. The bias is below n / 2^32. */
  below(n: number): number {
    checkWhole('below: n', n, 1, 2 ** 32);
    return this.#below(n);
  }

  #below(n: number): number {
    return Math.floor((this.uint32() / 2 ** 32) * n);
  }

  /** Shuffles `items` in place (Fisher and Yates). */
  shuffle(items: Int32Array): void {
    checkIs(typedName(items) === 'Int32Array', 'shuffle: items', 'an Int32Array', items);
    checkAlive('shuffle: items', items);
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.#below(i + 1);
      const held = items[i]!;
      items[i] = items[j]!;
      items[j] = held;
    }
  }
}

/** The next stream of the seed that was set. */
export const nextRandom = (): Random => new Random(...nextStream());

// Random numbers: Philox 4x32-10, a counter-based generator. A stream is a key; number i of a stream depends on nothing
// but the key and i, so any part of a run can be repeated, on every engine, in any order.
// J. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011; the constants are those of the paper.

import { checkIs, checkWhole } from './errors.js';
import { log } from './kernels/math/log.js';
import { checkAlive, typedName } from './typed.js';

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/** The high 32 bits of the product of two unsigned 32-bit integers. Every sum in it is below 2^53, and so exact. */
function mulHigh(a: number, b: number): number {
  const low = Math.floor((a * (b & 0xffff)) / 0x10000);
  return Math.floor((a * (b >>> 16) + low) / 0x10000);
}

/** Four random words for a counter (four words) under a key (two words); `counter` is overwritten with them. */
export function philox(counter: Uint32Array, key0: number, key1: number): void {
  // One variable a word, no arrays: before it is optimized, that is three times as fast, and a model is made only once.
  let c0 = counter[0]!;
  let c1 = counter[1]!;
  let c2 = counter[2]!;
  let c3 = counter[3]!;
  for (let round = 0; round < 10; round++) {
    const h0 = mulHigh(M0, c0);
    const h1 = mulHigh(M1, c2);
    const l0 = Math.imul(M0, c0);
    c0 = (h1 ^ c1 ^ (key0 + round * W0)) >>> 0;
    c1 = Math.imul(M1, c2);
    c2 = (h0 ^ c3 ^ (key1 + round * W1)) >>> 0;
    c3 = l0;
  }
  counter[0] = c0;
  counter[1] = c1;
  counter[2] = c2;
  counter[3] = c3;
}

/** Random numbers of your own that can be repeated: the same ones for the same seed and the same number of the stream. */
export class Random {
  readonly #words = new Uint32Array(4);
  #count = 0;

  constructor(
    readonly seed: number,
    readonly stream = 0,
  ) {
    checkWhole('Random: the seed', seed, 0);
    checkWhole('Random: the stream', stream, 0);
  }

  /** A random whole number in 0 … 2^32 - 1. */
  uint32(): number {
    const lane = this.#count & 3;
    if (lane === 0) {
      const block = this.#count / 4;
      // Stored as 32 bits each.
      this.#words[0] = block;
      this.#words[1] = block / 2 ** 32;
      this.#words[2] = this.stream;
      this.#words[3] = this.stream / 2 ** 32;
      philox(this.#words, this.seed >>> 0, Math.floor(this.seed / 2 ** 32));
    }
    this.#count++;
    return this.#words[lane]!;
  }

  /** A random number in [0, 1): a multiple of 2^-24, so that float32 holds it exactly. */
  uniform(): number {
    return (this.uint32() >>> 8) / 2 ** 24;
  }

  /** A random number of the standard normal distribution, by Marsaglia's polar method. */
  normal(): number {
    for (;;) {
      const u = 2 * this.uniform() - 1;
      const v = 2 * this.uniform() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) return u * Math.sqrt((-2 * log(s)) / s);
    }
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

let seed = 0;
let streams = 0;

/**
 * Makes what follows repeatable: initial weights, shuffling and random tensors without a seed of their own are the same
 * after the same seed.
 */
export function setSeed(value: number): void {
  checkWhole('setSeed: the seed', value, 0);
  seed = value;
  streams = 0;
}

/** A stream that nothing else draws from; after the same seed and the same calls it is the same one. */
export function nextStream(): Random {
  return new Random(seed, streams++);
}

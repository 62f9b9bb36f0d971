// Random order without a back end: whole numbers drawn from the words of one stream of a seed, the same everywhere.

import { Domain } from '../../assembly/draws.js';
import { checkWhole } from '../errors.js';
import { BLOCK, fill, mulHigh, words } from '../kernels/random.js';
import { rule } from '../options.js';
import { keyWords, nextStream } from '../seed.js';

/** The stream of a seed that these draws are from. Those of `setSeed` are counted from 0, and -1 is a user's key. */
const STREAM = -2;

/** The rule of the option `seed`: by default it is the next stream of the seed that was set. */
export const seedRule = rule<number, undefined>(undefined, (what, given) => checkWhole(what, given, 0));

export class Draws {
  readonly #key: Int32Array;
  #words = new Int32Array();
  #used = 0;

  constructor(seed: number | undefined) {
    this.#key = seed === undefined ? keyWords(...nextStream()) : keyWords(seed, STREAM);
  }

  /** A number in 0 … n - 1; the bias is below n / 2^32. */
  below(n: number): number {
    const at = this.#used % BLOCK;
    if (at === 0) {
      fill(this.#key, 0, Domain.draw, this.#used / 4, BLOCK);
      this.#words = words.slice();
    }
    this.#used++;
    return mulHigh(this.#words[at]!, n);
  }

  /** The items in another order, in place (Fisher and Yates). */
  shuffle<T extends { [index: number]: number; readonly length: number }>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [items[i], items[j]] = [items[j]!, items[i]!];
    }
    return items;
  }

  /** 0 … n - 1 in random order. */
  permutation(n: number): Int32Array {
    return this.shuffle(inOrder(n));
  }
}

/** 0 … n - 1 */
export const inOrder = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i);

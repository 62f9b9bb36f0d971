// Byte-pair encoding learns which symbols often follow each other: the most frequent pair becomes a new symbol, again
// and again.

import { Chain, NONE } from './chain.js';
import { Heap } from './heap.js';

/** A pair that is to become a symbol, and how often it was there. */
interface Candidate {
  readonly pair: number;
  readonly count: number;
}

/** The most frequent pair first; of equal ones that of the smaller symbols, as in Hugging Face's tokenizers. */
const isBefore = (a: Candidate, b: Candidate): boolean => a.count > b.count || (a.count === b.count && a.pair < b.pair);

/** Different words as symbols, and how often each is there. */
export type Words = readonly (readonly [Int32Array, number])[];

/**
 * The pairs that become symbols, in this order. The time is about linear in the length of all words, and does not
 * depend on how long one is: it is known where each pair is, and only the pairs beside these places change.
 *
 * @param symbols how many symbols there are: new ones are counted from here
 * @param most    how many pairs there may be
 */
export function learnPairs(words: Words, symbols: number, most: number): number[] {
  const pairs = new Pairs(words);
  const candidates = new Heap(isBefore);
  const add = (pair: number): void => candidates.push({ pair, count: pairs.count(pair) });
  for (const pair of pairs.all()) add(pair);
  const learnt: number[] = [];
  while (learnt.length < most && candidates.size > 0) {
    const { pair, count } = candidates.pop();
    const now = pairs.count(pair);
    if (now < 2) continue; // a pair that is there once says nothing
    if (now !== count) {
      add(pair);
      continue;
    }
    for (const made of pairs.join(pair, symbols + learnt.length)) add(made);
    learnt.push(pair);
  }
  return learnt;
}

/** All pairs in the words: how often each is there, and where. */
class Pairs {
  readonly #chain: Chain;
  /** For each place how often its word is there. */
  readonly #weights: Float64Array;
  readonly #counts = new Map<number, number>();
  /** Places of pairs; some are a part of something else by now. */
  readonly #places = new Map<number, number[]>();

  constructor(words: Words) {
    const length = words.reduce((sum, [word]) => sum + word.length + 1, 0);
    const symbols = new Int32Array(length).fill(-1);
    this.#weights = new Float64Array(length);
    let at = 0;
    for (const [word, count] of words) {
      symbols.set(word, at);
      this.#weights.fill(count, at, at + word.length);
      at += word.length + 1;
    }
    this.#chain = new Chain(symbols);
    for (let place = 0; place < length; place++) this.#found(place);
  }

  all(): Iterable<number> {
    return this.#counts.keys();
  }

  count(pair: number): number {
    return this.#counts.get(pair)!;
  }

  /** Makes one symbol of a pair wherever it is. Returns the pairs that there are now. */
  join(pair: number, symbol: number): Set<number> {
    const chain = this.#chain;
    const made = new Set<number>();
    for (const place of Int32Array.from(this.#places.get(pair)!).sort()) {
      if (chain.pairAt(place) !== pair) continue;
      const before = chain.before(place);
      for (const gone of [before, place, chain.behind(place)]) this.#lost(gone);
      chain.join(place, symbol);
      for (const beside of [before, place]) {
        this.#found(beside);
        made.add(chain.pairAt(beside));
      }
    }
    this.#places.delete(pair);
    made.delete(NONE);
    return made;
  }

  #found(place: number): void {
    const pair = this.#chain.pairAt(place);
    if (pair === NONE) return;
    this.#counts.set(pair, (this.#counts.get(pair) ?? 0) + this.#weights[place]!);
    const places = this.#places.get(pair);
    if (places) places.push(place);
    else this.#places.set(pair, [place]);
  }

  #lost(place: number): void {
    const pair = this.#chain.pairAt(place);
    if (pair !== NONE) this.#counts.set(pair, this.#counts.get(pair)! - this.#weights[place]!);
  }
}

// Byte-pair encoding learns which symbols often follow each other: the most frequent pair becomes a new symbol, again and again.

import { Chain, NONE } from './chain.js';
import { Heap } from './heap.js';

/** A pair that is to become a symbol, and how often it was there. */
interface Candidate {
  readonly pair: number;
  readonly count: number;
}

/** The most frequent pair first; of equal ones that of the smaller symbols, as in Hugging Face's tokenizers. */
const isBefore = (a: Candidate, b: Candidate): boolean => a.count > b.count || (a.count === b.count && a.pair < b.pair);

/**
 * The pairs that become symbols, in this order. The time is about linear in the length of all words, and does not depend on how long one is:
 * it is known where each pair is, and only the pairs beside these places change.
 *
 * @param words   different words as symbols, and how often each is there
 * @param symbols how many symbols there are: new ones are counted from here
 * @param most    how many pairs there may be
 */
export function learnPairs(
  words: readonly (readonly [Uint8Array | Int32Array, number])[],
  symbols: number,
  most: number,
): number[] {
  const { chain, weights } = chainOf(words);
  const counts = new Map<number, number>();
  const places = new Map<number, number[]>();
  const found = (place: number): void => {
    const pair = chain.pairAt(place);
    if (pair === NONE) return;
    counts.set(pair, (counts.get(pair) ?? 0) + weights[place]!);
    const list = places.get(pair);
    if (list) list.push(place);
    else places.set(pair, [place]);
  };
  const lost = (place: number): void => {
    const pair = chain.pairAt(place);
    if (pair !== NONE) counts.set(pair, counts.get(pair)! - weights[place]!);
  };
  for (let place = 0; place < weights.length; place++) found(place);
  const candidates = new Heap(isBefore);
  for (const [pair, count] of counts) candidates.push({ pair, count });

  const learnt: number[] = [];
  while (learnt.length < most && candidates.size > 0) {
    const { pair, count } = candidates.pop();
    const now = counts.get(pair)!;
    if (now < 2) continue; // a pair that is there once says nothing
    if (now !== count) {
      candidates.push({ pair, count: now });
      continue;
    }
    const symbol = symbols + learnt.length;
    learnt.push(pair);
    const fresh = new Set<number>();
    for (const place of Int32Array.from(places.get(pair)!).sort()) {
      if (chain.pairAt(place) !== pair) continue; // it is a part of something else by now
      const before = chain.before(place);
      lost(before);
      lost(place);
      lost(chain.behind(place));
      chain.join(place, symbol);
      for (const beside of [before, place]) {
        found(beside);
        fresh.add(chain.pairAt(beside));
      }
    }
    places.delete(pair);
    fresh.delete(NONE);
    for (const made of fresh) candidates.push({ pair: made, count: counts.get(made)! });
  }
  return learnt;
}

/** All words in a row, and for each place how often its word is there. */
function chainOf(words: readonly (readonly [ArrayLike<number>, number])[]): { chain: Chain; weights: Float64Array } {
  const length = words.reduce((sum, [word]) => sum + word.length + 1, 0);
  const symbols = new Int32Array(length).fill(-1);
  const weights = new Float64Array(length);
  let at = 0;
  for (const [word, count] of words) {
    symbols.set(word, at);
    weights.fill(count, at, at + word.length);
    at += word.length + 1;
  }
  return { chain: new Chain(symbols), weights };
}

// A word as tokens: of all pairs in it the one that was learnt first becomes a symbol, until there is none that was
// learnt.

import { Chain, NONE, pairOf } from './chain.js';
import { Heap } from './heap.js';

/** Places are below this: one number is a rank, and then a place. */
const PLACES = 2 ** 30;

/** Pairs that become a symbol. */
export class Merges {
  /** Ranks by pairs: what was learnt first has the lowest. */
  readonly #ranks = new Map<number, number>();
  readonly #symbols: number[] = [];

  /** The next pair, and the symbol that it becomes. A pair that is there already keeps its rank. */
  add(a: number, b: number, symbol: number): void {
    const pair = pairOf(a, b);
    if (!this.#ranks.has(pair)) this.#ranks.set(pair, this.#symbols.length);
    this.#symbols.push(symbol);
  }

  /** The symbols of a word, joined as often as can be, in a time that is about linear in its length. */
  apply(symbols: Int32Array): Int32Array {
    const chain = new Chain(symbols.slice());
    const candidates = new Heap<number>((a, b) => a < b);
    const look = (place: number): void => {
      const rank = this.#rankAt(chain, place);
      if (rank !== undefined) candidates.push(rank * PLACES + place);
    };
    for (let place = 0; place < symbols.length; place++) look(place);
    while (candidates.size > 0) {
      const next = candidates.pop();
      const [rank, place] = [Math.floor(next / PLACES), next % PLACES];
      if (this.#rankAt(chain, place) !== rank) continue; // it is a part of something else by now
      chain.join(place, this.#symbols[rank]!);
      look(chain.before(place));
      look(place);
    }
    return chain.left();
  }

  #rankAt(chain: Chain, place: number): number | undefined {
    const pair = chain.pairAt(place);
    return pair === NONE ? undefined : this.#ranks.get(pair);
  }
}

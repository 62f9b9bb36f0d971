// Symbols in a row, of which neighbours become one: what is learnt from, and what is encoded.

/** More than any vocabulary has tokens. */
const MAX_SYMBOLS = 2 ** 26;

/** Two symbols as one number. */
export const pairOf = (a: number, b: number): number => a * MAX_SYMBOLS + b;

/** The symbols of a pair. */
export const firstOf = (pair: number): number => Math.floor(pair / MAX_SYMBOLS);
export const secondOf = (pair: number): number => pair % MAX_SYMBOLS;

/** No pair. */
export const NONE = -1;

/** A symbol that is no longer there, or that none may be joined with. */
const GONE = -1;

/** Symbols that are linked with their neighbours, so that two become one in the same time however long the row is. */
export class Chain {
  readonly #symbols: Int32Array;
  readonly #before: Int32Array;
  readonly #behind: Int32Array;

  /** @param symbols -1 where a word ends: no pair goes across */
  constructor(symbols: Int32Array) {
    this.#symbols = symbols;
    this.#before = Int32Array.from(symbols, (_, i) => i - 1);
    this.#behind = Int32Array.from(symbols, (_, i) => i + 1);
  }

  /** The pair of the symbol at a place and the one behind it, or NONE. */
  pairAt(place: number): number {
    const [a, b] = [this.#symbols[place] ?? GONE, this.#symbols[this.#behind[place]!] ?? GONE];
    return a === GONE || b === GONE ? NONE : pairOf(a, b);
  }

  /** The place before another one; negative if there is none. */
  before(place: number): number {
    return this.#before[place]!;
  }

  /** The place behind another one. */
  behind(place: number): number {
    return this.#behind[place]!;
  }

  /** Makes one symbol of the pair at a place. */
  join(place: number, symbol: number): void {
    const second = this.#behind[place]!;
    const third = this.#behind[second]!;
    this.#symbols[place] = symbol;
    this.#symbols[second] = GONE;
    this.#behind[place] = third;
    if (third < this.#before.length) this.#before[third] = place;
  }

  /** The symbols that are left. */
  left(): Int32Array {
    return this.#symbols.filter((symbol) => symbol !== GONE);
  }
}

// Numbers for tests to feed: repeatable, and made without the library.

/** mulberry32, by T. Ettinger. */
export class Numbers {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** In [0, 1), in steps of 2^-24. */
  uniform(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 8) / 2 ** 24;
  }

  /** A whole number in 0 … n - 1. */
  below(n: number): number {
    return Math.floor(this.uniform() * n);
  }
}

// What a recipe is made from: numbers that fast-check generates and shrinks. Each stands for a choice, and 0 for the
// simplest one, so that what shrinks becomes simple.

import fc from 'fast-check';

/** Thrown when a step can't be made with these choices: it is left out. */
export class Skip extends Error {}

export class Choices {
  #next = 0;

  constructor(readonly numbers: readonly number[]) {}

  /** A whole number from 0 to n - 1. */
  below(n: number): number {
    return n > 0 ? (this.numbers[this.#next++] ?? 0) % n : 0;
  }

  of<T>(items: readonly T[]): T {
    this.need(items.length > 0);
    return items[this.below(items.length)]!;
  }

  /** One of the items; the first one half of the time. */
  recent<T>(items: readonly T[]): T {
    this.need(items.length > 0);
    const choice = this.below(2 * items.length);
    return items[choice % 2 === 0 ? 0 : choice >> 1]!;
  }

  /** False unless chosen otherwise. */
  flag(): boolean {
    return this.below(2) === 1;
  }

  /** Each item or not, in their order; `items` itself if nothing else is chosen. */
  some<T>(items: readonly T[]): T[] {
    const left = this.below(2 ** items.length);
    return items.filter((_, i) => ((left >> i) & 1) === 0);
  }

  need(holds: boolean): void {
    if (!holds) throw new Skip();
  }
}

export const choices = (most: number): fc.Arbitrary<number[]> =>
  fc.array(fc.nat(9999), { maxLength: most, size: 'max' });

// Sizes that are not known when a graph is exported, such as the number of samples. A graph is traced several times,
// each time for other sizes; numbers that differ between these traces depend on the sizes, and are written as sums of
// them.

import { check } from '../../errors.js';

/** A size that is not known: the name that it has in the file, and where it is found there. */
export interface Unknown {
  readonly name: string;
  /** An input of the graph, and the axis of it that is so long. */
  readonly input: string;
  readonly axis: number;
}

/** base + Σ by[i]·unknown i. */
export interface Size {
  readonly base: number;
  readonly by: readonly number[];
}

/** Unlikely sizes: primes, so that a product of one with something else is not taken for another size. */
const PRIMES = [3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73];

/** What `count` unknown sizes are in each trace: one to start from, one in which each differs, one in which all do. */
export function trials(count: number): number[][] {
  check(count < PRIMES.length / 2, () => `there are ${count} sizes without a number, which are too many`);
  const first = Array.from({ length: count }, (_, i) => PRIMES[2 * i]!);
  const one = first.map((_, i) => first.map((size, k) => (k === i ? PRIMES[2 * i + 1]! : size)));
  return count === 0 ? [[]] : [first, ...one, first.map((size) => size + 10)];
}

/** What a number is that has these values in the trials; undefined if it is no sum of the unknown sizes. */
export function sizeOf(values: readonly number[], tried: readonly (readonly number[])[]): Size | undefined {
  const [first = []] = tried;
  const by = first.map((size, i) => (values[i + 1]! - values[0]!) / (tried[i + 1]![i]! - size));
  const of = (sizes: readonly number[]): number => sizes.reduce((sum, size, i) => sum + size * by[i]!, 0);
  const base = values[0]! - of(first);
  const fits = by.every(Number.isInteger) && values.every((value, i) => value === base + of(tried[i]!));
  return fits ? { base, by } : undefined;
}

export const isFixed = ({ by }: Size): boolean => by.every((factor) => factor === 0);

export const isSame = (a: Size, b: Size): boolean => a.base === b.base && a.by.every((factor, i) => factor === b.by[i]);

// Lengths of sequences, int32 [n]: how many first steps of each count.

import { arange } from '../creation.js';
import { check } from '../errors.js';
import type { Tensor } from '../tensor.js';
import { where } from './where.js';

/** 1 where a step is before the length of its sequence: [n, size]. */
export const before = (lengths: Tensor, size: number): Tensor =>
  arange(0, size, 1, 'int32').less(lengths.expandDims(1));

/** Throws if a length is known and not in 0 … most. */
export function checkLengths(what: string, lengths: Tensor, most: number): void {
  for (const length of lengths.known ?? []) {
    check(length >= 0 && length <= most, () => `${what} ${length} is out of range: expected 0 … ${most}`);
  }
}

/**
 * 1 where numbers that only a program knows are low … high, else 0; undefined if they are known, and so were checked.
 */
export function inRange(numbers: Tensor, low: number, high: number): Tensor | undefined {
  return numbers.known ? undefined : numbers.greaterEqual(low).mul(numbers.lessEqual(high));
}

/** x, but NaN where `fits`, if it is there, is 0. Not by a sum, which would make 0 of -0. */
export const nanUnless = (fits: Tensor | undefined, x: Tensor): Tensor => (fits ? where(fits, x, Number.NaN) : x);

// unique: the different elements of a tensor. How many there are depends on its values, so it cannot be a part of a
// graph.

import { check } from '../errors.js';
import { checkedTensor, constantOf, type Tensor } from '../tensor.js';

/** What `unique` returns. */
export interface Unique {
  /** The different elements, a vector, from the smallest up; each NaN differs from every other. */
  readonly values: Tensor;
  /** For each element of the tensor the index of its value (int32): take(values, inverse) is the tensor. */
  readonly inverse: Tensor;
  /** How often each value is there (int32). */
  readonly counts: Tensor;
}

/**
 * The different elements of a tensor, from the smallest up, where each of them was, and how often. It reads the tensor.
 *
 * @throws inside of grad and jit: the shape of a result cannot depend on values there
 */
export function unique(x: Tensor): Unique {
  check(!checkedTensor('unique', x).tracked, () => {
    return `unique of ${x}: how many values differ is not known before the program runs; call it outside of jit and grad`;
  });
  const data = x.values();
  const order = Array.from(data.keys()).sort((i, j) => compare(data[i]!, data[j]!));
  const inverse = new Int32Array(data.length);
  const firsts: number[] = [];
  for (const at of order) {
    if (firsts.length === 0 || data[firsts.at(-1)!] !== data[at]) firsts.push(at);
    inverse[at] = firsts.length - 1;
  }
  const counts = new Int32Array(firsts.length);
  for (const value of inverse) counts[value] = counts[value]! + 1;
  const values = x.dtype === 'int32' ? new Int32Array(firsts.length) : new Float64Array(firsts.length);
  firsts.forEach((at, i) => {
    values[i] = data[at]!;
  });
  const n = [firsts.length];
  return {
    values: constantOf(values, n, x.dtype),
    inverse: constantOf(inverse, x.shape, 'int32'),
    counts: constantOf(counts, n, 'int32'),
  };
}

/** NaN counts as the largest. */
function compare(a: number, b: number): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1;
  return a < b || Number.isNaN(b) ? -1 : +(a > b);
}

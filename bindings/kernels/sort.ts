// Stable sorting of indices. Twin: assembly/kernels/sort.ts.

import type { Operands } from '../instructions.js';
import type { Views } from '../run/memory.js';

/**
 * out[o, :, i] = the first `count` of the indices that put x[o, :, i] in order; of equal ones the first comes first,
 * and NaN is the largest.
 */
export function argSort(
  { f, i }: Views,
  { out, x, outer, k, inner, count, ints, descending }: Operands<'argSort'>,
): void {
  const keys = ints ? i : f;
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j++) {
      const at = (r: number): number => x + (o * k + r) * inner + j;
      const indices = first(k, count, (p, q) => compare(keys[at(p)]!, keys[at(q)]!) * (descending ? -1 : 1) || p - q);
      for (let r = 0; r < count; r++) i[out + (o * count + r) * inner + j] = indices[r]!;
    }
  }
}

/**
 * The first `count` of the indices 0 … k in order. Of 2·count that are there the last ones go: what comes behind them
 * is left out.
 */
function first(k: number, count: number, order: (p: number, q: number) => number): Int32Array {
  const indices = new Int32Array(Math.min(k, 2 * count));
  let isFull = false;
  let n = 0;
  for (let r = 0; r < k && count > 0; r++) {
    if (isFull && order(r, indices[count - 1]!) > 0) continue;
    indices[n++] = r;
    if (n < 2 * count) continue;
    indices.sort(order);
    isFull = true;
    n = count;
  }
  indices.subarray(0, n).sort(order);
  return indices;
}

/** Below 0 where a comes before b in rising order. */
function compare(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return +Number.isNaN(a) - +Number.isNaN(b);
  return a < b ? -1 : +(a > b);
}

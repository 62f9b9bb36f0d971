// Stable sorting of indices. Twin: assembly/kernels/sort.ts.

import type { Operands } from '../instructions.js';
import type { Views } from '../run/memory.js';

/** out[o, :, i] = the indices that put x[o, :, i] in order; of equal ones the first comes first, and NaN is the largest. */
export function argSort({ f, i }: Views, { out, x, outer, k, inner, ints, descending }: Operands<'argSort'>): void {
  const order = new Int32Array(k);
  const keys = ints ? i : f;
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j++) {
      const at = (r: number): number => (o * k + r) * inner + j;
      for (let r = 0; r < k; r++) order[r] = r;
      order.sort((p, q) => compare(keys[x + at(p)]!, keys[x + at(q)]!) * (descending ? -1 : 1) || p - q);
      for (let r = 0; r < k; r++) i[out + at(r)] = order[r]!;
    }
  }
}

/** Below 0 where a comes before b in rising order. */
function compare(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return +Number.isNaN(a) - +Number.isNaN(b);
  return a < b ? -1 : +(a > b);
}

// Binary search in sorted rows. Twin: assembly/kernels/search.ts.

import type { Operands } from '../instructions.js';
import type { Views } from '../run/memory.js';

/**
 * out[r, j] = how many of the k elements of sorted[r] are below x[r, j], or with `right` not above it. NaN is above
 * all.
 */
export function searchSorted(
  { f, i }: Views,
  { out, sorted, x, rows, k, count, right }: Operands<'searchSorted'>,
): void {
  for (let at = 0; at < rows * count; at++) {
    const first = sorted + Math.floor(at / count) * k;
    const value = f[x + at]!;
    let [low, high] = [0, k];
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = f[first + middle]!;
      if (right ? other > value : other >= value) high = middle;
      else low = middle + 1;
    }
    i[out + at] = low;
  }
}

// Binary search in sorted rows. Twin: bindings/kernels/search.ts.

import { SearchSortedOperands } from '../operands';
import { endOf, rangeOf, startOf } from '../share';

/** About how many elements' work one search is. */
const SEARCH = 16;

/**
 * out[r, j] = how many of the k elements of sorted[r] are below x[r, j], or with `right` not above it. NaN is above
 * all.
 */
export function searchSorted(it: SearchSortedOperands, part: i32, parts: i32): void {
  const range = rangeOf(it.rows * it.count, SEARCH, 1, part, parts);
  const to = endOf(range);
  for (let at = startOf(range); at < to; at++) {
    const place = (<usize>at) << 2;
    const row = it.sorted + ((<usize>((at / it.count) * it.k)) << 2);
    store<i32>(it.out + place, search(row, it.k, load<f32>(it.x + place), it.right));
  }
}

function search(sorted: usize, k: i32, x: f32, right: i32): i32 {
  let low = 0;
  let high = k;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = load<f32>(sorted + ((<usize>middle) << 2));
    // No branch: half of them would be foretold wrongly.
    const isAbove = right ? other > x : other >= x;
    high = select(middle, high, isAbove);
    low = select(low, middle + 1, isAbove);
  }
  return low;
}

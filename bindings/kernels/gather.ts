// Reading elements at indices, and adding to such elements. Twin: assembly/kernels/gather.ts.

import type { Operands } from '../instructions.js';
import type { Views } from '../run/memory.js';
import { copyRow } from './movement.js';

/**
 * Reads x [outer, size, inner] at indices of its middle axis. With `along` 0 the indices are [count] and each moves
 * `inner` elements, with 1 they are [outer, count, inner] and each moves one; out is [outer, count, inner]. An index
 * below 0 counts from the end, one that is out of range gives NaN, or `fill` where x is int32.
 */
export function gather(
  views: Views,
  { out, x, indices, outer, size, count, inner, along, fill }: Operands<'gather'>,
): void {
  const { f, i } = views;
  eachIndex(i, indices, outer, size, count, inner, along, (to, from, n) => {
    if (from >= 0) return copyRow(views, out + to, x + from, n);
    i.fill(fill, out + to, out + to + n);
    if (f.buffer !== i.buffer) f.fill(Number.NaN, out + to, out + to + n);
  });
}

/** The adjoint of gather: out [outer, size, inner] = 0, then x is added to it at the indices that are in range. */
export function scatterAdd(
  { f, i }: Views,
  { out, x, indices, outer, size, count, inner, along }: Operands<'scatterAdd'>,
): void {
  f.fill(0, out, out + outer * size * inner);
  eachIndex(i, indices, outer, size, count, inner, along, (from, to, n) => {
    if (to < 0) return;
    for (let k = 0; k < n; k++) f[out + to + k] = f[out + to + k]! + f[x + from + k]!;
  });
}

/**
 * Writes x, elements of [outer, count, inner], to those of out [outer, size, inner] at the indices that are in range;
 * the last of equal indices wins.
 */
export function scatter(
  views: Views,
  { out, x, indices, outer, size, count, inner, along }: Operands<'scatter'>,
): void {
  eachIndex(views.i, indices, outer, size, count, inner, along, (from, to, n) => {
    if (to >= 0) copyRow(views, out + to, x + from, n);
  });
}

/**
 * Calls `move(at, indexed, n)` for each index: n elements from `at` on in [outer, count, inner] belong to those from
 * `indexed` on in [outer, size, inner]; `indexed` is -1 where the index is out of range.
 */
function eachIndex(
  i: Views['i'],
  indices: number,
  outer: number,
  size: number,
  count: number,
  inner: number,
  along: number,
  move: (at: number, indexed: number, n: number) => void,
): void {
  const turns = along ? inner : 1;
  const n = along ? 1 : inner;
  let at = 0;
  for (let o = 0; o < outer; o++) {
    for (let r = 0; r < count * turns; r++) {
      const given = i[indices + (along ? at : r)]!;
      const index = given < 0 ? given + size : given;
      const inRange = index >= 0 && index < size;
      move(at, inRange ? (o * size + index) * inner + (r % turns) : -1, n);
      at += n;
    }
  }
}

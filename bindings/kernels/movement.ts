// Twin of assembly/kernels/movement.ts. Addresses are indices into the views.

import type { Views } from '../run/memory.js';

/** out[i] = x[i]. Copies bits, so that int32 survives. */
export function copy({ f, i }: Views, out: number, x: number, n: number): void {
  f.copyWithin(out, x, x + n);
  if (f.buffer !== i.buffer) i.copyWithin(out, x, x + n);
}

/** One element: copyWithin would take ten times as long. */
function move({ f, i }: Views, to: number, from: number): void {
  i[to] = i[from]!;
  if (f.buffer !== i.buffer) f[to] = f[from]!;
}

/** out, contiguous, = x read with strides. The list is [dims …, strides …], outermost first. */
export function permute(views: Views, out: number, x: number, list: number): void {
  let next = out;
  walk(views, x, list, (at) => move(views, next++, at));
}

/** out, written with strides, = x, contiguous: the adjoint of permute, with the same list. */
export function write(views: Views, out: number, x: number, list: number): void {
  let next = x;
  walk(views, out, list, (at) => move(views, at, next++));
}

/** Visits the elements of a strided array from `start` on, in row-major order. */
function walk({ i }: Views, start: number, list: number, visit: (at: number) => void): void {
  const rank = i[list]! / 2;
  const dims = list + 1;
  const step = (depth: number, at: number): void => {
    if (depth === rank) return visit(at);
    for (let k = 0; k < i[dims + depth]!; k++) step(depth + 1, at + k * i[dims + rank + depth]!);
  };
  step(0, start);
}

/**
 * Reads x [outer, size, inner] at indices of its middle axis. With `along` 0 the indices are [count] and each moves
 * `inner` elements, with 1 they are [outer, count, inner] and each moves one; out is [outer, count, inner]. An index
 * that is out of range gives NaN, or `fill` where x is int32.
 */
export function gather(
  views: Views,
  out: number,
  x: number,
  indices: number,
  outer: number,
  size: number,
  count: number,
  inner: number,
  along: number,
  fill: number,
): void {
  const { f, i } = views;
  eachIndex(i, indices, outer, size, count, inner, along, (to, from, n) => {
    if (from >= 0) return copy(views, out + to, x + from, n);
    i.fill(fill, out + to, out + to + n);
    if (f.buffer !== i.buffer) f.fill(Number.NaN, out + to, out + to + n);
  });
}

/** The adjoint of gather: out [outer, size, inner] = 0, then x is added to it at the indices that are in range. */
export function scatterAdd(
  { f, i }: Views,
  out: number,
  x: number,
  indices: number,
  outer: number,
  size: number,
  count: number,
  inner: number,
  along: number,
): void {
  f.fill(0, out, out + outer * size * inner);
  eachIndex(i, indices, outer, size, count, inner, along, (from, to, n) => {
    if (to < 0) return;
    for (let k = 0; k < n; k++) f[out + to + k] = f[out + to + k]! + f[x + from + k]!;
  });
}

/** Calls `move(at, indexed, n)`: n elements at `at` of [outer, count, inner] belong to `indexed` of [outer, size, inner]. */
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
      const index = i[indices + (along ? at : r)]!;
      const inRange = index >= 0 && index < size;
      move(at, inRange ? (o * size + index) * inner + (r % turns) : -1, n);
      at += n;
    }
  }
}

/** out[r] = row order[cursor + r] of the data set at base. The cells hold addresses in bytes. */
export function takeRows(
  views: Views,
  out: number,
  base: number,
  order: number,
  cursor: number,
  rows: number,
  words: number,
): void {
  const { i } = views;
  const data = (i[base]! >>> 0) / 4;
  const first = (i[order]! >>> 0) / 4 + i[cursor]!;
  for (let r = 0; r < rows; r++) copy(views, out + r * words, data + i[first + r]! * words, words);
}

/** cell ← cell + by. */
export function advance({ i }: Views, cell: number, by: number): void {
  i[cell] = i[cell]! + by;
}

/** Appends x to the log, whose cell holds an address in bytes; the cursor counts its floats. */
export function record(views: Views, log: number, cursor: number, x: number, n: number): void {
  const { i } = views;
  copy(views, (i[log]! >>> 0) / 4 + i[cursor]!, x, n);
  i[cursor] = i[cursor]! + n;
}

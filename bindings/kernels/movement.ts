// Kernels that only move elements. Twin: assembly/kernels/movement.ts. Addresses are indices into the views.

import type { Views } from '../run/memory.js';

/** out[i] = x[i]. Copies bits, so that int32 survives. */
export function copy({ f, i }: Views, out: number, x: number, n: number): void {
  f.copyWithin(out, x, x + n);
  if (f.buffer !== i.buffer) i.copyWithin(out, x, x + n);
}

/** Copies one element: copyWithin would take ten times as long. */
function move({ f, i }: Views, to: number, from: number): void {
  i[to] = i[from]!;
  if (f.buffer !== i.buffer) f[to] = f[from]!;
}

/** out, contiguous, = x read with strides. The list is [dims …, strides …], outermost first. */
export function permute(views: Views, out: number, x: number, list: number): void {
  let next = out;
  eachElement(views, x, list, (at) => move(views, next++, at));
}

/** out, written with strides, = x, contiguous: the adjoint of permute, with the same list. */
export function write(views: Views, out: number, x: number, list: number): void {
  let next = x;
  eachElement(views, out, list, (at) => move(views, at, next++));
}

/** Visits the elements of a strided array from `start` on, in row-major order. */
function eachElement({ i }: Views, start: number, list: number, visit: (at: number) => void): void {
  const rank = i[list]! / 2;
  const dims = list + 1;
  const step = (depth: number, at: number): void => {
    if (depth === rank) return visit(at);
    for (let k = 0; k < i[dims + depth]!; k++) step(depth + 1, at + k * i[dims + rank + depth]!);
  };
  step(0, start);
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

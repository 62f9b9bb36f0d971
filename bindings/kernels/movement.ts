// Twin of assembly/kernels/movement.ts. Addresses are indices into the views.

import type { Views } from '../run/memory.js';

/** out[i] = x[i]. Copies bits, so that int32 survives. */
export function copy({ f, i }: Views, out: number, x: number, n: number): void {
  f.copyWithin(out, x, x + n);
  if (f.buffer !== i.buffer) i.copyWithin(out, x, x + n);
}

/** out, contiguous, = x read with strides. The list is [dims …, strides …], outermost first. */
export function permute(views: Views, out: number, x: number, list: number): void {
  const { i } = views;
  const rank = i[list]! / 2;
  const dims = list + 1;
  let next = out;
  const walk = (depth: number, at: number): void => {
    if (depth === rank) {
      copy(views, next++, at, 1);
      return;
    }
    for (let k = 0; k < i[dims + depth]!; k++) walk(depth + 1, at + k * i[dims + rank + depth]!);
  };
  walk(0, x);
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

// Kernels that only move elements. Twin: assembly/kernels/movement.ts. Addresses are indices into the views.

import type { Operands } from '../instructions.js';
import type { Views } from '../run/memory.js';

/** out[i] = x[i]. Copies bits, so that int32 survives. */
export function copy(views: Views, { out, x, n }: Operands<'copy'>): void {
  copyRow(views, out, x, n);
}

/** The same, for kernels that copy rows. */
export function copyRow({ f, i }: Views, out: number, x: number, n: number): void {
  if (f instanceof Float64Array) copyIn(f, out, x, n);
  copyIn(i, out, x, n);
}

/** Few elements are not worth a call of copyWithin. */
function copyIn(view: Views['f' | 'i'], out: number, x: number, n: number): void {
  if (n < 32) for (let k = 0; k < n; k++) view[out + k] = view[x + k]!;
  else view.copyWithin(out, x, x + n);
}

/** The views of what moves: in the float64 reference floats and integers lie in different buffers. */
const viewsOf = ({ f, i }: Views) => (f instanceof Float64Array ? [f, i] : [i]);

/** Copies rows of n elements, each row and each element so far behind the one before. */
function moveRows(
  view: Views['f' | 'i'],
  to: number,
  toRow: number,
  toStep: number,
  from: number,
  fromRow: number,
  fromStep: number,
  rows: number,
  n: number,
): void {
  for (let r = 0; r < rows; r++) {
    const [out, x] = [to + r * toRow, from + r * fromRow];
    for (let k = 0; k < n; k++) view[out + k * toStep] = view[x + k * fromStep]!;
  }
}

/** out, contiguous, = x read with strides. The list is [dims …, strides …], outermost first. */
export function permute(views: Views, { out, x, dimsAndStrides }: Operands<'permute'>): void {
  for (const view of viewsOf(views)) moveStrided(view, out, x, false, dimsAndStrides, 0);
}

/** out, written with strides, = x, contiguous: the adjoint of permute, with the same list. */
export function write(views: Views, { out, x, dimsAndStrides }: Operands<'write'>): void {
  for (const view of viewsOf(views)) moveStrided(view, x, out, true, dimsAndStrides, 0);
}

/**
 * Copies from strided to flat, or with `back` from flat to strided, from dimension `depth` on; returns the end in flat.
 */
function moveStrided(
  view: Views['f' | 'i'],
  flat: number,
  strided: number,
  back: boolean,
  dimsAndStrides: readonly number[],
  depth: number,
): number {
  const rank = dimsAndStrides.length / 2;
  const dim = dimsAndStrides[depth] ?? 1; // a scalar has no dimension
  const stride = dimsAndStrides[rank + depth] ?? 1;
  if (depth >= rank - 2) {
    // The last two dimensions are done at once.
    const isLast = depth >= rank - 1;
    const [rows, n] = isLast ? [1, dim] : [dim, dimsAndStrides[rank - 1]!];
    const step = isLast ? stride : dimsAndStrides[2 * rank - 1]!;
    if (back) moveRows(view, strided, stride, step, flat, n, 1, rows, n);
    else moveRows(view, flat, n, 1, strided, stride, step, rows, n);
    return flat + rows * n;
  }
  let next = flat;
  for (let k = 0; k < dim; k++) {
    next = moveStrided(view, next, strided + k * stride, back, dimsAndStrides, depth + 1);
  }
  return next;
}

/**
 * out[r] = row order[cursor + r] of the data set at base: n elements, which are bytes if the cell `bytes` is 1, and
 * become floats. The cells hold addresses in bytes.
 */
export function takeRows(views: Views, { out, base, order, cursor, rows, n, bytes }: Operands<'takeRows'>): void {
  const { i } = views;
  const data = i[base]! >>> 0;
  const first = (i[order]! >>> 0) / 4 + i[cursor]!;
  for (let r = 0; r < rows; r++) {
    const at = i[first + r]! * n;
    if (i[bytes]) widen(views, out + r * n, data + at, n);
    else copyRow(views, out + r * n, data / 4 + at, n);
  }
}

/** n floats of as many bytes. */
function widen({ f, b }: Views, out: number, x: number, n: number): void {
  for (let k = 0; k < n; k++) f[out + k] = b[x + k]!;
}

/** cell ← cell + by. */
export function advance({ i }: Views, { cell, by }: Operands<'advance'>): void {
  i[cell] = i[cell]! + by;
}

/** Appends x to the log, whose cell holds an address in bytes; the cursor counts its floats. */
export function record(views: Views, { log, cursor, x, n }: Operands<'record'>): void {
  const { i } = views;
  copyRow(views, (i[log]! >>> 0) / 4 + i[cursor]!, x, n);
  i[cursor] = i[cursor]! + n;
}

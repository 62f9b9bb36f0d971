// Kernels that only move elements. Twin: assembly/kernels/movement.ts. Addresses are indices into the views.

import type { Operands } from '../instructions.js';
import type { Views } from '../run/memory.js';

/** out[i] = x[i]. Copies bits, so that int32 survives. */
export function copy(views: Views, { out, x, n }: Operands<'copy'>): void {
  copyRow(views, out, x, n);
}

/** The same, for kernels that copy rows. Few elements are not worth a call of copyWithin. */
export function copyRow(views: Views, out: number, x: number, n: number): void {
  for (const view of viewsOf(views)) {
    if (n < 32) moveEach(view, out, 1, x, 1, n);
    else view.copyWithin(out, x, x + n);
  }
}

/** The views of what moves: in the float64 reference floats and integers lie in different buffers. */
const viewsOf = ({ f, i }: Views) => (f.buffer === i.buffer ? [i] : [f, i]);

/** Copies n elements, each `toStep` and `fromStep` behind the one before. */
function moveEach(view: Views['f' | 'i'], to: number, toStep: number, from: number, fromStep: number, n: number): void {
  for (let k = 0; k < n; k++) view[to + k * toStep] = view[from + k * fromStep]!;
}

/** out, contiguous, = x read with strides. The list is [dims …, strides …], outermost first. */
export function permute(views: Views, { out, x, dimsAndStrides }: Operands<'permute'>): void {
  for (const view of viewsOf(views)) {
    let next = out;
    eachRow(dimsAndStrides, x, (at, step, n) => {
      moveEach(view, next, 1, at, step, n);
      next += n;
    });
  }
}

/** out, written with strides, = x, contiguous: the adjoint of permute, with the same list. */
export function write(views: Views, { out, x, dimsAndStrides }: Operands<'write'>): void {
  for (const view of viewsOf(views)) {
    let next = x;
    eachRow(dimsAndStrides, out, (at, step, n) => {
      moveEach(view, at, step, next, 1, n);
      next += n;
    });
  }
}

/** Visits a strided array from `start` on, in row-major order: n elements of the innermost dimension at a time. */
function eachRow(
  dimsAndStrides: readonly number[],
  start: number,
  visit: (at: number, step: number, n: number) => void,
): void {
  const rank = dimsAndStrides.length / 2;
  const walk = (depth: number, at: number): void => {
    const n = dimsAndStrides[depth] ?? 1; // a scalar has no dimension
    const step = dimsAndStrides[rank + depth] ?? 1;
    if (depth >= rank - 1) return visit(at, step, n);
    for (let k = 0; k < n; k++) walk(depth + 1, at + k * step);
  };
  walk(0, start);
}

/**
 * out[r] = row order[cursor + r] of the data set at base: n elements, which are bytes if the cell `bytes` is 1, and become
 * floats. The cells hold addresses in bytes.
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

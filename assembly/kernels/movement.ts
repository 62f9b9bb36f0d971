// Kernels that only move elements. Twin: bindings/kernels/movement.ts.

import {
  AdvanceOperands,
  CopyOperands,
  PermuteOperands,
  RecordOperands,
  TakeRowsOperands,
  WriteOperands,
} from '../operands';
import { endOf, LINE, rangeOf, startOf } from '../share';

/** out[i] = x[i] */
export function copy(it: CopyOperands, part: i32, parts: i32): void {
  const range = rangeOf(it.n, 1, LINE, part, parts);
  const from = (<usize>startOf(range)) << 2;
  const to = (<usize>endOf(range)) << 2;
  if (from < to) memory.copy(it.out + from, it.x + from, to - from);
}

/** out, contiguous, = x read with strides. The list is [count, dims …, strides …], outermost first. */
export function permute(it: PermuteOperands, part: i32, parts: i32): void {
  moveElements(it.out, it.x, it.dimsAndStrides, false, part, parts);
}

/** out, written with strides, = x, contiguous: the adjoint of permute, with the same list. */
export function write(it: WriteOperands, part: i32, parts: i32): void {
  moveElements(it.x, it.out, it.dimsAndStrides, true, part, parts);
}

/** Copies from strided to flat, or with `back` from flat to strided. A share is a range of the outermost dimension. */
function moveElements(flat: usize, strided: usize, list: usize, back: bool, part: i32, parts: i32): void {
  const rank = load<i32>(list) >> 1;
  const dims = list + 4;
  const strides = dims + ((<usize>rank) << 2);
  if (rank === 0) {
    if (part === 0) move(flat, strided, back, 4);
    return;
  }
  let inner = 1;
  for (let d = 1; d < rank; d++) inner *= load<i32>(dims + ((<usize>d) << 2));
  const range = rangeOf(load<i32>(dims), inner, inner >= LINE ? 1 : LINE, part, parts);
  const from = startOf(range);
  const n = endOf(range) - from;
  if (n === 0 || inner === 0) return;
  // If the elements of another dimension than the innermost are neighbours, both are copied together, in squares.
  let across = -1;
  if (load<i32>(strides + ((<usize>(rank - 1)) << 2)) !== 1)
    for (let d = 0; d < rank - 1; d++) if (load<i32>(strides + ((<usize>d) << 2)) === 1) across = d;
  const rows = across > 0 ? load<i32>(dims + ((<usize>across) << 2)) : across === 0 ? n : 1;
  flat += (<usize>(from * inner)) << 2;
  strided += (<usize>(from * load<i32>(strides))) << 2;
  slices(flat, strided, back, dims, strides, rank - 1, n, inner, across, rows, 0);
}

/**
 * The n slices of `size` elements of the dimension at `dims`; `deeper` dimensions follow. Dimension `across`, counted
 * from this one, is left to the innermost, where it has `rows` rows, `rowBytes` apart in flat.
 */
function slices(
  flat: usize,
  strided: usize,
  back: bool,
  dims: usize,
  strides: usize,
  deeper: i32,
  n: i32,
  size: i32,
  across: i32,
  rows: i32,
  rowBytes: usize,
): void {
  const stride = (<usize>load<i32>(strides)) << 2;
  if (deeper === 0) {
    if (stride === 4) move(flat, strided, back, (<usize>n) << 2);
    else if (back) transpose(strided, stride, n, flat, rowBytes, rows);
    else transpose(flat, rowBytes, rows, strided, stride, n);
    return;
  }
  const bytes = (<usize>size) << 2;
  // Rows as they lie, without a call for each.
  if (deeper === 1 && load<i32>(strides + 4) === 1) {
    for (; n > 0; n--) {
      move(flat, strided, back, bytes);
      flat += bytes;
      strided += stride;
    }
    return;
  }
  const turns = across === 0 ? 1 : n;
  const apart = across === 0 ? bytes : rowBytes;
  const next = load<i32>(dims + 4);
  for (let k = 0; k < turns; k++) {
    slices(flat, strided, back, dims + 4, strides + 4, deeper - 1, next, size / next, across - 1, rows, apart);
    flat += bytes;
    strided += stride;
  }
}

function move(flat: usize, strided: usize, back: bool, bytes: usize): void {
  if (back) row(strided, flat, bytes);
  else row(flat, strided, bytes);
}

/**
 * out has rows of n neighbours; in x the rows are neighbours, and what is neighbours in out is `stride` bytes apart.
 */
function transpose(out: usize, rowBytes: usize, rows: i32, x: usize, stride: usize, n: i32): void {
  for (; rows >= 4; rows -= 4) {
    let to = out;
    let from = x;
    for (let c = n >> 2; c > 0; c--) {
      transpose4(to, rowBytes, from, stride);
      to += 16;
      from += stride << 2;
    }
    for (let c = n & 3; c > 0; c--) {
      for (let k: usize = 0; k < 4; k++) store<i32>(to + k * rowBytes, load<i32>(from + (k << 2)));
      to += 4;
      from += stride;
    }
    out += rowBytes << 2;
    x += 16;
  }
  for (; rows > 0; rows--) {
    const end = out + ((<usize>n) << 2);
    let from = x;
    for (let to = out; to < end; to += 4) {
      store<i32>(to, load<i32>(from));
      from += stride;
    }
    out += rowBytes;
    x += 4;
  }
}

/** Four rows of four at x, `xRow` bytes apart, as columns at out. */
function transpose4(out: usize, outRow: usize, x: usize, xRow: usize): void {
  const a = v128.load(x);
  const b = v128.load(x + xRow);
  const c = v128.load(x + 2 * xRow);
  const d = v128.load(x + 3 * xRow);
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const abHigh = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cdHigh = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(out, v128.shuffle<f64>(ab, cd, 0, 2));
  v128.store(out + outRow, v128.shuffle<f64>(ab, cd, 1, 3));
  v128.store(out + 2 * outRow, v128.shuffle<f64>(abHigh, cdHigh, 0, 2));
  v128.store(out + 3 * outRow, v128.shuffle<f64>(abHigh, cdHigh, 1, 3));
}

/**
 * out[r] = row order[cursor + r] of the data set at base: n elements, which are bytes if the cell `bytes` is 1, and
 * become floats.
 */
export function takeRows(it: TakeRowsOperands, part: i32, parts: i32): void {
  const data = load<usize>(it.base);
  const n = it.n;
  const bytes = load<i32>(it.bytes);
  const rowBytes = (<usize>n) << 2;
  const range = rangeOf(it.rows, n, 1, part, parts);
  const first = startOf(range);
  const end = endOf(range);
  let next = load<usize>(it.order) + ((<usize>(load<i32>(it.cursor) + first)) << 2);
  let out = it.out + <usize>first * rowBytes;
  for (let r = first; r < end; r++) {
    const at = <usize>load<i32>(next);
    if (bytes) widen(out, data + at * <usize>n, n);
    else row(out, data + at * rowBytes, rowBytes);
    out += rowBytes;
    next += 4;
  }
}

/** n floats of as many bytes. */
function widen(out: usize, x: usize, n: i32): void {
  for (; n >= 8; n -= 8) {
    const words = v128.load8x8_u(x);
    v128.store(out, f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(words)));
    v128.store(out, f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(words)), 16);
    out += 32;
    x += 8;
  }
  for (; n > 0; n--) {
    store<f32>(out, <f32>load<u8>(x));
    out += 4;
    x++;
  }
}

/** memory.copy costs a call out of wasm: tens of nanoseconds, which is too much for a row of a few floats. */
export function row(out: usize, x: usize, bytes: usize): void {
  if (bytes > 128) {
    memory.copy(out, x, bytes);
    return;
  }
  const fours = out + (bytes & ~15);
  const end = out + bytes;
  while (out < fours) {
    v128.store(out, v128.load(x));
    out += 16;
    x += 16;
  }
  while (out < end) {
    store<i32>(out, load<i32>(x));
    out += 4;
    x += 4;
  }
}

/** cell ← cell + by */
export function advance(it: AdvanceOperands, part: i32, parts: i32): void {
  if (part) return;
  store<i32>(it.cell, load<i32>(it.cell) + it.by);
}

/** Appends x to the log; the cursor counts its floats. */
export function record(it: RecordOperands, part: i32, parts: i32): void {
  if (part) return;
  const count = load<i32>(it.cursor);
  row(load<usize>(it.log) + ((<usize>count) << 2), it.x, (<usize>it.n) << 2);
  store<i32>(it.cursor, count + it.n);
}

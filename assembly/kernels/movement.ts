// Kernels that only move elements. Twin: bindings/kernels/movement.ts.

import { endOf, LINE, rangeOf, startOf } from '../share';

/** out[i] = x[i] */
export function copy(out: usize, x: usize, n: i32, part: i32, parts: i32): void {
  const range = rangeOf(n, 1, LINE, part, parts);
  const from = (<usize>startOf(range)) << 2;
  const to = (<usize>endOf(range)) << 2;
  if (from < to) memory.copy(out + from, x + from, to - from);
}

/** out, contiguous, = x read with strides. The list is [count, dims …, strides …], outermost first. */
export function permute(out: usize, x: usize, list: usize, part: i32, parts: i32): void {
  walk(out, x, list, false, part, parts);
}

/** out, written with strides, = x, contiguous: the adjoint of permute, with the same list. */
export function write(out: usize, x: usize, list: usize, part: i32, parts: i32): void {
  walk(x, out, list, true, part, parts);
}

/** From strided to flat, or with `back` from flat to strided. A part takes a range of the outermost dimension. */
function walk(flat: usize, strided: usize, list: usize, back: bool, part: i32, parts: i32): void {
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
  // Where not the innermost dimension but another one is of neighbours, the two are walked together, in squares.
  let across = -1;
  if (load<i32>(strides + ((<usize>(rank - 1)) << 2)) !== 1)
    for (let d = 0; d < rank - 1; d++) if (load<i32>(strides + ((<usize>d) << 2)) === 1) across = d;
  const rows = across > 0 ? load<i32>(dims + ((<usize>across) << 2)) : across === 0 ? n : 1;
  flat += (<usize>(from * inner)) << 2;
  strided += (<usize>(from * load<i32>(strides))) << 2;
  slices(flat, strided, back, dims, strides, rank - 1, n, inner, across, rows, 0);
}

/**
 * The n slices of `size` elements of the dimension at `dims`; `deeper` dimensions follow. Dimension `across`, counted from
 * this one, is left to the innermost, where it has `rows` rows, `rowBytes` apart in flat.
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

/** out has rows of n neighbours; in x the rows are neighbours, and what is neighbours in out is `stride` bytes apart. */
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
 * Reads x [outer, size, inner] at indices of its middle axis. With `along` 0 the indices are [count] and each moves
 * `inner` elements, with 1 they are [outer, count, inner] and each moves one; out is [outer, count, inner]. An index
 * that is out of range gives `fill`, a bit pattern.
 */
export function gather(
  out: usize,
  x: usize,
  indices: usize,
  outer: i32,
  size: i32,
  count: i32,
  inner: i32,
  along: i32,
  fill: i32,
  part: i32,
  parts: i32,
): void {
  const turns = along ? inner : 1;
  const words = along ? 1 : inner;
  const slice = count * turns;
  const range = rangeOf(outer * slice, words, along ? LINE : 1, part, parts);
  const to = endOf(range);
  for (let at = startOf(range); at < to; ) {
    const o = at / slice;
    const first = at - o * slice;
    const n = min(slice - first, to - at);
    const next = indices + ((<usize>(along ? at : first)) << 2);
    const from = x + ((<usize>(o * size * inner)) << 2);
    gatherSlice(out + ((<usize>(at * words)) << 2), from, next, n, size, inner, first, along, fill);
    at += n;
  }
}

/** n moves within one slice of x, from number `first` on. */
function gatherSlice(
  out: usize,
  x: usize,
  indices: usize,
  n: i32,
  size: i32,
  inner: i32,
  first: i32,
  along: i32,
  fill: i32,
): void {
  const bytes: usize = along ? 4 : (<usize>inner) << 2;
  let column = along ? first % inner : 0;
  for (; n > 0; n--) {
    const index = load<i32>(indices);
    const from = x + ((<usize>(index * inner + column)) << 2);
    if (<u32>index >= <u32>size) fillRow(out, fill, bytes);
    else if (bytes === 4) store<i32>(out, load<i32>(from));
    else row(out, from, bytes);
    if (along && ++column === inner) column = 0;
    out += bytes;
    indices += 4;
  }
}

function fillRow(out: usize, word: i32, bytes: usize): void {
  const end = out + bytes;
  while (out < end) {
    store<i32>(out, word);
    out += 4;
  }
}

/**
 * The adjoint of gather: out [outer, size, inner] = 0, then x is added to it at the indices that are in range. A part takes
 * columns of [outer, inner]: no two parts add to the same element, and every element is added to in order.
 */
export function scatterAdd(
  out: usize,
  x: usize,
  indices: usize,
  outer: i32,
  size: i32,
  count: i32,
  inner: i32,
  along: i32,
  part: i32,
  parts: i32,
): void {
  const work = size + count;
  const range = rangeOf(outer * inner, work, 1, part, parts);
  const to = endOf(range);
  for (let at = startOf(range); at < to; ) {
    const o = at / inner;
    const column = at - o * inner;
    const n = min(inner - column, to - at);
    const target = out + ((<usize>(o * size * inner + column)) << 2);
    const from = o * count * inner + column;
    zeroColumns(target, size, n, inner);
    if (along) addEach(target, x + ((<usize>from) << 2), indices + ((<usize>from) << 2), size, count, n, inner);
    else addRows(target, x + ((<usize>from) << 2), indices, size, count, n, inner);
    at += n;
  }
}

function zeroColumns(out: usize, size: i32, n: i32, inner: i32): void {
  if (n === inner) {
    memory.fill(out, 0, (<usize>(size * n)) << 2);
    return;
  }
  for (; size > 0; size--) {
    fillRow(out, 0, (<usize>n) << 2);
    out += (<usize>inner) << 2;
  }
}

function addRows(out: usize, x: usize, indices: usize, size: i32, count: i32, n: i32, inner: i32): void {
  const row = (<usize>inner) << 2;
  for (; count > 0; count--) {
    const index = load<i32>(indices);
    if (<u32>index < <u32>size) addRow(out + <usize>index * row, x, (<usize>n) << 2);
    x += row;
    indices += 4;
  }
}

function addEach(out: usize, x: usize, indices: usize, size: i32, count: i32, n: i32, inner: i32): void {
  const row = (<usize>inner) << 2;
  for (; count > 0; count--) {
    for (let t: usize = 0; t < (<usize>n) << 2; t += 4) {
      const index = load<i32>(indices + t);
      if (<u32>index >= <u32>size) continue;
      const target = out + <usize>index * row + t;
      store<f32>(target, load<f32>(target) + load<f32>(x + t));
    }
    x += row;
    indices += row;
  }
}

/** out ← out + x */
function addRow(out: usize, x: usize, bytes: usize): void {
  const fours = out + (bytes & ~15);
  const end = out + bytes;
  while (out < fours) {
    v128.store(out, f32x4.add(v128.load(out), v128.load(x)));
    out += 16;
    x += 16;
  }
  while (out < end) {
    store<f32>(out, load<f32>(out) + load<f32>(x));
    out += 4;
    x += 4;
  }
}

/** out[r] = row order[cursor + r] of the data set at base */
export function takeRows(
  out: usize,
  base: usize,
  order: usize,
  cursor: usize,
  rows: i32,
  words: i32,
  part: i32,
  parts: i32,
): void {
  const data = load<usize>(base);
  const bytes = (<usize>words) << 2;
  const range = rangeOf(rows, words, 1, part, parts);
  const first = startOf(range);
  const end = endOf(range);
  let next = load<usize>(order) + ((<usize>(load<i32>(cursor) + first)) << 2);
  out += <usize>first * bytes;
  for (let r = first; r < end; r++) {
    row(out, data + <usize>load<i32>(next) * bytes, bytes);
    out += bytes;
    next += 4;
  }
}

/** memory.copy costs a call out of wasm: tens of nanoseconds, which is too much for a row of a few floats. */
function row(out: usize, x: usize, bytes: usize): void {
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
export function advance(cell: usize, by: i32, part: i32, parts: i32): void {
  if (part) return;
  store<i32>(cell, load<i32>(cell) + by);
}

/** Appends x to the log; the cursor counts its floats. */
export function record(log: usize, cursor: usize, x: usize, n: i32, part: i32, parts: i32): void {
  if (part) return;
  const count = load<i32>(cursor);
  row(load<usize>(log) + ((<usize>count) << 2), x, (<usize>n) << 2);
  store<i32>(cursor, count + n);
}

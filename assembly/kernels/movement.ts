// Kernels that only move elements. Twin: bindings/kernels/movement.ts.

import { firstOf, LINE } from '../share';

/** out[i] = x[i] */
export function copy(out: usize, x: usize, n: i32, part: i32, parts: i32): void {
  const from = (<usize>firstOf(n, 1, LINE, part, parts)) << 2;
  const to = (<usize>firstOf(n, 1, LINE, part + 1, parts)) << 2;
  if (from < to) memory.copy(out + from, x + from, to - from);
}

/** out, contiguous, = x read with strides. The list is [count, dims …, strides …], outermost first. */
export function permute(out: usize, x: usize, list: usize, part: i32, parts: i32): void {
  walk<Gather>(out, x, list, part, parts);
}

/** out, written with strides, = x, contiguous: the adjoint of permute, with the same list. */
export function write(out: usize, x: usize, list: usize, part: i32, parts: i32): void {
  walk<Scatter>(x, out, list, part, parts);
}

/** Which way elements go between a contiguous array and a strided one: a type, so that it is decided at compile time. */
abstract class Way {
  abstract word(flat: usize, strided: usize): void;
  abstract row(flat: usize, strided: usize, bytes: usize): void;
  /** Four by four: flat has rows of `flatRow` bytes, strided has columns of them, `stride` bytes apart. */
  abstract block(flat: usize, flatRow: usize, strided: usize, stride: usize): void;
}

class Gather extends Way {
  @inline
  word(flat: usize, strided: usize): void {
    store<i32>(flat, load<i32>(strided));
  }
  @inline
  row(flat: usize, strided: usize, bytes: usize): void {
    row(flat, strided, bytes);
  }
  @inline
  block(flat: usize, flatRow: usize, strided: usize, stride: usize): void {
    transpose4(flat, flatRow, strided, stride);
  }
}

class Scatter extends Way {
  @inline
  word(flat: usize, strided: usize): void {
    store<i32>(strided, load<i32>(flat));
  }
  @inline
  row(flat: usize, strided: usize, bytes: usize): void {
    row(strided, flat, bytes);
  }
  @inline
  block(flat: usize, flatRow: usize, strided: usize, stride: usize): void {
    transpose4(strided, stride, flat, flatRow);
  }
}

/** A part takes a range of the outermost dimension. */
@inline
function walk<T extends Way>(flat: usize, strided: usize, list: usize, part: i32, parts: i32): void {
  const rank = load<i32>(list) >> 1;
  const dims = list + 4;
  const strides = dims + ((<usize>rank) << 2);
  if (rank === 0) {
    if (part === 0) changetype<T>(0).word(flat, strided);
    return;
  }
  let inner = 1;
  for (let d = 1; d < rank; d++) inner *= load<i32>(dims + ((<usize>d) << 2));
  const n = load<i32>(dims);
  const grain = inner >= LINE ? 1 : LINE;
  const from = firstOf(n, inner, grain, part, parts);
  const to = firstOf(n, inner, grain, part + 1, parts);
  if (from === to || inner === 0) return;
  // Where the innermost dimension is not that of neighbours but another one is, the two are walked in squares.
  let across = -1;
  if (load<i32>(strides + ((<usize>(rank - 1)) << 2)) !== 1)
    for (let d = 0; d < rank - 1; d++) if (load<i32>(strides + ((<usize>d) << 2)) === 1) across = d;
  flat += (<usize>(from * inner)) << 2;
  strided += (<usize>(from * load<i32>(strides))) << 2;
  const rows = across === 0 ? to - from : across > 0 ? load<i32>(dims + ((<usize>across) << 2)) : 1;
  slices<T>(flat, strided, dims, strides, 0, rank - 1, to - from, inner, across, rows, 0);
}

/** Dimension `depth` has n slices of `size` elements; `rows`, `rowBytes` are those of dimension `across`. */
function slices<T extends Way>(
  flat: usize,
  strided: usize,
  dims: usize,
  strides: usize,
  depth: i32,
  last: i32,
  n: i32,
  size: i32,
  across: i32,
  rows: i32,
  rowBytes: usize,
): void {
  const stride = (<usize>load<i32>(strides + ((<usize>depth) << 2))) << 2;
  if (depth === last) {
    if (stride === 4) changetype<T>(0).row(flat, strided, (<usize>n) << 2);
    else squares<T>(flat, rowBytes, rows, strided, stride, n);
    return;
  }
  const next = load<i32>(dims + ((<usize>(depth + 1)) << 2));
  const bytes = (<usize>size) << 2;
  const inner = size / next;
  if (depth === across) {
    slices<T>(flat, strided, dims, strides, depth + 1, last, next, inner, across, rows, bytes);
    return;
  }
  for (let k = 0; k < n; k++) {
    slices<T>(flat, strided, dims, strides, depth + 1, last, next, inner, across, rows, rowBytes);
    flat += bytes;
    strided += stride;
  }
}

/** Flat has rows of n neighbours; in strided the rows are neighbours and the n are `stride` bytes apart. */
function squares<T extends Way>(flat: usize, rowBytes: usize, rows: i32, strided: usize, stride: usize, n: i32): void {
  let r = 0;
  for (; r + 4 <= rows; r += 4) {
    let to = flat;
    let from = strided;
    let c = 0;
    for (; c + 4 <= n; c += 4) {
      changetype<T>(0).block(to, rowBytes, from, stride);
      to += 16;
      from += stride << 2;
    }
    for (; c < n; c++) {
      for (let k: usize = 0; k < 4; k++) changetype<T>(0).word(to + k * rowBytes, from + (k << 2));
      to += 4;
      from += stride;
    }
    flat += rowBytes << 2;
    strided += 16;
  }
  for (; r < rows; r++) {
    const end = flat + ((<usize>n) << 2);
    let from = strided;
    for (let to = flat; to < end; to += 4) {
      changetype<T>(0).word(to, from);
      from += stride;
    }
    flat += rowBytes;
    strided += 4;
  }
}

/** Four rows of four at x, `xRow` bytes apart, as columns at out. */
@inline
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
  const to = firstOf(outer * slice, words, along ? LINE : 1, part + 1, parts);
  for (let at = firstOf(outer * slice, words, along ? LINE : 1, part, parts); at < to; ) {
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
    if (<u32>index < <u32>size) row(out, x + ((<usize>(index * inner + column)) << 2), bytes);
    else fillRow(out, fill, bytes);
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
  const to = firstOf(outer * inner, work, 1, part + 1, parts);
  for (let at = firstOf(outer * inner, work, 1, part, parts); at < to; ) {
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
  const first = firstOf(rows, words, 1, part, parts);
  const end = firstOf(rows, words, 1, part + 1, parts);
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

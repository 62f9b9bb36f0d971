// Elements at indices that lie in memory, and adding to such elements. Twin: bindings/kernels/gather.ts.

import { GatherOperands, ScatterAddOperands, ScatterOperands } from '../operands';
import { endOf, LINE, rangeOf, startOf } from '../share';
import { row } from './movement';

/**
 * Reads x [outer, size, inner] at indices of its middle axis. With `along` 0 the indices are [count] and each moves
 * `inner` elements, with 1 they are [outer, count, inner] and each moves one; out is [outer, count, inner]. An index
 * below 0 counts from the end, one that is out of range gives `fill`, a bit pattern.
 */
export function gather(it: GatherOperands, part: i32, parts: i32): void {
  const inner = it.inner;
  const along = it.along;
  const turns = along ? inner : 1;
  const words = along ? 1 : inner;
  const slice = it.count * turns;
  const range = rangeOf(it.outer * slice, words, along ? LINE : 1, part, parts);
  const to = endOf(range);
  for (let at = startOf(range); at < to; ) {
    const o = at / slice;
    const first = at - o * slice;
    const n = along ? to - at : min(slice - first, to - at);
    const next = it.indices + ((<usize>(along ? at : first)) << 2);
    const from = it.x + ((<usize>(o * it.size * inner)) << 2);
    const out = it.out + ((<usize>(at * words)) << 2);
    if (words === 1) gatherWords(out, from, next, n, it.size, turns, slice, first, it.fill);
    else gatherRows(out, from, next, n, it.size, inner, it.fill);
    at += n;
  }
}

/** n elements, from number `first` of a slice of x on; each is of the next of so many columns. */
function gatherWords(
  out: usize,
  x: usize,
  indices: usize,
  n: i32,
  size: i32,
  columns: i32,
  slice: i32,
  first: i32,
  fill: i32,
): void {
  const line = (<usize>columns) << 2;
  const end = out + ((<usize>n) << 2);
  let column = first % columns;
  let left = slice - first;
  x += (<usize>column) << 2;
  while (out < end) {
    const index = fromEnd(load<i32>(indices), size);
    store<i32>(out, <u32>index < <u32>size ? load<i32>(x + <usize>index * line) : fill);
    out += 4;
    indices += 4;
    x += 4;
    if (++column === columns) {
      column = 0;
      x -= line;
    }
    if (--left) continue;
    left = slice;
    x += <usize>size * line;
  }
}

/** n rows of one slice of x. */
function gatherRows(out: usize, x: usize, indices: usize, n: i32, size: i32, inner: i32, fill: i32): void {
  const bytes = (<usize>inner) << 2;
  for (; n > 0; n--) {
    const index = fromEnd(load<i32>(indices), size);
    if (<u32>index >= <u32>size) fillRow(out, fill, bytes);
    else row(out, x + <usize>index * bytes, bytes);
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

/** An index below 0 counts from the end; what is out of range then is not below `size` as an unsigned number. */
function fromEnd(index: i32, size: i32): i32 {
  return index < 0 ? index + size : index;
}

/** Slices of so many elements become 0 all at once: a call of memory.fill for each costs tens of nanoseconds. */
const SMALL = 64;

/**
 * The adjoint of gather: out [outer, size, inner] = 0, then x is added to it at the indices that are in range. A part
 * takes columns of [outer, inner]: no two parts add to the same element, and every element is added to in order.
 */
export function scatterAdd(it: ScatterAddOperands, part: i32, parts: i32): void {
  // Both have the same operands.
  scatterInto(changetype<ScatterOperands>(it), true, part, parts);
}

/** Writes x to out at the indices that are in range, in place of adding it to 0; the last of equal indices wins. */
export function scatter(it: ScatterOperands, part: i32, parts: i32): void {
  scatterInto(it, false, part, parts);
}

function scatterInto(it: ScatterOperands, adds: bool, part: i32, parts: i32): void {
  const size = it.size;
  const count = it.count;
  const inner = it.inner;
  const work = size + count;
  const range = rangeOf(it.outer * inner, work, 1, part, parts);
  const to = endOf(range);
  let at = startOf(range);
  if (at === to) return;
  const zeroed = adds && size * inner <= SMALL && at % inner === 0 && to % inner === 0;
  if (zeroed) memory.fill(it.out + ((<usize>(at * size)) << 2), 0, (<usize>((to - at) * size)) << 2);
  while (at < to) {
    const o = at / inner;
    const column = at - o * inner;
    const n = min(inner - column, to - at);
    const target = it.out + ((<usize>(o * size * inner + column)) << 2);
    const from = o * count * inner + column;
    if (adds && !zeroed) zeroColumns(target, size, n, inner);
    const moved = it.x + ((<usize>from) << 2);
    if (it.along) moveEach(adds, target, moved, it.indices + ((<usize>from) << 2), size, count, n, inner);
    else moveRows(adds, target, moved, it.indices, size, count, n, inner);
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

function moveRows(adds: bool, out: usize, x: usize, indices: usize, size: i32, count: i32, n: i32, inner: i32): void {
  const line = (<usize>inner) << 2;
  for (; count > 0; count--) {
    const index = fromEnd(load<i32>(indices), size);
    if (<u32>index < <u32>size) {
      if (adds) addRow(out + <usize>index * line, x, (<usize>n) << 2);
      else row(out + <usize>index * line, x, (<usize>n) << 2);
    }
    x += line;
    indices += 4;
  }
}

function moveEach(adds: bool, out: usize, x: usize, indices: usize, size: i32, count: i32, n: i32, inner: i32): void {
  const line = (<usize>inner) << 2;
  for (; count > 0; count--) {
    for (let t: usize = 0; t < (<usize>n) << 2; t += 4) {
      const index = fromEnd(load<i32>(indices + t), size);
      if (<u32>index >= <u32>size) continue;
      const target = out + <usize>index * line + t;
      if (adds) store<f32>(target, load<f32>(target) + load<f32>(x + t));
      else store<i32>(target, load<i32>(x + t));
    }
    x += line;
    indices += line;
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

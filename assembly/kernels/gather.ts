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
    const n = min(slice - first, to - at);
    const next = it.indices + ((<usize>(along ? at : first)) << 2);
    const from = it.x + ((<usize>(o * it.size * inner)) << 2);
    gatherSlice(it.out + ((<usize>(at * words)) << 2), from, next, n, it.size, inner, first, along, it.fill);
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
    const index = fromEnd(load<i32>(indices), size);
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

/** An index below 0 counts from the end; what is out of range then is not below `size` as an unsigned number. */
function fromEnd(index: i32, size: i32): i32 {
  return index < 0 ? index + size : index;
}

/**
 * The adjoint of gather: out [outer, size, inner] = 0, then x is added to it at the indices that are in range. A part takes
 * columns of [outer, inner]: no two parts add to the same element, and every element is added to in order.
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
  for (let at = startOf(range); at < to; ) {
    const o = at / inner;
    const column = at - o * inner;
    const n = min(inner - column, to - at);
    const target = it.out + ((<usize>(o * size * inner + column)) << 2);
    const from = o * count * inner + column;
    if (adds) zeroColumns(target, size, n, inner);
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

// Stable sorting of indices, by merging ever longer runs. Twin: bindings/kernels/sort.ts.

import { ArgSortOperands } from '../operands';

/**
 * out[o, :, i] = the indices that put x[o, :, i] in order; of equal ones the first comes first, and NaN is the largest.
 * `scratch` holds 2k indices.
 */
export function argSort(it: ArgSortOperands, part: i32, parts: i32): void {
  if (part) return;
  const k = it.k;
  const stride = (<usize>it.inner) << 2;
  let out = it.out;
  let x = it.x;
  for (let o = 0; o < it.outer; o++) {
    for (let j = 0; j < it.inner; j++) {
      const at = (<usize>j) << 2;
      spread(out + at, sorted(x + at, k, stride, it.ints, it.descending, it.scratch), k, stride);
    }
    out += <usize>k * stride;
    x += <usize>k * stride;
  }
}

/** The sorted indices, in one half of the scratch memory. */
function sorted(x: usize, k: i32, stride: usize, ints: i32, descending: i32, scratch: usize): usize {
  let from = scratch;
  let to = scratch + ((<usize>k) << 2);
  for (let i = 0; i < k; i++) store<i32>(from + ((<usize>i) << 2), i);
  for (let run = 1; run < k; run <<= 1) {
    for (let i = 0; i < k; i += 2 * run)
      merge(to, from, i, min(i + run, k), min(i + 2 * run, k), x, stride, ints, descending);
    const held = from;
    from = to;
    to = held;
  }
  return from;
}

/** Merges the runs [start, middle) and [middle, end). */
function merge(
  to: usize,
  from: usize,
  start: i32,
  middle: i32,
  end: i32,
  x: usize,
  stride: usize,
  ints: i32,
  descending: i32,
): void {
  let left = start;
  let right = middle;
  for (let i = start; i < end; i++) {
    const takesRight =
      left === middle ||
      (right < end && isBefore(key(x, from, right, stride, ints), key(x, from, left, stride, ints), descending));
    store<i32>(to + ((<usize>i) << 2), load<i32>(from + ((<usize>(takesRight ? right : left)) << 2)));
    if (takesRight) right++;
    else left++;
  }
}

/** What index number i of `order` stands for: a double holds each float and each integer exactly. */
function key(x: usize, order: usize, i: i32, stride: usize, ints: i32): f64 {
  const at = x + <usize>load<i32>(order + ((<usize>i) << 2)) * stride;
  return ints ? <f64>load<i32>(at) : <f64>load<f32>(at);
}

function isBefore(a: f64, b: f64, descending: i32): boolean {
  if (descending) return a > b || (a !== a && b === b);
  return a < b || (b !== b && a === a);
}

function spread(out: usize, order: usize, k: i32, stride: usize): void {
  for (let i = 0; i < k; i++) {
    store<i32>(out, load<i32>(order));
    order += 4;
    out += stride;
  }
}

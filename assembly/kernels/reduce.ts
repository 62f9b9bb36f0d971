// Reductions of x [outer, k, inner] over k. Sums are kept in float64, which costs little next to reading x and keeps the
// error at one rounding. Twin: bindings/kernels/reduce.ts.

import { F4 } from '../simd';
import { rowMax } from './softmax';

/** out[o, i] = Σₖ x[o, k, i] */
export function sum(out: usize, x: usize, outer: i32, k: i32, inner: i32, part: i32, parts: i32): void {
  if (part) return;
  const slice = (<usize>k * <usize>inner) << 2;
  for (let o = 0; o < outer; o++) {
    if (inner === 1) store<f32>(out, <f32>sumRow(x, k));
    else sumColumns(out, x, k, inner);
    out += (<usize>inner) << 2;
    x += slice;
  }
}

/** The sum of n neighbours: lanes 0 to 3 first, then the rest in order. */
function sumRow(x: usize, n: i32): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  const end = x + ((<usize>(n & ~3)) << 2);
  if (x < end) {
    do {
      low = f64x2.add(low, f64x2.promote_low_f32x4(v128.load64_zero(x)));
      high = f64x2.add(high, f64x2.promote_low_f32x4(v128.load64_zero(x, 8)));
      x += 16;
    } while (x < end);
  }
  const pair = f64x2.add(low, high);
  let total = f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
  for (let i = n & 3; i > 0; i--) {
    total += <f64>load<f32>(x);
    x += 4;
  }
  return total;
}

function sumColumns(out: usize, x: usize, k: i32, inner: i32): void {
  let j = 0;
  for (; j + 8 <= inner; j += 8) sum8(out + ((<usize>j) << 2), x + ((<usize>j) << 2), k, (<usize>inner) << 2);
  for (; j < inner; j++) sum1(out + ((<usize>j) << 2), x + ((<usize>j) << 2), k, (<usize>inner) << 2);
}

/** Eight neighbouring columns at once. */
function sum8(out: usize, x: usize, k: i32, stride: usize): void {
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  let s2 = f64x2.splat(0);
  let s3 = f64x2.splat(0);
  const end = x + <usize>k * stride;
  if (x < end) {
    do {
      s0 = f64x2.add(s0, f64x2.promote_low_f32x4(v128.load64_zero(x)));
      s1 = f64x2.add(s1, f64x2.promote_low_f32x4(v128.load64_zero(x, 8)));
      s2 = f64x2.add(s2, f64x2.promote_low_f32x4(v128.load64_zero(x, 16)));
      s3 = f64x2.add(s3, f64x2.promote_low_f32x4(v128.load64_zero(x, 24)));
      x += stride;
    } while (x < end);
  }
  v128.store64_lane(out, f32x4.demote_f64x2_zero(s0), 0);
  v128.store64_lane(out, f32x4.demote_f64x2_zero(s1), 0, 8);
  v128.store64_lane(out, f32x4.demote_f64x2_zero(s2), 0, 16);
  v128.store64_lane(out, f32x4.demote_f64x2_zero(s3), 0, 24);
}

function sum1(out: usize, x: usize, k: i32, stride: usize): void {
  let total: f64 = 0;
  for (let i = 0; i < k; i++) {
    total += <f64>load<f32>(x);
    x += stride;
  }
  store<f32>(out, <f32>total);
}

/** out[o, i] = the k of the largest x[o, k, i]: the first of equal ones, the first NaN if there is one */
export function argMax(out: usize, x: usize, outer: i32, k: i32, inner: i32, part: i32, parts: i32): void {
  if (part) return;
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j++) {
      store<i32>(out, argMaxOf(x + ((<usize>j) << 2), k, (<usize>inner) << 2));
      out += 4;
    }
    x += (<usize>k * <usize>inner) << 2;
  }
}

function argMaxOf(x: usize, k: i32, stride: usize): i32 {
  let best = 0;
  let largest = load<f32>(x);
  for (let r = 1; r < k; r++) {
    x += stride;
    const value = load<f32>(x);
    if (value > largest || (value !== value && largest === largest)) {
      largest = value;
      best = r;
    }
  }
  return best;
}

/** out[o, i] = the largest x[o, k, i], NaN if there is one; -Infinity where k is 0 */
export function maxOf(out: usize, x: usize, outer: i32, k: i32, inner: i32, part: i32, parts: i32): void {
  if (part) return;
  for (let o = 0; o < outer; o++) {
    if (inner === 1) store<f32>(out, rowMax(x, k));
    else maxColumns(out, x, k, inner);
    out += (<usize>inner) << 2;
    x += (<usize>k * <usize>inner) << 2;
  }
}

function maxColumns(out: usize, x: usize, k: i32, inner: i32): void {
  const stride = (<usize>inner) << 2;
  const end = out + ((<usize>(inner & ~3)) << 2);
  while (out < end) {
    v128.store(out, max4(x, k, stride));
    out += 16;
    x += 16;
  }
  for (let j = inner & 3; j > 0; j--) {
    let most: f32 = -Infinity;
    for (let r = 0; r < k; r++) most = max<f32>(most, load<f32>(x + <usize>r * stride));
    store<f32>(out, most);
    out += 4;
    x += 4;
  }
}

/** Four neighbouring columns at once. */
function max4(x: usize, k: i32, stride: usize): v128 {
  let most = f32x4.splat(-Infinity);
  const end = x + <usize>k * stride;
  if (x < end) {
    do {
      most = F4.max(most, v128.load(x));
      x += stride;
    } while (x < end);
  }
  return most;
}

/** out[o, r, i] = x[o, 0, i] + … + x[o, r, i] */
export function cumSum(out: usize, x: usize, outer: i32, k: i32, inner: i32, part: i32, parts: i32): void {
  if (part) return;
  const stride = (<usize>inner) << 2;
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j++) runningSum(out + ((<usize>j) << 2), x + ((<usize>j) << 2), k, stride);
    out += <usize>k * stride;
    x += <usize>k * stride;
  }
}

function runningSum(out: usize, x: usize, k: i32, stride: usize): void {
  let total: f64 = 0;
  for (let r = 0; r < k; r++) {
    total += <f64>load<f32>(x);
    store<f32>(out, <f32>total);
    out += stride;
    x += stride;
  }
}

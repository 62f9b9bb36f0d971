// Reductions of x [outer, k, inner] over k. Sums are kept in float64, which costs little next to reading x and keeps
// the error at one rounding. A part takes a range of the sums; how many of them go side by side changes none of them.
// Twin: bindings/kernels/reduce.ts.

import { Op } from '../opcodes';
import { ArgMaxOperands, MaxIntOperands, MaxOperands, SumIntOperands, SumOperands } from '../operands';
import { endOf, rangeOf, startOf } from '../share';
import { F4 } from '../simd';

/**
 * The outer · inner sums in order, of which a share is computed in turns: neighbouring columns of one [k, inner], or a
 * row.
 */
export class Sums {
  /** How many sums from `at` on, up to `to`, are neighbouring columns; 1 if inner is 1. */
  @inline
  static columns(at: i32, to: i32, inner: i32): i32 {
    return inner === 1 ? 1 : min(inner - (at % inner), to - at);
  }

  /** The address of the first element of x that sum number `at` adds up. */
  @inline
  static start(x: usize, at: i32, k: i32, inner: i32): usize {
    if (inner === 1) return x + ((<usize>(at * k)) << 2);
    const o = at / inner;
    return x + ((<usize>(o * k * inner + at - o * inner)) << 2);
  }
}

/** What `op` makes of each of the outer · inner sums. */
function reduce(op: i32, out: usize, x: usize, outer: i32, k: i32, inner: i32, part: i32, parts: i32): void {
  const range = rangeOf(outer * inner, k, 1, part, parts);
  const to = endOf(range);
  const stride = (<usize>inner) << 2;
  for (let at = startOf(range); at < to; ) {
    const n = Sums.columns(at, to, inner);
    const start = Sums.start(x, at, k, inner);
    const target = out + ((<usize>at) << 2);
    if (op === Op.sum) {
      if (inner === 1) store<f32>(target, <f32>sumRow(start, k));
      else sumColumns(target, start, k, n, stride);
    } else if (op === Op.argMax) {
      if (inner === 1) store<i32>(target, firstOfLargest(start, k));
      else argMaxColumns(target, start, k, n, stride);
    } else if (inner === 1) store<f32>(target, rowMax(start, k) + PLUS_ZERO);
    else maxColumns(target, start, k, n, stride);
    at += n;
  }
}

/** out[o, i] = Σₖ x[o, k, i] */
export function sum(it: SumOperands, part: i32, parts: i32): void {
  reduce(Op.sum, it.out, it.x, it.outer, it.k, it.inner, part, parts);
}

/** The sum of n neighbours: lanes 0 to 7 first, then the rest in order. */
function sumRow(x: usize, n: i32): f64 {
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  let s2 = f64x2.splat(0);
  let s3 = f64x2.splat(0);
  const end = x + ((<usize>(n & ~7)) << 2);
  if (x < end) {
    do {
      s0 = f64x2.add(s0, f64x2.promote_low_f32x4(v128.load64_zero(x)));
      s1 = f64x2.add(s1, f64x2.promote_low_f32x4(v128.load64_zero(x, 8)));
      s2 = f64x2.add(s2, f64x2.promote_low_f32x4(v128.load64_zero(x, 16)));
      s3 = f64x2.add(s3, f64x2.promote_low_f32x4(v128.load64_zero(x, 24)));
      x += 32;
    } while (x < end);
  }
  const pair = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3));
  let total = f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
  for (let i = n & 7; i > 0; i--) {
    total += <f64>load<f32>(x);
    x += 4;
  }
  return total;
}

function sumColumns(out: usize, x: usize, k: i32, n: i32, stride: usize): void {
  for (; n >= 8; n -= 8) {
    sum8(out, x, k, stride);
    out += 32;
    x += 32;
  }
  for (; n > 0; n -= 2) {
    sum2(out, x, k, stride, n);
    out += 8;
    x += 8;
  }
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

/** Two neighbouring columns, or the last one. */
function sum2(out: usize, x: usize, k: i32, stride: usize, n: i32): void {
  let s = f64x2.splat(0);
  const end = x + <usize>k * stride;
  while (x < end) {
    s = f64x2.add(s, f64x2.promote_low_f32x4(n > 1 ? v128.load64_zero(x) : v128.load32_zero(x)));
    x += stride;
  }
  const y = f32x4.demote_f64x2_zero(s);
  if (n > 1) v128.store64_lane(out, y, 0);
  else v128.store32_lane(out, y, 0);
}

/** out[o, i] = the k of the largest x[o, k, i]: the first of equal ones, the first NaN if there is one */
export function argMax(it: ArgMaxOperands, part: i32, parts: i32): void {
  reduce(Op.argMax, it.out, it.x, it.outer, it.k, it.inner, part, parts);
}

/** Of n neighbours: the largest first, then where it is. */
function firstOfLargest(x: usize, n: i32): i32 {
  const largest = rowMax(x, n);
  const target = f32x4.splat(largest);
  const wantsNaN = f32x4.ne(target, target);
  for (let i = 0; i + 4 <= n; i += 4) {
    const v = v128.load(x + ((<usize>i) << 2));
    const hits = i32x4.bitmask(v128.or(f32x4.eq(v, target), v128.and(wantsNaN, f32x4.ne(v, v))));
    if (hits) return i + ctz(hits);
  }
  let i = n & ~3;
  for (; i < n - 1; i++) {
    const v = load<f32>(x + ((<usize>i) << 2));
    if (v === largest || (v !== v && largest !== largest)) return i;
  }
  return max(i, 0);
}

/** Four neighbouring columns at once; the last ones by lanes. */
function argMaxColumns(out: usize, x: usize, k: i32, n: i32, stride: usize): void {
  for (; n > 0; n -= 4) {
    const bytes = (<usize>n) << 2;
    let largest = F4.loadUpTo(x, bytes);
    let best = i32x4.splat(0);
    for (let r = 1; r < k; r++) {
      const v = F4.loadUpToFast(x + <usize>r * stride, bytes);
      const first = v128.andnot(f32x4.ne(v, v), f32x4.ne(largest, largest));
      const better = v128.or(f32x4.gt(v, largest), first);
      largest = v128.bitselect(v, largest, better);
      best = v128.bitselect(i32x4.splat(r), best, better);
    }
    F4.storeUpTo(out, best, bytes);
    x += 16;
    out += 16;
  }
}

/** out[o, i] = the largest x[o, k, i], 0 rather than -0, NaN if there is one; -Infinity where k is 0 */
export function maxOf(it: MaxOperands, part: i32, parts: i32): void {
  reduce(Op.max, it.out, it.x, it.outer, it.k, it.inner, part, parts);
}

/** To pmax 0 and -0 are equal, so either may come out; -0 + 0 is 0, whichever it was. */
const PLUS_ZERO: f32 = 0;

/** The larger of each lane. pmax overlooks a NaN in x; f32x4.max would not, but is six times as slow. */
class Most {
  @inline
  static larger(most: v128, x: v128): v128 {
    return f32x4.pmax(most, x);
  }

  /** The result, with NaN in the lanes where one was seen: `nans` has the bits of a NaN there. */
  @inline
  static result(most: v128, nans: v128): v128 {
    return v128.or(most, nans);
  }
}

/** The largest of n neighbours, NaN if there is one, -Infinity if there is none. */
function rowMax(x: usize, n: i32): f32 {
  let a = f32x4.splat(-Infinity);
  let b = a;
  let nans = f32x4.splat(0);
  const end = x + ((<usize>(n & ~7)) << 2);
  if (x < end) {
    do {
      const v = v128.load(x);
      const w = v128.load(x, 16);
      a = Most.larger(a, v);
      b = Most.larger(b, w);
      nans = v128.or(nans, v128.or(f32x4.ne(v, v), f32x4.ne(w, w)));
      x += 32;
    } while (x < end);
  }
  for (let i = n & 7; i > 0; i--) {
    const v = v128.load32_splat(x);
    a = Most.larger(a, v);
    nans = v128.or(nans, f32x4.ne(v, v));
    x += 4;
  }
  if (v128.any_true(nans)) return NaN;
  a = f32x4.pmax(a, b);
  a = f32x4.pmax(a, v128.shuffle<f32>(a, a, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.pmax(a, v128.shuffle<f32>(a, a, 1, 0, 3, 2)), 0);
}

function maxColumns(out: usize, x: usize, k: i32, n: i32, stride: usize): void {
  for (; n >= 4; n -= 4) {
    v128.store(out, f32x4.add(max4(x, k, stride), f32x4.splat(PLUS_ZERO)));
    out += 16;
    x += 16;
  }
  for (; n > 0; n--) {
    let most: f32 = -Infinity;
    for (let r = 0; r < k; r++) most = max<f32>(most, load<f32>(x + <usize>r * stride));
    store<f32>(out, most + PLUS_ZERO);
    out += 4;
    x += 4;
  }
}

/** Four neighbouring columns at once. */
function max4(x: usize, k: i32, stride: usize): v128 {
  let most = f32x4.splat(-Infinity);
  let nans = f32x4.splat(0);
  const end = x + <usize>k * stride;
  if (x < end) {
    do {
      const v = v128.load(x);
      most = Most.larger(most, v);
      nans = v128.or(nans, f32x4.ne(v, v));
      x += stride;
    } while (x < end);
  }
  return Most.result(most, nans);
}

/** out[o, i] = Σₖ x[o, k, i] of int32, which wraps */
export function sumInt(it: SumIntOperands, part: i32, parts: i32): void {
  reduceInts(it.out, it.x, it.outer, it.k, it.inner, false, part, parts);
}

/** out[o, i] = the largest x[o, k, i] of int32 */
export function maxInt(it: MaxIntOperands, part: i32, parts: i32): void {
  reduceInts(it.out, it.x, it.outer, it.k, it.inner, true, part, parts);
}

function reduceInts(out: usize, x: usize, outer: i32, k: i32, inner: i32, largest: bool, part: i32, parts: i32): void {
  const range = rangeOf(outer * inner, k, 1, part, parts);
  const to = endOf(range);
  const stride = (<usize>inner) << 2;
  for (let at = startOf(range); at < to; at++) {
    let from = Sums.start(x, at, k, inner);
    let result = largest ? i32.MIN_VALUE : 0;
    for (let r = 0; r < k; r++) {
      const next = load<i32>(from);
      result = largest ? max(result, next) : result + next;
      from += stride;
    }
    store<i32>(out + ((<usize>at) << 2), result);
  }
}

// Running sums and products of x [outer, k, inner] along k; those of floats are kept in float64. Twin:
// bindings/kernels/scan.ts.

import { CumProdOperands, CumSumIntOperands, CumSumOperands } from '../operands';
import { endOf, rangeOf, startOf } from '../share';
import { Sums } from './reduce';

/** How the elements up to each one are joined. */
abstract class Join {
  abstract first(): f64;
  abstract of(a: f64, b: f64): f64;
  abstract lanes(a: v128, b: v128): v128;
}

class Plus extends Join {
  @inline
  first(): f64 {
    return 0;
  }

  @inline
  of(a: f64, b: f64): f64 {
    return a + b;
  }

  @inline
  lanes(a: v128, b: v128): v128 {
    return f64x2.add(a, b);
  }
}

class Times extends Join {
  @inline
  first(): f64 {
    return 1;
  }

  @inline
  of(a: f64, b: f64): f64 {
    return a * b;
  }

  @inline
  lanes(a: v128, b: v128): v128 {
    return f64x2.mul(a, b);
  }
}

/** out[o, r, i] = x[o, 0, i] + … + x[o, r, i] */
export function cumSum(it: CumSumOperands, part: i32, parts: i32): void {
  cumulate<Plus>(it.out, it.x, it.outer, it.k, it.inner, part, parts);
}

/** out[o, r, i] = x[o, 0, i] · … · x[o, r, i] */
export function cumProd(it: CumProdOperands, part: i32, parts: i32): void {
  cumulate<Times>(it.out, it.x, it.outer, it.k, it.inner, part, parts);
}

function cumulate<T extends Join>(out: usize, x: usize, outer: i32, k: i32, inner: i32, part: i32, parts: i32): void {
  const range = rangeOf(outer * inner, k, 1, part, parts);
  const to = endOf(range);
  for (let at = startOf(range); at < to; ) {
    const n = Sums.columns(at, to, inner);
    const start = Sums.start(x, at, k, inner);
    cumColumns<T>(out + (start - x), start, k, n, (<usize>inner) << 2);
    at += n;
  }
}

function cumColumns<T extends Join>(out: usize, x: usize, k: i32, n: i32, stride: usize): void {
  for (; n >= 8; n -= 8) {
    cum8<T>(out, x, k, stride);
    out += 32;
    x += 32;
  }
  for (; n > 0; n--) {
    cum1<T>(out, x, k, stride);
    out += 4;
    x += 4;
  }
}

/** Eight neighbouring columns at once: one at a time they would go through the cache eight times. */
function cum8<T extends Join>(out: usize, x: usize, k: i32, stride: usize): void {
  const join = changetype<T>(0);
  let s0 = f64x2.splat(join.first());
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  const end = x + <usize>k * stride;
  while (x < end) {
    s0 = join.lanes(s0, f64x2.promote_low_f32x4(v128.load64_zero(x)));
    s1 = join.lanes(s1, f64x2.promote_low_f32x4(v128.load64_zero(x, 8)));
    s2 = join.lanes(s2, f64x2.promote_low_f32x4(v128.load64_zero(x, 16)));
    s3 = join.lanes(s3, f64x2.promote_low_f32x4(v128.load64_zero(x, 24)));
    v128.store64_lane(out, f32x4.demote_f64x2_zero(s0), 0);
    v128.store64_lane(out, f32x4.demote_f64x2_zero(s1), 0, 8);
    v128.store64_lane(out, f32x4.demote_f64x2_zero(s2), 0, 16);
    v128.store64_lane(out, f32x4.demote_f64x2_zero(s3), 0, 24);
    out += stride;
    x += stride;
  }
}

function cum1<T extends Join>(out: usize, x: usize, k: i32, stride: usize): void {
  const join = changetype<T>(0);
  let total = join.first();
  for (let r = 0; r < k; r++) {
    total = join.of(total, <f64>load<f32>(x));
    store<f32>(out, <f32>total);
    out += stride;
    x += stride;
  }
}

/** out[o, r, i] = x[o, 0, i] + … + x[o, r, i] of int32, which wraps */
export function cumSumInt(it: CumSumIntOperands, part: i32, parts: i32): void {
  const inner = it.inner;
  const range = rangeOf(it.outer * inner, it.k, 1, part, parts);
  const to = endOf(range);
  for (let at = startOf(range); at < to; ) {
    const n = Sums.columns(at, to, inner);
    const start = Sums.start(it.x, at, it.k, inner);
    cumInts(it.out + (start - it.x), start, it.k, n, (<usize>inner) << 2);
    at += n;
  }
}

/** Four neighbouring columns at once, then one at a time. */
function cumInts(out: usize, x: usize, k: i32, n: i32, stride: usize): void {
  const bytes = <usize>k * stride;
  for (; n >= 4; n -= 4) {
    let totals = i32x4.splat(0);
    for (let at: usize = 0; at < bytes; at += stride) {
      totals = i32x4.add(totals, v128.load(x + at));
      v128.store(out + at, totals);
    }
    out += 16;
    x += 16;
  }
  for (; n > 0; n--) {
    let total = 0;
    for (let at: usize = 0; at < bytes; at += stride) {
      total += load<i32>(x + at);
      store<i32>(out + at, total);
    }
    out += 4;
    x += 4;
  }
}

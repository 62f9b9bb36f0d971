// Running sums of x [outer, k, inner] along k, kept in float64. Twin: bindings/kernels/scan.ts.

import { CumSumOperands } from '../operands';
import { endOf, rangeOf, startOf } from '../share';
import { Sums } from './reduce';

/** out[o, r, i] = x[o, 0, i] + … + x[o, r, i] */
export function cumSum(it: CumSumOperands, part: i32, parts: i32): void {
  const k = it.k;
  const inner = it.inner;
  const range = rangeOf(it.outer * inner, k, 1, part, parts);
  const to = endOf(range);
  for (let at = startOf(range); at < to; ) {
    const n = Sums.columns(at, to, inner);
    const start = Sums.start(it.x, at, k, inner);
    cumColumns(it.out + (start - it.x), start, k, n, (<usize>inner) << 2);
    at += n;
  }
}

function cumColumns(out: usize, x: usize, k: i32, n: i32, stride: usize): void {
  for (; n >= 8; n -= 8) {
    cum8(out, x, k, stride);
    out += 32;
    x += 32;
  }
  for (; n > 0; n--) {
    cum1(out, x, k, stride);
    out += 4;
    x += 4;
  }
}

/** Eight neighbouring columns at once: one at a time they would go through the cache eight times. */
function cum8(out: usize, x: usize, k: i32, stride: usize): void {
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  let s2 = f64x2.splat(0);
  let s3 = f64x2.splat(0);
  const end = x + <usize>k * stride;
  while (x < end) {
    s0 = f64x2.add(s0, f64x2.promote_low_f32x4(v128.load64_zero(x)));
    s1 = f64x2.add(s1, f64x2.promote_low_f32x4(v128.load64_zero(x, 8)));
    s2 = f64x2.add(s2, f64x2.promote_low_f32x4(v128.load64_zero(x, 16)));
    s3 = f64x2.add(s3, f64x2.promote_low_f32x4(v128.load64_zero(x, 24)));
    v128.store64_lane(out, f32x4.demote_f64x2_zero(s0), 0);
    v128.store64_lane(out, f32x4.demote_f64x2_zero(s1), 0, 8);
    v128.store64_lane(out, f32x4.demote_f64x2_zero(s2), 0, 16);
    v128.store64_lane(out, f32x4.demote_f64x2_zero(s3), 0, 24);
    out += stride;
    x += stride;
  }
}

function cum1(out: usize, x: usize, k: i32, stride: usize): void {
  let total: f64 = 0;
  for (let r = 0; r < k; r++) {
    total += <f64>load<f32>(x);
    store<f32>(out, <f32>total);
    out += stride;
    x += stride;
  }
}

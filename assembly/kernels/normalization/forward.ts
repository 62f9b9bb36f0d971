// Rows, normalised: short ones four at a time, long ones one by one.

import { NormRowsOperands } from '../../operands';
import { F4 } from '../../simd';
import { floats } from '../gemm/lanes';
import { Center, Four, Lanes, rowMoments } from './moments';

/** Rows of up to so many elements are normalised four at a time: longer ones are too far from each other in memory. */
const SHORT = 128;

/** What is done to a normalised row. */
abstract class Affine {
  abstract of(y: v128, gamma: usize, beta: usize, bytes: usize): v128;
}

/** Nothing. */
class Bare extends Affine {
  @inline
  of(y: v128, _gamma: usize, _beta: usize, _bytes: usize): v128 {
    return y;
  }
}

/** y·gamma */
class Gain extends Affine {
  @inline
  of(y: v128, gamma: usize, _beta: usize, bytes: usize): v128 {
    return f32x4.mul(y, F4.loadUpTo(gamma, bytes));
  }
}

/** y·gamma + beta */
class GainAndBias extends Affine {
  @inline
  of(y: v128, gamma: usize, beta: usize, bytes: usize): v128 {
    return f32x4.add(f32x4.mul(y, F4.loadUpTo(gamma, bytes)), F4.loadUpTo(beta, bytes));
  }
}

function writeRow<T extends Affine>(out: usize, x: usize, n: i32, m: f32, rate: f32, gamma: usize, beta: usize): void {
  const ms = f32x4.splat(m);
  const rates = f32x4.splat(rate);
  const end = out + floats(n & ~15);
  if (out < end) {
    do {
      const a = f32x4.mul(f32x4.sub(v128.load(x), ms), rates);
      v128.store(out, changetype<T>(0).of(a, gamma, beta, 16));
      const b = f32x4.mul(f32x4.sub(v128.load(x, 16), ms), rates);
      v128.store(out, changetype<T>(0).of(b, gamma + 16, beta + 16, 16), 16);
      const c = f32x4.mul(f32x4.sub(v128.load(x, 32), ms), rates);
      v128.store(out, changetype<T>(0).of(c, gamma + 32, beta + 32, 16), 32);
      const d = f32x4.mul(f32x4.sub(v128.load(x, 48), ms), rates);
      v128.store(out, changetype<T>(0).of(d, gamma + 48, beta + 48, 16), 48);
      out += 64;
      x += 64;
      gamma += 64;
      beta += 64;
    } while (out < end);
  }
  for (n &= 15; n > 0; n -= 4) {
    const bytes = floats(n);
    const y = f32x4.mul(f32x4.sub(F4.loadUpTo(x, bytes), ms), rates);
    F4.storeUpTo(out, changetype<T>(0).of(y, gamma, beta, bytes), bytes);
    out += 16;
    x += 16;
    gamma += 16;
    beta += 16;
  }
}

function writeFew<T extends Affine>(at: usize, x: usize, n: i32, m: v128, rate: v128, gamma: usize, beta: usize): void {
  const bytes = floats(n);
  const y = f32x4.mul(f32x4.sub(F4.loadUpTo(x, bytes), m), rate);
  F4.storeUpTo(at, changetype<T>(0).of(y, gamma, beta, bytes), bytes);
}

/** Writes four rows at once, a mean and a rate a lane. */
function writeFour<T extends Affine>(it: NormRowsOperands, r: i32, rows: i32, means: v128, rates: v128): void {
  const n = it.cols;
  const row = floats(n);
  const shift = it.out - it.x;
  const fewer = n & 3;
  let x0 = it.x + <usize>r * row;
  let x1 = x0 + (rows > 1 ? row : 0);
  let x2 = x1 + (rows > 2 ? row : 0);
  let x3 = x2 + (rows > 3 ? row : 0);
  const end = x0 + floats(n - fewer);
  const m0 = v128.shuffle<f32>(means, means, 0, 0, 0, 0);
  const m1 = v128.shuffle<f32>(means, means, 1, 1, 1, 1);
  const m2 = v128.shuffle<f32>(means, means, 2, 2, 2, 2);
  const m3 = v128.shuffle<f32>(means, means, 3, 3, 3, 3);
  const r0 = v128.shuffle<f32>(rates, rates, 0, 0, 0, 0);
  const r1 = v128.shuffle<f32>(rates, rates, 1, 1, 1, 1);
  const r2 = v128.shuffle<f32>(rates, rates, 2, 2, 2, 2);
  const r3 = v128.shuffle<f32>(rates, rates, 3, 3, 3, 3);
  let gamma = it.gamma;
  let beta = it.beta;
  if (x0 < end) {
    do {
      const affine = changetype<T>(0);
      v128.store(x0 + shift, affine.of(f32x4.mul(f32x4.sub(v128.load(x0), m0), r0), gamma, beta, 16));
      v128.store(x1 + shift, affine.of(f32x4.mul(f32x4.sub(v128.load(x1), m1), r1), gamma, beta, 16));
      v128.store(x2 + shift, affine.of(f32x4.mul(f32x4.sub(v128.load(x2), m2), r2), gamma, beta, 16));
      v128.store(x3 + shift, affine.of(f32x4.mul(f32x4.sub(v128.load(x3), m3), r3), gamma, beta, 16));
      x0 += 16;
      x1 += 16;
      x2 += 16;
      x3 += 16;
      gamma += 16;
      beta += 16;
    } while (x0 < end);
  }
  if (fewer) {
    writeFew<T>(x0 + shift, x0, fewer, m0, r0, gamma, beta);
    writeFew<T>(x1 + shift, x1, fewer, m1, r1, gamma, beta);
    writeFew<T>(x2 + shift, x2, fewer, m2, r2, gamma, beta);
    writeFew<T>(x3 + shift, x3, fewer, m3, r3, gamma, beta);
  }
}

/**
 * Four short rows at once, so that nobody waits for a root and a division; of fewer `rows` the last one is done again.
 */
function fourRows<C extends Center>(it: NormRowsOperands, r: i32, rows: i32): void {
  const n = it.cols;
  const row = floats(n);
  const fewer = n & 3;
  const last = floats(n - fewer);
  let x0 = it.x + <usize>r * row;
  let x1 = x0 + (rows > 1 ? row : 0);
  let x2 = x1 + (rows > 2 ? row : 0);
  let x3 = x2 + (rows > 3 ? row : 0);
  const end = x0 + last;
  const each = f64x2.splat(1 / <f64>n);
  let near = f32x4.splat(0);
  if (changetype<C>(0).taken()) {
    const share = f32x4.splat(1 / <f32>min(n, 4)); // of each, so that no sum is infinite
    const a = f32x4.mul(F4.loadUpTo(x0, row), share);
    const b = f32x4.mul(F4.loadUpTo(x1, row), share);
    const c = f32x4.mul(F4.loadUpTo(x2, row), share);
    near = Four.sums(a, b, c, f32x4.mul(F4.loadUpTo(x3, row), share));
  }
  let apartLow = f64x2.splat(0);
  let apartHigh = apartLow;
  let low = apartLow;
  let high = apartLow;
  for (let again = false; ; again = true) {
    const m0 = v128.shuffle<f32>(near, near, 0, 0, 0, 0);
    const m1 = v128.shuffle<f32>(near, near, 1, 1, 1, 1);
    const m2 = v128.shuffle<f32>(near, near, 2, 2, 2, 2);
    const m3 = v128.shuffle<f32>(near, near, 3, 3, 3, 3);
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let p0 = s0;
    let p1 = s0;
    let p2 = s0;
    let p3 = s0;
    if (x0 < end) {
      do {
        const a = f32x4.sub(v128.load(x0), m0);
        if (changetype<C>(0).taken()) s0 = f32x4.add(s0, a);
        p0 = f32x4.add(p0, f32x4.mul(a, a));
        const b = f32x4.sub(v128.load(x1), m1);
        if (changetype<C>(0).taken()) s1 = f32x4.add(s1, b);
        p1 = f32x4.add(p1, f32x4.mul(b, b));
        const c = f32x4.sub(v128.load(x2), m2);
        if (changetype<C>(0).taken()) s2 = f32x4.add(s2, c);
        p2 = f32x4.add(p2, f32x4.mul(c, c));
        const d = f32x4.sub(v128.load(x3), m3);
        if (changetype<C>(0).taken()) s3 = f32x4.add(s3, d);
        p3 = f32x4.add(p3, f32x4.mul(d, d));
        x0 += 16;
        x1 += 16;
        x2 += 16;
        x3 += 16;
      } while (x0 < end);
    }
    if (fewer) {
      const a = Lanes.less(x0, m0, fewer);
      const b = Lanes.less(x1, m1, fewer);
      const c = Lanes.less(x2, m2, fewer);
      const d = Lanes.less(x3, m3, fewer);
      if (changetype<C>(0).taken()) {
        s0 = f32x4.add(s0, a);
        s1 = f32x4.add(s1, b);
        s2 = f32x4.add(s2, c);
        s3 = f32x4.add(s3, d);
      }
      p0 = f32x4.add(p0, f32x4.mul(a, a));
      p1 = f32x4.add(p1, f32x4.mul(b, b));
      p2 = f32x4.add(p2, f32x4.mul(c, c));
      p3 = f32x4.add(p3, f32x4.mul(d, d));
    }
    x0 -= last;
    x1 -= last;
    x2 -= last;
    x3 -= last;
    const p = Four.sums(p0, p1, p2, p3);
    low = f64x2.mul(F4.lowDoubles(p), each);
    high = f64x2.mul(F4.highDoubles(p), each);
    const s = Four.sums(s0, s1, s2, s3);
    apartLow = f64x2.mul(F4.lowDoubles(s), each);
    apartHigh = f64x2.mul(F4.highDoubles(s), each);
    const farLow = Four.areFar(apartLow, low);
    const farHigh = Four.areFar(apartHigh, high);
    low = f64x2.sub(low, f64x2.mul(apartLow, apartLow));
    high = f64x2.sub(high, f64x2.mul(apartHigh, apartHigh));
    if (again || !changetype<C>(0).taken() || !v128.any_true(v128.or(farLow, farHigh))) break;
    const means = F4.fromDoubles(f64x2.add(F4.lowDoubles(near), apartLow), f64x2.add(F4.highDoubles(near), apartHigh));
    near = v128.bitselect(means, near, v128.shuffle<f32>(farLow, farHigh, 0, 2, 4, 6)); // each as if it were alone
  }
  const rates = F4.fromDoubles(Four.rates(low, it.epsilon), Four.rates(high, it.epsilon));
  const means = changetype<C>(0).taken()
    ? F4.fromDoubles(f64x2.add(F4.lowDoubles(near), apartLow), f64x2.add(F4.highDoubles(near), apartHigh))
    : near;
  if (it.beta) writeFour<GainAndBias>(it, r, rows, means, rates);
  else if (it.gamma) writeFour<Gain>(it, r, rows, means, rates);
  else writeFour<Bare>(it, r, rows, means, rates);
}

/** Rows from r on, before `end`. */
export function eachRow<C extends Center>(it: NormRowsOperands, r: i32, end: i32): void {
  const n = it.cols;
  if (n <= SHORT) {
    for (; r < end; r += 4) fourRows<C>(it, r, end - r);
    return;
  }
  for (; r < end; r++) {
    const at = floats(r * n);
    const moments = rowMoments<C>(it.x + at, n);
    const mean = <f32>f64x2.extract_lane(moments, 0);
    const rate = <f32>(1 / Math.sqrt(max<f64>(f64x2.extract_lane(moments, 1), 0) + it.epsilon));
    if (it.beta) writeRow<GainAndBias>(it.out + at, it.x + at, n, mean, rate, it.gamma, it.beta);
    else if (it.gamma) writeRow<Gain>(it.out + at, it.x + at, n, mean, rate, it.gamma, 0);
    else writeRow<Bare>(it.out + at, it.x + at, n, mean, rate, 0, 0);
  }
}

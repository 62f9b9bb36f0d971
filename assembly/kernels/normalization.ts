// Normalisation of rows by their own mean and variance (layer norm and its kin). Sums of up to CHUNK elements are kept in float32, of
// differences from a number of their own size, so that a large mean costs nothing; these go on in float64. A part takes whole rows.
// Twin: bindings/kernels/normalization.ts. Not here: columns (columns.ts).

import { NormRowsGradOperands, NormRowsOperands } from '../operands';
import { endOf, rangeOf, startOf } from '../share';
import { F4 } from '../simd';
import { floats } from './gemm/lanes';

/** Elements of a row whose sum is kept in float32. */
const CHUNK = 512;

/** Rows of up to so many elements are normalised four at a time: longer ones are too far from each other in memory. */
const SHORT = 128;

/** Rows of up to so many elements have their gradient four at a time. */
const SHORT_GRAD = 256;

/** What an element costs, next to one that is only moved. */
const WORK = 4;

/** Whether the mean of a row is taken off. */
abstract class Center {
  abstract taken(): bool;
}

class Centered extends Center {
  @inline
  taken(): bool {
    return true;
  }
}

class Uncentered extends Center {
  @inline
  taken(): bool {
    return false;
  }
}

/** What is known of four rows, a row a lane or in two halves, in float64. */
class Four {
  /** [Σ a, Σ b, Σ c, Σ d] of the lanes, each in the order of F4.hsum */
  @inline
  static sums(a: v128, b: v128, c: v128, d: v128): v128 {
    const low = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
    const high = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
    return f32x4.add(v128.shuffle<f32>(low, high, 0, 1, 4, 5), v128.shuffle<f32>(low, high, 2, 3, 6, 7));
  }

  /** Where the mean is so far from the number that deviations were taken from that their squares lost digits. */
  @inline
  static areFar(apart: v128, squares: v128): v128 {
    const square = f64x2.mul(apart, apart);
    return f64x2.gt(square, f64x2.mul(f64x2.sub(squares, square), f64x2.splat(4)));
  }

  /** 1 / √(variance + epsilon) */
  @inline
  static rates(variances: v128, epsilon: f64): v128 {
    const sums = f64x2.add(f64x2.max(variances, f64x2.splat(0)), f64x2.splat(epsilon));
    return f64x2.div(f64x2.splat(1), f64x2.sqrt(sums));
  }
}

class Lanes {
  /** Up to four elements less m, of which n are left; the other lanes are 0. */
  @inline
  static less(at: usize, m: v128, n: i32): v128 {
    return v128.and(f32x4.sub(F4.loadUpTo(at, floats(n)), m), i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(n)));
  }

  /** [Σ a, Σ b] of the lanes, each in the order of F4.hsum, in float64 */
  @inline
  static sums(a: v128, b: v128): v128 {
    const pairs = f32x4.add(v128.shuffle<f32>(a, b, 0, 1, 4, 5), v128.shuffle<f32>(a, b, 2, 3, 6, 7));
    const even = v128.shuffle<f32>(pairs, pairs, 0, 2, 0, 2);
    return f64x2.promote_low_f32x4(f32x4.add(even, v128.shuffle<f32>(pairs, pairs, 1, 3, 1, 3)));
  }
}

/** [Σ d, Σ d²] of a row, d = x - m; the first one only if it is centered. With fewer than four sums each waits for another. */
function rowSums<C extends Center>(x: usize, n: i32, m: f32): v128 {
  const ms = f32x4.splat(m);
  let total = f64x2.splat(0);
  do {
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let p0 = s0;
    let p1 = s0;
    let p2 = s0;
    let p3 = s0;
    const count = min(n, CHUNK) & ~15;
    const end = x + floats(count);
    if (x < end) {
      do {
        const a = f32x4.sub(v128.load(x), ms);
        const b = f32x4.sub(v128.load(x, 16), ms);
        const c = f32x4.sub(v128.load(x, 32), ms);
        const d = f32x4.sub(v128.load(x, 48), ms);
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
        x += 64;
      } while (x < end);
    }
    n -= count;
    if (n < 16) {
      for (; n > 0; n -= 4) {
        const d = Lanes.less(x, ms, n);
        s0 = f32x4.add(s0, d);
        p0 = f32x4.add(p0, f32x4.mul(d, d));
        x += 16;
      }
    }
    const s = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
    const p = f32x4.add(f32x4.add(p0, p1), f32x4.add(p2, p3));
    total = f64x2.add(total, Lanes.sums(s, p));
  } while (n > 0);
  return total;
}

/** A number that the mean of a row is near: that of its first elements. */
function nearMean(x: usize, n: i32): f32 {
  if (n < 4) return load<f32>(x);
  return F4.hsum(f32x4.mul(v128.load(x), f32x4.splat(0.25))); // a quarter of each, so that no sum is infinite
}

/**
 * [mean, variance] of a row, the mean as a float32. Sums are of differences from a number near it, and if that was so far from it
 * that their squares lost digits, once more from the mean.
 */
function rowMoments<C extends Center>(x: usize, n: i32): v128 {
  const each = f64x2.splat(1 / <f64>n);
  if (!changetype<C>(0).taken()) return f64x2.replace_lane(f64x2.mul(rowSums<C>(x, n, 0), each), 0, 0);
  const m = nearMean(x, n);
  let means = f64x2.mul(rowSums<C>(x, n, m), each);
  let apart = f64x2.extract_lane(means, 0);
  let variance = f64x2.extract_lane(means, 1) - apart * apart;
  const mean = <f32>(<f64>m + apart);
  if (apart * apart > 4 * variance) {
    means = f64x2.mul(rowSums<C>(x, n, mean), each);
    apart = f64x2.extract_lane(means, 0);
    variance = f64x2.extract_lane(means, 1) - apart * apart;
  }
  return f64x2.replace_lane(f64x2.splat(variance), 0, <f64>mean);
}

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

/** Four short rows at once, so that nobody waits for a root and a division; of fewer `rows` the last one is done again. */
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

function eachRow<C extends Center>(it: NormRowsOperands, r: i32, end: i32): void {
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

/** out = (x - mean) / √(variance + epsilon) · gamma + beta for each row; without gamma or beta where these are 0. */
export function normRows(it: NormRowsOperands, part: i32, parts: i32): void {
  const range = rangeOf(it.rows, it.cols * WORK, 1, part, parts);
  if (it.cols === 0) return;
  if (it.centered) eachRow<Centered>(it, startOf(range), endOf(range));
  else eachRow<Uncentered>(it, startOf(range), endOf(range));
}

/** The gradient by the normalised row, of up to four elements. */
abstract class Term {
  abstract of(g: usize, gamma: usize, bytes: usize): v128;
}

/** g */
class Plain extends Term {
  @inline
  of(g: usize, _gamma: usize, bytes: usize): v128 {
    return F4.loadUpTo(g, bytes);
  }
}

/** g·gamma */
class Scaled extends Term {
  @inline
  of(g: usize, gamma: usize, bytes: usize): v128 {
    return f32x4.mul(F4.loadUpTo(g, bytes), F4.loadUpTo(gamma, bytes));
  }
}

/** [Σ h, Σ h·d] of a row, d = x - m; the first one only if it is centered. */
function rowDots<C extends Center, T extends Term>(x: usize, g: usize, gamma: usize, n: i32, m: f32): v128 {
  const ms = f32x4.splat(m);
  let total = f64x2.splat(0);
  do {
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let p0 = s0;
    let p1 = s0;
    let p2 = s0;
    let p3 = s0;
    const count = min(n, CHUNK) & ~15;
    const end = x + floats(count);
    if (x < end) {
      do {
        const a = changetype<T>(0).of(g, gamma, 16);
        const b = changetype<T>(0).of(g + 16, gamma + 16, 16);
        if (changetype<C>(0).taken()) {
          s0 = f32x4.add(s0, a);
          s1 = f32x4.add(s1, b);
        }
        p0 = f32x4.add(p0, f32x4.mul(a, f32x4.sub(v128.load(x), ms)));
        p1 = f32x4.add(p1, f32x4.mul(b, f32x4.sub(v128.load(x, 16), ms)));
        const c = changetype<T>(0).of(g + 32, gamma + 32, 16);
        const d = changetype<T>(0).of(g + 48, gamma + 48, 16);
        if (changetype<C>(0).taken()) {
          s2 = f32x4.add(s2, c);
          s3 = f32x4.add(s3, d);
        }
        p2 = f32x4.add(p2, f32x4.mul(c, f32x4.sub(v128.load(x, 32), ms)));
        p3 = f32x4.add(p3, f32x4.mul(d, f32x4.sub(v128.load(x, 48), ms)));
        x += 64;
        g += 64;
        gamma += 64;
      } while (x < end);
    }
    n -= count;
    if (n < 16) {
      for (; n > 0; n -= 4) {
        const h = changetype<T>(0).of(g, gamma, floats(n));
        s0 = f32x4.add(s0, h);
        p0 = f32x4.add(p0, f32x4.mul(h, Lanes.less(x, ms, n)));
        x += 16;
        g += 16;
        gamma += 16;
      }
    }
    const s = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
    const p = f32x4.add(f32x4.add(p0, p1), f32x4.add(p2, p3));
    total = f64x2.add(total, Lanes.sums(s, p));
  } while (n > 0);
  return total;
}

/** out = (h - level)·a + (x - mean)·b */
function writeRowGrad<T extends Term>(
  out: usize,
  g: usize,
  x: usize,
  gamma: usize,
  n: i32,
  m: f32,
  level: f32,
  a: f32,
  b: f32,
): void {
  const ms = f32x4.splat(m);
  const levels = f32x4.splat(level);
  const as = f32x4.splat(a);
  const bs = f32x4.splat(b);
  const end = out + floats(n & ~3);
  if (out < end) {
    do {
      const h = f32x4.mul(f32x4.sub(changetype<T>(0).of(g, gamma, 16), levels), as);
      v128.store(out, f32x4.add(h, f32x4.mul(f32x4.sub(v128.load(x), ms), bs)));
      out += 16;
      g += 16;
      x += 16;
      gamma += 16;
    } while (out < end);
  }
  const bytes = floats(n & 3);
  if (bytes > 0) {
    const h = f32x4.mul(f32x4.sub(changetype<T>(0).of(g, gamma, bytes), levels), as);
    F4.storeUpTo(out, f32x4.add(h, f32x4.mul(f32x4.sub(F4.loadUpTo(x, bytes), ms), bs)), bytes);
  }
}

/** [Σ h, Σ h·(x - mean)] of a row, or nothing if there is no such row. */
function dotsOf<C extends Center>(it: NormRowsGradOperands, r: i32, end: i32, mean: f32): v128 {
  if (r >= end) return f64x2.splat(0);
  const at = floats(r * it.cols);
  if (it.gamma) return rowDots<C, Scaled>(it.x + at, it.g + at, it.gamma, it.cols, mean);
  return rowDots<C, Plain>(it.x + at, it.g + at, 0, it.cols, mean);
}

/** Its moments, likewise. */
function momentsOf<C extends Center>(it: NormRowsGradOperands, r: i32, end: i32): v128 {
  if (r >= end) return f64x2.splat(0);
  return rowMoments<C>(it.x + floats(r * it.cols), it.cols);
}

function writeGrad(it: NormRowsGradOperands, r: i32, end: i32, mean: f32, level: f32, a: f32, b: f32): void {
  if (r >= end) return;
  const n = it.cols;
  const at = floats(r * n);
  if (it.gamma) writeRowGrad<Scaled>(it.out + at, it.g + at, it.x + at, it.gamma, n, mean, level, a, b);
  else writeRowGrad<Plain>(it.out + at, it.g + at, it.x + at, 0, n, mean, level, a, b);
}

/** -rate³·mean, for the sums of which `each` makes means */
function slopes(rates: v128, sums: v128, each: v128): v128 {
  return f64x2.mul(f64x2.mul(f64x2.mul(rates, rates), f64x2.neg(rates)), f64x2.mul(sums, each));
}

/** The gradients of the rows from r on, before `end`, up to four: nobody waits for a root and a division. */
function fourGrads<C extends Center>(it: NormRowsGradOperands, r: i32, end: i32): void {
  const each = f64x2.splat(1 / <f64>it.cols);
  const a = momentsOf<C>(it, r, end);
  const b = momentsOf<C>(it, r + 1, end);
  const c = momentsOf<C>(it, r + 2, end);
  const d = momentsOf<C>(it, r + 3, end);
  const means = F4.fromDoubles(v128.shuffle<f64>(a, b, 0, 2), v128.shuffle<f64>(c, d, 0, 2));
  const low = Four.rates(v128.shuffle<f64>(a, b, 1, 3), it.epsilon);
  const high = Four.rates(v128.shuffle<f64>(c, d, 1, 3), it.epsilon);
  const s = dotsOf<C>(it, r, end, f32x4.extract_lane(means, 0));
  const t = dotsOf<C>(it, r + 1, end, f32x4.extract_lane(means, 1));
  const u = dotsOf<C>(it, r + 2, end, f32x4.extract_lane(means, 2));
  const v = dotsOf<C>(it, r + 3, end, f32x4.extract_lane(means, 3));
  const sums = F4.fromDoubles(
    f64x2.mul(v128.shuffle<f64>(s, t, 0, 2), each),
    f64x2.mul(v128.shuffle<f64>(u, v, 0, 2), each),
  );
  const levels = changetype<C>(0).taken() ? sums : f32x4.splat(0);
  const as = F4.fromDoubles(low, high);
  const bs = F4.fromDoubles(
    slopes(low, v128.shuffle<f64>(s, t, 1, 3), each),
    slopes(high, v128.shuffle<f64>(u, v, 1, 3), each),
  );
  writeGrad(
    it,
    r,
    end,
    f32x4.extract_lane(means, 0),
    f32x4.extract_lane(levels, 0),
    f32x4.extract_lane(as, 0),
    f32x4.extract_lane(bs, 0),
  );
  writeGrad(
    it,
    r + 1,
    end,
    f32x4.extract_lane(means, 1),
    f32x4.extract_lane(levels, 1),
    f32x4.extract_lane(as, 1),
    f32x4.extract_lane(bs, 1),
  );
  writeGrad(
    it,
    r + 2,
    end,
    f32x4.extract_lane(means, 2),
    f32x4.extract_lane(levels, 2),
    f32x4.extract_lane(as, 2),
    f32x4.extract_lane(bs, 2),
  );
  writeGrad(
    it,
    r + 3,
    end,
    f32x4.extract_lane(means, 3),
    f32x4.extract_lane(levels, 3),
    f32x4.extract_lane(as, 3),
    f32x4.extract_lane(bs, 3),
  );
}

function eachGrad<C extends Center>(it: NormRowsGradOperands, r: i32, end: i32): void {
  const group = it.cols > SHORT_GRAD ? 1 : 4;
  for (; r < end; r += group) fourGrads<C>(it, r, min(end, r + group));
}

/**
 * The gradient by x for that by the result, g: with h = g·gamma and the normalised row y,
 * out = (h - mean(h) - y·mean(h·y)) / √(variance + epsilon)
 */
export function normRowsGrad(it: NormRowsGradOperands, part: i32, parts: i32): void {
  const range = rangeOf(it.rows, 2 * it.cols * WORK, 1, part, parts);
  if (it.cols === 0) return;
  if (it.centered) eachGrad<Centered>(it, startOf(range), endOf(range));
  else eachGrad<Uncentered>(it, startOf(range), endOf(range));
}

// The gradient of normalised rows by what they were before. Their moments are computed again: a row is in cache then.

import { NormRowsGradOperands } from '../../operands';
import { F4 } from '../../simd';
import { floats } from '../gemm/lanes';
import { Center, CHUNK, Four, Lanes, rowMoments } from './moments';

/** Rows of up to so many elements have their gradient four at a time. */
const SHORT_GRAD = 256;

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

/** The gradients of rows from r on, before `end`. */
export function eachGrad<C extends Center>(it: NormRowsGradOperands, r: i32, end: i32): void {
  const group = it.cols > SHORT_GRAD ? 1 : 4;
  for (; r < end; r += group) fourGrads<C>(it, r, min(end, r + group));
}

// What both directions know of rows: their sums, means and variances.

import { F4 } from '../../simd';
import { floats } from '../gemm/lanes';

/** Elements of a row whose sum is kept in float32. */
export const CHUNK = 512;

/** Whether the mean of a row is taken off. */
export abstract class Center {
  abstract taken(): bool;
}

export class Centered extends Center {
  @inline
  taken(): bool {
    return true;
  }
}

export class Uncentered extends Center {
  @inline
  taken(): bool {
    return false;
  }
}

/** What is known of four rows, a row a lane or in two halves, in float64. */
export class Four {
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

export class Lanes {
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

/**
 * [Σ d, Σ d²] of a row, d = x - m; the first one only if it is centered. With fewer than four sums each waits for
 * another.
 */
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
 * [mean, variance] of a row, the mean as a float32. Sums are of differences from a number near it, and if that was so
 * far from it that their squares lost digits, once more from the mean.
 */
export function rowMoments<C extends Center>(x: usize, n: i32): v128 {
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

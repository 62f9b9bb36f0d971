// The natural logarithm.

import { exponent, horner, LN2_HI, LN2_LO, MIN_NORMAL, scale, series, TWO_54 } from './parts.js';

const ATANH_TAIL = series(12, 2, (n) => 2 / (2 * n + 1));

/** Natural logarithm: log(0) is -Infinity, below 0 it is NaN. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return x;
  return x < MIN_NORMAL ? logNormal(x * TWO_54, 54) : logNormal(x, 0);
}

/** log(x / 2^shift) for a normal x */
function logNormal(x: number, shift: number): number {
  const k = exponent(x);
  return logNearOne(scale(x, -k) - 1, k - shift, 0);
}

/**
 * k ln 2 + log(1 + f) + c, for 1 + f between √½ and √2. With s = f / (2 + f), log(1 + f) is 2 atanh(s) =
 * 2s + 2s³/3 + 2s⁵/5 + …; the order of the sums below keeps f, the largest and exact part, for last.
 */
export function logNearOne(f: number, k: number, c: number): number {
  const s = f / (2 + f);
  const z = s * s;
  const half = 0.5 * f * f;
  return k * LN2_HI - (half - (s * (half + (atanhTail(z) * z + 2 / 3) * z) + (k * LN2_LO + c)) - f);
}

/** 2/5 + 2z/7 + 2z²/9 + … for z <= 0.03: the coefficients of 2 atanh(s) from s⁵ on, z being s² */
export function atanhTail(z: number): number {
  return horner(ATANH_TAIL, z);
}

// Powers.

import { expOfSum } from './exp.js';
import { atanhTail } from './log.js';
import { exponent, LN2_HI, LN2_LO, MIN_NORMAL, scale, TINY, TWO_54 } from './parts.js';
import { exactProduct, lostByProduct } from './product.js';

/** What the rounding of 2/3 lost */
const TWO_THIRDS_LO = 3.700743415417188e-17;

/**
 * x^y as IEEE 754 defines it, which is not Math.pow: 1^y is 1 even for NaN, as x^0 is, and (-1)^±Infinity is 1. The
 * logarithm is carried in two doubles, so that y log(x) keeps its bits.
 */
export function pow(x: number, y: number): number {
  if (y === 0 || x === 1) return 1;
  const whole = Math.floor(y) === y;
  if (!(x <= Infinity && y <= Infinity) || (x < 0 && x !== -Infinity && !whole)) return NaN;
  const power = powSize(Math.abs(x), y);
  const odd = whole && Math.floor(y / 2) * 2 !== y;
  return odd && (x < 0 || 1 / x < 0) ? -power : power;
}

/** x^y for 0 <= x */
function powSize(x: number, y: number): number {
  if (x === 1) return 1;
  if (x === 0 || x === Infinity) return y > 0 === x > 0 ? Infinity : 0;
  const lift = x < MIN_NORMAL ? 54 : 0;
  const normal = lift ? x * TWO_54 : x;
  const k = exponent(normal);

  // log(1 + f) = 2 atanh(s) = 2s + s(2z/3 + 2z²/5 + …), every term and sum down to 2z/3 in two parts
  const f = scale(normal, -k) - 1;
  const divisor = 2 + f;
  const s = f / divisor;
  const sLow = (f - exactProduct(s, divisor) - lostByProduct - s * (f - (divisor - 2))) / divisor;
  const z = exactProduct(s, s);
  const zLow = lostByProduct + 2 * s * sLow;
  const tail = z * atanhTail(z);
  const slope = 2 / 3 + tail;
  const slopeLow = 2 / 3 - slope + tail + TWO_THIRDS_LO;
  const square = exactProduct(z, slope);
  const squareLow = lostByProduct + (z * slopeLow + zLow * slope);
  const cube = exactProduct(s, square);
  const cubeLow = lostByProduct + (s * squareLow + sLow * square);
  const power = (k - lift) * LN2_HI;
  const main = power + 2 * s;
  const sum = main + cube;
  const rest = power - main + 2 * s + (main - sum + cube) + (2 * sLow + cubeLow + (k - lift) * LN2_LO);
  const log = sum + rest;
  const logLow = sum - log + rest;

  const w = y * log;
  if (w > 710) return Infinity;
  if (w < -746) return 0;
  if (!(Math.abs(w) > TINY)) return 1 + w;
  return expOfSum(exactProduct(y, log), lostByProduct + y * logLow);
}

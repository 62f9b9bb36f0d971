// The exponential function, and what is made of it.

import { logNearOne } from './log.js';
import { exponent, factorial, horner, LN2_HI, LN2_LO, powerOfTwo, scale, series, TINY } from './parts.js';

export { log } from './log.js';

/** Factorials up to 18! are exact. */
const EXP_TAIL = /*@__PURE__*/ series(13, 2, (n) => 1 / factorial(n));

/** e^x */
export function exp(x: number): number {
  if (x > 710) return Infinity;
  if (x < -746) return 0;
  return expOfSum(x, 0);
}

/** e^x - 1, without the cancellation near 0 */
export function expm1(x: number): number {
  if (Math.abs(x) < TINY) return x;
  if (x > 40) return exp(x);
  if (x < -40) return -1;
  const k = nearestPower(x);
  const hi = x - k * LN2_HI;
  const lo = k * LN2_LO;
  return scale(1 - powerOfTwo(-k) + hi + (expTail(hi - lo) - lo), k);
}

/** log(1 + x), without the rounding of 1 + x */
export function log1p(x: number): number {
  if (!(x > -1)) return x === -1 ? -Infinity : NaN;
  if (Math.abs(x) < TINY || x === Infinity) return x;
  const u = 1 + x;
  const k = exponent(u);
  const lost = x < 1 ? x - (u - 1) : 1 - (u - x);
  return logNearOne(scale(u, -k) - 1, k, lost / u);
}

/** (e^2x - 1) / (e^2x + 1) */
export function tanh(x: number): number {
  const size = Math.abs(x);
  if (size < TINY) return x;
  const t = expm1(2 * Math.min(size, 22));
  const y = t / (t + 2);
  return x < 0 ? -y : y;
}

/** 1 / (1 + e^-x), through e^-|x| so that nothing overflows */
export function sigmoid(x: number): number {
  const e = exp(-Math.abs(x));
  return (x < 0 ? e : 1) / (1 + e);
}

/** log(1 + e^x) = max(x, 0) + log1p(e^-|x|) */
export function softplus(x: number): number {
  return Math.max(x, 0) + log1p(exp(-Math.abs(x)));
}

/** e^(x + c) for a c too small to be seen in x, in -746 … 710 */
export function expOfSum(x: number, c: number): number {
  const k = nearestPower(x);
  const hi = x - k * LN2_HI;
  const lo = k * LN2_LO - c;
  return scale(1 + (hi + (expTail(hi - lo) - lo)), k);
}

/** The k with |x - k ln 2| <= ln 2 / 2; 0 for NaN */
function nearestPower(x: number): number {
  return Math.floor(x * Math.LOG2E + 0.5) | 0;
}

/** e^r - 1 - r for |r| <= 0.35: r²/2! + r³/3! + … + r¹³/13! */
function expTail(r: number): number {
  return horner(EXP_TAIL, r) * r * r;
}

/**
 * The elementary functions in double precision, written from their formulas. They are the definition the float32
 * kernels (assembly/simd.ts) are judged by, and give the same bits on every engine, which Math.exp and its kin do not:
 * only + - * / on doubles, Math.abs, Math.floor, Math.min, Math.max and access to the bits of a double. exp, expm1,
 * log, log1p, softplus, sin, cos, atan, erf and pow are within 2 ULP of the exact value, tanh and sigmoid within 3.
 *
 * The reductions follow fdlibm (Sun Microsystems, e_exp.c, e_log.c, s_log1p.c, k_sin.c, k_cos.c, s_atan.c); where
 * fdlibm fits its polynomials, here stands the plain Taylor series, taken far enough that what is cut off is below
 * 2^-57 of the result. Only the far part of erf is fitted.
 */

import {
  atanhTail,
  double,
  exponent,
  horner,
  LN2_HI,
  LN2_LO,
  logNearOne,
  MIN_NORMAL,
  powerOfTwo,
  scale,
  series,
  TWO_54,
  words,
} from './log.js';

export { log } from './log.js';

const LOG2_E = Math.LOG2E;

// π/2 = HALF_PI + HALF_PI_LO. The same in three parts, of which the first two have 33 bits: k * QUARTER_1 and
// k * QUARTER_2 are exact up to k = 2^20.
const HALF_PI = 1.5707963267948966;
const HALF_PI_LO = 6.123233995736766e-17;
const QUARTER_1 = 1.5707963267341256;
const QUARTER_2 = 6.077100506303966e-11;
const QUARTER_3 = 2.0222662487959506e-21;
const TWO_OVER_PI = 0.6366197723675814;

/** Below this size angles are reduced by three parts of π/2, from here on by the digits of 2/π. */
const LARGE_ANGLE = 1048576;

/** A remainder below this size has lost too many bits to cancellation. */
const LOST = 1 / 1048576;

const TWO_24 = 16777216;

/** atan(k/8), rounded, and what the rounding lost */
const ARCS = Float64Array.of(
  0,
  0.12435499454676144,
  0.24497866312686414,
  0.35877067027057225,
  0.4636476090008061,
  0.5585993153435624,
  0.6435011087932844,
  0.7188299996216245,
  0.7853981633974483,
);
const ARCS_LO = Float64Array.of(
  0,
  -3.1253241424539383e-18,
  1.0698755618734451e-17,
  -2.4623815582638635e-17,
  2.2698777452961687e-17,
  -5.4556305485916264e-18,
  1.5834785051444286e-17,
  -2.1478388444456983e-17,
  3.061616997868383e-17,
);

// 2/√π = ERF_SLOPE + ERF_SLOPE_LO, the slope of erf at 0
const ERF_SLOPE = 1.1283791670955126;
const ERF_SLOPE_LO = 1.533545961316588e-17;

/** What the rounding of 2/3 lost */
const TWO_THIRDS_LO = 3.700743415417188e-17;

/** Below this size expm1, log1p and tanh are the identity. */
const TINY = 1 / TWO_54;

// Power series: their coefficients, the highest first. Factorials up to 18! are exact.
const EXP_TAIL = series(13, 2, (n) => 1 / factorial(n));
const SIN_TAIL = series(8, 2, (n) => sign(n) / factorial(2 * n + 1));
const COS_TAIL = series(8, 2, (n) => sign(n) / factorial(2 * n));
const ATAN_TAIL = series(6, 1, (n) => -sign(n) / (2 * n + 1));
const ERF_TAIL = series(16, 1, (n) => sign(n) / (factorial(n) * (2 * n + 1)));

/** e^(x²) erfc(x) for x from 0.84 to 6, fitted in u = (x - 2) / (x + 2) by Remez exchange in 40 digits */
const ERFC_SCALED = Float64Array.of(
  -6.43472655262289e-7,
  8.074731319557335e-7,
  3.878314443922143e-6,
  1.5238039270346111e-6,
  -1.3995130493107563e-5,
  -2.760447596395534e-5,
  2.7529563001534655e-5,
  0.00017436381576726854,
  4.3555275021616794e-5,
  -0.0009819771901190123,
  -0.0008471432373673422,
  0.006997461744598934,
  0.003732892404071083,
  -0.07897858101581251,
  0.2416581942424681,
  -0.42718584741395804,
  0.25539567631050575,
);

function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1);
}

function sign(n: number): number {
  return n % 2 ? -1 : 1;
}

// Second results, for want of functions that return two numbers
let productLow = 0;
let angle = 0;
let angleLow = 0;

/** x / (π/2) while its digits are added up: one whole digit of 24 bits, seven after the point */
const columns = new Float64Array(8);
const LAST_COLUMN = powerOfTwo(-168);

/** 2/π in 49 digits of 24 bits, the first of weight 2^-24; made when the first large angle comes */
let digits: Float64Array | undefined;

/** By Machin's formula, π/4 = 4 atan(1/5) - atan(1/239), in integers of 2^-BITS */
function twoOverPi(): Float64Array {
  const BITS = 1300n;
  const one = 1n << BITS;
  const arc = (n: bigint): bigint => {
    let sum = 0n;
    for (let term = one / n, k = 1n; term !== 0n; term /= -n * n, k += 2n) sum += term / k;
    return sum;
  };
  const ratio = (one * one) / (8n * arc(5n) - 2n * arc(239n));
  return Float64Array.from({ length: 49 }, (_, i) => Number((ratio >> (BITS - 24n * BigInt(i + 1))) & 0xffffffn));
}

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

/** Sine of an angle in radians, over the whole range; NaN for infinities */
export function sin(x: number): number {
  const size = Math.abs(x);
  if (size < TINY) return x;
  const turns = reduceAngle(size);
  const y = quarterSine(turns);
  return x < 0 ? -y : y;
}

/** Cosine: the sine a quarter turn ahead */
export function cos(x: number): number {
  return quarterSine(reduceAngle(Math.abs(x)) + 1);
}

/**
 * The angle in -π/2 … π/2. Above 1 it is π/2 - atan(1 / x); below, atan(x) = atan(c) + atan((x - c) / (1 + c x)) for
 * the c = 0, 1/8, … 1 nearest to x.
 */
export function atan(x: number): number {
  const size = Math.abs(x);
  if (size < TINY) return x;
  const q = size > 1 ? 1 / size : size;
  const k = Math.floor(q * 8 + 0.5) | 0;
  const c = k / 8;
  const t = (q - c) / (1 + q * c);
  const y = ARCS[k]! - (atanTail(t) - ARCS_LO[k]! - t);
  const turned = size > 1 ? HALF_PI - (y - HALF_PI_LO) : y;
  return x < 0 ? -turned : turned;
}

/** The error function: its series up to 0.84, 1 - erfc(x) from there on */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size < TINY) return x * ERF_SLOPE;
  if (size < 0.84) return erfSeries(x);
  if (size > 6) return x < 0 ? -1 : 1;
  const y = 1 - exp(-size * size) * erfcScaled(size);
  return x < 0 ? -y : y;
}

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

/** x^n for an integer n of 32 bits, by repeated squaring. powi in assembly/simd.ts takes the same steps: same bits. */
export function powi(x: number, n: number): number {
  let power = 1;
  let square = x;
  for (let rest = Math.abs(n); rest > 0; rest >>>= 1) {
    if (rest & 1) power *= square;
    square *= square;
  }
  return n < 0 ? 1 / power : power;
}

/** e^(x + c) for a c too small to be seen in x, in -746 … 710 */
function expOfSum(x: number, c: number): number {
  const k = nearestPower(x);
  const hi = x - k * LN2_HI;
  const lo = k * LN2_LO - c;
  return scale(1 + (hi + (expTail(hi - lo) - lo)), k);
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
  const sLow = (f - product(s, divisor) - productLow - s * (f - (divisor - 2))) / divisor;
  const z = product(s, s);
  const zLow = productLow + 2 * s * sLow;
  const tail = z * atanhTail(z);
  const slope = 2 / 3 + tail;
  const slopeLow = 2 / 3 - slope + tail + TWO_THIRDS_LO;
  const square = product(z, slope);
  const squareLow = productLow + (z * slopeLow + zLow * slope);
  const cube = product(s, square);
  const cubeLow = productLow + (s * squareLow + sLow * square);
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
  return expOfSum(product(y, log), productLow + y * logLow);
}

/** a * b rounded; productLow is what the rounding lost (Dekker). No part may overflow. */
function product(a: number, b: number): number {
  const p = a * b;
  const aHigh = highHalf(a);
  const bHigh = highHalf(b);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  productLow = aLow * bLow - (p - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
  return p;
}

/** The first 26 bits of x (Veltkamp) */
function highHalf(x: number): number {
  const shifted = x * 134217729;
  return shifted - (shifted - x);
}

/** The r of x = r + k π/2, in two parts: angle + angleLow. Returns k modulo 4. x >= 0. */
function reduceAngle(x: number): number {
  if (x < LARGE_ANGLE) {
    const k = Math.floor(x * TWO_OVER_PI + 0.5);
    const high = x - k * QUARTER_1;
    const part = k * QUARTER_2;
    const middle = high - part;
    const lost = middle - high;
    const low = high - (middle - lost) - (part + lost) - k * QUARTER_3;
    angle = middle + low;
    angleLow = low - (angle - middle);
    if (k === 0 || Math.abs(angle) > LOST) return k & 3;
  }
  return reduceLargeAngle(x);
}

/**
 * The same by Payne and Hanek's method: x / (π/2) as a product of digits of 24 bits, without those digits of 2/π which
 * x lifts to multiples of 4. In two steps: the columns of the product, then their carries.
 */
function reduceLargeAngle(x: number): number {
  if (!(x < Infinity)) return (angle = NaN);
  double[0] = x;
  const e = Math.floor((((words[1]! >>> 20) & 0x7ff) - 1023) / 24); // the digit of x that comes first
  let rest = scale(x, -24 * e);
  columns.fill(0);
  digits ??= twoOverPi();
  for (let i = 0; i < 4; i++) {
    const digit = Math.floor(rest);
    rest = (rest - digit) * TWO_24;
    for (let c = 0; c < columns.length; c++) {
      const j = c + e - i - 1;
      if (j >= 0) columns[c]! += digit * digits[j]!;
    }
  }
  for (let c = columns.length - 1; c > 0; c--) {
    const carry = Math.floor(columns[c]! / TWO_24);
    columns[c]! -= carry * TWO_24;
    columns[c - 1]! += carry;
  }
  // Above ½, the digits of 1 - fraction: nothing is left to cancel.
  const up = columns[1]! >= TWO_24 / 2;
  let sum = 0;
  for (let c = columns.length - 1, weight = LAST_COLUMN; c > 0; c--, weight *= TWO_24) {
    columns[c] = (up ? TWO_24 - 1 - columns[c]! : columns[c]!) * weight;
    sum += columns[c]!;
  }
  let low = columns[1]! - sum;
  for (let c = 2; c < columns.length; c++) low += columns[c]!;
  const main = product(sum, HALF_PI);
  low = productLow + (sum * HALF_PI_LO + low * HALF_PI);
  angle = main + low;
  angleLow = low - (angle - main);
  if (up) {
    angle = -angle;
    angleLow = -angleLow;
  }
  return (columns[0]! % 4) + (up ? 1 : 0);
}

/** sin(angle + angleLow + k π/2) */
function quarterSine(k: number): number {
  const y = k & 1 ? cosNearZero(angle, angleLow) : sinNearZero(angle, angleLow);
  return k & 2 ? -y : y;
}

/** sin(r + c) for |r| <= π/4: r - r³/3! + r⁵/5! - … + r¹⁷/17!, and c cos(r) */
function sinNearZero(r: number, c: number): number {
  const z = r * r;
  return r + (r * z * (horner(SIN_TAIL, z) * z - 1 / 6) + c * (1 - 0.5 * z));
}

/** cos(r + c) for |r| <= π/4: 1 - r²/2 + r⁴/4! - … + r¹⁶/16!, and -c sin(r); what the rounding of 1 - r²/2 lost too */
function cosNearZero(r: number, c: number): number {
  const z = r * r;
  const half = 0.5 * z;
  const near = 1 - half;
  return near + (1 - near - half + (horner(COS_TAIL, z) * z * z - r * c));
}

/** t - atan(t) for |t| <= 1/16: t³/3 - t⁵/5 + … - t¹³/13 */
function atanTail(t: number): number {
  const z = t * t;
  return horner(ATAN_TAIL, z) * z * t;
}

/** erf(x) for |x| < 0.84: 2/√π times x - x³/3 + x⁵/(5·2!) - x⁷/(7·3!) + … */
function erfSeries(x: number): number {
  const z = x * x;
  const y = x * ERF_SLOPE;
  return y + (y * (horner(ERF_TAIL, z) * z) + x * ERF_SLOPE_LO);
}

/** e^(x²) erfc(x) for x from 0.84 to 6: 1 - erf(x) to 2^-57 of erf(x) */
function erfcScaled(x: number): number {
  return horner(ERFC_SCALED, (x - 2) / (x + 2));
}

/** The k with |x - k ln 2| <= ln 2 / 2; 0 for NaN */
function nearestPower(x: number): number {
  return Math.floor(x * LOG2_E + 0.5) | 0;
}

/** e^r - 1 - r for |r| <= 0.35: r²/2! + r³/3! + … + r¹³/13! */
function expTail(r: number): number {
  return horner(EXP_TAIL, r) * r * r;
}

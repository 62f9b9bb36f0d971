// Trigonometry: angles are reduced to a quarter turn, in two doubles.

import { double, factorial, horner, powerOfTwo, scale, series, sign, TINY, words } from './parts.js';
import { exactProduct, lostByProduct } from './product.js';

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
const ARCS = /*@__PURE__*/ Float64Array.of(
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
const ARCS_LO = /*@__PURE__*/ Float64Array.of(
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

const SIN_TAIL = /*@__PURE__*/ series(8, 2, (n) => sign(n) / factorial(2 * n + 1));
const COS_TAIL = /*@__PURE__*/ series(8, 2, (n) => sign(n) / factorial(2 * n));
const ATAN_TAIL = /*@__PURE__*/ series(6, 1, (n) => -sign(n) / (2 * n + 1));

// The reduced angle, in two parts
let angle = 0;
let angleLow = 0;

/** x / (π/2) while its digits are added up: one whole digit of 24 bits, seven after the point */
const columns = /*@__PURE__*/ new Float64Array(8);
const LAST_COLUMN = /*@__PURE__*/ powerOfTwo(-168);

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
  const main = exactProduct(sum, HALF_PI);
  low = lostByProduct + (sum * HALF_PI_LO + low * HALF_PI);
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

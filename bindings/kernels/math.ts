/**
 * The elementary functions in double precision, written from their formulas. They are the definition the float32
 * kernels (assembly/simd.ts) are judged by, and give the same bits on every engine, which Math.exp and its kin do not:
 * only + - * / on doubles, Math.abs, Math.floor, Math.min, Math.max and access to the bits of a double. exp, expm1,
 * log, log1p and softplus are within 2 ULP of the exact value, tanh and sigmoid within 3.
 *
 * The reductions follow fdlibm (Sun Microsystems, e_exp.c, e_log.c, s_log1p.c); where fdlibm fits its polynomials, here
 * stands the plain Taylor series, taken far enough that what is cut off is below 2^-57 of the result.
 */

const LOG2_E = Math.LOG2E;

// ln 2 = LN2_HI + LN2_LO. The last 21 bits of LN2_HI are zero, so that k * LN2_HI is exact for every exponent k.
const LN2_HI = 0.6931471803691238;
const LN2_LO = 1.9082149292705877e-10;

const MIN_NORMAL = 2.2250738585072014e-308;
const TWO_54 = 18014398509481984;

/** Below this size expm1, log1p and tanh are the identity. */
const TINY = 1 / TWO_54;

/** 2^-1022 … 2^1023 */
const POWERS = new Float64Array(2046);
for (let i = 0, power = MIN_NORMAL; i < POWERS.length; i++, power *= 2) POWERS[i] = power;

// The bits of a double. Every engine in use is little-endian, as WebAssembly is: words[1] is the high half.
const double = new Float64Array(1);
const words = new Int32Array(double.buffer);
const SQRT_HALF_HIGH = 0x3fe6a09e;

/** e^x */
export function exp(x: number): number {
  if (x > 710) return Infinity;
  if (x < -746) return 0;
  const k = nearestPower(x);
  const hi = x - k * LN2_HI;
  const lo = k * LN2_LO;
  return scale(1 + (hi + (expTail(hi - lo) - lo)), k);
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

/** Natural logarithm: log(0) is -Infinity, below 0 it is NaN. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return x;
  return x < MIN_NORMAL ? logNormal(x * TWO_54, 54) : logNormal(x, 0);
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

/** The k with |x - k ln 2| <= ln 2 / 2; 0 for NaN */
function nearestPower(x: number): number {
  return Math.floor(x * LOG2_E + 0.5) | 0;
}

/** e^r - 1 - r for |r| <= 0.35: r²/2! + r³/3! + … + r¹³/13! */
function expTail(r: number): number {
  let sum = 1 / 6227020800;
  sum = sum * r + 1 / 479001600;
  sum = sum * r + 1 / 39916800;
  sum = sum * r + 1 / 3628800;
  sum = sum * r + 1 / 362880;
  sum = sum * r + 1 / 40320;
  sum = sum * r + 1 / 5040;
  sum = sum * r + 1 / 720;
  sum = sum * r + 1 / 120;
  sum = sum * r + 1 / 24;
  sum = sum * r + 1 / 6;
  sum = sum * r + 1 / 2;
  return sum * r * r;
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
function logNearOne(f: number, k: number, c: number): number {
  const s = f / (2 + f);
  const z = s * s;
  let sum = 2 / 21;
  sum = sum * z + 2 / 19;
  sum = sum * z + 2 / 17;
  sum = sum * z + 2 / 15;
  sum = sum * z + 2 / 13;
  sum = sum * z + 2 / 11;
  sum = sum * z + 2 / 9;
  sum = sum * z + 2 / 7;
  sum = sum * z + 2 / 5;
  sum = sum * z + 2 / 3;
  const half = 0.5 * f * f;
  return k * LN2_HI - (half - (s * (half + sum * z) + (k * LN2_LO + c)) - f);
}

/** The k that puts x / 2^k between √½ and √2, for a normal x */
function exponent(x: number): number {
  double[0] = x;
  return (words[1]! - SQRT_HALF_HIGH) >> 20;
}

/** x * 2^k, rounded once even where the result is denormal; |k| < 2045 */
function scale(x: number, k: number): number {
  const half = k >> 1;
  return x * powerOfTwo(half) * powerOfTwo(k - half);
}

function powerOfTwo(k: number): number {
  return POWERS[k + 1022]!;
}

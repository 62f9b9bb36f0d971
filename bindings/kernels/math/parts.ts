/**
 * The elementary functions in double precision, written from their formulas. They are the definition the float32
 * kernels (assembly/simd.ts) are judged by, and give the same bits on every engine, which Math.exp and its kin do not:
 * only + - * / on doubles, Math.abs, Math.floor, Math.min, Math.max and access to the bits of a double. exp, expm1,
 * log, log1p, softplus, sin, cos, atan, erf and pow are within 2 ULP of the exact value, tanh and sigmoid within 3.
 *
 * The reductions follow fdlibm (Sun Microsystems, e_exp.c, e_log.c, s_log1p.c, k_sin.c, k_cos.c, s_atan.c); where
 * fdlibm fits its polynomials, here stands the plain Taylor series, taken far enough that what is cut off is below
 * 2^-57 of the result. Only the far part of erf is fitted.
 *
 * This file: what they share, the bits of doubles and power series.
 */

// ln 2 = LN2_HI + LN2_LO. The last 21 bits of LN2_HI are zero, so that k * LN2_HI is exact for every exponent k.
export const LN2_HI = 0.6931471803691238;
export const LN2_LO = 1.9082149292705877e-10;

export const MIN_NORMAL = 2.2250738585072014e-308;
export const TWO_54 = 18014398509481984;

/** Below this size expm1, log1p, tanh and others are the identity, or a straight line. */
export const TINY = 1 / TWO_54;

/** 2^-1022 … 2^1023 */
const POWERS = new Float64Array(2046);
for (let i = 0, power = MIN_NORMAL; i < POWERS.length; i++, power *= 2) POWERS[i] = power;

/** The coefficients of a power series from one power down to another, the highest first. */
/*@__NO_SIDE_EFFECTS__*/
export function series(from: number, to: number, coefficient: (n: number) => number): Float64Array {
  return Float64Array.from({ length: from - to + 1 }, (_, i) => coefficient(from - i));
}

export function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1);
}

/** (-1)^n */
export function sign(n: number): number {
  return n % 2 ? -1 : 1;
}

/** The polynomial at x, by Horner's scheme */
export function horner(coefficients: Float64Array, x: number): number {
  let sum = coefficients[0]!;
  for (let i = 1; i < coefficients.length; i++) sum = sum * x + coefficients[i]!;
  return sum;
}

// The bits of a double. Every engine in use is little-endian, as WebAssembly is: words[1] is the high half.
export const double = new Float64Array(1);
export const words = new Int32Array(double.buffer);
const SQRT_HALF_HIGH = 0x3fe6a09e;

/** The k that puts x / 2^k between √½ and √2, for a normal x */
export function exponent(x: number): number {
  double[0] = x;
  return (words[1]! - SQRT_HALF_HIGH) >> 20;
}

/** x * 2^k, rounded once even where the result is denormal; |k| < 2045 */
export function scale(x: number, k: number): number {
  const half = k >> 1;
  return x * powerOfTwo(half) * powerOfTwo(k - half);
}

export function powerOfTwo(k: number): number {
  return POWERS[k + 1022]!;
}

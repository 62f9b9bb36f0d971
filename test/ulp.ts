/**
 * Errors in units in the last place: how many neighbouring floats lie between a result and the exact value. Two NaN
 * agree; a NaN against a number is infinitely far. The sign of 0 is not looked at.
 */

const MAX_EXPONENT_32 = 127;
const MIN_EXPONENT_32 = -126;
const MIN_EXPONENT_64 = -1022;
const OVERFLOW_32 = 2 ** 128;

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

/** The error of a float32 against a float64 truth, as a fraction: a rounded truth is at most 0.5 off. */
export function ulp32(actual: number, expected64: number): number {
  const a = clampToFloat32(actual);
  const b = clampToFloat32(expected64);
  const exponent = Math.min(Math.max(exponentOf(b), MIN_EXPONENT_32), MAX_EXPONENT_32);
  return distance(a, b, 2 ** (exponent - 23));
}

/** The error of a float64 against another. */
export function ulp64(actual: number, expected: number): number {
  const exponent = Math.max(exponentOf(expected), MIN_EXPONENT_64);
  return distance(actual, expected, 2 ** (exponent - 52));
}

/** Infinity is the float32 after the largest: a result that just overflows is not infinitely wrong. */
function clampToFloat32(x: number): number {
  return Math.min(Math.max(x, -OVERFLOW_32), OVERFLOW_32);
}

function distance(a: number, b: number, unit: number): number {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return 0;
  if (!Number.isFinite(a) || !Number.isFinite(b)) return Infinity;
  return Math.abs(a - b) / unit;
}

function exponentOf(x: number): number {
  double[0] = x;
  return ((words[1]! >>> 20) & 0x7ff) - 1023;
}

// The reference that the special functions are held to (test/exact.ts), held to digits that were published.

import { describe, expect, it } from 'vitest';
import * as exact from './exact.js';

const { exp, expm1, log, log1p, tanh, sigmoid, softplus, sin, cos, atan, erf, gelu } = exact;
const FUNCTIONS = { exp, expm1, log, log1p, tanh, sigmoid, softplus, sin, cos, atan, erf, gelu };

describe('the exact functions', () => {
  // Abramowitz and Stegun, tables 4.2, 4.4, 4.6, 4.14, 4.15 and 7.1, and the NIST Digital Library of Mathematical
  // Functions.
  it.each<[keyof typeof FUNCTIONS, number, string]>([
    ['exp', 1, '2.71828182845904523536'],
    ['exp', -1, '0.367879441171442321596'],
    ['exp', 0.5, '1.64872127070012814685'],
    ['expm1', 1, '1.71828182845904523536'],
    ['log', 2, '0.693147180559945309417'],
    ['log', 10, '2.30258509299404568402'],
    ['log', 0.5, '-0.6931471805599453'],
    ['log1p', 2, '1.09861228866810969140'],
    ['tanh', 1, '0.761594155955764888119'],
    ['tanh', -0.5, '-0.46211715726000973'],
    ['sigmoid', 1, '0.7310585786300049'],
    ['softplus', 0, '0.693147180559945309417'],
    ['sin', 1, '0.841470984807896506653'],
    ['sin', 10, '-0.5440211108893698'],
    ['cos', 1, '0.540302305868139717401'],
    ['cos', 10, '-0.8390715290764524'],
    ['atan', 1, '0.7853981633974483'],
    ['atan', 0.5, '0.463647609000806116214'],
    ['atan', -2, '-1.1071487177940904'],
    ['erf', 0.1, '0.1124629160182849'],
    ['erf', 0.5, '0.520499877813046537683'],
    ['erf', 1, '0.842700792949714869341'],
    ['erf', 1.5, '0.9661051464753108'],
    ['erf', 2, '0.995322265018952734162'],
    ['erf', -2, '-0.9953222650189527'],
    ['erf', 3, '0.9999779095030014'],
    ['erf', 5, '0.9999999999984626'],
    ['gelu', 1, '0.8413447460685429'], // Φ(1), table 26.1
    ['gelu', -1, '-0.158655253931457051415'],
  ])('%s(%d)', (name, x, expected) => {
    expect(FUNCTIONS[name](x)).toBe(Number(expected));
  });

  it('have as many digits of π and of erf(1) as one likes', () => {
    expect(exact.digitsOf(exact.piOf(400), 400, 60)).toBe(
      '3.141592653589793238462643383279502884197169399375105820974944',
    );
    expect(exact.digitsOf(exact.erfSeries(exact.fixed(1, 400), 400), 400, 60)).toBe(
      '0.842700792949714869341220635082609259296066997966302908459937',
    );
  });

  it('round to the nearest double, at the ends of the doubles too', () => {
    for (const x of [1, -1.1, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 1 / 3]) {
      expect(exact.rounded(exact.fixed(x, 1100), 1100)).toBe(x);
    }
    const [unit, half] = [1n << 1200n, 1n << (1200n - 53n)];
    expect(exact.rounded(unit + half, 1200)).toBe(1); // to even
    expect(exact.rounded(unit + half + 1n, 1200)).toBe(1 + 2 ** -52);
    expect(exact.rounded(unit + 3n * half, 1200)).toBe(1 + 2 ** -51);
    expect(exact.rounded(1n << (1200n - 1075n), 1200)).toBe(0);
    expect(exact.rounded((1n << (1200n - 1075n)) + 1n, 1200)).toBe(5e-324);
    expect(exact.rounded((unit << 1024n) - 1n, 1200)).toBe(Infinity);
  });
});

// The float64 functions of bindings/kernels/math: accuracy over the whole range, exact values, and values from 400
// digits.

import { describe, expect, it } from 'vitest';
import { erf } from '../bindings/kernels/math/erf.js';
import { exp, expm1, log, log1p, sigmoid, softplus, tanh } from '../bindings/kernels/math/exp.js';
import { pow } from '../bindings/kernels/math/power.js';
import { powi } from '../bindings/kernels/math/powi.js';
import { atan, cos, sin } from '../bindings/kernels/math/trigonometry.js';
import * as exact from './exact.js';
import { ulp64 } from './ulp.js';

const FUNCTIONS = { exp, expm1, log, log1p, tanh, sigmoid, softplus, sin, cos, atan, erf };

type Name = keyof typeof FUNCTIONS;
type Scalar = (x: number) => number;
type Draw = (uniform: number) => number;

const POINTS = 20_000;

// At many points the reference is V8's own Math, a port of fdlibm, itself within 1 ULP (tanh 2): tolerances are our
// bound plus its. At fewer it is the exact value (test/exact.ts).
const referenceSigmoid: Scalar = (x) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));
const referenceSoftplus: Scalar = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** Evenly spread between two bounds */
const between =
  (low: number, high: number): Draw =>
  (uniform) =>
    low + (high - low) * uniform;

/** Evenly spread over the exponents from 2^low to 2^high, of one sign */
const magnitudes =
  (low: number, high: number, sign = 1): Draw =>
  (uniform) =>
    sign * 2 ** (low + (high - low) * uniform);

/** Doubles next to multiples of π/2, large and small */
const NEAR_QUARTERS: Draw = (uniform) => Math.floor(2 ** (uniform * 50)) * (Math.PI / 2);

const ANY = [between(-1, 1), between(-40, 40), magnitudes(-1074, 1023), magnitudes(-1074, 1023, -1)];
const POSITIVE = [between(0.5, 1.5), magnitudes(-1074, 1024)];
const ABOVE_MINUS_ONE = [between(-1, 1), magnitudes(-1074, 1024), magnitudes(-1074, 0, -1)];

describe('accuracy over the whole range', () => {
  it('exp is within 2 ULP of float64', () => {
    expect(worst(exp, Math.exp, [...ANY, between(-746, 710)])).toBeLessThanOrEqual(2);
  });

  it('expm1 is within 3 ULP of float64', () => {
    expect(worst(expm1, Math.expm1, [...ANY, between(-50, 710)])).toBeLessThanOrEqual(3);
  });

  it('log is within 2 ULP of float64', () => {
    expect(worst(log, Math.log, POSITIVE)).toBeLessThanOrEqual(2);
  });

  it('log1p is within 2 ULP of float64', () => {
    expect(worst(log1p, Math.log1p, ABOVE_MINUS_ONE)).toBeLessThanOrEqual(2);
  });

  it('tanh is within 4 ULP of float64', () => {
    expect(worst(tanh, Math.tanh, ANY)).toBeLessThanOrEqual(4);
  });

  it('sigmoid is within 4 ULP of float64', () => {
    expect(worst(sigmoid, referenceSigmoid, [...ANY, between(-746, 40)])).toBeLessThanOrEqual(4);
  });

  it('sin and cos are within 2 ULP of float64, up to the largest angle', () => {
    expect(worst(sin, Math.sin, [...ANY, between(-7, 7), NEAR_QUARTERS])).toBeLessThanOrEqual(2);
    expect(worst(cos, Math.cos, [...ANY, between(-7, 7), NEAR_QUARTERS])).toBeLessThanOrEqual(2);
  });

  it('atan is within 2 ULP of float64', () => {
    expect(worst(atan, Math.atan, ANY)).toBeLessThanOrEqual(2);
  });

  it('softplus is within 3 ULP of float64', () => {
    expect(worst(softplus, referenceSoftplus, [...ANY, between(-746, 40)])).toBeLessThanOrEqual(3);
  });
});

/** What the kernels say of themselves (bindings/kernels/math/log.ts), and a few draws for each of them. */
const BOUNDS: Record<Name, [ulp: number, reference: Scalar, draws: Draw[]]> = {
  exp: [2, exact.exp, [...ANY, between(-746, 710)]],
  expm1: [2, exact.expm1, [...ANY, between(-50, 710)]],
  log: [2, exact.log, POSITIVE],
  log1p: [2, exact.log1p, ABOVE_MINUS_ONE],
  tanh: [3, exact.tanh, ANY],
  sigmoid: [3, exact.sigmoid, [...ANY, between(-746, 40)]],
  softplus: [2, exact.softplus, [...ANY, between(-746, 40)]],
  sin: [2, exact.sin, [...ANY, between(-7, 7), NEAR_QUARTERS]],
  cos: [2, exact.cos, [...ANY, between(-7, 7), NEAR_QUARTERS]],
  atan: [2, exact.atan, ANY],
  erf: [2, exact.erf, [...ANY, between(-6, 6), between(0.83, 0.85), magnitudes(-12, 2)]],
};

describe('accuracy against exact values', () => {
  it.each(Object.entries(BOUNDS))('%s', (name, [ulp, reference, draws]) => {
    expect(worst(FUNCTIONS[name as Name], reference, draws, 60)).toBeLessThanOrEqual(ulp);
  });

  it('pow', () => {
    for (const y of [0.5, -0.5, 1 / 3, 2, 10.25, -7, 300.5, 1e-9]) {
      const to = (f: (x: number, y: number) => number) => (x: number) => f(x, y);
      const draws = [between(0, 100), between(0.9, 1.1), magnitudes(-1074, 1023)];
      expect(worst(to(pow), to(exact.pow), draws, 12), `to ${y}`).toBeLessThanOrEqual(2);
    }
  });
});

describe('exact values', () => {
  const SMALLEST = 5e-324;

  it.each<[Name, number, number]>([
    ['exp', 0, 1],
    ['exp', -Infinity, 0],
    ['exp', Infinity, Infinity],
    ['exp', -745.1332191019411, SMALLEST],
    ['exp', -745.1332191019412, 0],
    ['expm1', 0, 0],
    ['expm1', -0, -0],
    ['expm1', 1e-300, 1e-300],
    ['expm1', -SMALLEST, -SMALLEST],
    ['expm1', -Infinity, -1],
    ['expm1', Infinity, Infinity],
    ['log', 1, 0],
    ['log', 0, -Infinity],
    ['log', -0, -Infinity],
    ['log', -1, NaN],
    ['log', -Infinity, NaN],
    ['log', Infinity, Infinity],
    ['log', 2, Math.LN2],
    ['log', SMALLEST, -744.4400719213812],
    ['log1p', 0, 0],
    ['log1p', -0, -0],
    ['log1p', 1e-300, 1e-300],
    ['log1p', -1, -Infinity],
    ['log1p', -1.5, NaN],
    ['log1p', Infinity, Infinity],
    ['tanh', 0, 0],
    ['tanh', -0, -0],
    ['tanh', -SMALLEST, -SMALLEST],
    ['tanh', 1e-20, 1e-20],
    ['tanh', Infinity, 1],
    ['tanh', -Infinity, -1],
    ['sigmoid', 0, 0.5],
    ['sigmoid', Infinity, 1],
    ['sigmoid', -Infinity, 0],
    ['softplus', 0, Math.LN2],
    ['softplus', 1e4, 1e4],
    ['softplus', -1e4, 0],
    ['softplus', Infinity, Infinity],
    ['softplus', -Infinity, 0],
    ['sin', 0, 0],
    ['sin', -0, -0],
    ['sin', -SMALLEST, -SMALLEST],
    ['sin', 1e-20, 1e-20],
    ['sin', Infinity, NaN],
    ['sin', -Infinity, NaN],
    ['cos', 0, 1],
    ['cos', -0, 1],
    ['cos', SMALLEST, 1],
    ['cos', Infinity, NaN],
    ['atan', 0, 0],
    ['atan', -0, -0],
    ['atan', -SMALLEST, -SMALLEST],
    ['atan', 1, Math.PI / 4],
    ['atan', Infinity, Math.PI / 2],
    ['atan', -Infinity, -Math.PI / 2],
    ['erf', 0, 0],
    ['erf', -0, -0],
    ['erf', -SMALLEST, -SMALLEST],
    ['erf', 6, 1],
    ['erf', Infinity, 1],
    ['erf', -Infinity, -1],
  ])('%s(%d) is %d', (name, x, expected) => {
    expect(FUNCTIONS[name](x)).toBe(expected);
  });

  it('exp is finite up to 709.782712893384 and no further', () => {
    expect(ulp64(exp(709.782712893384), 1.797693134862273e308)).toBeLessThanOrEqual(2);
    expect(exp(709.7827128933841)).toBe(Infinity);
  });

  it.each(Object.entries(FUNCTIONS))('%s(NaN) is NaN', (_name, f) => {
    expect(f(NaN)).toBeNaN();
  });
});

describe('values from 400 digits', () => {
  it.each([
    [1e22, -0.8522008497671888, 0.523214785395139],
    [1e300, -0.8178819121159085, -0.5753861119575491],
    [Number.MAX_VALUE, 0.004961954789184062, -0.9999876894265599],
    [5.319372648326541e255, 1, -4.687165924254628e-19], // no double is nearer to a multiple of π/2
  ])('sin and cos of %d', (x, sine, cosine) => {
    expect(ulp64(sin(x), sine)).toBeLessThanOrEqual(1);
    expect(ulp64(cos(x), cosine)).toBeLessThanOrEqual(1);
  });

  it.each([
    [1e-300, 1.1283791670955126e-300],
    [0.1, 0.1124629160182849],
    [0.5, 0.5204998778130465],
    [0.83, 0.759523756937773],
    [0.85, 0.7706680576083526],
    [1, 0.8427007929497149],
    [1.5, 0.9661051464753108],
    [2.5, 0.999593047982555],
    [4, 0.9999999845827421],
    [5.8, 0.9999999999999998],
  ])('erf(%d)', (x, expected) => {
    expect(ulp64(erf(x), expected)).toBeLessThanOrEqual(2);
  });

  it.each([
    [1.0000001, 1e9, 2.6881038582144647e43],
    [0.9999999999, -3e12, 1.9424746401009598e130],
    [1.1, 7000.5, 5.881558894572704e289],
    [3.7, -541.5, 2.0833700555612366e-308],
    [123.456, 0.1, 1.6186435468318296],
    [5e-324, 0.25, 1.4908919308538355e-81],
    [0.7077360500998378, -2026.9649553556428, 2.0210514712696718e304],
  ])('%d^%d', (x, y, expected) => {
    expect(ulp64(pow(x, y), expected)).toBeLessThanOrEqual(1);
  });
});

describe('pow', () => {
  const VALUES = [0, 0.5, 1, 1.5, 2, 3, 1e300, 5e-324, 2 ** 53 - 1, Infinity].flatMap((x) => [x, -x]).concat(NaN);

  it.each(VALUES)('%d to every exponent is as IEEE 754 has it', (x) => {
    for (const y of VALUES) {
      const one = x === 1 || (x === -1 && Math.abs(y) === Infinity); // where ECMAScript differs
      const [actual, expected] = [pow(x, y), one ? 1 : x ** y];
      expect([x, y, ulp64(actual, expected) <= 2]).toEqual([x, y, true]);
      expect([x, y, Object.is(actual, -0)]).toEqual([x, y, Object.is(expected, -0)]);
    }
  });

  it('ends where the doubles end', () => {
    expect(ulp64(pow(2, 1023.9999999999999), 2 ** 1023.9999999999999)).toBeLessThanOrEqual(2);
    expect([pow(2, 1024), pow(-2, 1025)]).toEqual([Infinity, -Infinity]);
    expect([pow(2, -1074), pow(2, -1075), pow(-2, -1075)]).toEqual([5e-324, 0, -0]);
  });

  it('is within 3 ULP of Math.pow where the power is moderate', () => {
    for (const y of [0.5, -0.5, 1 / 3, 2, 3, 10.25, -7]) {
      expect(
        worst(
          (x) => pow(x, y),
          (x) => x ** y,
          [between(0, 100), between(0.9, 1.1)],
        ),
      ).toBeLessThanOrEqual(3);
    }
  });
});

describe('symmetry and order', () => {
  it('tanh is odd, to the bit', () => {
    expect(count((x) => tanh(-x) === -tanh(x), ANY)).toBe(ANY.length * POINTS);
  });

  it('sin, atan and erf are odd and cos is even, to the bit', () => {
    const odd = (x: number) => sin(-x) === -sin(x) && atan(-x) === -atan(x) && erf(-x) === -erf(x);
    expect(count((x) => odd(x) && cos(-x) === cos(x), ANY)).toBe(ANY.length * POINTS);
  });

  it('sin, cos and erf stay in -1 … 1', () => {
    const inside = (x: number) => Math.abs(sin(x)) <= 1 && Math.abs(cos(x)) <= 1 && Math.abs(erf(x)) <= 1;
    expect(count(inside, ANY)).toBe(ANY.length * POINTS);
  });

  it('sigmoid stays in 0 … 1 and tanh in -1 … 1', () => {
    const inside = (x: number) => sigmoid(x) >= 0 && sigmoid(x) <= 1 && Math.abs(tanh(x)) <= 1;
    expect(count(inside, ANY)).toBe(ANY.length * POINTS);
  });
});

describe('powi', () => {
  it('is exact where the power is an integer below 2^53', () => {
    expect(powi(3, 33)).toBe(5559060566555523);
    expect(powi(-2, 51)).toBe(-2251799813685248);
    expect(powi(2, -1022)).toBe(2.2250738585072014e-308);
  });

  it('is 1 for the power 0, even of 0 and NaN', () => {
    expect([powi(0, 0), powi(NaN, 0), powi(Infinity, 0)]).toEqual([1, 1, 1]);
  });

  it('takes the least integer of 32 bits', () => {
    expect(powi(1, -(2 ** 31))).toBe(1);
    expect(powi(2, -(2 ** 31))).toBe(0);
  });

  it.each([0.9, 0.99, 0.999])('is within n ULP of %d^n, as an optimizer needs it', (beta) => {
    for (let n = 1; n <= 5000; n++) expect(ulp64(powi(beta, n), beta ** n)).toBeLessThanOrEqual(n + 1);
  });
});

/** The largest error of f over some values of each draw, seeded */
function worst(f: Scalar, reference: Scalar, draws: Draw[], each = POINTS): number {
  let error = 0;
  for (const x of points(draws, each)) error = Math.max(error, ulp64(f(x), reference(x)));
  return error;
}

function count(holds: (x: number) => boolean, draws: Draw[]): number {
  let total = 0;
  for (const x of points(draws)) if (holds(x)) total++;
  return total;
}

function* points(draws: Draw[], each = POINTS): Generator<number> {
  let seed = 1;
  for (const draw of draws) {
    for (let i = 0; i < each; i++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      yield draw(seed / 2 ** 32);
    }
  }
}

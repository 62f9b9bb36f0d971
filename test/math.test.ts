import { describe, expect, it } from 'vitest';
import { exp, expm1, log, log1p, powi, sigmoid, softplus, tanh } from '../bindings/kernels/math.js';
import { ulp64 } from './ulp.js';

const FUNCTIONS = { exp, expm1, log, log1p, tanh, sigmoid, softplus };

type Name = keyof typeof FUNCTIONS;
type Scalar = (x: number) => number;
type Draw = (uniform: number) => number;

const POINTS = 20_000;

// The reference is V8's own Math, a port of fdlibm, itself within 1 ULP (tanh 2): tolerances are our bound plus its.
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

  it('softplus is within 3 ULP of float64', () => {
    expect(worst(softplus, referenceSoftplus, [...ANY, between(-746, 40)])).toBeLessThanOrEqual(3);
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

describe('symmetry and order', () => {
  it('tanh is odd, to the bit', () => {
    expect(count((x) => tanh(-x) === -tanh(x), ANY)).toBe(ANY.length * POINTS);
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

/** The largest error of f over POINTS values of each draw, seeded */
function worst(f: Scalar, reference: Scalar, draws: Draw[]): number {
  let error = 0;
  for (const x of points(draws)) error = Math.max(error, ulp64(f(x), reference(x)));
  return error;
}

function count(holds: (x: number) => boolean, draws: Draw[]): number {
  let total = 0;
  for (const x of points(draws)) if (holds(x)) total++;
  return total;
}

function* points(draws: Draw[]): Generator<number> {
  let seed = 1;
  for (const draw of draws) {
    for (let i = 0; i < POINTS; i++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      yield draw(seed / 2 ** 32);
    }
  }
}

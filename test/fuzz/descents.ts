// minimize on quadratics, with any optimizer, against the same steps by hand in float64.

import fc from 'fast-check';
import { minimize, type Tensor, tensor } from '../../bindings/index.js';
import { Difference } from './compare.js';
import { leafText, valuesOf } from './leaves.js';
import { type OptimizerCase, optimizerArbitrary, optimizerOf, optimizerText, ruleOf } from './rules.js';

export interface DescentCase {
  readonly size: number;
  readonly seed: number;
  readonly steps: number;
  readonly optimizer: OptimizerCase;
}

export const descentArbitrary: fc.Arbitrary<DescentCase> = fc.record({
  size: fc.integer({ min: 1, max: 9 }),
  seed: fc.nat(90),
  steps: fc.integer({ min: 1, max: 12 }),
  optimizer: optimizerArbitrary,
});

const leaf = (shape: readonly number[], seed: number) =>
  ({ shape, dtype: 'float32', style: 'smooth', seed, below: 1 }) as const;

const matrix = ({ size, seed }: DescentCase) => leaf([size, size], seed);
const start = ({ size, seed }: DescentCase) => leaf([size], seed + 7);

/** Of Σ (A·x)² / (2n): Aᵀ·A·x / n. */
function gradient(a: ArrayLike<number>, x: readonly number[]): number[] {
  const n = x.length;
  const ax = x.map((_, i) => x.reduce((sum, xj, j) => sum + a[i * n + j]! * xj, 0));
  return x.map((_, j) => ax.reduce((sum, v, i) => sum + a[i * n + j]! * v, 0) / n);
}

/** The last point; `noise` is a relative error in each number of every point, as rounding makes one. */
function byHand(given: DescentCase, noise: number): number[] {
  const a = valuesOf(matrix(given));
  const x = [...valuesOf(start(given))];
  const rule = ruleOf(given.optimizer);
  for (let step = 1; step <= given.steps; step++) {
    for (let i = 0; i < x.length; i++) x[i]! *= 1 + noise * Math.sin(i + 2 * step);
    rule(x, gradient(a, x), step);
  }
  return x;
}

const NOISE = [2 ** -21, -(2 ** -20), 2 ** -19, -(2 ** -18)];
const TOLERANCE = 1e-5;

/** Throws a Difference if minimize ends elsewhere than the loops by hand, beyond what noise explains. */
export function checkDescent(given: DescentCase): void {
  const { size, steps, optimizer } = given;
  const a = tensor(valuesOf(matrix(given)), [size, size]);
  const f = (x: Tensor): Tensor => a.matMul(x).square().mean().mul(0.5);
  const { point } = minimize(f, tensor(valuesOf(start(given))), { optimizer: optimizerOf(optimizer), steps });
  const expected = byHand(given, 0);
  const noisy = NOISE.map((noise) => byHand(given, noise));
  [...point.data()].forEach((x, i) => {
    const e = expected[i]!;
    const spread = Math.max(...noisy.map((values) => Math.abs(values[i]! - e)));
    if (Math.abs(x - e) <= TOLERANCE * (1 + Math.abs(e)) + 32 * spread) return;
    throw new Difference(`the point's number ${i} is ${x}, by hand ${e}`);
  });
}

/** The case as code. */
export const descentText = (given: DescentCase): string =>
  [
    `const a = ${leafText(matrix(given))};`,
    `const start = ${leafText(start(given))};`,
    `const optimizer = ${optimizerText(given.optimizer)};`,
    `minimize((x) => a.matMul(x).square().mean().mul(0.5), start, { optimizer, steps: ${given.steps} });`,
  ].join('\n');

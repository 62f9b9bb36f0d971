// RAdam: L. Liu et al., "On the variance of the adaptive learning rate and beyond", 2020. Formulas and defaults as in
// PyTorch.

import { powi } from '../kernels/math/powi.js';
import { madeBy } from '../made.js';
import { number, options, positive, type Rules, range } from '../options.js';
import { assign } from './assign.js';
import { withDecay } from './decay.js';
import {
  checkLearningRate,
  elementwise,
  type LearningRate,
  type Optimizer,
  slotOf,
  type UpdateInputs,
} from './optimizer.js';

/** Options of `radam`. */
export interface RadamOptions {
  /** β₁, how much of the mean of the gradient is kept, in [0, 1); default 0.9. */
  readonly beta1?: number | undefined;
  /** β₂, how much of the mean of its square is kept, in [0, 1); default 0.999. */
  readonly beta2?: number | undefined;
  /** ε, which keeps the divisor above 0; default 1e-8. */
  readonly epsilon?: number | undefined;
  /** λ: g is the gradient plus λp; default 0. */
  readonly weightDecay?: number | undefined;
}

const radamOptions = options({
  beta1: range(0.9, 0, 1),
  beta2: range(0.999, 0, 1),
  epsilon: positive(1e-8),
  weightDecay: number(0, 0),
} satisfies Rules<RadamOptions>);

/**
 * The RAdam optimizer: Adam that warms up by itself, since its first steps do not divide by a v that few gradients
 * made.
 *
 * m ← β₁m + (1 - β₁)g; v ← β₂v + (1 - β₂)g²; p ← p - η·m̂·r·√(1 - β₂ᵗ) / (√v + ε) where ρₜ > 5, else p ← p - η·m̂, with
 * m̂ = m / (1 - β₁ᵗ), ρ∞ = 2 / (1 - β₂) - 1, ρₜ = ρ∞ - 2tβ₂ᵗ / (1 - β₂ᵗ), r² = (ρₜ - 4)(ρₜ - 2)ρ∞ / ((ρ∞ - 4)(ρ∞ -
 * 2)ρₜ).
 *
 * @param learningRate η, default 0.001
 */
export function radam(learningRate: LearningRate = 0.001, options?: RadamOptions): Optimizer {
  checkLearningRate('radam: learning rate', learningRate);
  const { beta1, beta2, epsilon, weightDecay } = radamOptions('radam', options);
  /** r·√(1 - β₂ᵗ), or 0 where the steps do not divide by √v yet. */
  const rectified = (t: number): number => {
    const kept = powi(beta2, t);
    const full = 2 / (1 - beta2) - 1;
    const rho = full - (2 * t * kept) / (1 - kept);
    const square = ((rho - 4) * (rho - 2) * full) / ((full - 4) * (full - 2) * rho);
    return rho > 5 ? Math.sqrt(square * (1 - kept)) : 0;
  };
  const mean = (t: number): number => 1 / (1 - powi(beta1, t));
  return madeBy('radam', [learningRate, { ...options }], {
    name: 'radam',
    learningRate,
    slots: ['m', 'v'],
    coefficients: {
      divided: (t) => mean(t + 1) * rectified(t + 1),
      plain: (t) => (rectified(t + 1) > 0 ? 0 : mean(t + 1)),
    },
    update: elementwise(({ param, grad, slots, learningRate: lr, coefficients }: UpdateInputs) => {
      const [m, v] = [slotOf('radam', slots, 'm'), slotOf('radam', slots, 'v')];
      const g = withDecay(grad, param, weightDecay);
      const first = m.mul(beta1).add(g.mul(1 - beta1));
      const square = v.mul(beta2).add(g.square().mul(1 - beta2));
      const factor = coefficients['divided']!.div(square.sqrt().add(epsilon)).add(coefficients['plain']!);
      return [assign(m, first), assign(v, square), assign(param, param.sub(first.mul(factor).mul(lr)))];
    }),
  });
}

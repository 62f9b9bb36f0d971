// Adamax: D. Kingma and J. Ba, 2015, section 7.1. Formulas and defaults as in PyTorch.

import { madeBy } from '../made.js';
import { number, options, positive, type Rules, range } from '../options.js';
import { meanFactors } from './amsgrad.js';
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

/** Options of `adamax`. */
export interface AdamaxOptions {
  /** β₁, how much of the mean of the gradient is kept, in [0, 1); default 0.9. */
  readonly beta1?: number | undefined;
  /** β₂, how much of its largest size is kept, in [0, 1); default 0.999. */
  readonly beta2?: number | undefined;
  /** ε, which keeps the divisor above 0; default 1e-8. */
  readonly epsilon?: number | undefined;
  /** λ: g is the gradient plus λp; default 0. */
  readonly weightDecay?: number | undefined;
}

const adamaxOptions = options({
  beta1: range(0.9, 0, 1),
  beta2: range(0.999, 0, 1),
  epsilon: positive(1e-8),
  weightDecay: number(0, 0),
} satisfies Rules<AdamaxOptions>);

/**
 * The Adamax optimizer: Adam with the largest recent size of a gradient in place of its mean square.
 * m ← β₁m + (1 - β₁)g; u ← max(β₂u, |g| + ε); p ← p - η / (1 - β₁ᵗ)·m / u.
 *
 * @param learningRate η, default 0.002
 */
export function adamax(learningRate: LearningRate = 0.002, options?: AdamaxOptions): Optimizer {
  checkLearningRate('adamax: learning rate', learningRate);
  const { beta1, beta2, epsilon, weightDecay } = adamaxOptions('adamax', options);
  return madeBy('adamax', [learningRate, { ...options }], {
    name: 'adamax',
    learningRate,
    slots: ['m', 'u'],
    coefficients: { mean: meanFactors(beta1, beta2).mean },
    update: elementwise(({ param, grad, slots, learningRate: lr, coefficients }: UpdateInputs) => {
      const [m, u] = [slotOf('adamax', slots, 'm'), slotOf('adamax', slots, 'u')];
      const g = withDecay(grad, param, weightDecay);
      const mean = m.mul(beta1).add(g.mul(1 - beta1));
      const size = u.mul(beta2).maximum(g.abs().add(epsilon));
      const step = mean.div(size).mul(lr.mul(coefficients['mean']!));
      return [assign(m, mean), assign(u, size), assign(param, param.sub(step))];
    }),
  });
}

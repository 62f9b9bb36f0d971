// Adam: D. Kingma and J. Ba, 2015; with amsgrad: S. Reddi, S. Kale and S. Kumar, 2018. Formulas and defaults as in PyTorch.

import { powi } from '../kernels/math/powi.js';
import { adamUpdate } from '../ops/optim.js';
import { flag, number, options, positive, type Rules, range } from '../options.js';
import { Tensor } from '../tensor.js';
import { assign } from './assign.js';
import { decayed, withDecay } from './decay.js';
import {
  checkLearningRate,
  elementwise,
  type LearningRate,
  type Optimizer,
  slotOf,
  type UpdateInputs,
} from './optimizer.js';

/** Options of `adam`. */
export interface AdamOptions {
  /** β₁, how much of the mean of the gradient is kept, in [0, 1); default 0.9. */
  readonly beta1?: number | undefined;
  /** β₂, how much of the mean of its square is kept, in [0, 1); default 0.999. */
  readonly beta2?: number | undefined;
  /** ε, which keeps the divisor above 0; default 1e-8. */
  readonly epsilon?: number | undefined;
  /** Divides by the largest v so far, so that steps do not grow again; default false. */
  readonly amsgrad?: boolean | undefined;
  /** λ: g is the gradient plus λp; default 0. `adamW` has decay that is no part of the gradient. */
  readonly weightDecay?: number | undefined;
}

/** Rules for the options of `adam` and its kin. */
export const adamRules = {
  beta1: range(0.9, 0, 1),
  beta2: range(0.999, 0, 1),
  epsilon: positive(1e-8),
  amsgrad: flag(false),
  weightDecay: number(0, 0),
} satisfies Rules<AdamOptions>;

const adamOptions = options(adamRules);

/**
 * The Adam optimizer: steps of about η for every parameter, whatever the size of its gradient; a good first choice.
 *
 * m ← β₁m + (1 - β₁)g; v ← β₂v + (1 - β₂)g²; p ← p - η·m̂ / (√v̂ + ε), with m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ).
 *
 * @param learningRate η, default 0.001
 */
export function adam(learningRate: LearningRate = 0.001, options?: AdamOptions): Optimizer {
  checkLearningRate('adam: learning rate', learningRate);
  return adamOf('adam', learningRate, { ...adamOptions('adam', options), decoupled: false });
}

/** Adam or AdamW. */
export function adamOf(
  name: string,
  learningRate: LearningRate,
  given: { beta1: number; beta2: number; epsilon: number; amsgrad: boolean; weightDecay: number; decoupled: boolean },
): Optimizer {
  const { amsgrad, ...attributes } = given;
  if (amsgrad) return amsgradOf(name, learningRate, attributes);
  return {
    name,
    learningRate,
    slots: ['m', 'v'],
    update: elementwise(({ param, grad, slots, learningRate: lr, step }: UpdateInputs) => [
      new Tensor(adamUpdate, [param, slotOf(name, slots, 'm'), slotOf(name, slots, 'v'), grad, lr, step], attributes),
    ]),
  };
}

function amsgradOf(
  name: string,
  learningRate: LearningRate,
  given: { beta1: number; beta2: number; epsilon: number; weightDecay: number; decoupled: boolean },
): Optimizer {
  const { beta1, beta2, epsilon, weightDecay, decoupled } = given;
  return {
    name,
    learningRate,
    slots: ['m', 'v', 'largest'],
    coefficients: meanFactors(beta1, beta2),
    update: elementwise(({ param, grad, slots, learningRate: lr, coefficients }: UpdateInputs) => {
      const [m, v, largest] = ['m', 'v', 'largest'].map((slot) => slotOf(name, slots, slot)) as [
        Tensor,
        Tensor,
        Tensor,
      ];
      const g = decoupled ? grad : withDecay(grad, param, weightDecay);
      const p = decoupled ? decayed(param, lr, weightDecay) : param;
      const mean = m.mul(beta1).add(g.mul(1 - beta1));
      const square = v.mul(beta2).add(g.square().mul(1 - beta2));
      const most = largest.maximum(square);
      const spread = most.sqrt().mul(coefficients['rootSquare']!).add(epsilon);
      const step = mean.div(spread).mul(lr.mul(coefficients['mean']!));
      return [assign(m, mean), assign(v, square), assign(largest, most), assign(param, p.sub(step))];
    }),
  };
}

/** What turns running means that started from 0 into means, in step t from 0: 1 / (1 - β₁ᵗ⁺¹), and √ of that of β₂. */
export const meanFactors = (beta1: number, beta2: number) => ({
  mean: (t: number) => 1 / (1 - powi(beta1, t + 1)),
  rootSquare: (t: number) => 1 / Math.sqrt(1 - powi(beta2, t + 1)),
});

// AMSGrad: S. Reddi, S. Kale and S. Kumar, "On the convergence of Adam and beyond", 2018. Formulas and defaults as in
// PyTorch.

import { powi } from '../kernels/math/powi.js';
import { madeBy } from '../made.js';
import { options } from '../options.js';
import type { Tensor } from '../tensor.js';
import { type AdamOptions, type AdamSettings, adamRules } from './adam.js';
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

const amsgradOptions = options(adamRules);

/**
 * Adam that divides by the largest v so far, so that its steps do not grow again (PyTorch's and Keras's Adam with
 * amsgrad).
 *
 * m and v as in `adam`; w ← max(w, v); p ← p - η·m̂ / (√ŵ + ε), with m̂ = m / (1 - β₁ᵗ) and ŵ = w / (1 - β₂ᵗ).
 *
 * @param learningRate η, default 0.001
 */
export function amsgrad(learningRate: LearningRate = 0.001, options?: AdamOptions): Optimizer {
  checkLearningRate('amsgrad: learning rate', learningRate);
  return madeBy(
    'amsgrad',
    [learningRate, { ...options }],
    amsgradOf('amsgrad', learningRate, { ...amsgradOptions('amsgrad', options), decoupled: false }),
  );
}

/** AMSGrad by itself, or as part of AdamW. */
export function amsgradOf(name: string, learningRate: LearningRate, settings: AdamSettings): Optimizer {
  const { beta1, beta2, epsilon, weightDecay, decoupled } = settings;
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

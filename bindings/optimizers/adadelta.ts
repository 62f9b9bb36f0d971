// Adadelta: M. Zeiler, 2012. Formulas and defaults as in PyTorch.

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

/** Options of `adadelta`. */
export interface AdadeltaOptions {
  /** ρ, how much of the mean squares is kept, in [0, 1); default 0.9. */
  readonly rho?: number | undefined;
  /** ε, which keeps roots above 0; default 1e-6. */
  readonly epsilon?: number | undefined;
  /** λ: g is the gradient plus λp; default 0. */
  readonly weightDecay?: number | undefined;
}

const adadeltaOptions = options({
  rho: range(0.9, 0, 1),
  epsilon: positive(1e-6),
  weightDecay: number(0, 0),
} satisfies Rules<AdadeltaOptions>);

/**
 * The Adadelta optimizer: steps are as large as the last ones were, in relation to the gradients, so no rate has to be
 * found. s ← ρs + (1 - ρ)g²; Δ = g·√(u + ε) / √(s + ε); p ← p - η·Δ; u ← ρu + (1 - ρ)Δ².
 *
 * @param learningRate η, default 1
 */
export function adadelta(learningRate: LearningRate = 1, options?: AdadeltaOptions): Optimizer {
  checkLearningRate('adadelta: learning rate', learningRate);
  const { rho, epsilon, weightDecay } = adadeltaOptions('adadelta', options);
  return madeBy('adadelta', [learningRate, { ...options }], {
    name: 'adadelta',
    learningRate,
    slots: ['square', 'step'],
    update: elementwise(({ param, grad, slots, learningRate: lr }: UpdateInputs) => {
      const [square, last] = [slotOf('adadelta', slots, 'square'), slotOf('adadelta', slots, 'step')];
      const g = withDecay(grad, param, weightDecay);
      const s = square.mul(rho).add(g.square().mul(1 - rho));
      const step = last.add(epsilon).sqrt().div(s.add(epsilon).sqrt()).mul(g);
      const u = last.mul(rho).add(step.square().mul(1 - rho));
      return [assign(square, s), assign(last, u), assign(param, param.sub(step.mul(lr)))];
    }),
  });
}

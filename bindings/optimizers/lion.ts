// Lion: X. Chen et al., "Symbolic discovery of optimization algorithms", 2023, algorithm 2 and its defaults.

import { madeBy } from '../made.js';
import { callable, number, options, type Rules, range } from '../options.js';
import { assign } from './assign.js';
import { byDecay, type DecayRule, decayed } from './decay.js';
import {
  checkLearningRate,
  elementwise,
  type LearningRate,
  type Optimizer,
  slotOf,
  type UpdateInputs,
} from './optimizer.js';

/** Options of `lion`. */
export interface LionOptions {
  /** β₁, how much of the mean of the gradient is in the direction of a step, in [0, 1); default 0.9. */
  readonly beta1?: number | undefined;
  /** β₂, how much of that mean is kept, in [0, 1); default 0.99. */
  readonly beta2?: number | undefined;
  /** λ: before its step each parameter that decays shrinks by η·λp; default 0. */
  readonly weightDecay?: number | undefined;
  /**
   * Which parameters decay; by default those of two dimensions and more: kernels do, biases and normalisations do not.
   */
  readonly decays?: DecayRule | undefined;
}

const lionOptions = options({
  beta1: range(0.9, 0, 1),
  beta2: range(0.99, 0, 1),
  weightDecay: number(0, 0),
  decays: callable<DecayRule>(),
} satisfies Rules<LionOptions>);

/**
 * The Lion optimizer: every number moves by η, up or down. It keeps one slot where Adam has two; its rates are 3 to 10
 * times smaller than those of AdamW, its decay as much larger.
 * p ← p - η·(sign(β₁m + (1 - β₁)g) + λp); m ← β₂m + (1 - β₂)g.
 *
 * @param learningRate η, default 0.0001
 */
export function lion(learningRate: LearningRate = 1e-4, options?: LionOptions): Optimizer {
  checkLearningRate('lion: learning rate', learningRate);
  const { beta1, beta2, weightDecay: decay, decays } = lionOptions('lion', options);
  const make = (weightDecay: number): Optimizer => ({
    name: 'lion',
    learningRate,
    slots: ['m'],
    update: elementwise(({ param, grad, slots, learningRate: lr }: UpdateInputs) => {
      const m = slotOf('lion', slots, 'm');
      const direction = m
        .mul(beta1)
        .add(grad.mul(1 - beta1))
        .sign();
      const kept = m.mul(beta2).add(grad.mul(1 - beta2));
      return [assign(m, kept), assign(param, decayed(param, lr, weightDecay).sub(direction.mul(lr)))];
    }),
  });
  return madeBy('lion', [learningRate, { ...options }], byDecay(make, decay, decays));
}

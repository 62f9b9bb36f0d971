// Adagrad: J. Duchi, E. Hazan and Y. Singer, 2011. Defaults as in PyTorch.

import { madeBy } from '../made.js';
import { adagradUpdate } from '../ops/optim.js';
import { number, options, positive, type Rules } from '../options.js';
import { Tensor } from '../tensor.js';
import {
  checkLearningRate,
  elementwise,
  type LearningRate,
  type Optimizer,
  slotOf,
  type UpdateInputs,
} from './optimizer.js';

/** Options of `adagrad`. */
export interface AdagradOptions {
  /** ε, which keeps the divisor above 0; default 1e-10. */
  readonly epsilon?: number | undefined;
  /** What s starts from; default 0. */
  readonly initialAccumulator?: number | undefined;
  /** Step t has the rate η / (1 + t·learningRateDecay), t from 0; default 0. */
  readonly learningRateDecay?: number | undefined;
  /** λ: g is the gradient plus λp; default 0. */
  readonly weightDecay?: number | undefined;
}

const adagradOptions = options({
  epsilon: positive(1e-10),
  initialAccumulator: number(0, 0),
  learningRateDecay: number(0, 0),
  weightDecay: number(0, 0),
} satisfies Rules<AdagradOptions>);

/**
 * The Adagrad optimizer: each parameter's steps get smaller as its gradients add up. s ← s + g²; p ← p - η·g / (√s +
 * ε).
 *
 * @param learningRate η, default 0.01
 */
export function adagrad(learningRate: LearningRate = 0.01, options?: AdagradOptions): Optimizer {
  checkLearningRate('adagrad: learning rate', learningRate);
  const { epsilon, initialAccumulator, learningRateDecay, weightDecay } = adagradOptions('adagrad', options);
  return madeBy('adagrad', [learningRate, { ...options }], {
    name: 'adagrad',
    learningRate,
    slots: ['sumSquare'],
    initial: { sumSquare: initialAccumulator },
    ...(learningRateDecay > 0 && { coefficients: { decay: (step) => 1 / (1 + step * learningRateDecay) } }),
    update: elementwise(({ param, grad, slots, learningRate: rate, coefficients: { decay } }: UpdateInputs) => {
      const lr = decay ? rate.mul(decay) : rate;
      const inputs = [param, slotOf('adagrad', slots, 'sumSquare'), grad, lr];
      return [new Tensor(adagradUpdate, inputs, { epsilon, weightDecay })];
    }),
  });
}

// RMSProp: T. Tieleman and G. Hinton, lecture 6.5, 2012. Defaults as in PyTorch.

import { rmspropUpdate } from '../ops/optim.js';
import { options, positive, type Rules, range } from '../options.js';
import { Tensor } from '../tensor.js';
import { checkLearningRate, elementwise, type Optimizer, slotOf } from './optimizer.js';

/** Options of `rmsprop`. */
export interface RmspropOptions {
  /** ρ, how much of the mean square is kept, in [0, 1); default 0.99. */
  readonly rho?: number | undefined;
  /** ε, which keeps the divisor above 0; default 1e-8. */
  readonly epsilon?: number | undefined;
}

const rmspropOptions = options({ rho: range(0.99, 0, 1), epsilon: positive(1e-8) } satisfies Rules<RmspropOptions>);

/**
 * The RMSProp optimizer: steps are divided by the recent size of a parameter's gradients.
 * s ← ρs + (1 - ρ)g²; p ← p - η·g / (√s + ε).
 *
 * @param learningRate η, default 0.01
 */
export function rmsprop(learningRate = 0.01, options?: RmspropOptions): Optimizer {
  checkLearningRate('rmsprop: learning rate', learningRate);
  const { rho, epsilon } = rmspropOptions('rmsprop', options);
  return {
    name: 'rmsprop',
    learningRate,
    slots: ['meanSquare'],
    update: elementwise(({ param, grad, slots, learningRate: lr }) => [
      new Tensor(rmspropUpdate, [param, slotOf('rmsprop', slots, 'meanSquare'), grad, lr], { rho, epsilon }),
    ]),
  };
}

// RMSProp: T. Tieleman and G. Hinton, lecture 6.5, 2012. Defaults as in PyTorch.

import { checkOptions, checkPositive, checkRange } from '../errors.js';
import { rmspropUpdate } from '../ops/optim.js';
import { Tensor } from '../tensor.js';
import { elementwise, type Optimizer } from './optimizer.js';

/** Options of `rmsprop`. */
export interface RmspropOptions {
  /** ρ, how much of the mean square is kept, in [0, 1); default 0.99. */
  readonly rho?: number | undefined;
  /** ε, default 1e-8. */
  readonly epsilon?: number | undefined;
}

/**
 * s ← ρs + (1 - ρ)g²; p ← p - η·g / (√s + ε).
 *
 * @param learningRate η, default 0.01
 */
export function rmsprop(learningRate = 0.01, options: RmspropOptions = {}): Optimizer {
  checkPositive('rmsprop: learning rate', learningRate);
  checkOptions('rmsprop', options, ['rho', 'epsilon']);
  const { rho = 0.99, epsilon = 1e-8 } = options;
  checkRange('rmsprop: rho', rho, 0, 1);
  checkPositive('rmsprop: epsilon', epsilon);
  return {
    name: 'rmsprop',
    learningRate,
    slots: ['meanSquare'],
    update: elementwise(({ param, grad, slots, learningRate: lr }) => [
      new Tensor(rmspropUpdate, [param, slots['meanSquare']!, grad, lr], { rho, epsilon }),
    ]),
  };
}

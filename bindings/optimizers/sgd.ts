// Stochastic gradient descent, with or without momentum. Formulas as in PyTorch.

import { check } from '../errors.js';
import { momentumUpdate, sgdUpdate } from '../ops/optim.js';
import { flag, options, type Rules, range } from '../options.js';
import { Tensor } from '../tensor.js';
import { checkLearningRate, elementwise, type Optimizer, slotOf } from './optimizer.js';

/** Options of `sgd`. */
export interface SgdOptions {
  /** μ, how much of the last step's direction is kept, in [0, 1); default 0. */
  readonly momentum?: number | undefined;
  /** Looks ahead by one step of momentum (Y. Nesterov 1983); default false. */
  readonly nesterov?: boolean | undefined;
}

const sgdOptions = options({ momentum: range(0, 0, 1), nesterov: flag(false) } satisfies Rules<SgdOptions>);

/**
 * Stochastic gradient descent: every step goes against the gradient, p ← p - η·g; with momentum v ← μv + g, p ← p - η·v;
 * with Nesterov p ← p - η·(g + μv).
 *
 * @param learningRate η, default 0.01
 */
export function sgd(learningRate = 0.01, options?: SgdOptions): Optimizer {
  checkLearningRate('sgd: learning rate', learningRate);
  const { momentum, nesterov } = sgdOptions('sgd', options);
  check(!nesterov || momentum > 0, () => 'sgd: nesterov needs a momentum above 0');
  if (momentum === 0) {
    return {
      name: 'sgd',
      learningRate,
      slots: [],
      update: elementwise(({ param, grad, learningRate: lr }) => [new Tensor(sgdUpdate, [param, grad, lr], {})]),
    };
  }
  return {
    name: 'sgd',
    learningRate,
    slots: ['velocity'],
    update: elementwise(({ param, grad, slots, learningRate: lr }) => [
      new Tensor(momentumUpdate, [param, slotOf('sgd', slots, 'velocity'), grad, lr], { momentum, nesterov }),
    ]),
  };
}

// Stochastic gradient descent, with or without momentum. Formulas as in PyTorch.

import { check } from '../errors.js';
import { madeBy } from '../made.js';
import { momentumUpdate, sgdUpdate } from '../ops/optim.js';
import { flag, number, options, type Rules, range } from '../options.js';
import { Tensor } from '../tensor.js';
import {
  checkLearningRate,
  elementwise,
  type LearningRate,
  type Optimizer,
  slotOf,
  type UpdateInputs,
} from './optimizer.js';

/** Options of `sgd`. */
export interface SgdOptions {
  /** μ, how much of the last step's direction is kept, in [0, 1); default 0. */
  readonly momentum?: number | undefined;
  /** τ, how much of the gradient is left out once there is momentum; default 0. */
  readonly dampening?: number | undefined;
  /** Looks ahead by one step of momentum (Y. Nesterov 1983); default false. */
  readonly nesterov?: boolean | undefined;
  /** λ: g is the gradient plus λp, the gradient of the loss plus λ/2·Σp²; default 0. */
  readonly weightDecay?: number | undefined;
}

const sgdOptions = options({
  momentum: range(0, 0, 1),
  dampening: number(0, 0, 1),
  nesterov: flag(false),
  weightDecay: number(0, 0),
} satisfies Rules<SgdOptions>);

/**
 * Stochastic gradient descent: every step goes against the gradient, p ← p - η·g; with momentum v ← μv + (1 - τ)g,
 * p ← p - η·v, where the first step has τ = 0; with Nesterov p ← p - η·(g + μv).
 *
 * @param learningRate η, default 0.01
 */
export function sgd(learningRate: LearningRate = 0.01, options?: SgdOptions): Optimizer {
  checkLearningRate('sgd: learning rate', learningRate);
  const { momentum, dampening, nesterov, weightDecay } = sgdOptions('sgd', options);
  check(
    !nesterov || (momentum > 0 && dampening === 0),
    () => 'sgd: nesterov needs a momentum above 0, and no dampening',
  );
  const attributes = { weightDecay, momentum, dampening, nesterov };
  const plain = ({ param, grad, learningRate: lr }: UpdateInputs) => [
    new Tensor(sgdUpdate, [param, grad, lr], { weightDecay }),
  ];
  const withMomentum = ({ param, grad, slots, learningRate: lr, step }: UpdateInputs) => [
    new Tensor(momentumUpdate, [param, slotOf('sgd', slots, 'velocity'), grad, lr, step], attributes),
  ];
  return madeBy('sgd', [learningRate, { ...options }], {
    name: 'sgd',
    learningRate,
    slots: momentum === 0 ? [] : ['velocity'],
    update: elementwise(momentum === 0 ? plain : withMomentum),
  });
}

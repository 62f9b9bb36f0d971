// Adagrad: J. Duchi, E. Hazan and Y. Singer, 2011. Defaults as in PyTorch.

import { adagradUpdate } from '../ops/optim.js';
import { options, positive, type Rules } from '../options.js';
import { Tensor } from '../tensor.js';
import { checkLearningRate, elementwise, type Optimizer, slotOf } from './optimizer.js';

/** Options of `adagrad`. */
export interface AdagradOptions {
  /** ε, which keeps the divisor above 0; default 1e-10. */
  readonly epsilon?: number | undefined;
}

const adagradOptions = options({ epsilon: positive(1e-10) } satisfies Rules<AdagradOptions>);

/**
 * The Adagrad optimizer: each parameter's steps get smaller as its gradients add up. s ← s + g²; p ← p - η·g / (√s + ε).
 *
 * @param learningRate η, default 0.01
 */
export function adagrad(learningRate = 0.01, options?: AdagradOptions): Optimizer {
  checkLearningRate('adagrad: learning rate', learningRate);
  const { epsilon } = adagradOptions('adagrad', options);
  return {
    name: 'adagrad',
    learningRate,
    slots: ['sumSquare'],
    update: elementwise(({ param, grad, slots, learningRate: lr }) => [
      new Tensor(adagradUpdate, [param, slotOf('adagrad', slots, 'sumSquare'), grad, lr], { epsilon }),
    ]),
  };
}

// Adam: D. Kingma and J. Ba, 2015. Defaults as in PyTorch.

import { adamUpdate } from '../ops/optim.js';
import { options, positive, type Rules, range } from '../options.js';
import { Tensor } from '../tensor.js';
import { checkLearningRate, elementwise, type Optimizer, slotOf } from './optimizer.js';

/** Options of `adam`. */
export interface AdamOptions {
  /** β₁, how much of the mean of the gradient is kept, in [0, 1); default 0.9. */
  readonly beta1?: number | undefined;
  /** β₂, how much of the mean of its square is kept, in [0, 1); default 0.999. */
  readonly beta2?: number | undefined;
  /** ε, which keeps the divisor above 0; default 1e-8. */
  readonly epsilon?: number | undefined;
}

const adamOptions = options({
  beta1: range(0.9, 0, 1),
  beta2: range(0.999, 0, 1),
  epsilon: positive(1e-8),
} satisfies Rules<AdamOptions>);

/**
 * The Adam optimizer: steps of about η for every parameter, whatever the size of its gradient; a good first choice.
 *
 * m ← β₁m + (1 - β₁)g; v ← β₂v + (1 - β₂)g²; p ← p - η·m̂ / (√v̂ + ε), with m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ).
 *
 * @param learningRate η, default 0.001
 */
export function adam(learningRate = 0.001, options?: AdamOptions): Optimizer {
  checkLearningRate('adam: learning rate', learningRate);
  const { beta1, beta2, epsilon } = adamOptions('adam', options);
  return {
    name: 'adam',
    learningRate,
    slots: ['m', 'v'],
    update: elementwise(({ param, grad, slots, learningRate: lr, step }) => [
      new Tensor(adamUpdate, [param, slotOf('adam', slots, 'm'), slotOf('adam', slots, 'v'), grad, lr, step], {
        beta1,
        beta2,
        epsilon,
      }),
    ]),
  };
}

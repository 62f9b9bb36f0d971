// Adam: D. Kingma and J. Ba, 2015. Formulas and defaults as in PyTorch. Not here: its kin (adamw.ts, amsgrad.ts, …).

import { madeBy } from '../made.js';
import { adamUpdate } from '../ops/optim.js';
import { number, options, positive, type Rules, range } from '../options.js';
import { Tensor } from '../tensor.js';
import {
  checkLearningRate,
  elementwise,
  type LearningRate,
  type Optimizer,
  slotOf,
  type UpdateInputs,
} from './optimizer.js';

/** Options of `adam`. */
export interface AdamOptions {
  /** β₁, how much of the mean of the gradient is kept, in [0, 1); default 0.9. */
  readonly beta1?: number | undefined;
  /** β₂, how much of the mean of its square is kept, in [0, 1); default 0.999. */
  readonly beta2?: number | undefined;
  /** ε, which keeps the divisor above 0; default 1e-8. */
  readonly epsilon?: number | undefined;
  /** λ: g is the gradient plus λp; default 0. `adamW` has decay that is no part of the gradient. */
  readonly weightDecay?: number | undefined;
}

/** Rules for the options of `adam` and its kin. */
export const adamRules = {
  beta1: range(0.9, 0, 1),
  beta2: range(0.999, 0, 1),
  epsilon: positive(1e-8),
  weightDecay: number(0, 0),
} satisfies Rules<AdamOptions>;

const adamOptions = options(adamRules);

/**
 * The Adam optimizer: steps of about η for every parameter, whatever the size of its gradient; a good first choice.
 *
 * m ← β₁m + (1 - β₁)g; v ← β₂v + (1 - β₂)g²; p ← p - η·m̂ / (√v̂ + ε), with m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ).
 *
 * @param learningRate η, default 0.001
 */
export function adam(learningRate: LearningRate = 0.001, options?: AdamOptions): Optimizer {
  checkLearningRate('adam: learning rate', learningRate);
  return madeBy(
    'adam',
    [learningRate, { ...options }],
    adamOf('adam', learningRate, { ...adamOptions('adam', options), decoupled: false }),
  );
}

/** What `adam` and its kin are made of. */
export interface AdamSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Whether the decay is beside the step, no part of the gradient. */
  readonly decoupled: boolean;
}

/** Adam or AdamW. */
export function adamOf(name: string, learningRate: LearningRate, settings: AdamSettings): Optimizer {
  return {
    name,
    learningRate,
    slots: ['m', 'v'],
    update: elementwise(({ param, grad, slots, learningRate: lr, step }: UpdateInputs) => [
      new Tensor(adamUpdate, [param, slotOf(name, slots, 'm'), slotOf(name, slots, 'v'), grad, lr, step], {
        ...settings,
      }),
    ]),
  };
}

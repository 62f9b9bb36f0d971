// AdamW: I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", 2019. Formulas and defaults as in
// PyTorch.

import { madeBy } from '../made.js';
import { callable, flag, number, options, type Rules, together } from '../options.js';
import { type AdamOptions, adamOf, adamRules } from './adam.js';
import { amsgradOf } from './amsgrad.js';
import { byDecay, type DecayRule } from './decay.js';
import { checkLearningRate, type LearningRate, type Optimizer } from './optimizer.js';

/** Options of `adamW`. */
export interface AdamWOptions extends AdamOptions {
  /** λ: before its step each parameter that decays shrinks by η·λp; default 0.01. */
  readonly weightDecay?: number | undefined;
  /** Divides by the largest v so far, as `amsgrad` does; default false. */
  readonly amsgrad?: boolean | undefined;
  /**
   * Which parameters decay; by default those of two dimensions and more: kernels do, biases and normalisations do not.
   */
  readonly decays?: DecayRule | undefined;
}

const adamWOptions = options(
  together(adamRules, {
    weightDecay: number(0.01, 0),
    amsgrad: flag(false),
    decays: callable<DecayRule>(),
  }) satisfies Rules<AdamWOptions>,
);

/**
 * Adam with decoupled weight decay, the usual choice for transformers: p ← p - η·λp, then the step of `adam`, which the
 * decay has no part in. PyTorch lets all parameters decay; here biases and normalisations do not unless `decays` says
 * so.
 *
 * @param learningRate η, default 0.001
 * @example adamW(3e-4, { weightDecay: 0.1, decays: (name) => name.endsWith('kernel') })
 */
export function adamW(learningRate: LearningRate = 0.001, options?: AdamWOptions): Optimizer {
  checkLearningRate('adamW: learning rate', learningRate);
  const { weightDecay: decay, amsgrad, decays, ...given } = adamWOptions('adamW', options);
  const of = amsgrad ? amsgradOf : adamOf;
  const make = (weightDecay: number) => of('adamW', learningRate, { ...given, weightDecay, decoupled: true });
  return madeBy('adamW', [learningRate, { ...options }], byDecay(make, decay, decays));
}

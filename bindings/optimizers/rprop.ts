// Rprop: M. Riedmiller and H. Braun, 1993, as iRprop- (C. Igel and M. Hüsken, 2000). Formulas and defaults as in
// PyTorch.

import { check } from '../errors.js';
import { madeBy } from '../made.js';
import { options, positive, type Rules, range } from '../options.js';
import { assign } from './assign.js';
import { checkRate, elementwise, type Optimizer, slotOf, type UpdateInputs } from './optimizer.js';

/** Options of `rprop`. */
export interface RpropOptions {
  /** η⁻, by which a step shrinks when its gradient changes sign, in [0, 1); default 0.5. */
  readonly shrink?: number | undefined;
  /** η⁺, by which it grows when it does not, at least 1; default 1.2. */
  readonly grow?: number | undefined;
  /** The smallest step; default 1e-6. */
  readonly minStep?: number | undefined;
  /** The largest step; default 50. */
  readonly maxStep?: number | undefined;
}

const rpropOptions = options({
  shrink: range(0.5, 0, 1),
  grow: positive(1.2),
  minStep: positive(1e-6),
  maxStep: positive(50),
} satisfies Rules<RpropOptions>);

/**
 * The Rprop optimizer, for batchSize: 'full': each number has a step of its own, which grows while the gradient keeps
 * its sign, and the size of the gradient does not matter.
 *
 * Where gg' > 0, g' being the last gradient, Δ ← min(η⁺Δ, maxStep); where gg' < 0, Δ ← max(η⁻Δ, minStep) and g ← 0;
 * p ← p - Δ·sign(g).
 *
 * @param learningRate Δ at the start, default 0.01; all steps grow with it when it is changed
 */
export function rprop(learningRate = 0.01, options?: RpropOptions): Optimizer {
  checkRate('rprop: learning rate', learningRate);
  const { shrink, grow, minStep, maxStep } = rpropOptions('rprop', options);
  check(learningRate > 0, () => 'rprop: learning rate: expected more than 0: it is the first step');
  check(grow >= 1, () => `rprop: grow: expected at least 1, got ${grow}`);
  check(minStep <= maxStep, () => `rprop: minStep ${minStep} is above maxStep ${maxStep}`);
  return madeBy('rprop', [learningRate, { ...options }], {
    name: 'rprop',
    learningRate,
    slots: ['last', 'size'],
    initial: { size: 1 },
    update: elementwise(({ param, grad, slots, learningRate: lr }: UpdateInputs) => {
      const [last, size] = [slotOf('rprop', slots, 'last'), slotOf('rprop', slots, 'size')];
      const turn = grad.sign().mul(last.sign()); // a product of gradients might underflow
      const factor = turn
        .greater(0)
        .mul(grow - 1)
        .add(turn.less(0).mul(shrink - 1))
        .add(1);
      const next = size
        .mul(factor)
        .maximum(minStep / learningRate)
        .minimum(maxStep / learningRate);
      const g = grad.mul(turn.greaterEqual(0));
      return [assign(last, g), assign(size, next), assign(param, param.sub(g.sign().mul(next).mul(lr)))];
    }),
  });
}

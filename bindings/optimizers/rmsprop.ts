// RMSProp: T. Tieleman and G. Hinton, lecture 6.5, 2012. Centered: A. Graves, 2013. Formulas and defaults as in
// PyTorch.

import { madeBy } from '../made.js';
import { rmspropUpdate } from '../ops/optim.js';
import { flag, number, options, positive, type Rules, range } from '../options.js';
import { Tensor } from '../tensor.js';
import { assign } from './assign.js';
import { withDecay } from './decay.js';
import {
  checkLearningRate,
  elementwise,
  type LearningRate,
  type Optimizer,
  slotOf,
  type UpdateInputs,
} from './optimizer.js';

/** Options of `rmsprop`. */
export interface RmspropOptions {
  /** ρ, how much of the mean square is kept, in [0, 1); default 0.99. */
  readonly rho?: number | undefined;
  /** ε, which keeps the divisor above 0; default 1e-8. */
  readonly epsilon?: number | undefined;
  /** μ: b ← μb + g / (√s + ε), p ← p - η·b; in [0, 1), default 0. */
  readonly momentum?: number | undefined;
  /** Divides by an estimate of the gradient's deviation, √(s - m²), with m ← ρm + (1 - ρ)g; default false. */
  readonly centered?: boolean | undefined;
  /** λ: g is the gradient plus λp; default 0. */
  readonly weightDecay?: number | undefined;
}

const rmspropOptions = options({
  rho: range(0.99, 0, 1),
  epsilon: positive(1e-8),
  momentum: range(0, 0, 1),
  centered: flag(false),
  weightDecay: number(0, 0),
} satisfies Rules<RmspropOptions>);

/**
 * The RMSProp optimizer: steps are divided by the recent size of a parameter's gradients.
 * s ← ρs + (1 - ρ)g²; p ← p - η·g / (√s + ε).
 *
 * @param learningRate η, default 0.01
 */
export function rmsprop(learningRate: LearningRate = 0.01, options?: RmspropOptions): Optimizer {
  checkLearningRate('rmsprop: learning rate', learningRate);
  const { rho, epsilon, momentum, centered, weightDecay } = rmspropOptions('rmsprop', options);
  const slot = (slots: UpdateInputs['slots'], name: string) => slotOf('rmsprop', slots, name);
  const plain = ({ param, grad, slots, learningRate: lr }: UpdateInputs) => [
    new Tensor(rmspropUpdate, [param, slot(slots, 'meanSquare'), grad, lr], { rho, epsilon, weightDecay }),
  ];
  const composed = ({ param, grad, slots, learningRate: lr }: UpdateInputs) => {
    const g = withDecay(grad, param, weightDecay);
    const square = slot(slots, 'meanSquare');
    const s = square.mul(rho).add(g.square().mul(1 - rho));
    const writes = [assign(square, s)];
    let spread = s;
    if (centered) {
      const mean = slot(slots, 'mean');
      const m = mean.mul(rho).add(g.mul(1 - rho));
      writes.push(assign(mean, m));
      spread = s.sub(m.square()).maximum(0); // rounding may take it below 0
    }
    let step = g.div(spread.sqrt().add(epsilon));
    if (momentum > 0) {
      const velocity = slot(slots, 'velocity');
      step = velocity.mul(momentum).add(step);
      writes.push(assign(velocity, step));
    }
    return [...writes, assign(param, param.sub(step.mul(lr)))];
  };
  return madeBy('rmsprop', [learningRate, { ...options }], {
    name: 'rmsprop',
    learningRate,
    slots: ['meanSquare', ...(centered ? ['mean'] : []), ...(momentum > 0 ? ['velocity'] : [])],
    update: elementwise(centered || momentum > 0 ? composed : plain),
  });
}

// Weight decay, coupled (part of the gradient, as in L2 regularisation) and decoupled (beside the step: I. Loshchilov
// and F. Hutter, 2019).

import type { Shape } from '../shape.js';
import type { Tensor } from '../tensor.js';
import type { Optimizer } from './optimizer.js';

/** Says by its name, such as 'dense_1.kernel', and its shape whether a parameter decays. */
export type DecayRule = (name: string, shape: Shape) => boolean;

/** Kernels do, which have two dimensions and more; biases, and the scales of normalisations, do not. */
const kernelsDecay: DecayRule = (_, shape) => shape.length > 1;

/** The gradient g + λp. */
export const withDecay = (grad: Tensor, param: Tensor, weightDecay: number): Tensor =>
  weightDecay > 0 ? grad.add(param.mul(weightDecay)) : grad;

/** p - η·λp, from which a step with decoupled decay starts. */
export const decayed = (param: Tensor, learningRate: Tensor, weightDecay: number): Tensor =>
  weightDecay > 0 ? param.mul(learningRate.mul(-weightDecay).add(1)) : param;

/** The optimizer that `make` makes with this decay for parameters that decay, and without one for the others. */
export function byDecay(
  make: (weightDecay: number) => Optimizer,
  weightDecay: number,
  decays: DecayRule = kernelsDecay,
): Optimizer {
  const plain = make(0);
  if (weightDecay === 0) return plain;
  const decaying = make(weightDecay);
  return { ...plain, split: (all) => all.map(({ name, shape }) => (decays(name, shape) ? decaying : plain)) };
}

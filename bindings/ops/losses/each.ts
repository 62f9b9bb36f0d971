// The formulas behind the losses that `compile` knows by name: the losses of single elements or rows. Not here: these
// losses as functions, their options and reductions (the neighbours of this file), and losses by name
// (losses/losses.ts).

import { type Tensor, withDerivative } from '../../tensor.js';
import { sigmoid } from '../epilogues.js';
import type { OpDefinition } from '../op.js';
import { softmax } from '../softmax.js';

/** The losses of single elements or rows. */
export type EachLoss = (prediction: Tensor, target: Tensor) => Tensor;

/**
 * The logits z of y = op(z), if y was made by `op`: computed from z, ln y is exact even where y has rounded to 0 or 1.
 */
const before = (op: OpDefinition, y: Tensor): Tensor | undefined => (y.op === op ? y.inputs[0] : undefined);

export const squaredErrors: EachLoss = (prediction, target) => prediction.sub(target).square();

export const absoluteErrors: EachLoss = (prediction, target) => prediction.sub(target).abs();

/** z·(1 - y) + ln(1 + e^-z), which never overflows. */
export const binaryLossesOfLogits: EachLoss = (z, y) => z.mul(y.neg().add(1)).add(z.neg().softplus());

/** From z where p = sigmoid(z). Else the derivative is (p - y) / (p(1 - p)), with a denominator of at least 1e-12. */
export const binaryLosses: EachLoss = (p, y) => {
  const z = before(sigmoid, p);
  if (z) return binaryLossesOfLogits(z, y);
  const rest = p.neg().add(1);
  const logP = p.log().maximum(-100);
  const logRest = rest.log().maximum(-100);
  const loss = y.mul(logP).add(y.neg().add(1).mul(logRest)).neg();
  const byP = () => p.sub(y).div(p.mul(rest).maximum(1e-12));
  return withDerivative(loss, [p, y], (g) => [g.mul(byP()), g.mul(logRest.sub(logP))]);
};

export const softmaxLosses: EachLoss = (z, y) =>
  y.dtype === 'int32' ? z.crossEntropy(y) : y.mul(z.logSoftmax()).sum(-1).neg();

/** From z where p = softmax(z). Else p is held at 1e-7 or above, and divided by its sum. */
export const categoricalLosses: EachLoss = (p, y) => softmaxLosses(before(softmax, p) ?? p.maximum(1e-7).log(), y);

// The loss of a batch whose samples do not all count the same.

import { check } from '../errors.js';
import { shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import type { Loss } from './losses.js';

/**
 * The loss of a batch whose samples count `weight`, [n]: Σ wl / Σ w; NaN if all weights are 0. A loss that weights its samples
 * itself, by class for instance, counts them with the product of both.
 *
 * @throws if a function of the user does not return the losses of samples, [n]
 */
export function weightedLoss(loss: Loss, yTrue: Tensor, yPred: Tensor, weight: Tensor): Tensor {
  const losses = (loss.each ?? loss.compute)(yTrue, yPred);
  check(losses.shape.length === 1 && losses.size === weight.size, () => {
    const got = `got ${shapeText(losses.shape)}`;
    return `the loss ${loss.name} must return a loss for each sample, [${weight.size}], to be weighted, ${got}`;
  });
  const own = loss.weights?.(yTrue, yPred);
  return losses
    .mul(weight)
    .sum()
    .div((own ? own.mul(weight) : weight).sum());
}

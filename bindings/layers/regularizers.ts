// Regularizers: what is added to the loss for a parameter, so that it stays small. Formulas of Keras. Not here: weight
// decay, which is a part of an optimizer.

import { checkNumber } from '../errors.js';
import { madeBy } from '../made.js';
import type { Regularizer } from './layer.js';

/** Adds λ·Σw² to the loss: large weights cost most. (Ridge regression; Keras's L2.) */
export function l2(lambda = 0.01): Regularizer {
  checkNumber('l2: lambda', lambda, 0);
  return madeBy('l2', [lambda], (w) => w.square().sum().mul(lambda));
}

/** Adds λ·Σ|w| to the loss: it makes weights 0 that matter little. (Lasso; Keras's L1.) */
export function l1(lambda = 0.01): Regularizer {
  checkNumber('l1: lambda', lambda, 0);
  return madeBy('l1', [lambda], (w) => w.abs().sum().mul(lambda));
}

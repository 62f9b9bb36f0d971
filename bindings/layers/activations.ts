// Activations by name: those that are methods of a tensor. Any function of a tensor will do as well, as gelu, elu and the
// others (functions/activations.ts) do.

import { lookup } from '../errors.js';
import type { Tensor } from '../tensor.js';

/** σ of a layer. */
export type Activation = (z: Tensor) => Tensor;

/** Names of the activations. */
export type ActivationName =
  | 'linear'
  | 'sigmoid'
  | 'tanh'
  | 'relu'
  | 'leakyRelu'
  | 'softmax'
  | 'softplus'
  | 'logSoftmax';

const ACTIVATIONS: Record<ActivationName, Activation> = {
  linear: (z) => z,
  sigmoid: (z) => z.sigmoid(),
  tanh: (z) => z.tanh(),
  relu: (z) => z.relu(),
  /** Slope 0.01, as in PyTorch; for another one pass `(z) => z.leakyRelu(0.2)`. */
  leakyRelu: (z) => z.leakyRelu(),
  softmax: (z) => z.softmax(),
  softplus: (z) => z.softplus(),
  logSoftmax: (z) => z.logSoftmax(),
};

/** The activation of that name, or the function itself. */
export function activationOf(value: ActivationName | Activation): Activation {
  return typeof value === 'function'
    ? value
    : lookup('activation', value, ACTIVATIONS, '; gelu, elu and others are functions to import');
}

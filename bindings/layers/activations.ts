// The activations that layers know by name: those that are methods of a tensor. Any function of a tensor can be given
// in place of a name: gelu, elu and the others of ops/activations.ts, or one of the user.

import { lookup } from '../errors.js';
import type { Tensor } from '../tensor.js';

/** What a layer applies to z = x·W + b, elementwise or over the last axis; any function of a tensor will do. */
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

/**
 * The activation of that name, or the function itself. Those that are functions of the library, gelu and others, have
 * no name here, so that only a program that uses one has it in its bundle.
 */
export function activationOf(value: ActivationName | Activation): Activation {
  if (typeof value === 'function') return value;
  return lookup('activation', value, ACTIVATIONS, "; all others are functions: import { gelu } from 'wasmgrad/ops'");
}

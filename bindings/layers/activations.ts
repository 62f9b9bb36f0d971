// Activations by name. Any function of a tensor will do as well.

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
  | 'relu6'
  | 'elu'
  | 'selu'
  | 'celu'
  | 'gelu'
  | 'silu'
  | 'mish'
  | 'softplus'
  | 'softsign'
  | 'hardSigmoid'
  | 'hardSwish'
  | 'hardTanh'
  | 'logSigmoid'
  | 'logSoftmax';

const ACTIVATIONS: Record<ActivationName, Activation> = {
  linear: (z) => z,
  sigmoid: (z) => z.sigmoid(),
  tanh: (z) => z.tanh(),
  relu: (z) => z.relu(),
  /** Slope 0.01, as in PyTorch; for another one pass `(z) => z.leakyRelu(0.2)`. */
  leakyRelu: (z) => z.leakyRelu(),
  softmax: (z) => z.softmax(),
  relu6: (z) => z.relu6(),
  elu: (z) => z.elu(),
  selu: (z) => z.selu(),
  celu: (z) => z.celu(),
  gelu: (z) => z.gelu(),
  silu: (z) => z.silu(),
  mish: (z) => z.mish(),
  softplus: (z) => z.softplus(),
  softsign: (z) => z.softsign(),
  hardSigmoid: (z) => z.hardSigmoid(),
  hardSwish: (z) => z.hardSwish(),
  hardTanh: (z) => z.hardTanh(),
  logSigmoid: (z) => z.logSigmoid(),
  logSoftmax: (z) => z.logSoftmax(),
};

/** The activation of that name, or the function itself. */
export function activationOf(value: ActivationName | Activation): Activation {
  return typeof value === 'function' ? value : lookup('activation', value, ACTIVATIONS);
}

// Activations with a number of their own, and those that only other libraries have. They are here for files: what a
// file names must be a function of the library, where a program would pass `(z) => z.leakyRelu(0.3)`.

import { checkNumber } from '../errors.js';
import { madeBy, named } from '../made.js';
import { elu, gelu } from '../ops/activations.js';
import { clip } from '../ops/where.js';
import type { Tensor } from '../tensor.js';
import type { Activation } from './activations.js';
import type { Regularizer } from './layer.js';
import { l1, l2 } from './regularizers.js';

/** relu with a slope for what is below 0, and an upper limit: min(x > 0 ? x : slope·x, max). */
export function reluBy(slope: number, max?: number): Activation {
  checkNumber('reluBy: slope', slope, 0);
  if (max !== undefined) checkNumber('reluBy: max', max, 0);
  const leaky = (z: Tensor): Tensor => (slope === 0 ? z.relu() : z.leakyRelu(slope));
  return madeBy('reluBy', [slope, max], (z) => (max === undefined ? leaky(z) : leaky(z).minimum(max)));
}

/** elu by another factor than 1: x where x > 0, else alpha·(e^x - 1). */
export function eluBy(alpha: number): Activation {
  checkNumber('eluBy: alpha', alpha);
  return madeBy('eluBy', [alpha], (z) => elu(z, alpha));
}

/** Softmax over another axis than the last one. */
export const softmaxBy = (axis: number): Activation => madeBy('softmaxBy', [axis], (z) => z.softmax(axis));

/** e^x. */
export const exponential: Activation = /*@__PURE__*/ named('exponential', (z: Tensor): Tensor => z.exp());

/** gelu as older models have it, by tanh. */
export const geluByTanh: Activation = /*@__PURE__*/ named(
  'geluByTanh',
  (z: Tensor): Tensor => gelu(z, { approximate: 'tanh' }),
);

/** A sigmoid of straight lines as Keras had it before version 3: x/5 + ½, limited to 0 … 1. */
export const hardSigmoidOfKeras2: Activation = /*@__PURE__*/ named(
  'hardSigmoidOfKeras2',
  (z: Tensor): Tensor => clip(z.mul(0.2).add(0.5), 0, 1),
);

/** Both l1 and l2. */
export function l1l2(first: number, second: number): Regularizer {
  const [ofSize, ofSquare] = [l1(first), l2(second)];
  return madeBy('l1l2', [first, second], (w) => ofSize(w).add(ofSquare(w)));
}

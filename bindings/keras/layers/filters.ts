// What layers with kernels have in common.

import type { Json } from '../../io/values.js';
import type { Settings } from '../settings.js';
import type { Weight } from './row.js';

export const KERNEL: Weight = ['kernel', 'kernel'];
export const BIAS: Weight = ['bias', 'bias'];

/** Options of parameters; those of a kernel where it has that name. */
export function filterOptions(s: Settings, name: string, { kernel = false } = {}) {
  const useBias = s.flag('use_bias', true);
  const options: { readonly [name: string]: Json | undefined } = {
    useBias,
    ...(kernel && { kernelRegularizer: s.regularizer('kernel_regularizer') }),
    biasRegularizer: useBias ? s.regularizer('bias_regularizer') : undefined,
    trainable: s.flag('trainable', true),
    name,
  };
  return { options, useBias };
}

// localResponseNorm: channels that are damped by their neighbours, as in nets of 2012.

import { check, checkWhole } from '../../errors.js';
import { number, options, positive, type Rules } from '../../options.js';
import { checkedTensor, type Tensor } from '../../tensor.js';
import { pow } from '../curves.js';
import { checkFloat } from '../op.js';
import { along, padWith } from '../slicing.js';

/** Options of `localResponseNorm`. */
export interface ResponseNormOptions {
  /** How much the neighbours count; default 1e-4. */
  readonly alpha?: number | undefined;
  /** The exponent; default 0.75. */
  readonly beta?: number | undefined;
  /** What it starts from; default 1. */
  readonly k?: number | undefined;
}

export const responseNormRules = {
  alpha: number(1e-4),
  beta: number(0.75),
  k: positive(1),
} satisfies Rules<ResponseNormOptions>;

const responseNormOptions = options(responseNormRules);

/**
 * Divides each channel by how large it and its neighbours are: x / (k + alpha / size · Σ x²)^beta, the sum being over
 * `size` channels around it; x is [n, …, channels]. As in PyTorch, where the published alpha is divided by `size`. (A.
 * Krizhevsky, I. Sutskever and G. Hinton, "ImageNet classification with deep convolutional neural networks", 2012.)
 */
export function localResponseNorm(x: Tensor, size: number, options?: ResponseNormOptions): Tensor {
  const { alpha, beta, k } = responseNormOptions('localResponseNorm', options);
  const { shape } = checkedTensor('localResponseNorm', x);
  checkWhole('localResponseNorm: size', size);
  checkFloat('localResponseNorm', [x]);
  const last = shape.length - 1;
  check(last >= 0, () => `localResponseNorm: expected [n, …, channels], got ${x}`);
  const widths = shape.map((_, axis): [number, number] => (axis === last ? [size >> 1, (size - 1) >> 1] : [0, 0]));
  const padded = padWith(x.square(), widths, 0);
  const parts = Array.from({ length: size }, (_, from) => along(padded, last, [from, from + shape[last]!]));
  const sums = parts.reduce((sum, part) => sum.add(part));
  return x.div(pow(sums.mul(alpha / size).add(k), beta));
}

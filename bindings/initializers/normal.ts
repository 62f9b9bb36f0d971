// Initializers that draw normal numbers: only a program that imports one has the kernel.

import { named } from '../made.js';
import { randomNormal } from '../ops/normal.js';
import { checkShape, type Shape } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { type Fans, fansOf } from './initializers.js';

/** Normal numbers of mean 0 and this variance. */
function normal(where: string, shape: Shape, key: Tensor, variance: (fans: Fans) => number): Tensor {
  checkShape(where, shape);
  return randomNormal(shape, { std: Math.sqrt(variance(fansOf(shape))), key });
}

/**
 * Initial values for layers with tanh or sigmoid: normal numbers of mean 0 and variance 2 / (in + out), for a kernel of
 * shape [in, out] or [height, width, in, out]. (X. Glorot and Y. Bengio 2010.)
 */
export const glorotNormal = /*@__PURE__*/ named(
  'glorotNormal',
  (shape: Shape, key: Tensor): Tensor =>
    normal('glorotNormal', shape, key, ({ fanIn, fanOut }) => 2 / (fanIn + fanOut)),
);

/**
 * Initial values for layers with relu: normal numbers of mean 0 and variance 2 / in, for a kernel of shape [in, out] or
 * [height, width, in, out]. (K. He et al. 2015.)
 */
export const heNormal = /*@__PURE__*/ named(
  'heNormal',
  (shape: Shape, key: Tensor): Tensor => normal('heNormal', shape, key, ({ fanIn }) => 2 / fanIn),
);

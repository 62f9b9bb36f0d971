// Logarithms and powers to the bases 2 and 10, and sums that are kept as logarithms. Not here: exp and log, which are
// methods of Tensor; expm1, log1p and pow (curves.ts).

import { normalizeAxis } from '../shape.js';
import {
  checkedTensor,
  type ReduceOptions,
  reduceOptions,
  type Tensor,
  type TensorLike,
  tensorOf,
  withSlopes,
} from '../tensor.js';
import { aligned } from './angles.js';
import { pow } from './curves.js';
import { checkFloat } from './op.js';
import type { Axes } from './reduce.js';
import { where } from './where.js';

/** The logarithm to the base 2. */
export const log2 = (x: TensorLike): Tensor => tensorOf('log2', x).log().div(Math.LN2);

/** The logarithm to the base 10. */
export const log10 = (x: TensorLike): Tensor => tensorOf('log10', x).log().div(Math.LN10);

/** 2 to the power of x, exact for whole x. */
export function exp2(x: TensorLike): Tensor {
  const z = tensorOf('exp2', x);
  return withSlopes(pow(2, z), [z], () => [exp2(z).mul(Math.LN2)]);
}

/**
 * ln(e^a + e^b) without overflow: the sum of two probabilities that are kept as logarithms. It broadcasts. Of equal
 * operands, infinite ones too, each gets half of the gradient.
 */
export function logAddExp(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = aligned('logAddExp', a, b);
  const same = x.equal(y);
  const difference = x.sub(y);
  const value = where(same, x.add(Math.LN2), x.maximum(y).add(difference.abs().neg().softplus()));
  const share = (d: Tensor): Tensor => where(same, 0.5, d.sigmoid());
  return withSlopes(value, [x, y], () => [share(difference), share(difference.neg())]);
}

/**
 * ln Σ e^x over `axes`, the last one by default, without overflow. Where all x are -Infinity it is that, with
 * gradient 0.
 */
export function logSumExp(x: Tensor, axes: Axes = -1, options?: ReduceOptions): Tensor {
  const { keepDims } = reduceOptions('logSumExp', options);
  const given = checkedTensor('logSumExp', x);
  checkFloat('logSumExp', [given]);
  for (const axis of [axes].flat() as number[]) normalizeAxis('logSumExp', axis, given.shape.length || 1);
  // ln 0: there is no largest element.
  if (given.size === 0) return given.sum(axes, { keepDims }).log();
  const most = given.stopGradient().max(axes, { keepDims: true });
  const shift = where(most.abs().equal(Number.POSITIVE_INFINITY), 0, most);
  const sum = given.sub(shift).exp().sum(axes, { keepDims });
  const zero = sum.equal(0);
  const log = where(zero, Number.NEGATIVE_INFINITY, where(zero, 1, sum).log());
  return log.add(shift.reshape(log.shape));
}

// How far elements are spread, from their mean (variance, std) and from 0 (norm). Not here: sum, mean, max and the
// like, which are methods of Tensor (reduce.ts).

import { flag, number, options, type Rules } from '../options.js';
import { checkedTensor, type ReduceOptions, reduceOptions, type Tensor } from '../tensor.js';
import type { Axes } from './reduce.js';
import { where } from './where.js';

/** Options of `variance` and `std`. */
export interface VarianceOptions extends ReduceOptions {
  /** The sum is divided by the number of elements less this: 1 (default, Bessel's correction) or, as in NumPy, 0. */
  readonly correction?: number | undefined;
}

const varianceOptions = options({ keepDims: flag(false), correction: number(1) } satisfies Rules<VarianceOptions>);

/**
 * The variance over `axes`, all of them by default: the mean square distance from the mean. As in PyTorch the sum is
 * divided by n - 1, unless `correction` says otherwise; by 0 where there are no more elements than `correction`.
 */
export function variance(x: Tensor, axes?: Axes, options?: VarianceOptions): Tensor {
  return spread('variance', x, axes, options);
}

function spread(where: string, x: Tensor, axes: Axes, options: VarianceOptions | undefined): Tensor {
  const { keepDims, correction } = varianceOptions(where, options);
  const given = checkedTensor(where, x);
  const deviations = given.sub(given.mean(axes, { keepDims: true }));
  const total = deviations.square().sum(axes, { keepDims });
  const count = given.size / Math.max(1, total.size);
  return total.div(Math.max(0, count - correction));
}

/** The standard deviation over `axes`: the square root of `variance`, with its options. The gradient at 0 is 0. */
export const std = (x: Tensor, axes?: Axes, options?: VarianceOptions): Tensor =>
  rootOfSquares(spread('std', x, axes, options));

/** The Euclidean length √Σx² over `axes`, all of them by default; the gradient at 0 is 0. */
export const norm = (x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor =>
  rootOfSquares(checkedTensor('norm', x).square().sum(axes, reduceOptions('norm', options)));

/** √x for x ≥ 0; its gradient at 0 is 0, not infinite. */
function rootOfSquares(x: Tensor): Tensor {
  const zero = x.equal(0);
  return where(zero, 0, where(zero, 1, x).sqrt());
}

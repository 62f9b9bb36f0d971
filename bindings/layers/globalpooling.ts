// Layers that make one row of features of each sequence or image: their means, or the largest of each. The ops are
// x.mean([1, 2]) and x.max([1, 2]).

import { checkSpatial } from '../ops/spatial.js';
import { where } from '../ops/where.js';
import { flag, options, type Rules, text } from '../options.js';
import type { ReduceOptions, Tensor } from '../tensor.js';
import { type Layer, layer } from './layer.js';
import { marked, maskOf, withMask } from './masks.js';

/** Options of global pooling. */
export interface GlobalPoolOptions {
  /** Leaves the pooled axes in the shape, as 1; default false. */
  readonly keepDims?: boolean | undefined;
  /** Its name in the model; by default made of its kind. */
  readonly name?: string | undefined;
}

const poolOptions = options({ keepDims: flag(false), name: text(undefined) } satisfies Rules<GlobalPoolOptions>);

type Pool = (x: Tensor, axes: readonly number[], options: ReduceOptions) => Tensor;

function globalPool(
  kind: string,
  of: (options?: GlobalPoolOptions) => Layer,
  rank: 3 | 4,
  pool: Pool,
  options: GlobalPoolOptions | undefined,
): Layer {
  const { keepDims, name } = poolOptions(kind, options);
  const axes = rank === 3 ? [1] : [1, 2];
  return layer({
    kind,
    name,
    signature: [of, { ...options }],
    call: (x) => {
      checkSpatial(kind, x, rank);
      return pool(x, axes, { keepDims });
    },
  });
}

const mean: Pool = (x, axes, options) => x.mean(axes, options);
const max: Pool = (x, axes, options) => x.max(axes, options);

const meanOfSteps: Pool = (x, axes, options) => {
  const mask = columnOf(x);
  if (!mask) return mean(x, axes, options);
  const count = mask.sum(axes, options).maximum(1);
  return marked(withMask(x, null).mul(mask).sum(axes, options).div(count), null);
};

const maxOfSteps: Pool = (x, axes, options) => {
  const mask = columnOf(x);
  if (!mask) return max(x, axes, options);
  const counted = where(mask, withMask(x, null), -Infinity);
  return marked(where(mask.max(axes, options), max(counted, axes, options), 0), null);
};

/** The mask of sequences, for each of the features. */
const columnOf = (x: Tensor): Tensor | undefined => maskOf(x)?.expandDims(-1).broadcastTo(x.shape);

/**
 * A layer that takes the mean over time: [n, time, features] becomes [n, features]. If x has a mask it is that of the
 * steps that count; 0 where none does.
 */
export const globalAvgPool1d = (options?: GlobalPoolOptions): Layer =>
  globalPool('globalAvgPool1d', globalAvgPool1d, 3, meanOfSteps, options);

/** A layer that takes the mean over each channel's pixels: [n, height, width, channels] becomes [n, channels]. */
export const globalAvgPool2d = (options?: GlobalPoolOptions): Layer =>
  globalPool('globalAvgPool2d', globalAvgPool2d, 4, mean, options);

/**
 * A layer that takes the largest value over time: [n, time, features] becomes [n, features]. Equal ones share the
 * gradient. If x has a mask it is that of the steps that count; 0 where none does.
 */
export const globalMaxPool1d = (options?: GlobalPoolOptions): Layer =>
  globalPool('globalMaxPool1d', globalMaxPool1d, 3, maxOfSteps, options);

/**
 * A layer that takes the largest of each channel's pixels: [n, height, width, channels] becomes [n, channels]. Equal
 * ones share the gradient.
 */
export const globalMaxPool2d = (options?: GlobalPoolOptions): Layer =>
  globalPool('globalMaxPool2d', globalMaxPool2d, 4, max, options);

// Layers that make one row of features of each sequence or image: their means, or the largest of each. The ops have
// the same names.

import * as pooling from '../ops/globalpooling.js';
import { type GlobalPoolOptions, globalPoolRules } from '../ops/globalpooling.js';
import { options, type Rules, text, together } from '../options.js';
import type { Tensor } from '../tensor.js';
import { type Layer, layer } from './layer.js';
import { marked, maskOf, withMask } from './masks.js';

/** Options of the layers of global pooling. */
export interface GlobalPoolLayerOptions extends GlobalPoolOptions {
  /** Its name in the model; by default made of its kind. */
  readonly name?: string | undefined;
}

const poolOptions = options(
  together(globalPoolRules, { name: text(undefined) }) satisfies Rules<GlobalPoolLayerOptions>,
);

type Of = (options?: GlobalPoolLayerOptions) => Layer;
type Pool = (x: Tensor, options: GlobalPoolOptions) => Tensor;

function globalPool(kind: string, of: Of, pool: Pool, options: GlobalPoolLayerOptions | undefined): Layer {
  const { name, ...how } = poolOptions(kind, options);
  return layer({ kind, name, signature: [of, { ...options }], call: (x) => pool(x, how) });
}

/** By the mask of x, if it has one. */
const overSteps =
  (pool: typeof pooling.globalAvgPool1d): Pool =>
  (x, how) => {
    const mask = maskOf(x);
    return mask ? marked(pool(withMask(x, null), { ...how, mask }), null) : pool(x, how);
  };

/**
 * A layer that takes the mean over time: [n, time, features] becomes [n, features]. If x has a mask it is that of the
 * steps that count; 0 where none does.
 */
export const globalAvgPool1d = (options?: GlobalPoolLayerOptions): Layer =>
  globalPool('globalAvgPool1d', globalAvgPool1d, overSteps(pooling.globalAvgPool1d), options);

/** A layer that takes the mean over each channel's pixels: [n, height, width, channels] becomes [n, channels]. */
export const globalAvgPool2d = (options?: GlobalPoolLayerOptions): Layer =>
  globalPool('globalAvgPool2d', globalAvgPool2d, pooling.globalAvgPool2d, options);

/**
 * A layer that takes the largest value over time: [n, time, features] becomes [n, features]. Equal ones share the
 * gradient. If x has a mask it is that of the steps that count; 0 where none does.
 */
export const globalMaxPool1d = (options?: GlobalPoolLayerOptions): Layer =>
  globalPool('globalMaxPool1d', globalMaxPool1d, overSteps(pooling.globalMaxPool1d), options);

/**
 * A layer that takes the largest of each channel's pixels: [n, height, width, channels] becomes [n, channels]. Equal
 * ones share the gradient.
 */
export const globalMaxPool2d = (options?: GlobalPoolLayerOptions): Layer =>
  globalPool('globalMaxPool2d', globalMaxPool2d, pooling.globalMaxPool2d, options);

// One row of features for each sequence or image: the mean of all steps or pixels, or the largest of each feature.
// Composed of reductions. Not here: windows (pooling.ts), and parts of so many (adaptive.ts).

import { check } from '../errors.js';
import { anything, flag, options, type Rules, together } from '../options.js';
import { shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { checkFloat } from './op.js';
import { checkLike } from './recurrent/sequences.js';
import { checkSpatial } from './spatial.js';
import { where } from './where.js';

/** Options of `globalAvgPool2d` and `globalMaxPool2d`. */
export interface GlobalPoolOptions {
  /** Leaves the pooled axes in the shape, as 1; default false. */
  readonly keepDims?: boolean | undefined;
}

/** Options of `globalAvgPool1d` and `globalMaxPool1d`. */
export interface GlobalPool1dOptions extends GlobalPoolOptions {
  /** 1 where a step counts, else 0: [n, time]. A sequence of which none does has 0. By default all count. */
  readonly mask?: Tensor | undefined;
}

export const globalPoolRules = { keepDims: flag(false) } satisfies Rules<GlobalPoolOptions>;

const ofImages = options(globalPoolRules);
const ofSequences = options(
  together(globalPoolRules, { mask: anything<Tensor | undefined>() }) satisfies Rules<GlobalPool1dOptions>,
);

/** 1 where a step counts, else 0, for each of the features. */
function openSteps(name: string, x: Tensor, mask: Tensor): Tensor {
  checkLike(`${name}: the mask`, mask, x.shape.slice(0, 2));
  return mask.notEqual(0).expandDims(-1).broadcastTo(x.shape);
}

/** Throws unless there is something between the first and the last axis. */
function checkAny(name: string, { shape }: Tensor): void {
  const axis = shape.slice(1, -1).indexOf(0) + 1;
  check(axis === 0, () => `${name} of ${shapeText(shape)}: axis ${axis} is empty`);
}

/**
 * The mean over time: [n, time, features] becomes [n, features], or [n, 1, features] with `keepDims`. With a mask it is
 * that of the steps that count, whatever the others are; 0 where none does.
 *
 * @throws if x has other axes or is not float32, time is empty, or the mask is not [n, time]
 */
export function globalAvgPool1d(x: Tensor, options?: GlobalPool1dOptions): Tensor {
  checkSpatial('globalAvgPool1d', x, 3);
  checkFloat('globalAvgPool1d', [x]);
  const { mask, keepDims } = ofSequences('globalAvgPool1d', options);
  checkAny('globalAvgPool1d', x);
  if (!mask) return x.mean(1, { keepDims });
  const open = openSteps('globalAvgPool1d', x, mask);
  const count = open.sum(1, { keepDims }).maximum(1);
  return where(open, x, 0).sum(1, { keepDims }).div(count);
}

/**
 * The mean of each channel's pixels: [n, height, width, channels] becomes [n, channels], or [n, 1, 1, channels] with
 * `keepDims`.
 *
 * @throws if x has other axes or is not float32, or an image has no pixels
 */
export function globalAvgPool2d(x: Tensor, options?: GlobalPoolOptions): Tensor {
  checkSpatial('globalAvgPool2d', x, 4);
  checkFloat('globalAvgPool2d', [x]);
  const how = ofImages('globalAvgPool2d', options);
  checkAny('globalAvgPool2d', x);
  return x.mean([1, 2], how);
}

/**
 * The largest value over time: [n, time, features] becomes [n, features], or [n, 1, features] with `keepDims`. Equal
 * ones share the gradient. With a mask it is that of the steps that count, whatever the others are; 0 where none does.
 *
 * @throws if x has other axes, time is empty, or the mask is not [n, time]
 */
export function globalMaxPool1d(x: Tensor, options?: GlobalPool1dOptions): Tensor {
  checkSpatial('globalMaxPool1d', x, 3);
  const { mask, keepDims } = ofSequences('globalMaxPool1d', options);
  checkAny('globalMaxPool1d', x);
  if (!mask) return x.max(1, { keepDims });
  checkFloat('globalMaxPool1d with a mask', [x]);
  const open = openSteps('globalMaxPool1d', x, mask);
  const counted = where(open, x, -Infinity);
  return where(open.max(1, { keepDims }), counted.max(1, { keepDims }), 0);
}

/**
 * The largest of each channel's pixels: [n, height, width, channels] becomes [n, channels], or [n, 1, 1, channels] with
 * `keepDims`. Equal ones share the gradient.
 *
 * @throws if x has other axes, or an image has no pixels
 */
export function globalMaxPool2d(x: Tensor, options?: GlobalPoolOptions): Tensor {
  checkSpatial('globalMaxPool2d', x, 4);
  const how = ofImages('globalMaxPool2d', options);
  checkAny('globalMaxPool2d', x);
  return x.max([1, 2], how);
}

// Convolutions of images and series, as functions. Not here: those that are transposed (transposed.ts), and the op
// (convolution.ts).

import { check, checkWhole } from '../errors.js';
import { anything, options, type Rules, whole } from '../options.js';
import { shapeText } from '../shape.js';
import { checkedTensor, Tensor } from '../tensor.js';
import { type Both, type ConvolutionAttrs, convolution } from './convolution.js';
import { checkSpatial, type Pair, pair } from './spatial.js';
import {
  checkAxes,
  columnOf,
  type Padding,
  type Padding1d,
  padding1d,
  padding2d,
  sidesOf,
  windowsOver,
} from './windows.js';

/** Options of `depthwiseConv2d` and `separableConv2d`. */
export interface DepthwiseConv2dOptions {
  /** How far windows are apart, one number for both or [down, right]; default 1. */
  readonly strides?: Pair | undefined;
  /**
   * What is around an image: 'valid' (default), nothing; 'same', so many zeros that the result has ⌈size / strides⌉
   * rows and columns, the odd one at the bottom and right, as in Keras (PyTorch has no 'same' with strides); so many
   * zeros on each side; or [[top, bottom], [left, right]].
   */
  readonly padding?: Padding | undefined;
  /** How far the elements of a window are apart, one number for both or [down, right]; default 1. */
  readonly dilation?: Pair | undefined;
  /** Is added to each result, [filters]. */
  readonly bias?: Tensor | undefined;
}

/** Options of `conv2d`. */
export interface Conv2dOptions extends DepthwiseConv2dOptions {
  /**
   * Into so many groups channels and filters are divided, and each filter sees the channels of its own only; default 1.
   */
  readonly groups?: number | undefined;
}

/** Options of `conv1d`. */
export interface Conv1dOptions {
  /** How far windows are apart; default 1. */
  readonly strides?: number | undefined;
  /**
   * What is around a series: 'valid' (default), nothing; 'same', so many zeros that the result has ⌈steps / strides⌉
   * steps, the odd one at the end, as in Keras; so many zeros on each side; or [before, after].
   */
  readonly padding?: Padding1d | undefined;
  /** How far the elements of a window are apart; default 1. */
  readonly dilation?: number | undefined;
  /**
   * Into so many groups channels and filters are divided, and each filter sees the channels of its own only; default 1.
   */
  readonly groups?: number | undefined;
  /** Is added to each result, [filters]. */
  readonly bias?: Tensor | undefined;
}

const depthwiseOptions = options({
  strides: pair(1),
  padding: padding2d,
  dilation: pair(1),
  bias: anything<Tensor | undefined>(),
} satisfies Rules<DepthwiseConv2dOptions>);
const conv2dOptions = options({
  strides: pair(1),
  padding: padding2d,
  dilation: pair(1),
  groups: whole(1, 1),
  bias: anything<Tensor | undefined>(),
} satisfies Rules<Conv2dOptions>);
const conv1dOptions = options({
  strides: whole(1, 1),
  padding: padding1d,
  dilation: whole(1, 1),
  groups: whole(1, 1),
  bias: anything<Tensor | undefined>(),
} satisfies Rules<Conv1dOptions>);

/** The options of a convolution of images, read. */
interface Settings {
  readonly strides: Both;
  readonly padding: Padding;
  readonly dilation: Both;
  readonly groups: number;
}

/** What errors call the operand of a convolution, and its first axis of places. */
export const IMAGES = { all: 'images', down: 'rows' };
export const SERIES = { all: 'series', down: 'steps' };

/** The convolution; `where` names it, with its operands, in errors. */
function convolved(where: () => string, x: Tensor, kernel: Tensor, settings: Settings, { all, down } = IMAGES): Tensor {
  const { padding, strides, dilation, groups } = settings;
  const [, h, w, c] = x.shape as readonly [number, number, number, number];
  const [kh, kw, each, filters] = kernel.shape as readonly [number, number, number, number];
  check(kh > 0 && kw > 0, () => `${where()}: the kernel has no elements`);
  check(each * groups === c, () => {
    const [of, has] = [groups > 1 ? ` in ${groups} groups` : '', groups > 1 ? `${each} in each` : each];
    return `${where()}: the ${all} have ${c} channels${of}, and the kernel is for ${has}`;
  });
  check(filters % groups === 0, () => `${where()}: ${filters} filters cannot be divided into ${groups} groups`);
  const rows = windowsOver(where, down, h, kh, strides[0], dilation[0], sidesOf(padding, 0));
  const columns = windowsOver(where, 'columns', w, kw, strides[1], dilation[1], sidesOf(padding, 1));
  const attrs: ConvolutionAttrs = {
    image: [h, w],
    result: [rows.count, columns.count],
    kernel: [kh, kw],
    strides,
    dilation,
    before: [rows.before, columns.before],
    groups,
  };
  return new Tensor(convolution, [x, kernel], attrs);
}

/** The result with a bias for each of its last axis. */
export function withBias(where: string, result: Tensor, bias: Tensor | undefined): Tensor {
  if (bias === undefined) return result;
  const filters = result.shape.at(-1)!;
  const { shape } = checkedTensor(`${where}: bias`, bias);
  check(shape.length === 1 && shape[0] === filters, () => {
    return `${where}: bias must have the shape [${filters}], got ${shapeText(shape)}`;
  });
  return result.add(bias);
}

/**
 * Slides filters over images, and gives at each place how well each of them matches: the sum of the products of its
 * weights with what is below it (a cross-correlation, as in all such libraries).
 * y[n, i, j, o] = Σ x[n, i·s + p·d - top, j·s + q·d - left, c] · kernel[p, q, c, o] over p, q and c.
 *
 * Kernels of 3x3 in steps of 1, of channels and filters that 8 divides (more than 8 of one), or of one channel and more
 * than 8 filters that 4 divides, are computed on wasm by Winograd's minimal filtering (A. Lavin and S. Gray, "Fast
 * Algorithms for Convolutional Neural Networks", 2016) where an image is large enough for it. Their errors are relative
 * to the largest pixel that a result reads times the largest tap of its channel, also where the two do not meet: large
 * pixels at taps of 0 cost small ones beside them their digits. A result that reads an infinite pixel may be NaN where
 * the sum would be infinite.
 *
 * @param x      images [n, height, width, channels]
 * @param kernel [rows, columns, channels / groups, filters], as in Keras
 * @returns [n, rows, columns, filters], of ⌊(size + zeros - (taps - 1)·dilation - 1) / strides⌋ + 1 rows and columns
 * @throws if the kernel is larger than an image with its padding, or channels or filters do not fit
 */
export function conv2d(x: Tensor, kernel: Tensor, options?: Conv2dOptions): Tensor {
  const { bias, ...settings } = conv2dOptions('conv2d', options);
  checkSpatial('conv2d', x, 4);
  checkAxes('conv2d', 'the kernel', checkedTensor('conv2d', kernel).shape, [
    'rows',
    'columns',
    'channels / groups',
    'filters',
  ]);
  const where = () => `conv2d of ${shapeText(x.shape)} by ${shapeText(kernel.shape)}`;
  return withBias('conv2d', convolved(where, x, kernel, settings), bias);
}

/**
 * Slides filters over series, as `conv2d` over images: y[n, t, o] = Σ x[n, t·s + p·d - before, c] · kernel[p, c, o].
 *
 * @param x      series [n, steps, channels]
 * @param kernel [taps, channels / groups, filters], as in Keras
 * @returns [n, ⌊(steps + zeros - (taps - 1)·dilation - 1) / strides⌋ + 1, filters]
 * @throws if the kernel is longer than a series with its padding, or channels or filters do not fit
 */
export function conv1d(x: Tensor, kernel: Tensor, options?: Conv1dOptions): Tensor {
  const { strides, padding, dilation, groups, bias } = conv1dOptions('conv1d', options);
  checkSpatial('conv1d', x, 3);
  checkAxes('conv1d', 'the kernel', checkedTensor('conv1d', kernel).shape, ['taps', 'channels / groups', 'filters']);
  const where = () => `conv1d of ${shapeText(x.shape)} by ${shapeText(kernel.shape)}`;
  const settings: Settings = { strides: [strides, 1], padding: columnOf(padding), dilation: [dilation, 1], groups };
  const y = convolved(where, x.expandDims(2), kernel.expandDims(1), settings, SERIES);
  return withBias('conv1d', y.squeeze(2), bias);
}

/** The same for the kernel of each channel, without a bias. */
function depthwise(where: string, x: Tensor, kernel: Tensor, settings: Omit<Settings, 'groups'>): Tensor {
  checkSpatial(where, x, 4);
  checkAxes(where, 'the kernel', checkedTensor(where, kernel).shape, ['rows', 'columns', 'channels', 'multiplier']);
  const [kh, kw, c, multiplier] = kernel.shape as readonly [number, number, number, number];
  const operands = () => `${where} of ${shapeText(x.shape)} by ${shapeText(kernel.shape)}`;
  check(c === x.shape[3], () => `${operands()}: the images have ${x.shape[3]} channels, and the kernel is for ${c}`);
  checkWhole(`${operands()}: the number of channels`, c);
  return convolved(operands, x, kernel.reshape([kh, kw, 1, c * multiplier]), { ...settings, groups: c });
}

/**
 * Slides filters over each channel of images by itself, `multiplier` over each: `conv2d` in as many groups as there are
 * channels. Result c·multiplier + m is that of filter m of channel c.
 *
 * @param x      images [n, height, width, channels]
 * @param kernel [rows, columns, channels, multiplier], as in Keras
 * @returns [n, rows, columns, channels·multiplier]
 * @throws if the kernel is larger than an image with its padding, or channels do not fit
 */
export function depthwiseConv2d(x: Tensor, kernel: Tensor, options?: DepthwiseConv2dOptions): Tensor {
  const { bias, ...settings } = depthwiseOptions('depthwiseConv2d', options);
  return withBias('depthwiseConv2d', depthwise('depthwiseConv2d', x, kernel, settings), bias);
}

/**
 * A convolution of few weights: filters over each channel by itself, and then mixtures of their results at each pixel.
 * It is `depthwiseConv2d` and then `conv2d` with a kernel of one pixel.
 *
 * @param x         images [n, height, width, channels]
 * @param kernel    [rows, columns, channels, multiplier], as in Keras
 * @param pointwise [1, 1, channels·multiplier, filters]
 * @returns [n, rows, columns, filters]
 * @throws if the kernel is larger than an image with its padding, or channels do not fit
 */
export function separableConv2d(
  x: Tensor,
  kernel: Tensor,
  pointwise: Tensor,
  options?: DepthwiseConv2dOptions,
): Tensor {
  const { bias, ...settings } = depthwiseOptions('separableConv2d', options);
  const { shape } = checkedTensor('separableConv2d', pointwise);
  check(shape.length === 4 && shape[0] === 1 && shape[1] === 1, () => {
    return `separableConv2d: the pointwise kernel must have the shape [1, 1, channels·multiplier, filters], got ${shapeText(shape)}`;
  });
  const each = depthwise('separableConv2d', x, kernel, settings);
  const where = () => `separableConv2d of ${shapeText(x.shape)} by ${shapeText(kernel.shape)} and ${shapeText(shape)}`;
  const plain: Settings = { strides: [1, 1], padding: 'valid', dilation: [1, 1], groups: 1 };
  return withBias('separableConv2d', convolved(where, each, pointwise, plain), bias);
}

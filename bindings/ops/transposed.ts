// Convolutions that are transposed, which make images larger, as functions. Not here: the op, which is the gradient of
// a convolution (convolution.ts).

import { check } from '../errors.js';
import { anything, options, type Rules, whole } from '../options.js';
import { shapeText } from '../shape.js';
import { checkedTensor, Tensor } from '../tensor.js';
import { type Both, type ConvolutionAttrs, convolutionInput } from './convolution.js';
import { type Conv1dOptions, type Conv2dOptions, IMAGES, SERIES, withBias } from './convolve.js';
import { checkSpatial, type Pair, pair } from './spatial.js';
import { checkAxes, columnOf, halves, type Padding, padding1d, padding2d, sidesOf } from './windows.js';

/** Options of `conv2dTranspose`: those of the `conv2d` that it is the gradient of. */
export interface Conv2dTransposeOptions extends Conv2dOptions {
  /** Rows and columns that are added at the bottom and right, fewer than `strides` or `dilation`; default 0. */
  readonly outputPadding?: Pair | undefined;
}

/** Options of `conv1dTranspose`: those of the `conv1d` that it is the gradient of. */
export interface Conv1dTransposeOptions extends Conv1dOptions {
  /** Steps that are added at the end, fewer than `strides` or `dilation`; default 0. */
  readonly outputPadding?: number | undefined;
}

const conv2dTransposeOptions = options({
  strides: pair(1),
  padding: padding2d,
  dilation: pair(1),
  groups: whole(1, 1),
  bias: anything<Tensor | undefined>(),
  outputPadding: pair(0, 0),
} satisfies Rules<Conv2dTransposeOptions>);
const conv1dTransposeOptions = options({
  strides: whole(1, 1),
  padding: padding1d,
  dilation: whole(1, 1),
  groups: whole(1, 1),
  bias: anything<Tensor | undefined>(),
  outputPadding: whole(0, 0),
} satisfies Rules<Conv1dTransposeOptions>);

/** The options, read, of images. */
interface Settings {
  readonly strides: Both;
  readonly padding: Padding;
  readonly dilation: Both;
  readonly groups: number;
  readonly outputPadding: Both;
}

/** The transposed convolution; `where` names it, with its operands, in errors. */
function transposed(
  where: () => string,
  x: Tensor,
  kernel: Tensor,
  settings: Settings,
  { all, down } = IMAGES,
): Tensor {
  const { strides, padding, dilation, groups, outputPadding } = settings;
  const [, h, w, channels] = x.shape as readonly [number, number, number, number];
  const [kh, kw, , c] = kernel.shape as readonly [number, number, number, number];
  check(kh > 0 && kw > 0, () => `${where()}: the kernel has no elements`);
  check(c === channels, () => `${where()}: the ${all} have ${channels} channels, and the kernel is for ${c}`);
  check(c % groups === 0, () => `${where()}: ${c} channels cannot be divided into ${groups} groups`);
  const along = (axis: 0 | 1, size: number, taps: number) => {
    const [stride, step, added] = [strides[axis], dilation[axis], outputPadding[axis]];
    const reach = (taps - 1) * step + 1;
    const sides = sidesOf(padding, axis);
    check(added === 0 || (sides !== undefined && added < Math.max(stride, step)), () => {
      const why = sides ? `must be less than strides or dilation` : `cannot be given with padding 'same'`;
      return `${where()}: outputPadding ${why}, got ${added}`;
    });
    if (!sides) return { size: size * stride, before: halves(reach - stride)[0] };
    const whole = (size - 1) * stride + reach - sides[0] - sides[1] + added;
    check(whole > 0, () => `${where()}: with this padding nothing is left of ${size} ${axis ? 'columns' : down}`);
    return { size: whole, before: sides[0] };
  };
  const [rows, columns] = [along(0, h, kh), along(1, w, kw)];
  const attrs: ConvolutionAttrs = {
    image: [rows.size, columns.size],
    result: [h, w],
    kernel: [kh, kw],
    strides,
    dilation,
    before: [rows.before, columns.before],
    groups,
  };
  return new Tensor(convolutionInput, [x, kernel], attrs);
}

/**
 * Puts filters side by side, each as often as its channel says, and adds them up where they overlap: the gradient of
 * `conv2d` by its images, which makes small images large. Sizes are those of PyTorch: (size - 1)·strides + (taps -
 * 1)·dilation + 1 - zeros + outputPadding rows and columns; with padding 'same' size·strides, as in Keras.
 *
 * @param x      images [n, height, width, channels]
 * @param kernel [rows, columns, filters / groups, channels], as in Keras
 * @returns [n, rows, columns, filters]
 * @throws if channels do not fit, `outputPadding` is too large, or padding leaves nothing
 */
export function conv2dTranspose(x: Tensor, kernel: Tensor, options?: Conv2dTransposeOptions): Tensor {
  const { bias, ...settings } = conv2dTransposeOptions('conv2dTranspose', options);
  checkSpatial('conv2dTranspose', x, 4);
  const { shape } = checkedTensor('conv2dTranspose', kernel);
  checkAxes('conv2dTranspose', 'the kernel', shape, ['rows', 'columns', 'filters / groups', 'channels']);
  const where = () => `conv2dTranspose of ${shapeText(x.shape)} by ${shapeText(shape)}`;
  return withBias('conv2dTranspose', transposed(where, x, kernel, settings), bias);
}

/**
 * The gradient of `conv1d` by its series, which makes short series long: (steps - 1)·strides + (taps - 1)·dilation +
 * 1 - zeros + outputPadding steps, as in PyTorch; with padding 'same' steps·strides, as in Keras.
 *
 * @param x      series [n, steps, channels]
 * @param kernel [taps, filters / groups, channels], as in Keras
 * @returns [n, steps, filters]
 * @throws if channels do not fit, `outputPadding` is too large, or padding leaves nothing
 */
export function conv1dTranspose(x: Tensor, kernel: Tensor, options?: Conv1dTransposeOptions): Tensor {
  const { strides, padding, dilation, groups, bias, outputPadding } = conv1dTransposeOptions(
    'conv1dTranspose',
    options,
  );
  checkSpatial('conv1dTranspose', x, 3);
  const { shape } = checkedTensor('conv1dTranspose', kernel);
  checkAxes('conv1dTranspose', 'the kernel', shape, ['taps', 'filters / groups', 'channels']);
  const where = () => `conv1dTranspose of ${shapeText(x.shape)} by ${shapeText(shape)}`;
  const settings: Settings = {
    strides: [strides, 1],
    padding: columnOf(padding),
    dilation: [dilation, 1],
    groups,
    outputPadding: [outputPadding, 0],
  };
  const y = transposed(where, x.expandDims(2), kernel.expandDims(1), settings, SERIES);
  return withBias('conv1dTranspose', y.squeeze(2), bias);
}

// Convolutions and pooling. Channels are the last axis here and the second one in ONNX: nodes stand between transposes,
// of which those that meet cancel out (tidy.ts).

import { check } from '../../../errors.js';
import type { Both, ConvolutionAttrs } from '../../../ops/convolution.js';
import type { PoolAttrs } from '../../../ops/pooling.js';
import { FLOAT } from '../../schema.js';
import { type Exported, type Rows, whereOf } from '../op.js';

export const TO_CHANNELS_FIRST = [0, 3, 1, 2];
export const TO_CHANNELS_LAST = [0, 2, 3, 1];

/** Filters first, then channels. */
const KERNEL = [3, 2, 0, 1];

/** Zeros behind an image, for so many windows to fit. */
const behind = (count: number, stride: number, reach: number, size: number, before: number): number =>
  Math.max(0, (count - 1) * stride + reach - size - before);

const reachOf = ({ kernel, dilation }: ConvolutionAttrs, axis: 0 | 1): number =>
  (kernel[axis] - 1) * dilation[axis] + 1;

function convolution(op: Exported): string {
  const attrs = op.attrs<ConvolutionAttrs>();
  const { image, result, kernel, strides, dilation, before, groups } = attrs;
  const after = ([0, 1] as const).map((i) => behind(result[i], strides[i], reachOf(attrs, i), image[i], before[i]));
  const inputs = [op.transposed(op.in(0), TO_CHANNELS_FIRST), op.transposed(op.in(1), KERNEL)];
  const y = op.node('Conv', inputs, {
    kernel_shape: kernel,
    strides,
    dilations: dilation,
    pads: [...before, ...after],
    group: groups,
  });
  return op.transposed(y, TO_CHANNELS_LAST);
}

/** The gradient of a convolution by its images, which is a transposed convolution. */
function convolutionInput(op: Exported): string {
  const attrs = op.attrs<ConvolutionAttrs>();
  const { image, result, kernel, strides, dilation, before, groups } = attrs;
  const cut = ([0, 1] as const).map((i) => {
    return strides[i] * (result[i] - 1) + reachOf(attrs, i) - before[i] - image[i];
  });
  const inputs = [op.transposed(op.in(0), TO_CHANNELS_FIRST), op.transposed(op.in(1), KERNEL)];
  const y = op.node('ConvTranspose', inputs, {
    kernel_shape: kernel,
    strides,
    dilations: dilation,
    pads: [...before, ...cut.map((n) => Math.max(n, 0))],
    output_padding: cut.map((n) => Math.max(-n, 0)),
    group: groups,
  });
  return op.transposed(y, TO_CHANNELS_LAST);
}

function windowsOf(op: Exported): { pads: readonly number[]; strides: Both; kernel_shape: Both } {
  const { height, width, size, strides, before, out } = op.attrs<PoolAttrs>();
  const after = [height, width].map((n, i) => behind(out[i]!, strides[i]!, size[i]!, n, before[i]!));
  return { kernel_shape: size, strides, pads: [...before, ...after] };
}

function maxPool(op: Exported): string {
  check(op.inputs.length === 1, () => `${whereOf(op.tensor)} can't be exported: it is a part of a derivative`);
  const y = op.node('MaxPool', [op.transposed(op.in(0), TO_CHANNELS_FIRST)], windowsOf(op));
  return op.transposed(y, TO_CHANNELS_LAST);
}

/**
 * The mean of each window. Where zeros of the padding count, those count in ONNX that were only put behind to fill the
 * last window, too: their share is given back.
 */
function avgPool(op: Exported): string {
  const { height, width, size, strides, before, out, counted } = op.attrs<PoolAttrs>();
  const windows = windowsOf(op);
  const x = op.transposed(op.in(0), TO_CHANNELS_FIRST);
  const y = op.node('AveragePool', [x], { ...windows, count_include_pad: +counted });
  const shares = [height, width].map((n, axis) => {
    const [k, by, first] = [size[axis]!, strides[axis]!, before[axis]!];
    return Array.from({ length: out[axis]! }, (_, i) => (counted ? k / Math.min(k, n + 2 * first - i * by) : 1));
  }) as [number[], number[]];
  const all = shares[0].flatMap((row) => shares[1].map((column) => row * column));
  const mean = all.every((share) => share === 1)
    ? y
    : op.node('Mul', [y, op.writer.constant([1, 1, ...out], all, FLOAT)]);
  return op.transposed(mean, TO_CHANNELS_LAST);
}

export const CONVOLUTION: Rows = { convolution, convolutionInput, maxPool, avgPool };

// Convolutions, and those that are transposed.

import { check } from '../../../errors.js';
import { conv2d } from '../../../ops/convolve.js';
import { conv2dTranspose } from '../../../ops/transposed.js';
import type { Tensor } from '../../../tensor.js';
import type { Imported, Rows } from '../op.js';
import { imageOf, type Pair, pairOf, windowsOf } from './windows.js';

/** A kernel [filters, channels / groups, rows, columns] as [rows, columns, channels / groups, filters]. */
function kernelOf(w: Tensor): Tensor {
  const images = w.shape.length === 3 ? w.expandDims(3) : w;
  check(images.shape.length === 4, () => `the kernel has the shape [${w.shape}]`);
  return images.transpose([2, 3, 1, 0]);
}

function convolution(op: Imported): Tensor {
  const { image, back } = imageOf(op);
  const kernel = kernelOf(op.in(1));
  const { strides, dilations, pads } = windowsOf(op, image, kernel.shape.slice(0, 2));
  const options = { strides, padding: pads, dilation: dilations, groups: op.int('group', 1), bias: op.maybe(2) };
  return back(conv2d(image, kernel, options));
}

/** What is cut off on each side, or is missing behind (output_padding): said, or found by the size that is wanted. */
function sidesOf(
  op: Imported,
  full: Pair,
  image: Tensor,
  strides: Pair,
  pads: [Pair, Pair],
): { padding: [Pair, Pair]; outputPadding: Pair } {
  const more = pairOf('output_padding', op.ints('output_padding') ?? [0, 0], 0, 0);
  const wanted = op.ints('output_shape')?.slice(-(op.in(0).shape.length - 2));
  const auto = op.text('auto_pad', 'NOTSET');
  const isSame = auto === 'SAME_UPPER' || auto === 'SAME_LOWER';
  const along = (axis: 0 | 1): { sides: Pair; added: number } => {
    const length = wanted ? (wanted[axis] ?? 1) : isSame ? image.shape[axis + 1]! * strides[axis] : undefined;
    if (length === undefined) return { sides: pads[axis], added: more[axis] };
    const total = full[axis] + more[axis] - length;
    const [less, rest] = [Math.floor(Math.max(total, 0) / 2), Math.ceil(Math.max(total, 0) / 2)];
    return { sides: auto === 'SAME_UPPER' ? [less, rest] : [rest, less], added: Math.max(-total, 0) + more[axis] };
  };
  const [rows, columns] = [along(0), along(1)];
  return { padding: [rows.sides, columns.sides], outputPadding: [rows.added, columns.added] };
}

function transposed(op: Imported): Tensor {
  const { image, back } = imageOf(op);
  const kernel = kernelOf(op.in(1));
  const { kernel: taps, strides, dilations, pads } = windowsOf(op, image, kernel.shape.slice(0, 2));
  const full = ([0, 1] as const).map((i) => strides[i] * (image.shape[i + 1]! - 1) + (taps[i] - 1) * dilations[i] + 1);
  const sides = sidesOf(op, full as Pair, image, strides, pads);
  return back(
    conv2dTranspose(image, kernel, {
      ...sides,
      strides,
      dilation: dilations,
      groups: op.int('group', 1),
      bias: op.maybe(2),
    }),
  );
}

export const CONVOLUTION: Rows = { Conv: convolution, ConvTranspose: transposed };

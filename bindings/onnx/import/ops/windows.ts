// How windows go over images, as nodes say it: the attributes that convolutions and pooling share. An image is [n,
// height, width, channels] here, and a series is an image of one column.

import { check } from '../../../errors.js';
import type { Tensor } from '../../../tensor.js';
import { channelsFirst, channelsLast, type Imported } from '../op.js';

/** Of rows and of columns. */
export type Pair = [number, number];

/** Windows along both axes. */
export interface Windows {
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  /** Before and behind the rows, and the columns. */
  readonly pads: [Pair, Pair];
}

/** An image, or a series as one, and how the result is made what the input was. */
export interface Image {
  readonly image: Tensor;
  back(y: Tensor): Tensor;
}

/** Input `i` as an image. */
export function imageOf(op: Imported, i = 0): Image {
  const x = op.in(i);
  const rank = x.shape.length;
  check(rank === 3 || rank === 4, () => {
    return `it is for [n, channels, length] and [n, channels, height, width], got [${x.shape}]; more axes are not supported`;
  });
  const last = channelsLast(x);
  if (rank === 4) return { image: last, back: channelsFirst };
  return { image: last.expandDims(2), back: (y) => channelsFirst(y.squeeze(2)) };
}

/** Numbers for each axis as those of rows and columns: a series has `one` column. */
export function pairOf(what: string, numbers: readonly number[] | undefined, otherwise: number, least: number): Pair {
  const [rows = otherwise, columns = numbers?.length === 1 ? least : otherwise] = numbers ?? [];
  const fits =
    (numbers?.length ?? 1) <= 2 && [rows, columns].every((n) => Number.isSafeInteger(n) && n >= least && n < 2 ** 31);
  check(fits, () => `${what} is [${numbers}]`);
  return [rows, columns];
}

/** The attributes of a node. The zeros around an image are said, or follow from its size where `auto_pad` says so. */
export function windowsOf(op: Imported, image: Tensor, kernel: readonly number[]): Windows {
  const size = pairOf('kernel_shape', op.ints('kernel_shape') ?? kernel, 1, 1);
  const isSeries = op.in(0).shape.length === 3;
  const strides = pairOf('strides', op.ints('strides') ?? (isSeries ? [1] : [1, 1]), 1, 1);
  const dilations = pairOf('dilations', op.ints('dilations') ?? (isSeries ? [1] : [1, 1]), 1, 1);
  return { kernel: size, strides, dilations, pads: padsOf(op, image, size, strides, dilations) };
}

function padsOf(op: Imported, { shape }: Tensor, kernel: Pair, strides: Pair, dilations: Pair): [Pair, Pair] {
  const auto = op.text('auto_pad', 'NOTSET');
  if (auto === 'NOTSET') {
    const pads = op.ints('pads') ?? [];
    const axes = op.in(0).shape.length - 2;
    const fits = pads.length === 0 || (pads.length === 2 * axes && pads.every((n) => n >= 0 && n < 2 ** 31));
    check(fits, () => `pads are [${pads}]`);
    const sides = (axis: number): Pair => [pads[axis] ?? 0, pads[axis + axes] ?? 0];
    return [sides(0), axes === 1 ? [0, 0] : sides(1)];
  }
  check(['VALID', 'SAME_UPPER', 'SAME_LOWER'].includes(auto), () => `auto_pad ${auto} is not known`);
  const along = (axis: 0 | 1): Pair => {
    const n = shape[axis + 1]!;
    const reach = (kernel[axis] - 1) * dilations[axis] + 1;
    const all = auto === 'VALID' ? 0 : Math.max(0, (Math.ceil(n / strides[axis]) - 1) * strides[axis] + reach - n);
    const [less, more] = [Math.floor(all / 2), Math.ceil(all / 2)];
    return auto === 'SAME_LOWER' ? [more, less] : [less, more];
  };
  return [along(0), along(1)];
}

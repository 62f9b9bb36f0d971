// Rows of the table (table.ts): what convolutions take.

import type { Cook, Row } from './cook.js';
import type { Arg, Ref } from './recipe.js';

/** Any tensor as images: its last axes, behind as many of 1 as are missing. */
function imagesOf(c: Cook, rank: number): Ref {
  const x = c.float(({ shape }) => shape.length > 0 && shape.length <= rank);
  const shape = c.shape(x);
  if (shape.length === rank) return x;
  return c.method('reshape', x, [...new Array<number>(rank - shape.length).fill(1), ...shape]);
}

/** Windows that fit into images of any size, taps and strides for each axis. */
function windows(c: Cook, sizes: readonly number[], pads: boolean): { taps: number[]; options: Record<string, Arg> } {
  const taps = sizes.map((size) => Math.max(1, Math.min(c.choices.of([2, 1, 3, 4]), pads ? 4 : size)));
  for (const size of sizes) c.choices.need(size > 0);
  const strides = sizes.map(() => c.choices.of([1, 2, 3]));
  const dilation = sizes.map((size, i) => (pads || (taps[i]! - 1) * 2 < size ? c.choices.of([1, 2]) : 1));
  const one = sizes.length === 1;
  return {
    taps,
    options: { strides: one ? strides[0]! : strides, dilation: one ? dilation[0]! : dilation },
  };
}

const bias = (c: Cook, filters: number): Readonly<Record<string, Arg>> =>
  c.choices.flag() ? { bias: c.like([filters]) } : {};

/** A convolution of images, or of series: 'same', or so much padding that its windows fit. */
const plain =
  (rank: number): Row =>
  (c) => {
    const x = imagesOf(c, rank);
    const shape = c.shape(x);
    const channels = shape.at(-1)!;
    const padding = c.choices.of<Arg>([
      'same',
      6,
      'valid',
      rank === 3
        ? [7, 6]
        : [
            [6, 7],
            [8, 6],
          ],
    ]);
    const { taps, options } = windows(c, shape.slice(1, -1), padding !== 'valid');
    const groups = channels > 0 && channels % 2 === 0 && c.choices.flag() ? 2 : 1;
    const filters = groups * c.choices.of([1, 3, 5]);
    const kernel = c.like([...taps, channels / groups, filters]);
    return [x, kernel, { ...options, padding, groups, ...bias(c, filters) }];
  };

const depthwise: Row = (c) => {
  const x = imagesOf(c, 4);
  const shape = c.shape(x);
  c.choices.need(shape[3]! > 0);
  const { taps, options } = windows(c, shape.slice(1, -1), true);
  const multiplier = c.choices.of([1, 2]);
  const kernel = c.like([...taps, shape[3]!, multiplier]);
  return [x, kernel, { ...options, padding: 'same', ...bias(c, shape[3]! * multiplier) }];
};

const separable: Row = (c) => {
  const x = imagesOf(c, 4);
  const shape = c.shape(x);
  c.choices.need(shape[3]! > 0);
  const { taps, options } = windows(c, shape.slice(1, -1), true);
  const filters = c.choices.of([2, 5]);
  const kernel = c.like([...taps, shape[3]!, 1]);
  return [x, kernel, c.like([1, 1, shape[3]!, filters]), { ...options, padding: 'same', ...bias(c, filters) }];
};

const transposed =
  (rank: number): Row =>
  (c) => {
    const x = imagesOf(c, rank);
    const shape = c.shape(x);
    const { taps, options } = windows(c, shape.slice(1, -1), true);
    const filters = c.choices.of([1, 3]);
    const kernel = c.like([...taps, filters, shape.at(-1)!]);
    return [x, kernel, { ...options, padding: c.choices.of(['same', 'valid']), ...bias(c, filters) }];
  };

/**
 * Or what kernels do by squares (assembly/winograd.ts): 3x3 taps in steps of one pixel, one channel, or as many as 8
 * divides.
 */
const orBySquares =
  (row: Row, isTransposed: boolean): Row =>
  (c) => {
    if (c.choices.below(3) < 2) return row(c);
    const sides = [4 + c.choices.below(5), 4 + c.choices.below(5)];
    const few = isTransposed ? 8 : c.choices.of([1, 8]);
    const x = c.floatOr(
      [1 + c.choices.below(2), ...sides, few],
      ({ shape: [, h = 0, w = 0, channels = 0, ...more] }) => {
        return h >= 4 && w >= 4 && channels > 0 && channels % few === 0 && more.length === 0;
      },
    );
    const [channels, filters] = [c.shape(x)[3]!, c.choices.of([8, 16, few === 1 ? 12 : 16])];
    const kernel = c.like([3, 3, ...(isTransposed ? [filters, channels] : [channels, filters])]);
    const uneven = [
      [3, 0],
      [1, 5],
    ];
    const padding = c.choices.of<Arg>(isTransposed ? ['same', 'valid'] : ['same', 'valid', uneven]);
    return [x, kernel, { padding, ...bias(c, filters) }];
  };

export const CONVOLUTIONS: Readonly<Record<string, Row>> = {
  conv1d: plain(3),
  conv2d: orBySquares(plain(4), false),
  depthwiseConv2d: depthwise,
  separableConv2d: separable,
  conv1dTranspose: transposed(3),
  conv2dTranspose: orBySquares(transposed(4), true),
};

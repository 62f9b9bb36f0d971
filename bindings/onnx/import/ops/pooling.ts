// Pooling: the largest or the mean of windows, or of all positions.

import { check } from '../../../errors.js';
import { pow } from '../../../ops/curves.js';
import { avgPool2d, maxPool2d } from '../../../ops/pooling.js';
import { padWith, slice } from '../../../ops/slicing.js';
import { constantOf, type Tensor } from '../../../tensor.js';
import { channelsFirst, channelsLast, checkLength, type Imported, type Row, type Rows } from '../op.js';
import { imageOf, type Pair, type Windows, windowsOf } from './windows.js';

/**
 * How many windows there are along an axis, and how far they reach beyond the padding if their number is rounded up.
 */
function countOf(op: Imported, { kernel, strides, dilations, pads }: Windows, image: Tensor, axis: 0 | 1) {
  const reach = (kernel[axis] - 1) * dilations[axis] + 1;
  const padded = image.shape[axis + 1]! + pads[axis][0] + pads[axis][1];
  const round = op.int('ceil_mode', 0) !== 0 ? Math.ceil : Math.floor;
  const most = round((padded - reach) / strides[axis]) + 1;
  check(padded >= reach, () => `its windows of ${reach} do not fit into ${padded}`);
  checkLength('the number of windows', most, 2 ** 16);
  // A window that begins in the padding behind the image is none.
  const count = (most - 1) * strides[axis] >= image.shape[axis + 1]! + pads[axis][0] ? most - 1 : most;
  return { count, beyond: Math.max(0, (count - 1) * strides[axis] + reach - padded) };
}

/** The image with `value` around it, so far that all windows lie in it. */
function wide(op: Imported, windows: Windows, image: Tensor, value: number): Tensor {
  const sides = ([0, 1] as const).map((axis): Pair => {
    const [before, after] = windows.pads[axis];
    return [before, after + countOf(op, windows, image, axis).beyond];
  }) as [Pair, Pair];
  return sides.flat().every((n) => n === 0) ? image : padWith(image, [[0, 0], ...sides, [0, 0]], value);
}

/** The same as our own padding can say it: as much on each side, half of a window at most. */
function ownPadding({ kernel, pads }: Windows): Pair | undefined {
  const fits = pads.every(([before, after], axis) => before === after && 2 * before <= kernel[axis]!);
  return fits ? [pads[0][0], pads[1][0]] : undefined;
}

function maxPool(op: Imported): Tensor {
  check(!op.wants(1), () => 'the indices of the largest elements are not supported');
  const { image, back } = imageOf(op);
  const floats = image.toFloat();
  const windows = windowsOf(op, image, []);
  const { kernel, strides, dilations } = windows;
  const fits = op.int('ceil_mode', 0) === 0 && dilations.every((d) => d === 1);
  const padding = fits ? ownPadding(windows) : undefined;
  const y = padding ? maxPool2d(floats, kernel, { strides, padding }) : apart(op, windows, floats);
  return back(image.dtype === 'int32' ? y.toInt() : y);
}

/** The largest of windows, whose elements may be apart: one shift of the image after the other. */
function apart(op: Imported, windows: Windows, image: Tensor): Tensor {
  const { kernel, strides, dilations } = windows;
  const x = wide(op, windows, image, Number.NEGATIVE_INFINITY);
  const counts = ([0, 1] as const).map((axis) => countOf(op, windows, image, axis).count);
  check(kernel[0] * kernel[1] <= 1024, () => `a window of ${kernel[0]}x${kernel[1]} with dilations is not supported`);
  const range = (axis: 0 | 1, tap: number): [number, number, number] => {
    const first = tap * dilations[axis];
    return [first, first + (counts[axis]! - 1) * strides[axis] + 1, strides[axis]];
  };
  const taps = Array.from(
    { length: kernel[0] * kernel[1] },
    (_, i) => [Math.floor(i / kernel[1]), i % kernel[1]] as const,
  );
  return taps.map(([r, c]) => slice(x, [null, range(0, r), range(1, c)])).reduce((a, b) => a.maximum(b));
}

/** The means of windows; how many elements each is divided by is the product of those of its rows and columns. */
function avgPool(op: Imported): Tensor {
  const { image, back } = imageOf(op);
  const windows = windowsOf(op, image, []);
  const { kernel, strides, dilations } = windows;
  check(
    dilations.every((d) => d === 1),
    () => 'dilations are not supported',
  );
  const isCounted = op.int('count_include_pad', 0) !== 0;
  const padding = op.int('ceil_mode', 0) === 0 ? ownPadding(windows) : undefined;
  if (padding) return back(avgPool2d(image, kernel, { strides, padding, countIncludePad: isCounted }));
  const means = avgPool2d(wide(op, windows, image, 0), kernel, { strides });
  const factors = ([0, 1] as const).map((axis) => sharesOf(op, windows, image, axis, isCounted));
  const [rows, columns] = factors as [number[], number[]];
  const shares = rows.flatMap((row) => columns.map((column) => row * column));
  return back(means.mul(constantOf(Float64Array.from(shares), [rows.length, columns.length, 1])));
}

/** By how much the mean over a whole window is too small: of each window along an axis, its length over what counts. */
function sharesOf(op: Imported, windows: Windows, image: Tensor, axis: 0 | 1, isCounted: boolean): number[] {
  const { kernel, strides, pads } = windows;
  const n = image.shape[axis + 1]!;
  const [before, after] = pads[axis];
  const [low, high] = isCounted ? [-before, n + after] : [0, n];
  return Array.from({ length: countOf(op, windows, image, axis).count }, (_, i) => {
    const start = i * strides[axis] - before;
    return kernel[axis] / (Math.min(start + kernel[axis], high) - Math.max(start, low));
  });
}

/** (Σ |x|^p)^(1 / p). */
function lpPool(op: Imported): Tensor {
  const { image, back } = imageOf(op);
  const windows = windowsOf(op, image, []);
  const { kernel, strides, dilations } = windows;
  check(
    dilations.every((d) => d === 1),
    () => 'dilations are not supported',
  );
  const p = op.int('p', 2);
  const sums = avgPool2d(wide(op, windows, pow(image.abs(), p), 0), kernel, { strides }).mul(kernel[0] * kernel[1]);
  return back(pow(sums, 1 / p));
}

/** Over all positions, which stay as axes of 1. */
const global =
  (f: (x: Tensor, axes: number[], op: Imported) => Tensor): Row =>
  (op) => {
    const x = channelsLast(op.in(0));
    const axes = Array.from({ length: x.shape.length - 2 }, (_, i) => i + 1);
    return channelsFirst(f(x, axes, op));
  };

export const POOLING: Rows = {
  AveragePool: avgPool,
  GlobalAveragePool: global((x, axes) => x.mean(axes, { keepDims: true })),
  GlobalLpPool: global((x, axes, op) => {
    const p = op.int('p', 2);
    return pow(pow(x.abs(), p).sum(axes, { keepDims: true }), 1 / p);
  }),
  GlobalMaxPool: global((x, axes) => x.max(axes, { keepDims: true })),
  LpPool: lpPool,
  MaxPool: maxPool,
};

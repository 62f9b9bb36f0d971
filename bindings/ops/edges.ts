// What is put around sequences and images, or cut off them: zeroPadding1d, zeroPadding2d, cropping1d, cropping2d. Not
// here: other values than zeros, any axes (pad.ts), and ranges of any axes (slicing.ts).

import { check, checkIs } from '../errors.js';
import { shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { padWith, slice } from './slicing.js';
import { checkSpatial } from './spatial.js';

/** Before and after. */
export type Width = readonly [number, number];

/** How much of the time axis: one number for both ends, or [before, after]. */
export type Widths1d = number | Width;

/** How much of height and width: one number, [height, width], or [[top, bottom], [left, right]]. */
export type Widths2d = number | Width | readonly [Width, Width];

const isWidth = (n: unknown): boolean => Number.isSafeInteger(n) && (n as number) >= 0;

/** How much at both ends of the time axis. */
export function timeOf(what: string, given: Widths1d): Width {
  const both = (Array.isArray(given) ? given : [given, given]) as Width;
  checkIs(both.length === 2 && both.every(isWidth), what, 'a whole number of at least 0, or [before, after]', given);
  return [both[0], both[1]];
}

/** How much at both ends of height and width. */
export function areaOf(what: string, given: Widths2d): readonly [Width, Width] {
  const axes = (Array.isArray(given) ? given : [given, given]) as readonly (number | Width)[];
  const pairs = axes.map((axis) => (Array.isArray(axis) ? axis : [axis, axis]) as Width);
  const fits = pairs.length === 2 && pairs.every((both) => both.length === 2 && both.every(isWidth));
  checkIs(fits, what, 'a whole number of at least 0, [height, width], or [[top, bottom], [left, right]]', given);
  const [[top, bottom], [left, right]] = pairs as [Width, Width];
  return [
    [top, bottom],
    [left, right],
  ];
}

/** The same for all axes: nothing of the first and the last one. */
const ofAll = (widths: readonly Width[]): Width[] => [[0, 0], ...widths, [0, 0]];

const padded = (x: Tensor, widths: readonly Width[]): Tensor => padWith(x, ofAll(widths), 0);

function cropped(where: string, x: Tensor, widths: readonly Width[]): Tensor {
  const ranges = ofAll(widths).map(([before, after], axis): [number, number] => {
    const n = x.shape[axis]!;
    check(before + after < n || before + after === 0, () => {
      return `${where} of ${shapeText(x.shape)}: [${before}, ${after}] leaves nothing of axis ${axis}, which has ${n}`;
    });
    return [before, n - after];
  });
  return slice(x, ranges);
}

/**
 * Puts zeros before and behind sequences [n, time, features]: one number for both ends, or [before, after]. The result
 * is [n, before + time + after, features].
 *
 * @throws if x has other axes, or the padding is no such numbers
 */
export function zeroPadding1d(x: Tensor, padding: Widths1d = 1): Tensor {
  checkSpatial('zeroPadding1d', x, 3);
  return padded(x, [timeOf('zeroPadding1d: padding', padding)]);
}

/**
 * Puts zeros around images [n, height, width, channels]: one number for all sides, [height, width], or [[top, bottom],
 * [left, right]]. The result is [n, top + height + bottom, left + width + right, channels].
 *
 * @throws if x has other axes, or the padding is no such numbers
 */
export function zeroPadding2d(x: Tensor, padding: Widths2d = 1): Tensor {
  checkSpatial('zeroPadding2d', x, 4);
  return padded(x, areaOf('zeroPadding2d: padding', padding));
}

/**
 * Cuts off both ends of sequences [n, time, features]: as much at each, or [before, after]. The result is [n, time -
 * before - after, features].
 *
 * @throws if nothing is left, or x has other axes
 */
export function cropping1d(x: Tensor, cropping: Widths1d = 1): Tensor {
  checkSpatial('cropping1d', x, 3);
  return cropped('cropping1d', x, [timeOf('cropping1d: cropping', cropping)]);
}

/**
 * Cuts off the edges of images [n, height, width, channels]: one number for all sides, [height, width], or [[top,
 * bottom], [left, right]]. The result is [n, height - top - bottom, width - left - right, channels].
 *
 * @throws if nothing is left, or x has other axes
 */
export function cropping2d(x: Tensor, cropping: Widths2d = 0): Tensor {
  checkSpatial('cropping2d', x, 4);
  return cropped('cropping2d', x, areaOf('cropping2d: cropping', cropping));
}

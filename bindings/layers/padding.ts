// Layers that put zeros around sequences and images, or cut their edges off. The ops are `pad` and `slice`.

import { check, checkIs } from '../errors.js';
import { padWith, slice } from '../ops/slicing.js';
import { checkSpatial } from '../ops/spatial.js';
import { shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { type Layer, layer } from './layer.js';
import { type NameOptions, nameOptions } from './named.js';

/** Before and after. */
export type Width = readonly [number, number];

/** How much of the time axis: one number for both ends, or [before, after]. */
export type Widths1d = number | Width;

/** How much of height and width: one number, [height, width], or [[top, bottom], [left, right]]. */
export type Widths2d = number | Width | readonly [Width, Width];

const isWidth = (n: unknown): boolean => Number.isSafeInteger(n) && (n as number) >= 0;

function timeOf(what: string, given: Widths1d): Width[] {
  const both = (Array.isArray(given) ? given : [given, given]) as Width;
  checkIs(both.length === 2 && both.every(isWidth), what, 'a whole number of at least 0, or [before, after]', given);
  return [[both[0], both[1]]];
}

function areaOf(what: string, given: Widths2d): Width[] {
  const axes = (Array.isArray(given) ? given : [given, given]) as readonly (number | Width)[];
  const pairs = axes.map((axis) => (Array.isArray(axis) ? axis : [axis, axis]) as Width);
  const fits = pairs.length === 2 && pairs.every((both) => both.length === 2 && both.every(isWidth));
  checkIs(fits, what, 'a whole number of at least 0, [height, width], or [[top, bottom], [left, right]]', given);
  return pairs.map(([before, after]) => [before, after]);
}

/** The function that makes such a layer. */
type WidthsLayer = (widths: never, options?: NameOptions) => Layer;

/** The same for all axes of a batch: nothing of the first and the last one. */
const ofBatch = (widths: readonly Width[]): Width[] => [[0, 0], ...widths, [0, 0]];

/** A layer that pads or cuts by `widths`, for each axis between the first and the last one. */
function widthsLayer(
  kind: string,
  of: WidthsLayer,
  rank: 3 | 4,
  widths: readonly Width[],
  options: NameOptions | undefined,
  apply: (x: Tensor) => Tensor,
): Layer {
  const { name } = nameOptions(kind, options);
  return layer({
    kind,
    name,
    signature: [of, rank === 3 ? widths[0] : widths, { ...options }],
    call: (x) => {
      checkSpatial(kind, x, rank);
      return apply(x);
    },
  });
}

function zeroPadding(
  kind: string,
  of: WidthsLayer,
  rank: 3 | 4,
  widths: readonly Width[],
  options?: NameOptions,
): Layer {
  return widthsLayer(kind, of, rank, widths, options, (x) => padWith(x, ofBatch(widths), 0));
}

function cropped(kind: string, of: WidthsLayer, rank: 3 | 4, widths: readonly Width[], options?: NameOptions): Layer {
  return widthsLayer(kind, of, rank, widths, options, (x) => {
    const { shape } = x;
    const sides = ofBatch(widths);
    check(
      sides.every(([before, after], axis) => before + after < shape[axis]! || before + after === 0),
      () => `${kind}: [${widths.map(shapeText).join(', ')}] leaves nothing of samples ${shapeText(shape.slice(1))}`,
    );
    return slice(
      x,
      sides.map(([before, after], axis) => [before, shape[axis]! - after]),
    );
  });
}

/**
 * A layer that puts zeros before and behind sequences [n, time, features]: one number for both ends, or [before,
 * after].
 */
export function zeroPadding1d(padding: Widths1d = 1, options?: NameOptions): Layer {
  return zeroPadding('zeroPadding1d', zeroPadding1d, 3, timeOf('zeroPadding1d: padding', padding), options);
}

/**
 * A layer that puts zeros around images [n, height, width, channels]: one number for all sides, [height, width], or
 * [[top, bottom], [left, right]].
 */
export function zeroPadding2d(padding: Widths2d = 1, options?: NameOptions): Layer {
  return zeroPadding('zeroPadding2d', zeroPadding2d, 4, areaOf('zeroPadding2d: padding', padding), options);
}

/**
 * A layer that cuts off both ends of sequences [n, time, features]: as much at each, or [before, after].
 *
 * @throws if nothing is left
 */
export function cropping1d(widths: Widths1d = 1, options?: NameOptions): Layer {
  return cropped('cropping1d', cropping1d, 3, timeOf('cropping1d: cropping', widths), options);
}

/**
 * A layer that cuts off the edges of images [n, height, width, channels]: one number for all sides, [height, width], or
 * [[top, bottom], [left, right]].
 *
 * @throws if nothing is left
 */
export function cropping2d(widths: Widths2d = 0, options?: NameOptions): Layer {
  return cropped('cropping2d', cropping2d, 4, areaOf('cropping2d: cropping', widths), options);
}

// Layers that put zeros around sequences and images, or cut their edges off. The ops have the same names.

import * as edges from '../ops/edges.js';
import { areaOf, timeOf, type Widths1d, type Widths2d } from '../ops/edges.js';
import type { Tensor } from '../tensor.js';
import { type Layer, layer } from './layer.js';
import { type NameOptions, nameOptions } from './named.js';

/** A layer that pads or cuts by `widths`. */
function widthsLayer<W>(
  kind: string,
  of: (widths: W, options?: NameOptions) => Layer,
  op: (x: Tensor, widths: W) => Tensor,
  widths: W,
  options: NameOptions | undefined,
): Layer {
  const { name } = nameOptions(kind, options);
  return layer({ kind, name, signature: [of, widths, { ...options }], call: (x) => op(x, widths) });
}

/**
 * A layer that puts zeros before and behind sequences [n, time, features]: one number for both ends, or [before,
 * after].
 */
export function zeroPadding1d(padding: Widths1d = 1, options?: NameOptions): Layer {
  const widths = timeOf('zeroPadding1d: padding', padding);
  return widthsLayer<Widths1d>('zeroPadding1d', zeroPadding1d, edges.zeroPadding1d, widths, options);
}

/**
 * A layer that puts zeros around images [n, height, width, channels]: one number for all sides, [height, width], or
 * [[top, bottom], [left, right]].
 */
export function zeroPadding2d(padding: Widths2d = 1, options?: NameOptions): Layer {
  const widths = areaOf('zeroPadding2d: padding', padding);
  return widthsLayer<Widths2d>('zeroPadding2d', zeroPadding2d, edges.zeroPadding2d, widths, options);
}

/**
 * A layer that cuts off both ends of sequences [n, time, features]: as much at each, or [before, after].
 *
 * @throws if nothing is left
 */
export function cropping1d(cropping: Widths1d = 1, options?: NameOptions): Layer {
  const widths = timeOf('cropping1d: cropping', cropping);
  return widthsLayer<Widths1d>('cropping1d', cropping1d, edges.cropping1d, widths, options);
}

/**
 * A layer that cuts off the edges of images [n, height, width, channels]: one number for all sides, [height, width], or
 * [[top, bottom], [left, right]].
 *
 * @throws if nothing is left
 */
export function cropping2d(cropping: Widths2d = 0, options?: NameOptions): Layer {
  const widths = areaOf('cropping2d: cropping', cropping);
  return widthsLayer<Widths2d>('cropping2d', cropping2d, edges.cropping2d, widths, options);
}

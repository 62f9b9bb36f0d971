// Images read at other places than their own: whole pixels, and points between them. Not here: which places these are
// (geometry.ts).

import { arange } from '../../creation.js';
import { anything, oneOf, type Rules } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { take } from '../gather.js';
import { pad } from '../pad.js';
import { clip } from '../where.js';

/** What is seen where an image is moved away. */
export interface FillOptions {
  /** 'constant' (default) puts `fillValue` there, 'edge' the nearest pixel of the image. */
  readonly fillMode?: 'constant' | 'edge' | undefined;
  /** Default 0. Mode 'edge' takes none. */
  readonly fillValue?: number | undefined;
}

export const fillRules = {
  fillMode: oneOf('constant', 'edge'),
  fillValue: anything<number | undefined>(),
} satisfies Rules<FillOptions>;

/** Images with a frame of one pixel of what is seen beyond them. */
function framed(x: Tensor, { fillMode, fillValue }: FillOptions): Tensor {
  const [none, one] = [
    [0, 0],
    [1, 1],
  ] as const;
  return pad(x, [none, one, one, none], { mode: fillMode, value: fillValue });
}

/**
 * The pixels in these rows and columns: int32 that broadcast to [n, height, width], each within the images [n, …,
 * channels].
 */
export function pixelsAt(x: Tensor, rows: Tensor, columns: Tensor): Tensor {
  const [n, height, width, channels] = x.shape as [number, number, number, number];
  const images = arange(0, n, 1, 'int32').reshape([n, 1, 1]);
  const at = images.mul(height).add(rows).mul(width).add(columns);
  return take(x.reshape([n * height * width, channels]), at);
}

/** The same, where rows and columns may lie beyond the images. */
export function shiftedPixels(x: Tensor, rows: Tensor, columns: Tensor, fill: FillOptions): Tensor {
  const [, height, width] = x.shape as [number, number, number];
  const within = (at: Tensor, size: number): Tensor => at.maximum(-1).minimum(size).add(1);
  return pixelsAt(framed(x, fill), within(rows, height), within(columns, width));
}

/**
 * The images between their pixels, linear in both directions: at float rows and columns, which broadcast to [n, height,
 * width] and may lie beyond them.
 */
export function bilinear(x: Tensor, rows: Tensor, columns: Tensor, fill: FillOptions): Tensor {
  const [, height, width] = x.shape as [number, number, number];
  const image = framed(x, fill);
  const [top, left] = [neighbour(rows, height), neighbour(columns, width)];
  const line = (row: Tensor): Tensor =>
    mixed(pixelsAt(image, row, left.at), pixelsAt(image, row, left.at.add(1)), left.share);
  return mixed(line(top.at), line(top.at.add(1)), top.share);
}

/** In an axis with a frame: the pixel before a place, and how far the place is on the way to the next one. */
function neighbour(place: Tensor, size: number): { readonly at: Tensor; readonly share: Tensor } {
  const inFrame = clip(place, -1, size).add(1);
  const at = inFrame.toInt().minimum(size);
  return { at, share: inFrame.sub(at.toFloat()).expandDims(-1) };
}

const mixed = (a: Tensor, b: Tensor, share: Tensor): Tensor => a.add(b.sub(a).mul(share));

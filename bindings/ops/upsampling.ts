// upSampling2d: larger images. Not here: pixels that become channels and back (depth.ts).

import { oneOf, options, type Rules } from '../options.js';
import type { Tensor } from '../tensor.js';
import { checkFloat } from './op.js';
import { pad } from './pad.js';
import { along, stack } from './slicing.js';
import { checkSpatial, type Pair, pair } from './spatial.js';

/** Options of `upSampling2d`. */
export interface UpSamplingOptions {
  /** How many times as high and as wide; default 2. */
  readonly size?: Pair | undefined;
  /**
   * 'nearest' (default) repeats each pixel; 'bilinear' goes on a straight line from the centre of a pixel to that of
   * the next one.
   */
  readonly interpolation?: 'nearest' | 'bilinear' | undefined;
}

export const upSamplingRules = {
  size: pair(2),
  interpolation: oneOf('nearest', 'bilinear'),
} satisfies Rules<UpSamplingOptions>;

const upSamplingOptions = options(upSamplingRules);

/**
 * Makes images a whole number of times as large: [n, h, w, c] becomes [n, h·size, w·size, c]. As UpSampling2D of Keras
 * and as `interpolate` of PyTorch with align_corners false; beyond the outermost centres the edge is repeated.
 */
export function upSampling2d(x: Tensor, options?: UpSamplingOptions): Tensor {
  const { size, interpolation } = upSamplingOptions('upSampling2d', options);
  checkSpatial('upSampling2d', x, 4);
  if (interpolation === 'bilinear') checkFloat('upSampling2d: bilinear interpolation', [x]);
  const larger = interpolation === 'nearest' ? repeated : interpolated;
  return larger(larger(x, 1, size[0]), 2, size[1]);
}

/** Each element of an axis `times` times. */
function repeated(x: Tensor, axis: number, times: number): Tensor {
  if (times === 1) return x;
  const { shape } = x;
  const apart = [...shape.slice(0, axis + 1), times, ...shape.slice(axis + 1)];
  return x
    .expandDims(axis + 1)
    .broadcastTo(apart)
    .reshape(lengthened(shape, axis, times));
}

/**
 * Element i·times + k of the result lies at i + (k + ½) / times - ½, so all elements with the same k have the same
 * weights: they are one sum of two neighbours.
 */
function interpolated(x: Tensor, axis: number, times: number): Tensor {
  const { shape } = x;
  const n = shape[axis]!;
  if (times === 1 || n === 0) return x;
  const widths = shape.map((_, i): [number, number] => (i === axis ? [1, 1] : [0, 0]));
  const wide = pad(x, widths, { mode: 'edge' });
  const [before, at, after] = [0, 1, 2].map((from) => along(wide, axis, [from, from + n])) as [Tensor, Tensor, Tensor];
  const parts = Array.from({ length: times }, (_, k) => {
    const shift = (k + 0.5) / times - 0.5;
    return at.mul(1 - Math.abs(shift)).add((shift < 0 ? before : after).mul(Math.abs(shift)));
  });
  return stack(parts, axis + 1).reshape(lengthened(shape, axis, times));
}

const lengthened = (shape: readonly number[], axis: number, times: number): number[] =>
  shape.map((d, i) => (i === axis ? d * times : d));

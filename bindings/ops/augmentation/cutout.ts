// cutout: a hole in each image.

import { arange } from '../../creation.js';
import { checkWhole } from '../../errors.js';
import { number, options, type Rules, together } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { splitKey } from '../keys.js';
import { aKey, type RandomOptions } from '../random.js';
import { randomInt } from '../uniform.js';
import { where } from '../where.js';
import { keyForImages, oneEach } from './images.js';

/** What is seen in a hole. */
export interface HoleOptions {
  /** Default 0. */
  readonly fillValue?: number | undefined;
}

/** Options of `cutout`. */
export interface CutoutOptions extends HoleOptions, RandomOptions {}

export const holeRules = { fillValue: number(0) } satisfies Rules<HoleOptions>;
const cutoutOptions = options(together(holeRules, { key: aKey }) satisfies Rules<CutoutOptions>);

/**
 * Puts `fillValue` into a square of each image [n, height, width, channels], around a random pixel of it, so that a
 * network does not rely on one part of what it sees. At the edge the square is cut off. (T. DeVries, G. W. Taylor,
 * "Improved regularization of convolutional neural networks with cutout", 2017.)
 *
 * @param size length of the square's sides in pixels, at least 1
 */
export function cutout(x: Tensor, size: number, options?: CutoutOptions): Tensor {
  checkSide(size);
  const { fillValue, key } = cutoutOptions('cutout', options);
  const [down, right] = splitKey(keyForImages('cutout', x, key));
  const hit = (of: Tensor, axis: 1 | 2): Tensor => {
    const length = x.shape[axis]!;
    const from = randomInt(oneEach(x), { high: Math.max(1, length), key: of }).sub(size >> 1);
    const at = arange(0, length, 1, 'int32').reshape(axis === 1 ? [1, length, 1, 1] : [1, 1, length, 1]);
    return at.greaterEqual(from).mul(at.less(from.add(size)));
  };
  return where(hit(down, 1).mul(hit(right, 2)), fillValue!, x);
}

/** Throws unless a square can have this side. */
export const checkSide = (size: number): void => checkWhole('cutout: size', size, 1);

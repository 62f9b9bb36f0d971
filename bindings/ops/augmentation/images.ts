// What all random changes of images share: a check, and a number drawn for each image. Not here: any change; the layers
// that make them in training (layers/augmentation.ts).

import type { Tensor } from '../../tensor.js';
import { checkFloat } from '../op.js';
import { checkSpatial } from '../spatial.js';
import { keyFor, randomUniform } from '../uniform.js';

/** Throws unless a value is images; returns the key that was given, or outside of traces a new one. */
export function keyForImages(where: string, x: Tensor, key: Tensor | undefined): Tensor {
  checkSpatial(where, x, 4);
  checkFloat(where, [x]);
  return keyFor(where, key);
}

/** The shape of one number for each image. */
export const oneEach = (images: Tensor): [number, 1, 1, 1] => [images.shape[0]!, 1, 1, 1];

/** A random number from `low` to `high` for each image, [n, 1, 1, 1]. */
export const between = (images: Tensor, key: Tensor, low: number, high: number): Tensor =>
  randomUniform(oneEach(images), { key })
    .mul(high - low)
    .add(low);

// Random changes of how bright the pixels of an image are, others for each image. Values are not clipped: `clip` does
// that.

import { checkNumber } from '../../errors.js';
import { options, type Rules } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { aKey, type RandomOptions } from '../random.js';
import { between, keyForImages } from './images.js';

const lightOptions = options({ key: aKey } satisfies Rules<RandomOptions>);

/**
 * Multiplies images [n, height, width, channels] by a random number each, from 1 - `factor` (at least 0) to 1 +
 * `factor`, as PyTorch's ColorJitter does, but without clipping.
 *
 * @param factor at least 0
 */
export function randomBrightness(x: Tensor, factor: number, options?: RandomOptions): Tensor {
  checkFactor('randomBrightness', factor);
  const { key } = lightOptions('randomBrightness', options);
  const drawn = keyForImages('randomBrightness', x, key);
  return x.mul(about(x, drawn, factor));
}

/**
 * Moves the pixels of images [n, height, width, channels] away from the mean of their channel, or towards it: its
 * deviation is multiplied by a random number for each image, from 1 - `factor` (at least 0) to 1 + `factor`.
 *
 * @param factor at least 0
 */
export function randomContrast(x: Tensor, factor: number, options?: RandomOptions): Tensor {
  checkFactor('randomContrast', factor);
  const { key } = lightOptions('randomContrast', options);
  const drawn = keyForImages('randomContrast', x, key);
  const mean = x.mean([1, 2], { keepDims: true });
  return x
    .sub(mean)
    .mul(about(x, drawn, factor))
    .add(mean);
}

/** Throws unless pixels can be multiplied so. */
export const checkFactor = (where: string, factor: number): void => checkNumber(`${where}: factor`, factor, 0);

const about = (x: Tensor, key: Tensor, factor: number): Tensor => between(x, key, Math.max(0, 1 - factor), 1 + factor);

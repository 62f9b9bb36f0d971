// What disturbs a tensor by more than single zeros: spatialDropout1d, spatialDropout2d, gaussianNoise. Composed of other
// ops. The layers of these names do it in training only.

import { ones } from '../creation.js';
import { checkNumber, checkRange } from '../errors.js';
import { options, type Rules } from '../options.js';
import { checkedTensor, type Tensor } from '../tensor.js';
import { dropout } from './dropout.js';
import { randomNormal } from './normal.js';
import { aKey, type RandomOptions } from './random.js';
import { checkSpatial } from './spatial.js';
import { keyFor } from './uniform.js';

const keyOptions = options({ key: aKey } satisfies Rules<RandomOptions>);

const keyOf = (where: string, given: RandomOptions | undefined): Tensor => keyFor(where, keyOptions(where, given).key);

/** Dropout of each feature of each sample, whatever is between these axes. */
function byFeature(where: string, x: Tensor, rank: 3 | 4, rate: number, options: RandomOptions | undefined): Tensor {
  checkSpatial(where, x, rank);
  checkRange(`${where}: the rate`, rate, 0, 1);
  const key = keyOf(where, options);
  const kept = x.shape.map((d, axis) => (axis === 0 || axis === rank - 1 ? d : 1));
  return x.mul(dropout(ones(kept), rate, { key }));
}

/**
 * Dropout of whole features of sequences [n, time, features]: all steps of one, or none. (J. Tompson et al., "Efficient
 * object localization using convolutional networks", 2015.)
 *
 * @param rate in [0, 1), in steps of 2^-16
 */
export const spatialDropout1d = (x: Tensor, rate: number, options?: RandomOptions): Tensor =>
  byFeature('spatialDropout1d', x, 3, rate, options);

/**
 * Dropout of whole channels of images [n, height, width, channels], as `spatialDropout1d`; Dropout2d of PyTorch.
 *
 * @param rate in [0, 1), in steps of 2^-16
 */
export const spatialDropout2d = (x: Tensor, rate: number, options?: RandomOptions): Tensor =>
  byFeature('spatialDropout2d', x, 4, rate, options);

/** Adds normal noise with mean 0 and standard deviation `stddev`. */
export function gaussianNoise(x: Tensor, stddev: number, options?: RandomOptions): Tensor {
  const { shape } = checkedTensor('gaussianNoise', x);
  checkNumber('gaussianNoise: stddev', stddev, 0);
  return x.add(randomNormal(shape, { std: stddev, key: keyOf('gaussianNoise', options) }));
}

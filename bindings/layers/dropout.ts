// Layers that disturb their input in training and do nothing else: dropout, spatialDropout1d, spatialDropout2d,
// gaussianNoise. What they draw comes from the key of their context.

import { checkNumber, checkRange } from '../errors.js';
import * as disturbing from '../ops/disturbing.js';
import { dropout as dropoutOp } from '../ops/dropout.js';
import { inTraining } from './intraining.js';
import type { Layer } from './layer.js';
import { type NameOptions, nameOptions } from './named.js';

/**
 * A layer that keeps a network from relying on single values: in training each element is 0 with probability `rate`,
 * and the others are multiplied by 1 / (1 - rate). It does nothing in `predict` and `evaluate`, and in a frozen model.
 * The op in wasmgrad/ops is `dropout(x, rate, { key })`.
 *
 * @param rate in [0, 1), in steps of 2^-16
 */
export function dropout(rate: number, options?: NameOptions): Layer {
  checkRange('dropout: the rate', rate, 0, 1);
  return inTraining('dropout', nameOptions('dropout', options).name, [dropout, rate, { ...options }], (x, key) =>
    dropoutOp(x, rate, { key }),
  );
}

/**
 * Dropout of whole features of sequences [n, time, features]: neighbours in time are alike, so that single zeros would
 * hide little. (J. Tompson et al., "Efficient object localization using convolutional networks", 2015.)
 *
 * @param rate in [0, 1), in steps of 2^-16
 */
export function spatialDropout1d(rate: number, options?: NameOptions): Layer {
  return spatialDropout('spatialDropout1d', spatialDropout1d, disturbing.spatialDropout1d, rate, options);
}

/**
 * Dropout of whole channels of images [n, height, width, channels], as `spatialDropout1d`; Dropout2d of PyTorch.
 *
 * @param rate in [0, 1), in steps of 2^-16
 */
export function spatialDropout2d(rate: number, options?: NameOptions): Layer {
  return spatialDropout('spatialDropout2d', spatialDropout2d, disturbing.spatialDropout2d, rate, options);
}

function spatialDropout(
  kind: string,
  of: typeof dropout,
  op: typeof disturbing.spatialDropout1d,
  rate: number,
  options: NameOptions | undefined,
): Layer {
  checkRange(`${kind}: the rate`, rate, 0, 1);
  return inTraining(kind, nameOptions(kind, options).name, [of, rate, { ...options }], (x, key) =>
    op(x, rate, { key }),
  );
}

/** A layer that adds normal noise with mean 0 in training, and does nothing otherwise. */
export function gaussianNoise(stddev: number, options?: NameOptions): Layer {
  checkNumber('gaussianNoise: stddev', stddev, 0);
  const { name } = nameOptions('gaussianNoise', options);
  return inTraining('gaussianNoise', name, [gaussianNoise, stddev, { ...options }], (x, key) =>
    disturbing.gaussianNoise(x, stddev, { key }),
  );
}

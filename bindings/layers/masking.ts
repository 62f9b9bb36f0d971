// masking: a layer that finds out by itself which steps are no more than padding.

import { checkNumber } from '../errors.js';
import { checkFloat } from '../ops/op.js';
import { type Layer, layer } from './layer.js';
import { marked } from './masks.js';
import { type NameOptions, nameOptions } from './named.js';

/**
 * A layer that leaves out the steps of sequences [n, time, features] that are padding: those whose features are all
 * `maskValue`. They become 0, and the layers behind it, and the loss, do not count them (`maskOf`). As Masking of
 * Keras.
 */
export function masking(maskValue = 0, options?: NameOptions): Layer {
  checkNumber('masking: maskValue', maskValue);
  const { name } = nameOptions('masking', options);
  return layer({
    kind: 'masking',
    name,
    signature: [masking, maskValue, { ...options }],
    call: (x) => {
      checkFloat('masking', [x]);
      const mask = x.notEqual(maskValue).max(-1);
      return marked(x.mul(mask.expandDims(-1)), mask);
    },
  });
}

// The layer that makes one row of numbers of every sample.

import { check } from '../errors.js';
import { sizeOf } from '../shape.js';
import { type Layer, layer } from './layer.js';

/** A layer that makes one row of numbers of every sample, as `dense` needs it: [n, a, b, …] becomes [n, a·b·…]. */
export function flatten(...given: never[]): Layer {
  check(given.length === 0, () => 'flatten() makes a layer; the method x.flatten() flattens a tensor');
  return layer({
    kind: 'flatten',
    signature: [flatten],
    call: (x) => x.reshape([x.shape[0]!, sizeOf(x.shape.slice(1))]),
  });
}

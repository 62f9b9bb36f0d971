// Dense, and the layers without parameters that every kind of network has.

import { sizeOf } from '../../shape.js';
import type { Tensor } from '../../tensor.js';
import { activationOf } from './activations.js';
import { BIAS, filterOptions, KERNEL } from './filters.js';
import type { Rows } from './row.js';

/** Keras's layer works on the last axis, whatever is before it; ours takes rows of features. */
function onLastAxis(x: Tensor, layer: (x: Tensor) => Tensor): Tensor {
  const { shape } = x;
  const before = shape.slice(0, -1);
  const y = layer(x.reshape([sizeOf(before), shape.at(-1)!]));
  return y.reshape([...before, y.shape[1]!]);
}

export const DENSE: Rows = {
  Dense(s, name) {
    const { options, useBias } = filterOptions(s, name, { kernel: true });
    return {
      call: { $layer: 'dense', args: [s.whole('units'), { ...options, activation: activationOf(s) }] },
      weights: useBias ? [KERNEL, BIAS] : [KERNEL],
      rank: 2,
      around: onLastAxis,
    };
  },
  Flatten(s) {
    s.channelsLast();
    return { call: { $layer: 'flatten', args: [] } };
  },
  Dropout: (s, name) => ({ call: { $layer: 'dropout', args: [s.number('rate'), { name }] } }),
  GaussianNoise: (s, name) => ({ call: { $layer: 'gaussianNoise', args: [s.number('stddev'), { name }] } }),
  SpatialDropout1D: (s, name) => ({ call: { $layer: 'spatialDropout1d', args: [s.number('rate'), { name }] } }),
  SpatialDropout2D(s, name) {
    s.channelsLast();
    return { call: { $layer: 'spatialDropout2d', args: [s.number('rate'), { name }] } };
  },
  Rescaling: (s, name) => ({
    call: { $layer: 'rescaling', args: [s.number('scale'), { offset: s.number('offset', 0), name }] },
  }),
};

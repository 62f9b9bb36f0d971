// What layers share that do something at random in training and something plain otherwise.

import type { Tensor } from '../tensor.js';
import { type Layer, layer } from './layer.js';

/**
 * A layer that is `random(x, key)` in training, and `otherwise(x)`, x by default, in predictions and in frozen models.
 */
export const inTraining = (
  kind: string,
  name: string | undefined,
  signature: readonly unknown[],
  random: (x: Tensor, key: Tensor) => Tensor,
  otherwise: (x: Tensor) => Tensor = (x) => x,
): Layer =>
  layer({
    kind,
    name,
    signature,
    call: (x: Tensor, _, context) => (context.training ? random(x, context.key) : otherwise(x)),
  });

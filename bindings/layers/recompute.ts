// recompute: a layer whose inside is computed again where its gradient is. Not here: how (ops/recompute.ts).

import { checkFunction } from '../errors.js';
import { computedAgain } from '../ops/recompute.js';
import type { Tensor } from '../tensor.js';
import { type Layer, layer } from './layer.js';
import { type NameOptions, nameOptions } from './named.js';

/**
 * A layer that trades time for memory: it computes what `of` does, and where gradients are computed it does so once
 * more, in place of keeping all values in between. Around blocks of a deep net it makes the memory of a training step
 * grow with the number of blocks, not of layers, at the price of one more forward pass. Random numbers are the same
 * both times, and layer states are updated once. (T. Chen et al., "Training deep nets with sublinear memory cost",
 * 2016.)
 *
 * @param of a layer, or a function that calls layers and any op: (x) => b(a(x).relu())
 */
export function recompute<In = Tensor>(of: (input: In) => Tensor, options?: NameOptions): Layer<In, Tensor> {
  checkFunction('recompute: the layer', of);
  const { name } = nameOptions('recompute', options);
  const signature = [recompute, of, { ...options }];
  const call = (input: In) => computedAgain('recompute: what the layer returns', () => of(input));
  return layer({ kind: 'recompute', name, signature, call });
}

// Layers of users: they are what ours are, but for what a file says of them, since nobody else knows what they compute.

import type { Tensor } from '../tensor.js';
import {
  type Layer,
  type LayerDefinition,
  layer as made,
  type ParameterSpec,
  type Specs,
  type StateSpec,
} from './layer.js';

const own = /*@__PURE__*/ new WeakSet<object>();

/**
 * Makes a layer of one's own, with the same rights as ours.
 *
 * @example
 * const scale = layer({
 *   kind: 'scale',
 *   build: ({ shape }) => ({ parameters: { factor: { shape, initializer: 'ones' } } }),
 *   call: (x, { factor }) => x.mul(factor),
 * });
 */
export function layer<
  P extends { readonly [K in keyof P]?: ParameterSpec | undefined } = Specs<ParameterSpec>,
  S extends { readonly [K in keyof S]?: StateSpec | undefined } = Specs<StateSpec>,
  In = Tensor,
  Out = Tensor,
>(definition: LayerDefinition<In, Out, P, S>): Layer<In, Out> {
  const mine = made(definition);
  own.add(mine);
  return mine;
}

/** Whether a user made the layer, of whatever kind it is called. */
export const isOwn = (layer: Layer): boolean => own.has(layer);

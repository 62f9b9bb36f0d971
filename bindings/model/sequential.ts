// sequential: a model that is a chain of layers.

import { checkIs, isRecord } from '../errors.js';
import { isLayer, type Layer, type LayerDefinition } from '../layers/layer.js';
import type { Runner } from '../run/runner.js';
import { runner } from '../run/runtime.js';
import type { Shape } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { type Definition, definitionOf } from './definition.js';
import { type EndSpecs, oneInput } from './ends.js';
import { type Model, modelOf } from './model.js';

/** A model of one input and one output. */
export type Sequential = Model<Tensor, Tensor>;

/**
 * Makes a model of a chain of layers, with new weights. A layer that is in the chain twice has the same weights both
 * times.
 *
 * @param inputShape shape of one sample, e.g. [784]; or { shape, dtype } for a sample of int32
 * @param layers     first to last
 * @throws if the shapes of neighbouring layers do not fit, or before init()
 */
export function sequential(
  inputShape: Shape | { readonly shape: Shape; readonly dtype?: Tensor['dtype'] | undefined },
  layers: readonly Layer[],
): Sequential {
  const at = runner();
  return modelOf(chainOf('sequential', at, oneInput('sequential', inputShape), layers), at);
}

/** What a chain of layers computes; `where` names what makes it in errors. */
export function chainOf(where: string, at: Runner, inputs: EndSpecs, layers: readonly Layer[]): Definition {
  const some = Array.isArray(layers) && layers.length > 0;
  checkIs(some, `${where}: layers`, 'an array of at least one layer', layers);
  layers.forEach((layer, i) => {
    checkIs(isLayer(layer), `${where}: layers[${i}]`, 'a layer, such as dense(1)', layer);
  });
  const chain = [...layers];
  const forward = (x: Tensor): Tensor => chain.reduce((input, layer) => layer(input), x);
  return definitionOf(where, at, inputs, forward as never, { layers: chain, parts: partsOf(chain) });
}

/**
 * What a chain is made of: of equal ones, and equal where they are the same. Absent if a layer does not say by which
 * call it was made, or a function was given to it, which need not be the same each time.
 */
function partsOf(layers: readonly Layer[]): unknown[] | undefined {
  const parts: unknown[] = [];
  const isPlain = (given: unknown): boolean => {
    const nested = Array.isArray(given) || isRecord(given);
    parts.push(nested ? Object.keys(given as object).join() : given);
    return nested ? Object.values(given as object).every(isPlain) : typeof given !== 'function';
  };
  const said = layers.every((layer) => {
    const { kind, name, signature } = layer.definition as LayerDefinition;
    parts.push(layers.indexOf(layer), kind, name, signature?.[0]);
    return signature !== undefined && isPlain(signature.slice(1));
  });
  return said ? parts : undefined;
}

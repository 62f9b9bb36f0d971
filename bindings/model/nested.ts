// A model as a layer of another one. Not here: how it is run there (forward.ts).

import { check } from '../errors.js';
import { frameAtWork } from '../layers/frame.js';
import { checkName, type Layer } from '../layers/layer.js';
import { flag, options, type Rules, text } from '../options.js';
import type { NestedDefinition } from './layers.js';
import type { Network } from './network.js';

/** Options of `asLayer`. */
export interface AsLayerOptions {
  /** Its name in the other model; by default 'model', 'model_1' … */
  readonly name?: string | undefined;
  /** Whether the other model trains its weights; default true. If not, it runs there as in `predict`. */
  readonly trainable?: boolean | undefined;
}

const asLayerOptions = options({ name: text(undefined), trainable: flag(true) } satisfies Rules<AsLayerOptions>);

/** A layer that runs a network, on the weights of that network. */
export function layerOf(network: Network, options: AsLayerOptions | undefined): Layer<never, unknown> {
  const { name, trainable } = asLayerOptions('asLayer', options);
  if (name !== undefined) checkName('asLayer: name', name);
  const called = (input: never): unknown => {
    const frame = frameAtWork();
    check(
      frame !== undefined,
      () => "a model's layer is called in the function of another model; to predict call net.predict(x)",
    );
    return frame.call(called as never, input);
  };
  const definition: NestedDefinition = { kind: 'model', name, nested: { network, trainable } };
  return Object.assign(called, { kind: 'model', definition });
}

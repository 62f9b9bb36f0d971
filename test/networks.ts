// Networks on a runner of one's choice, for tests that look behind the models of the library.

import type { Layer } from '../bindings/layers/layer.js';
import { definitionOf } from '../bindings/model/definition.js';
import { type InputSpecs, readInputs } from '../bindings/model/ends.js';
import { Network } from '../bindings/model/network.js';
import type { Runner } from '../bindings/run/runner.js';
import type { Shape } from '../bindings/shape.js';
import type { Tensor } from '../bindings/tensor.js';

/** A chain of layers, as `sequential` makes it. */
export function networkOf(runner: Runner, inputShape: Shape, layers: readonly Layer[]): Network {
  return functionNetworkOf(runner, inputShape, (x: Tensor) => layers.reduce((input, layer) => layer(input), x));
}

/** A function that calls layers, as `model` takes it. */
export function functionNetworkOf<In>(runner: Runner, inputs: InputSpecs, forward: (input: In) => unknown): Network {
  return new Network(runner, definitionOf('test', runner, readInputs('test', inputs), forward as never));
}

// The values that variables have before training: each network has its own. Networks that share a definition have one
// program that draws them, right where they belong. Not here: initializers.

import { check, show } from '../errors.js';
import { evaluate } from '../evaluate.js';
import { isOurs } from '../initializers/initializers.js';
import { assign } from '../ops/movement.js';
import { KEY_WORDS, nextKey } from '../ops/random.js';
import { Program } from '../program.js';
import { keyWords, nextStream } from '../seed.js';
import { sameShape, shapeText } from '../shape.js';
import { inputOf, Tensor, type TensorData } from '../tensor.js';
import type { Definition } from './definition.js';
import type { Variable } from './layers.js';
import type { Network } from './network.js';

/** The program that draws, and a key for each variable. */
export interface Drawing {
  readonly program: Program;
  readonly keys: readonly Tensor[];
}

/** Whether a program can draw them: not where there is a function of the user, which may return anything. */
export const isDrawn = ({ structure }: Definition, variables: readonly Variable[]): boolean =>
  structure !== undefined && variables.every(({ initializer }) => isOurs(initializer));

/** Draws them into the memory of a network. Each variable takes a stream of random numbers, in their order. */
export function draw(network: Network, variables: readonly Variable[]): void {
  const { drawings } = network.definition;
  const { program, keys } = drawings.get(0) ?? drawings.keep(0, drawing(network, variables));
  program.bind(network.places);
  for (const key of keys) program.write(key, keyWords(...nextStream()));
  program.run();
}

function drawing({ runner, places }: Network, variables: readonly Variable[]): Drawing {
  const keys = variables.map(() => inputOf('key', [KEY_WORDS], 'int32'));
  const effects = variables.map(({ tensor, initializer }, i) => {
    return new Tensor(assign, [tensor, initializer(tensor.shape, keys[i]!)], { runsFirst: true });
  });
  const options = { places, inputs: keys, what: 'initial values' };
  return { program: new Program(runner, { outputs: [], effects }, options), keys };
}

/** What initializers return, computed in one go, with the same streams. */
export function initialValues(variables: readonly Variable[]): TensorData[] {
  const made = variables.map(({ name, tensor: { shape }, initializer }) => {
    const values: unknown = initializer(shape, nextKey()); // the shape is frozen: an initializer cannot change it
    const fits = values instanceof Tensor && sameShape(values.shape, shape) && values.dtype === 'float32';
    check(fits, () => {
      return `the initializer of ${name} returned ${show(values)}, expected a tensor, float32${shapeText(shape)}`;
    });
    return values as Tensor;
  });
  evaluate(made.filter((t) => !t.known));
  return made.map((t) => t.values());
}

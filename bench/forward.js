// What the layers of a benchmark's model (data.js) do, and which parameters they take: once, for every library whose ops are
// functions.

import { GATES, unrolled } from './recurrent.js';

/**
 * @typedef {object} Ops of a library, on its own tensors; images are in its own layout. Those of recurrent layers: recurrent.js.
 * @property {(x, kernel, stride: number) => unknown} conv with half of the kernel, rounded down, as padding on each side
 * @property {(x, bias) => unknown} addBias of a convolution
 * @property {(x, scale, shift) => unknown} norm by mean and variance of each channel in this batch
 * @property {(x, kernel, bias) => unknown} dense
 * @property {(x, size: number) => unknown} pool
 * @property {(x) => unknown} globalPool
 * @property {(x) => unknown} flatten in the order height, width, channels
 * @property {(x, y) => unknown} add
 * @property {(x) => unknown} [again] a tensor that will be used once more, where functions consume them
 * @property {(x, name: 'relu' | 'sigmoid') => unknown} activate
 */

/**
 * The output of a model's layers.
 *
 * @param {import('./data.js').Model} model
 * @param {Ops} ops
 * @param {readonly unknown[]} parameters in the order of `parametersOf`
 */
export function forward({ layers }, ops, parameters, x) {
  const rest = parameters[Symbol.iterator]();
  const next = () => rest.next().value;
  return layers.reduce((a, layer) => run(layer, ops, next, a), x);
}

function run(layer, ops, next, x) {
  if (layer.recurrent) return unrolled(layer, ops, x, [next(), next(), next(), next()]);
  if (layer.units) return activated(layer, ops, ops.dense(x, next(), next()));
  if (layer.filters) return activated(layer, ops, conv(layer, ops, next, x));
  if (layer.pool) return ops.pool(x, layer.pool);
  if (layer.globalPool) return ops.globalPool(x);
  if (layer.flatten) return ops.flatten(x);
  return block(layer, ops, next, x);
}

const activated = ({ activation }, ops, x) => (activation === 'linear' ? x : ops.activate(x, activation));

function conv({ stride = 1, norm }, ops, next, x) {
  const y = ops.conv(x, next(), stride);
  return norm ? ops.norm(y, next(), next()) : ops.addBias(y, next());
}

/** Two convolutions, to which the input is added; where its shape changes, through a 1x1 convolution. */
function block({ stride = 1 }, ops, next, x) {
  const input = ops.again?.(x) ?? x;
  const first = ops.activate(conv({ stride, norm: true }, ops, next, input), 'relu');
  const second = conv({ norm: true }, ops, next, first);
  const skip = stride === 1 ? x : conv({ stride, norm: true }, ops, next, x);
  return ops.activate(ops.add(second, skip), 'relu');
}

/**
 * Shapes of a model's parameters, in the order in which `forward` takes them, with their first value where it is not random.
 *
 * @param {import('./data.js').Model} model
 * @returns {{ shape: number[], value?: number }[]}
 */
export function parametersOf({ inputs, image, sequence, layers }) {
  let [height, width, channels] = image ?? [1, 1, sequence?.[1] ?? inputs];
  const convolution = (size, inside, filters, norm) => [
    { shape: [size, size, inside, filters] },
    ...(norm ? [{ shape: [filters], value: 1 }] : []),
    { shape: [filters], value: 0 },
  ];
  const recurrence = (inside, units, columns) => [
    { shape: [inside, columns] },
    { shape: [units, columns] },
    { shape: [columns], value: 0 },
    { shape: [columns], value: 0 },
  ];
  return layers.flatMap(
    ({ recurrent, units, filters, block: blockFilters, pool, globalPool, flatten, stride = 1, norm }) => {
      const inside = channels;
      if (globalPool) [height, width] = [1, 1];
      if (flatten) [height, width, channels] = [1, 1, height * width * channels];
      if (pool) [height, width] = [height / pool, width / pool];
      [height, width] = [height / stride, width / stride];
      channels = units ?? filters ?? blockFilters ?? channels;
      if (recurrent) return recurrence(inside, units, GATES[recurrent] * units);
      if (units) return [{ shape: [inside, units] }, { shape: [units], value: 0 }];
      if (filters) return convolution(3, inside, filters, norm);
      if (!blockFilters) return [];
      const skip = stride === 1 ? [] : convolution(1, inside, blockFilters, true);
      return [
        ...convolution(3, inside, blockFilters, true),
        ...convolution(3, blockFilters, blockFilters, true),
        ...skip,
      ];
    },
  );
}

// The models of data.js, made with wasmgrad.

import {
  activation,
  adam,
  batchNorm,
  conv2d,
  dense,
  flatten,
  globalAvgPool2d,
  gru,
  init,
  layer,
  lstm,
  maxPool2d,
  sequential,
  sgd,
} from 'wasmgrad';
import { start } from './runtime.js';

const OPTIMIZERS = { adam, sgd };
const RECURRENT = { lstm, gru };

/**
 * A compiled model with the task's first weights. It stays on the back end that `options` of init ask for.
 *
 * @param {import('./data.js').Task} task
 * @param {import('wasmgrad').InitOptions} [options]
 */
export async function buildModel({ model: spec, weights }, options = { backend: 'wasm' }) {
  await start(init, options);
  const model = sequential(spec.image ?? spec.sequence ?? [spec.inputs], spec.layers.flatMap(layersOf));
  model.compile({ optimizer: OPTIMIZERS[spec.optimizer](spec.learningRate), loss: spec.loss });
  setWeights(
    model,
    weights.map(({ data }) => data),
  );
  return model;
}

/** One array for each parameter, in their order. */
export function setWeights(model, arrays) {
  const names = Object.keys(model.parameters());
  model.setWeights(Object.fromEntries(names.map((name, i) => [name, arrays[i]])));
}

/** What forward.js says of a layer, in layers of wasmgrad. */
function layersOf({ recurrent, units, filters, block, pool, globalPool, stride, norm, activation: name }) {
  if (recurrent) return [RECURRENT[recurrent](units)];
  if (units) return [dense(units, { activation: name })];
  if (filters && !norm) return [conv2d(filters, 3, { padding: 1, strides: stride, activation: name })];
  if (filters) return [...normedConv(filters, 3, stride), activation(name)];
  if (block) return [residual(block, stride)];
  if (pool) return [maxPool2d(pool)];
  return [globalPool ? globalAvgPool2d() : flatten()];
}

const normedConv = (filters, size, strides) => [
  conv2d(filters, size, { padding: size >> 1, strides, useBias: false }),
  batchNorm(),
];

function residual(filters, stride = 1) {
  const first = [...normedConv(filters, 3, stride), activation('relu')];
  const second = normedConv(filters, 3, 1);
  const skip = stride === 1 ? [] : normedConv(filters, 1, stride);
  const chain = (layers, x) => layers.reduce((a, one) => one(a), x);
  return layer({ kind: 'block', call: (x) => chain(second, chain(first, x)).add(chain(skip, x)).relu() });
}

/** Makes networks 6-8-2, each with weights of its own. */
export async function smallModels() {
  await start(init, { backend: 'wasm' });
  return () => sequential([6], [dense(8, { activation: 'sigmoid' }), dense(2, { activation: 'sigmoid' })]);
}

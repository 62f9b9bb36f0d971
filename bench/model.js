// The models of data.js, made with wasmgrad.

import { adam, dense, init, sequential, sgd } from 'wasmgrad';
import { start } from './runtime.js';

const OPTIMIZERS = { adam, sgd };

/**
 * A compiled model with the task's first weights. It stays on the back end that `options` of init ask for.
 *
 * @param {import('./data.js').Task} task
 * @param {import('wasmgrad').InitOptions} [options]
 */
export async function buildModel({ model: spec, weights }, options = { backend: 'wasm' }) {
  await start(init, options);
  const layers = spec.layers.map(({ units, activation }) => dense(units, { activation }));
  const model = sequential([spec.inputs], layers);
  model.compile({ optimizer: OPTIMIZERS[spec.optimizer](spec.learningRate), loss: spec.loss });
  model.setWeights(weights.map(({ data }) => data));
  return model;
}

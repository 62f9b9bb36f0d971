// The models of data.js, made with wasmgrad.

import { adam, dense, init, sequential, sgd } from 'wasmgrad';

const OPTIMIZERS = { adam, sgd };

/**
 * A compiled model with the task's first weights, on the back end that is asked for.
 *
 * @param {import('./data.js').Task} task
 * @param {'wasm' | 'js'} [backend]
 */
export async function buildModel({ model: spec, weights }, backend = 'wasm') {
  await init({ backend });
  const layers = spec.layers.map(({ units, activation }) => dense(units, { activation }));
  const model = sequential([spec.inputs], layers);
  model.compile({ optimizer: OPTIMIZERS[spec.optimizer](spec.learningRate), loss: spec.loss });
  model.setWeights(weights.map(({ data }) => data));
  return model;
}

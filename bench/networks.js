// The networks that are timed, in training and in prediction: `run` is what is timed, `results` are compared.

import { makeTask } from './data.js';
import { buildModel } from './model.js';

/** Steps of one call of fit. */
const FIT_STEPS = 64;
/** An epoch of XOR is one step: the library strings many of them together. */
const XOR_EPOCHS = 5000;
const CHECKED_STEPS = 20;

/** The networks in the order of the tables. */
export const NETWORKS = [
  { name: 'mlp32: 784-128-10, Adam, batch 32', task: ['mlp', 32], way: trainOnBatch },
  { name: 'mlp32 through fit', task: ['mlp', 32], way: fit },
  { name: 'mlp128: 784-128-10, Adam, batch 128', task: ['mlp', 128], way: trainOnBatch },
  { name: 'deep128: 784-512-512-10, Adam, batch 128', task: ['deep', 128], way: trainOnBatch },
  { name: 'xor: 2-8-1, SGD, batch 4', task: ['xor', 4], way: trainOnBatch },
  { name: 'xor through fit', task: ['xor', 4], way: fitEpochs },
  { name: 'predict1: 784-128-10, batch 1', task: ['mlp', 1], way: predict },
  { name: 'predict256: 784-128-10, batch 256', task: ['mlp', 256], way: predict },
];

/**
 * @typedef {object} Network at work
 * @property {string} unit
 * @property {number} perCall how many of them a call makes
 * @property {() => number[] | Promise<number[]>} results losses of the first steps, or a prediction; called once, before
 * `run`
 * @property {import('./measure.js').Work} run
 * @property {() => number} last a number that must be finite
 * @property {() => void} dispose
 *
 * @param {NETWORKS[0]} network
 * @param {import('wasmgrad').InitOptions} options where it runs
 * @returns {Promise<Network>}
 */
export async function networkOn({ task: [name, batch], way }, options) {
  const task = makeTask(name, batch);
  const model = await buildModel(task, options);
  return { dispose: () => model.dispose(), ...way(model, task) };
}

function trainOnBatch(model, task) {
  let step = 0;
  let loss = 0;
  const next = () => {
    loss = model.trainOnBatch(task.x(step), task.y(step));
    step++;
    return loss;
  };
  return {
    unit: 'steps/s',
    perCall: 1,
    results: () => Array.from({ length: CHECKED_STEPS }, next),
    run: (calls) => {
      for (let i = 0; i < calls; i++) next();
    },
    last: () => loss,
  };
}

function fit(model, { model: { inputs }, batch, samples, classes }) {
  const cut = (steps) => [samples.subarray(0, steps * batch * inputs), classes.subarray(0, steps * batch)];
  return throughFit(model, FIT_STEPS, (steps) => [...cut(steps), { batchSize: batch }]);
}

function fitEpochs(model, { batch, samples, targets }) {
  return throughFit(model, XOR_EPOCHS, (epochs) => [samples, targets, { batchSize: batch, epochs }]);
}

function throughFit(model, steps, argumentsOf) {
  let loss = 0;
  const train = async (count) => {
    const [x, y, options] = argumentsOf(count);
    const { history } = await model.fit(x, y, { ...options, shuffle: false });
    loss = history.loss.at(-1);
    return history.loss;
  };
  return {
    unit: 'steps/s',
    perCall: steps,
    results: () => train(CHECKED_STEPS),
    run: async (calls) => {
      for (let i = 0; i < calls; i++) await train(steps);
    },
    last: () => loss,
  };
}

function predict(model, task) {
  let output;
  const next = (i) => {
    output = model.predict(task.x(i)).data();
    return output;
  };
  return {
    unit: 'calls/s',
    perCall: 1,
    results: () => Array.from(next(0)),
    run: (calls) => {
      for (let i = 0; i < calls; i++) next(i);
    },
    last: () => output[0],
  };
}

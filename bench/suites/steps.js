// Whole training steps (forward, backward, update) through the public API, wasm against TypeScript.

import { makeTask } from '../data.js';
import { compare } from '../measure.js';
import { buildModel } from '../model.js';

const CASES = [
  { name: 'mlp32: 784-128-10, Adam, batch 32', task: ['mlp', 32], way: trainOnBatch },
  { name: 'mlp32 through fit', task: ['mlp', 32], way: fit },
  { name: 'deep128: 784-512-512-10, Adam, batch 128', task: ['deep', 128], way: trainOnBatch },
  { name: 'xor: 2-8-1, SGD, batch 4', task: ['xor', 4], way: trainOnBatch },
];

const CHECK_STEPS = 20;
const TOLERANCE = 1e-4;
/** Steps of one call of fit. */
const FIT_STEPS = 64;

/** @param {import('../measure.js').Timing} timing */
export async function steps(timing, report) {
  for (const { name, task: shape, way } of CASES) {
    const task = makeTask(...shape);
    const wasm = way(await buildModel(task, 'wasm'), task);
    const js = way(await buildModel(task, 'js'), task);
    compareLosses(name, await wasm.losses(), await js.losses());
    const rates = await compare({ wasm: wasm.run, TypeScript: js.run }, timing);
    for (const side of [wasm, js]) {
      if (!Number.isFinite(side.last())) throw new Error(`${name}: the loss became ${side.last()} while it was timed`);
      side.dispose();
    }
    report({ name, unit: 'steps/s', perCall: wasm.stepsPerCall, ...rates });
  }
}

function compareLosses(name, wasm, js) {
  const bad = wasm.findIndex((loss, i) => !(Math.abs(loss - js[i]) <= TOLERANCE * Math.abs(js[i])));
  if (bad >= 0) throw new Error(`${name}: loss ${bad} is ${wasm[bad]} on wasm, ${js[bad]} on TypeScript`);
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
    stepsPerCall: 1,
    losses: () => Array.from({ length: CHECK_STEPS }, next),
    run: (calls) => {
      for (let i = 0; i < calls; i++) next();
    },
    last: () => loss,
    dispose: () => model.dispose(),
  };
}

function fit(model, { model: { inputs }, batch, samples, classes }) {
  let loss = 0;
  const train = async (count) => {
    const rows = count * batch;
    const options = { batchSize: batch, shuffle: false };
    const { history } = await model.fit(samples.subarray(0, rows * inputs), classes.subarray(0, rows), options);
    [loss] = history.loss;
    return history.loss;
  };
  return {
    stepsPerCall: FIT_STEPS,
    losses: () => train(CHECK_STEPS),
    run: async (calls) => {
      for (let i = 0; i < calls; i++) await train(FIT_STEPS);
    },
    last: () => loss,
    dispose: () => model.dispose(),
  };
}

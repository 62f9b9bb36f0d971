// What is measured for every library that can do it.

import { makeTask } from '../data.js';

/** Passes over the data in one call of a library's `fit`: many where a pass is four samples. */
const XOR_EPOCHS = 1000;

export const WORKLOADS = {
  mlp32: { title: 'training 784-128-10, Adam, batch 32', kind: 'train', model: 'mlp', batch: 32 },
  mlp128: { title: 'training 784-128-10, Adam, batch 128', kind: 'train', model: 'mlp', batch: 128 },
  deep128: { title: 'training 784-512-512-10, Adam, batch 128', kind: 'train', model: 'deep', batch: 128 },
  xor: { title: 'training 2-8-1, SGD, batch 4', kind: 'train', model: 'xor', batch: 4 },
  predict1: { title: 'prediction of one sample, 784-128-10', kind: 'predict', model: 'mlp', batch: 1 },
  predict256: { title: 'prediction of 256 samples, 784-128-10', kind: 'predict', model: 'mlp', batch: 256 },
};

/** The workload's task; `epochs` is for `fit`. */
export function taskOf({ model, batch }) {
  return { ...makeTask(model, batch), epochs: model === 'xor' ? XOR_EPOCHS : 1 };
}

/**
 * @typedef {object} Adapter how a library does the workloads
 * @property {string} [package] the package whose version is shown
 * @property {string} [note] says why losses and outputs can't be compared with ours; absent where they can
 * @property {Record<string, string[]>} styles names of the ways in which it can do a workload
 * @property {() => unknown} load imports the library; what it returns is the first argument of the others
 * @property {(library, task, style: string) => Training | Promise<Training>} [train]
 * @property {(library, task, style: string) => Predict | Promise<Predict>} [predict]
 *
 * @typedef {object} Training
 * @property {(step: number) => void | Promise<void>} step
 * @property {() => number | Promise<number>} loss of the last step, or of what `lossOf` says
 * @property {string} [lossOf]
 * @property {() => unknown} [sync] waits for what steps have left to be done
 * @property {number} [stepsPerCall]
 *
 * @typedef {(x: Float32Array) => Float32Array | Promise<Float32Array>} Predict
 */

/** @type {Record<string, () => Promise<{ default: Adapter }>>} in the order in which they are measured */
export const ADAPTERS = {
  wasmgrad: () => import('./adapters/wasmgrad.js'),
  'jax-js': () => import('./adapters/jax-js.js'),
  'tfjs-wasm': () => import('./adapters/tfjs-wasm.js'),
  'onnxruntime-web': () => import('./adapters/onnxruntime-web.js'),
  'plain-js': () => import('./adapters/plain-js.js'),
  synaptic: () => import('./adapters/synaptic.js'),
  'brain-js': () => import('./adapters/brain-js.js'),
};

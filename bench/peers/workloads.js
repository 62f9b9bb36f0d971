// The workloads: what is measured for every library that can do it.

import { makeTask, random } from '../data.js';
import { LANGUAGE, makeLanguageTask } from '../language.js';
import { operand } from '../product.js';
import { MANY } from './many.js';

/** Passes over the data in one call of a library's `fit`: many where a pass is four samples. */
const XOR_EPOCHS = 1000;

export const WORKLOADS = {
  mlp32: { title: 'training 784-128-10, Adam, batch 32', kind: 'train', model: 'mlp', batch: 32 },
  mlp128: { title: 'training 784-128-10, Adam, batch 128', kind: 'train', model: 'mlp', batch: 128 },
  deep128: { title: 'training 784-512-512-10, Adam, batch 128', kind: 'train', model: 'deep', batch: 128 },
  cnn32: {
    title: 'training two 3x3 convolutions with pooling on 28x28x1, Adam, batch 32',
    kind: 'train',
    model: 'cnn',
    batch: 32,
  },
  resnet32: {
    title: 'training a residual net of 8 layers with batch norm on 32x32x3, Adam, batch 32',
    kind: 'train',
    model: 'resnet8',
    batch: 32,
  },
  lstm: {
    title: 'training an LSTM of 128 units on 28 steps of 28, Adam, batch 32',
    kind: 'train',
    model: 'lstm',
    batch: 32,
  },
  gru: {
    title: 'training a GRU of 128 units on 28 steps of 28, Adam, batch 32',
    kind: 'train',
    model: 'gru',
    batch: 32,
  },
  gpt: {
    title: 'training a causal transformer, 2 blocks of 4 heads, 64 wide, on 64 letters, Adam, batch 8',
    kind: 'train',
    model: 'language',
    batch: 8,
  },
  generate256: {
    title: 'the token behind 256, of a causal transformer of 4 blocks of 4 heads, 128 wide',
    kind: 'generate',
    tokens: 256,
  },
  xor: { title: 'training 2-8-1, SGD, batch 4', kind: 'train', model: 'xor', batch: 4 },
  predict1: { title: 'prediction of one sample, 784-128-10', kind: 'predict', model: 'mlp', batch: 1 },
  predict256: { title: 'prediction of 256 samples, 784-128-10', kind: 'predict', model: 'mlp', batch: 256 },
  ...MANY,
  gemm64: product(64),
  gemm256: product(256),
  gemm512: product(512),
  gemm1024: product(1024),
};

function product(size) {
  return { title: `product of two ${size}x${size} matrices`, kind: 'product', size };
}

/** How many elements of a product are compared. */
const PICKED = 16;

/** The workload's task; `epochs` is for `fit`. */
export function taskOf({ kind, size, model, batch, way, tokens }) {
  if (kind === 'generate')
    return { kind, tokens, ...makeLanguageTask(1, { ...LANGUAGE, blocks: 4, width: 128, length: 2 * tokens }) };
  if (kind === 'many') return { kind, way, x: Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6) };
  if (model === 'language') return { kind, ...makeLanguageTask(batch) };
  if (kind !== 'product') return { kind, ...makeTask(model, batch), epochs: model === 'xor' ? XOR_EPOCHS : 1 };
  const next = random(9);
  const picked = Array.from({ length: PICKED }, () => Math.floor(next() * size * size));
  return { kind, size, a: operand(size * size, 3), b: operand(size * size, 4), picked };
}

/**
 * @typedef {object} Adapter how a library does the workloads
 * @property {string} [package] the package whose version is shown
 * @property {string} [note] says why losses and outputs can't be compared with ours; absent where they can
 * @property {Record<string, string[]>} styles names of the ways in which it can do a workload
 * @property {() => string | undefined} [absent] why it cannot be measured here
 * @property {() => unknown} load imports the library; what it returns is the first argument of the others
 * @property {(library, task, style: string) => Training | Promise<Training>} [train]
 * @property {(library, task, style: string) => Predict | Promise<Predict>} [predict]
 * @property {(library, task, style: string) => Multiply | Promise<Multiply>} [product]
 * @property {(library, task) => Many | Promise<Many>} [many]
 * @property {(library, task, style: string) => Generation | Promise<Generation>} [generate]
 * @property {(task, style: string, timing) => object} [measure] in place of all these: measures in a way of its own
 *
 * @typedef {object} Training
 * @property {(step: number) => void | Promise<void>} step
 * @property {() => number | Promise<number>} loss of the last step, or of what `lossOf` says
 * @property {string} [lossOf]
 * @property {() => unknown} [sync] waits for what steps have left to be done
 * @property {number} [stepsPerCall]
 *
 * @typedef {object} Multiply two matrices that lie where the library wants them
 * @property {(step: number) => void | Promise<void>} step
 * @property {() => unknown} [sync]
 * @property {() => ArrayLike<number> | Promise<ArrayLike<number>>} result
 *
 * @typedef {object} Generation a text that grows, from the task's prompt on
 * @property {() => Promise<number>} next the likeliest token behind it, which becomes a part of it
 *
 * @typedef {object} Many small networks, sigmoid in both layers
 * @property {() => unknown} make
 * @property {(network) => ArrayLike<number>} predict both outputs for the task's x
 * @property {(network) => unknown} clone
 *
 * @typedef {(x: Float32Array) => Float32Array | Promise<Float32Array>} Predict
 */

/** @type {Record<string, () => Promise<{ default: Adapter }>>} in the order in which they are measured */
export const ADAPTERS = {
  wasmgrad: () => import('./adapters/wasmgrad.js'),
  'jax-js': () => import('./adapters/jax-js.js'),
  'tfjs-wasm': () => import('./adapters/tfjs-wasm.js'),
  pytorch: () => import('./adapters/pytorch.js'),
  'onnxruntime-node': () => import('./adapters/onnxruntime-node.js'),
  'onnxruntime-web': () => import('./adapters/onnxruntime-web.js'),
  'plain-js': () => import('./adapters/plain-js.js'),
  synaptic: () => import('./adapters/synaptic.js'),
  'brain-js': () => import('./adapters/brain-js.js'),
};

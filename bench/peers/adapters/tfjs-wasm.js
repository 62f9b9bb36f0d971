// TensorFlow.js on its wasm back end, in two ways: `fit` of its layers, as its guide shows it, and `custom`, what an
// expert writes after profiling: matMul with a transposed operand, which every gradient needs, is a scalar loop in that
// back end, so the operands are transposed first; the gradient of a convolution's kernel is missing there, so it is
// written as a convolution.

import { fileURLToPath } from 'node:url';
import { forward } from '../../forward.js';
import { causalMask, language, oneHot } from '../../language.js';

const WASM_FOLDER = fileURLToPath(new URL('../node_modules/@tensorflow/tfjs-backend-wasm/dist/', import.meta.url));

async function load() {
  const tf = defaultOf(await import('@tensorflow/tfjs'));
  const { setWasmPaths } = defaultOf(await import('@tensorflow/tfjs-backend-wasm'));
  setWasmPaths(WASM_FOLDER);
  if (!(await tf.setBackend('wasm'))) throw new Error('the wasm back end did not start');
  await tf.ready();
  return tf;
}

const defaultOf = (module) => module.default ?? module;

/** Its own default of epsilon is 1e-7, which would show in the losses. */
function optimizerOf(tf, { optimizer, learningRate }) {
  return optimizer === 'adam' ? tf.train.adam(learningRate, 0.9, 0.999, 1e-8) : tf.train.sgd(learningRate);
}

function layersModel(tf, { model, weights }, lastActivation) {
  const net = tf.sequential();
  model.layers.forEach(({ units, activation }, i) => {
    const last = i === model.layers.length - 1;
    const inputShape = i === 0 ? { inputShape: [model.inputs] } : {};
    net.add(tf.layers.dense({ ...inputShape, units, activation: last ? lastActivation : activation }));
  });
  net.setWeights(weights.map(({ data, shape }) => tf.tensor(data, shape)));
  return net;
}

function throughFit(tf, task) {
  const { model, samples, targets, batch, batches, epochs, outputs } = task;
  const classifies = model.loss === 'softmaxCrossEntropy';
  const net = layersModel(tf, task, classifies ? 'softmax' : model.layers.at(-1).activation);
  const loss = classifies ? 'categoricalCrossentropy' : 'meanSquaredError';
  net.compile({ optimizer: optimizerOf(tf, model), loss });
  const x = tf.tensor(samples, [model.samples, model.inputs]);
  const t = tf.tensor(targets, [model.samples, outputs]);
  let last = 0;
  return {
    stepsPerCall: batches * epochs,
    step: async () => {
      const { history } = await net.fit(x, t, { epochs, batchSize: batch, shuffle: false, verbose: 0 });
      last = history.loss.at(-1);
    },
    loss: () => last,
    lossOf: `epoch ${epochs}`,
  };
}

function denseOf(tf) {
  return tf.customGrad((x, kernel, bias, save) => {
    save([x, kernel]);
    const gradFunc = (dy, [input, weights]) => [
      tf.matMul(dy, tf.transpose(weights)),
      tf.matMul(tf.transpose(input), dy),
      tf.sum(dy, 0),
    ];
    return { value: tf.fused.matMul({ a: x, b: kernel, bias }), gradFunc };
  });
}

/** 3x3, stride 1, one pixel of padding. */
function convOf(tf) {
  const around = [
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ];
  return tf.customGrad((x, kernel, save) => {
    save([x, kernel]);
    const gradFunc = (dy, [input, weights]) => {
      const turned = tf.transpose(tf.reverse(weights, [0, 1]), [0, 1, 3, 2]);
      const byChannel = tf.conv2d(tf.transpose(input, [3, 1, 2, 0]), tf.transpose(dy, [1, 2, 0, 3]), 1, around);
      return [tf.conv2d(dy, turned, 1, 'same'), tf.transpose(byChannel, [1, 2, 0, 3])];
    };
    return { value: tf.conv2d(x, kernel, 1, 'same'), gradFunc };
  });
}

function opsOf(tf) {
  const [conv, dense] = [convOf(tf), denseOf(tf)];
  return {
    dense,
    conv: (x, kernel) => conv(x, kernel),
    addBias: (x, bias) => tf.add(x, bias),
    pool: (x, size) => tf.maxPool(x, size, size, 'valid'),
    flatten: (x) => tf.reshape(x, [x.shape[0], -1]),
    steps: (x, kernel, bias) => {
      const [n, steps, features] = x.shape;
      const all = dense(tf.reshape(x, [n * steps, features]), kernel, bias);
      return tf.unstack(tf.reshape(all, [n, steps, -1]), 1);
    },
    zeros: (like, units) => tf.zeros([like.shape[0], units]),
    split: (x, count) => tf.split(x, count, -1),
    add: (x, y) => tf.add(x, y),
    sub: (x, y) => tf.sub(x, y),
    mul: (x, y) => tf.mul(x, y),
    activate: (x, name) => tf[name](x),
  };
}

/** A product of batches of matrices, whose gradients have operands that are transposed first. */
function batchedProductOf(tf) {
  const transposed = (x) => tf.transpose(x, [0, 1, 3, 2]);
  return tf.customGrad((a, b, save) => {
    save([a, b]);
    const gradFunc = (dy, [x, y]) => [tf.matMul(dy, transposed(y)), tf.matMul(transposed(x), dy)];
    return { value: tf.matMul(a, b), gradFunc };
  });
}

/** What language.js needs, of tokens one-hot: a look-up has no derivative in this back end. */
function languageOps(tf, model) {
  const { width, heads, length, words } = model;
  const [dense, product] = [denseOf(tf), batchedProductOf(tf)];
  const mask = tf.tensor(causalMask(model), [length, length]);
  const none = { [width]: tf.zeros([width]), [words]: tf.zeros([words]) };
  return {
    embed: (x, table, places) => {
      return dense(x, table, none[width]).reshape([-1, length, width]).add(places).reshape([-1, width]);
    },
    layerNorm: (x, scale, shift) => {
      const centered = x.sub(x.mean(-1, true));
      const variance = centered.square().mean(-1, true);
      return centered.mul(variance.add(1e-5).rsqrt()).mul(scale).add(shift);
    },
    dense: (x, kernel, bias = none[words]) => dense(x, kernel, bias),
    attend: (qkv) => {
      const parts = qkv.reshape([-1, length, 3, heads, width / heads]).transpose([2, 0, 3, 1, 4]);
      const [q, k, v] = tf.unstack(parts);
      const scores = product(q, tf.transpose(k, [0, 1, 3, 2])).mul(1 / Math.sqrt(width / heads));
      const weights = tf.softmax(scores.add(mask));
      return product(weights, v).transpose([0, 2, 1, 3]).reshape([-1, width]);
    },
    gelu: (x) => {
      const inner = x.add(x.mul(x).mul(x).mul(0.044715)).mul(Math.sqrt(2 / Math.PI));
      return x.mul(0.5).mul(inner.tanh().add(1));
    },
    add: (x, y) => x.add(y),
  };
}

function custom(tf, task) {
  const { model, weights, batch, batches, outputs } = task;
  const parameters = weights.map(({ data, shape }) => tf.variable(tf.tensor(data, shape)));
  const shape = [batch, ...(model.image ?? model.sequence ?? [model.inputs])];
  const hot = (tokens) => tf.tensor(oneHot(tokens, model.words), [tokens.length, model.words]);
  const all = (made) => Array.from({ length: batches }, (_, i) => made(i));
  const xs = all((i) => (model.heads ? hot(task.x(i)) : tf.tensor(task.x(i), shape)));
  const ts = all((i) => (model.heads ? hot(task.y(i)) : tf.tensor(task.t(i), [batch, outputs])));
  const ops = model.heads ? languageOps(tf, model) : opsOf(tf);
  const output = model.heads ? language : forward;
  const optimizer = optimizerOf(tf, model);
  const lossOf = tf.losses[model.loss];
  let last;
  return {
    step: (step) => {
      last?.dispose();
      const i = step % batches;
      last = optimizer.minimize(() => lossOf(ts[i], output(model, ops, parameters, xs[i])), true, parameters);
    },
    sync: () => last.dataSync(),
    loss: () => last.dataSync()[0],
  };
}

function predict(tf, task, style) {
  const shape = [task.batch, task.model.inputs];
  if (style === 'layers') {
    const net = layersModel(tf, task, 'linear');
    return (x) => tf.tidy(() => net.predict(tf.tensor(x, shape)).dataSync());
  }
  const parameters = task.weights.map((weight) => tf.tensor(weight.data, weight.shape));
  const output = (x) =>
    task.model.layers.reduce((a, { activation }, i) => {
      return tf.fused.matMul({ a, b: parameters[2 * i], bias: parameters[2 * i + 1], activation });
    }, x);
  return (x) => tf.tidy(() => output(tf.tensor(x, shape)).dataSync());
}

function product(tf, { size, a, b }) {
  const [x, y] = [a, b].map((values) => tf.tensor(values, [size, size]));
  let last;
  return {
    step: () => {
      last?.dispose();
      last = tf.matMul(x, y);
    },
    sync: () => last.dataSync(),
    result: () => last.dataSync(),
  };
}

export default {
  package: '@tensorflow/tfjs-backend-wasm',
  styles: {
    mlp32: ['custom', 'fit'],
    mlp128: ['custom', 'fit'],
    deep128: ['custom', 'fit'],
    xor: ['custom', 'fit'],
    cnn32: ['custom'],
    lstm: ['custom'],
    gru: ['custom'],
    gpt: ['custom'],
    predict1: ['core', 'layers'],
    predict256: ['core', 'layers'],
    gemm64: ['matMul'],
    gemm256: ['matMul'],
    gemm512: ['matMul'],
    gemm1024: ['matMul'],
  },
  load,
  train: (tf, task, style) => (style === 'fit' ? throughFit(tf, task) : custom(tf, task)),
  predict,
  product,
};

// TensorFlow.js on its wasm back end, in two ways: `fit` of its layers, as its guide shows it, and `custom`, what an
// expert writes after profiling: matMul with a transposed operand, which every gradient needs, is a scalar loop in that
// back end, so the operands are transposed first.

import { fileURLToPath } from 'node:url';

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

function custom(tf, task) {
  const { model, weights, batch, batches, outputs } = task;
  const dense = denseOf(tf);
  const parameters = weights.map(({ data, shape }) => tf.variable(tf.tensor(data, shape)));
  const xs = Array.from({ length: batches }, (_, i) => tf.tensor(task.x(i), [batch, model.inputs]));
  const ts = Array.from({ length: batches }, (_, i) => tf.tensor(task.t(i), [batch, outputs]));
  const optimizer = optimizerOf(tf, model);
  const lossOf = tf.losses[model.loss];
  const forward = (x) =>
    model.layers.reduce((input, { activation }, i) => {
      const z = dense(input, parameters[2 * i], parameters[2 * i + 1]);
      return activation === 'linear' ? z : tf[activation](z);
    }, x);
  let last;
  return {
    step: (step) => {
      last?.dispose();
      const i = step % batches;
      last = optimizer.minimize(() => lossOf(ts[i], forward(xs[i])), true, parameters);
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
  const forward = (x) =>
    task.model.layers.reduce((a, { activation }, i) => {
      return tf.fused.matMul({ a, b: parameters[2 * i], bias: parameters[2 * i + 1], activation });
    }, x);
  return (x) => tf.tidy(() => forward(tf.tensor(x, shape)).dataSync());
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

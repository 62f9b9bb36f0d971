// wasmgrad itself: what the others are compared with.

import { beginText, buildLanguageModel, languageTrainer } from '../../languagemodel.js';
import { buildModel, smallModels } from '../../model.js';
import { jittedProduct, productProgram } from '../../product.js';
import { runnerOf } from '../../programs.js';
import { MANY_STYLES } from '../many.js';

async function train(_, task, style) {
  if (style === 'trainer') return byHand(task);
  const model = await (task.model.heads ? buildLanguageModel(task) : buildModel(task));
  return style === 'fit' ? throughFit(model, task) : throughBatches(model, task);
}

function throughBatches(model, task) {
  let loss = 0;
  return {
    step: (step) => {
      loss = model.trainOnBatch(task.x(step), task.y(step));
    },
    loss: () => loss,
  };
}

async function byHand(task) {
  const training = await languageTrainer(task);
  let loss = 0;
  return {
    step: (step) => {
      loss = training.step(task.x(step), task.y(step));
    },
    loss: () => loss,
  };
}

function throughFit(model, task) {
  const { samples, targets, classes, batch, batches, epochs } = task;
  let loss = 0;
  return {
    stepsPerCall: batches * epochs,
    step: async () => {
      const { history } = await model.fit(samples, classes ?? targets, { epochs, batchSize: batch, shuffle: false });
      loss = history.loss.at(-1);
    },
    loss: () => loss,
    lossOf: `epoch ${epochs}`,
  };
}

async function predict(_, task) {
  const model = await buildModel(task);
  return (x) => model.predict(x).data();
}

/** `program`: inside of a program, where operands lie in place. `jit`: from outside, they are copied in and out. */
async function product(_, { size, a, b }, style) {
  const shape = { m: size, k: size, n: size };
  if (style === 'jit') return jittedProduct(shape, a, b);
  const { run, results } = productProgram(await runnerOf({ backend: 'wasm' }), shape, a, b);
  return { step: () => run(1), result: () => results()[0] };
}

async function many(_, { x }) {
  const options = { out: new Float32Array(2) };
  return {
    make: await smallModels(),
    predict: (model) => model.predict(x, options),
    clone: (model) => model.clone(),
  };
}

/** Made once; its texts begin anew. */
let writer;

async function generate(_, task, style) {
  writer ??= await buildLanguageModel(task);
  return beginText(writer, task.x(0).subarray(0, task.tokens), style === 'cache');
}

const products = ['program', 'jit'];

export default {
  styles: {
    mlp32: ['batch', 'fit'],
    mlp128: ['batch', 'fit'],
    deep128: ['batch', 'fit'],
    cnn32: ['batch', 'fit'],
    resnet32: ['batch', 'fit'],
    lstm: ['batch', 'fit'],
    gru: ['batch', 'fit'],
    gpt: ['layers', 'trainer'],
    generate256: ['cache', 'no cache'],
    xor: ['batch', 'fit'],
    predict1: ['predict'],
    predict256: ['predict'],
    ...MANY_STYLES,
    gemm64: products,
    gemm256: products,
    gemm512: products,
    gemm1024: products,
  },
  load: () => undefined,
  train,
  predict,
  product,
  many,
  generate,
};

// brain.js: sigmoid networks that learn after every sample. Of its versions the 2.0 beta is the quicker one.

import { createRequire } from 'node:module';
import { MANY_STYLES } from '../many.js';

const require = createRequire(import.meta.url);
/** Passes over the samples in one call of train. */
const ITERATIONS = 500;

function train({ NeuralNetwork }, { model, batch, outputs, x, t }) {
  const hiddenLayers = model.layers.slice(0, -1).map(({ units }) => units);
  const net = new NeuralNetwork({ hiddenLayers, activation: 'sigmoid' });
  const rows = Array.from({ length: batch }, (_, i) => ({
    input: Array.from(x(0).subarray(i * model.inputs, (i + 1) * model.inputs)),
    output: Array.from(t(0).subarray(i * outputs, (i + 1) * outputs)),
  }));
  let loss = 0;
  return {
    stepsPerCall: ITERATIONS,
    step: () => {
      loss = net.train(rows, { iterations: ITERATIONS, errorThresh: 1e-12, learningRate: 0.3 }).error;
    },
    loss: () => loss,
  };
}

function many({ NeuralNetwork }, { x }) {
  const input = Array.from(x);
  return {
    make: () => {
      const net = new NeuralNetwork({ inputSize: 6, hiddenLayers: [8], outputSize: 2, activation: 'sigmoid' });
      net.initialize();
      return net;
    },
    predict: (net) => net.run(input),
    clone: (net) => new NeuralNetwork().fromJSON(net.toJSON()),
  };
}

export default {
  package: 'brain.js',
  note: 'other mathematics: an update after every sample, weights of its own',
  styles: { xor: ['train'], ...MANY_STYLES },
  load: () => require('brain.js'),
  train,
  many,
};

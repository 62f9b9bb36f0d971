// synaptic: sigmoid perceptrons that learn after every sample.

import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const LEARNING_RATE = 0.3;

function train({ Architect }, { model, batch, outputs, x, t }) {
  const net = new Architect.Perceptron(model.inputs, ...model.layers.map(({ units }) => units));
  const cut = (flat, width) => {
    return Array.from({ length: batch }, (_, i) => Array.from(flat.subarray(i * width, (i + 1) * width)));
  };
  const inputs = cut(x(0), model.inputs);
  const targets = cut(t(0), outputs);
  let loss = 0;
  const learn = (input, target) => {
    const output = net.activate(input);
    output.forEach((y, j) => {
      loss += (y - target[j]) ** 2 / (batch * outputs);
    });
    net.propagate(LEARNING_RATE, target);
  };
  return {
    step: () => {
      loss = 0;
      for (let i = 0; i < batch; i++) learn(inputs[i], targets[i]);
    },
    loss: () => loss,
  };
}

export default {
  package: 'synaptic',
  note: 'other mathematics: float64, an update after every sample, weights of its own',
  styles: { xor: ['propagate'] },
  load: () => require('synaptic'),
  train,
};

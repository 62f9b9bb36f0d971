// # Several runs
// Three learning rates: too small, right, too large.

import { dense, init, sequential, setSeed, sgd } from 'wasmgrad';
import { learningCurves } from 'wasmgrad/plot';

await init();

const x = Array.from({ length: 60 }, (_, i) => [i / 30 - 1]);
const y = x.map(([a]) => 3 * a * a - a);
const train = async (rate) => {
  setSeed(2);
  const model = sequential([1], [dense(16, { activation: 'tanh' }), dense(1)]);
  model.compile({ optimizer: sgd(rate), loss: 'mse' });
  return model.fit(x, y, { epochs: 60, batchSize: 10 });
};
const histories = { 'rate 0.003': await train(0.003), 'rate 0.1': await train(0.1), 'rate 0.3': await train(0.3) };

export const figure = learningCurves(histories, { title: 'Three learning rates' });

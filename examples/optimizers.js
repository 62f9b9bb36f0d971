// Batch, stochastic and mini-batch descent, momentum, RMSProp, Adagrad and Adam on one problem: a line through 200 noisy
// points of y = 3x - 1, from the same start, with the same number of passes over the points.

import { adagrad, adam, dense, init, randomNormal, randomUniform, rmsprop, sequential, setSeed, sgd } from 'wasmgrad';
import { learningCurves } from 'wasmgrad/plot';
import { figure } from './lib/figures.js';
import { table } from './lib/terminal.js';

await init();

setSeed(1);
const inputs = randomUniform([200], { low: -1, high: 1 });
const noise = randomNormal([200], { std: 0.1 });
const x = inputs.data();
const y = inputs.mul(3).sub(1).add(noise).data();

const ways = [
  ['batch descent', sgd(0.3), 'full'],
  ['stochastic descent', sgd(0.03), 1],
  ['mini-batch descent', sgd(0.1), 20],
  ['momentum', sgd(0.03, { momentum: 0.9 }), 20],
  ['Nesterov momentum', sgd(0.03, { momentum: 0.9, nesterov: true }), 20],
  ['RMSProp', rmsprop(0.03), 20],
  ['Adagrad', adagrad(0.5), 20],
  ['Adam', adam(0.1), 20],
];

const histories = {};
const rows = [['', 'steps', 'loss after 1 pass', '5 passes', '20 passes', 'slope', 'offset']];
for (const [name, optimizer, batchSize] of ways) {
  setSeed(1);
  const model = sequential([1], [dense(1)]);
  model.compile({ optimizer, loss: 'meanSquaredError' });
  model.setWeights([[[0]], [0]]);
  const losses = [];
  const callbacks = [{ onEpochEnd: () => void losses.push(model.evaluate(x, y).loss) }];
  histories[name] = await model.fit(x, y, { epochs: 20, batchSize, callbacks });
  const [slope, offset] = model.getWeights().map((w) => w.item().toFixed(3));
  const steps = 20 * (batchSize === 'full' ? 1 : 200 / batchSize);
  rows.push([name, steps, ...[0, 4, 19].map((pass) => losses[pass].toFixed(4)), slope, offset]);
}
console.log(table(rows));

await figure('optimizers', () => learningCurves(histories, { title: 'Eight ways down', scale: 'log' }));

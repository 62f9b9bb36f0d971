// # The loss of a model around its way
// Along the two directions in which its weights moved most.

import { dense, init, sequential, sgd } from 'wasmgrad';
import { lossSurface } from 'wasmgrad/plot';

await init({ seed: 5 });

const x = [[0, 0], [0, 1], [1, 0], [1, 1]]; // biome-ignore format: a truth table
const y = [0, 1, 1, 0];
const model = sequential([2], [dense(8, { activation: 'tanh' }), dense(1, { activation: 'sigmoid' })]);
model.compile({ optimizer: sgd(1), loss: 'binaryCrossEntropy' });
const weights = [];
for (let round = 0; round < 12; round++) {
  weights.push(model.parameters());
  await model.fit(x, y, { epochs: 25, batchSize: 'full' });
}

export const figure = lossSurface(model, x, y, { weights });

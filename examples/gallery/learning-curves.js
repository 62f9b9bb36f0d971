// # Learning curves
// Training and validation, with a ring at the best epoch.

import { adam, dense, init, randomNormal, sequential } from 'wasmgrad';
import { learningCurves } from 'wasmgrad/plot';

await init({ seed: 1 });

const x = randomNormal([200, 2]).toArray();
const y = x.map(([a, b], i) => (i % 7 === 0 ? 0 : +(a * a + b * b > 1.4))); // every seventh label says nothing
const model = sequential(
  [2],
  [dense(32, { activation: 'relu' }), dense(32, { activation: 'relu' }), dense(1, { activation: 'sigmoid' })],
);
model.compile({ optimizer: adam(0.01), loss: 'binaryCrossEntropy' });
const history = await model.fit(x, y, { epochs: 80, validationSplit: 0.3 });

export const figure = learningCurves(history);

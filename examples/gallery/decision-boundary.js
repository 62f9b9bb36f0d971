// # A decision boundary

import { adam, dense, init, randomNormal, sequential } from 'wasmgrad';
import { decisionBoundary } from 'wasmgrad/plot';

await init({ seed: 3 });

const noise = randomNormal([150, 2], { std: 0.25 }).toArray();
const y = noise.map((_, i) => i % 3);
const x = noise.map(([a, b], i) => {
  const turn = (i / 150) * 4 + (y[i] * 2 * Math.PI) / 3;
  const far = 0.3 + (i / 150) * 2;
  return [far * Math.cos(turn) + a, far * Math.sin(turn) + b];
});
const model = sequential(
  [2],
  [dense(32, { activation: 'relu' }), dense(32, { activation: 'relu' }), dense(3, { activation: 'softmax' })],
);
model.compile({ optimizer: adam(0.01), loss: 'categoricalCrossEntropy' });
await model.fit(x, y, { epochs: 60 });

export const figure = decisionBoundary(model, x, y, { title: 'Three arms of a spiral' });

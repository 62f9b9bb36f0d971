// Backpropagation laid open: a 2-3-2 sigmoid network with the L1 loss, its z, a, δ, dW and db, layer by layer.
//
//   z = x·W + b    a = σ(z)    δ(output) = ∇ₐL ⊙ σ'(z)    δ(hidden) = δ(next)·Wᵀ ⊙ σ'(z)    dW = xᵀ·δ    db = Σ δ

import { dense, init, sequential, sgd } from 'wasmgrad';

await init();

const model = sequential([2], [dense(3, { activation: 'sigmoid' }), dense(2, { activation: 'sigmoid' })]);
model.compile({ optimizer: sgd(0.5), loss: 'meanAbsoluteError' });
model.setWeights([
  [[0.15, -0.4, 0.3], [0.2, 0.25, -0.35]], // biome-ignore format: a matrix
  [0.35, -0.1, 0.05],
  [[0.4, 0.5], [-0.45, 0.55], [0.6, -0.3]], // biome-ignore format: a matrix
  [0.6, -0.2],
]);

const x = [[0.05, 0.1]];
const y = [[0.01, 0.99]];
const text = (tensor) => JSON.stringify(tensor.toArray(), (_, v) => (typeof v === 'number' ? +v.toFixed(6) : v));

const { loss, layers } = model.inspect(x, y);
console.log(`L = ${loss.toFixed(6)}`);
for (const [name, { z, a, delta, dW, db }] of Object.entries(layers)) {
  console.log(`${name}:`);
  for (const [symbol, value] of Object.entries({ z, a, δ: delta, dW, db }))
    console.log(`  ${symbol.padEnd(2)} = ${text(value)}`);
}

model.trainOnBatch(x, y);
console.log(`after one step: L = ${model.inspect(x, y).loss.toFixed(6)}`);

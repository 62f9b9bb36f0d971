// Backpropagation step by step: a 2-3-2 sigmoid network with the L1 loss, its z, a, δ, dW and db, layer by layer, a step of gradient
// descent and the loss after it; and the same gradients from grad, which knows nothing of layers.
//
//   z = x·W + b    a = σ(z)    δ(output) = ∇ₐL ⊙ σ'(z)    δ(hidden) = δ(next)·Wᵀ ⊙ σ'(z)    dW = xᵀ·δ    db = Σ δ

import { dense, grad, init, sequential, sgd, tensor } from 'wasmgrad';
import { explain } from 'wasmgrad/explain';
import { networkDiagram } from 'wasmgrad/plot';
import { figure } from './lib/figures.js';

await init();

const [W1, b1] = [tensor([0.15, -0.4, 0.3, 0.2, 0.25, -0.35], [2, 3]), tensor([0.35, -0.1, 0.05])];
const [W2, b2] = [tensor([0.4, 0.5, -0.45, 0.55, 0.6, -0.3], [3, 2]), tensor([0.6, -0.2])];
const x = [[0.05, 0.1]];
const y = [[0.01, 0.99]];

const model = sequential([2], [dense(3, { activation: 'sigmoid' }), dense(2, { activation: 'sigmoid' })]);
model.compile({ optimizer: sgd(0.5), loss: 'meanAbsoluteError' });
model.setWeights([W1, b1, W2, b2]);

console.log(explain(model, x, y, { digits: 6 }).text);
await figure('delta', () => networkDiagram(model, x, y));

const L = ({ W1, b1, W2, b2 }) => {
  const hidden = tensor(x).matMul(W1).add(b1).sigmoid();
  return hidden.matMul(W2).add(b2).sigmoid().sub(tensor(y)).abs().mean();
};
const text = (t) => JSON.stringify(t.toArray(), (_, v) => (typeof v === 'number' ? +v.toFixed(6) : v));
console.log('\nThe same from grad:');
for (const [name, value] of Object.entries(grad(L)({ W1, b1, W2, b2 }))) console.log(`    d${name} = ${text(value)}`);

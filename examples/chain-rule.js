// Products of matrices, and the chain rule through them.

import { grad, init, tensor } from 'wasmgrad';
import { functionPlot } from 'wasmgrad/plot';
import { figure } from './lib/figures.js';

await init();

const text = (t) => JSON.stringify(t.toArray(), (_, v) => (typeof v === 'number' ? +v.toFixed(6) : v));

const A = tensor([
  [1, 2],
  [3, 4],
]);
const B = tensor([
  [-1, -2],
  [-3, -4],
]);
console.log(`A·B = ${text(A.matMul(B))}`);
console.log(`A⊙B = ${text(A.mul(B))}`);

// d e^(-x) / dx = -e^(-x): the outer derivative times the inner one.
const f = (x) => x.neg().exp();
for (const x of [0, 1, 2]) console.log(`d e^(-x)/dx at ${x} = ${grad(f)(x).toFixed(6)}`);

// f(A) = Σ (A·B)²: df/dA = 2(A·B)·Bᵀ.
const g = (a) => a.matMul(B).square().sum();
console.log(`df/dA      = ${text(grad(g)(A))}`);
console.log(`2(A·B)·Bᵀ  = ${text(A.matMul(B).mul(2).matMul(B, { transB: true }))}`);

await figure('chain-rule', () => functionPlot(f, [-1, 3], { title: 'e^(−x) and its derivative' }));

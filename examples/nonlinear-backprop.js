// c = √(ln(x²)) is driven to 2.13 from x = 2: x ← x - (c - 2.13) / (dc/dx). The exact root is e^(2.13²/2) = 9.664409.

import { init, valueAndGrad } from 'wasmgrad';
import { explain } from 'wasmgrad/explain';
import { functionPlot, graphDiagram } from 'wasmgrad/plot';
import { figure } from './lib/figures.js';

await init({ precision: 'float64' });

const c = (x) => x.square().log().sqrt();
const at = valueAndGrad(c);

console.log(`${explain(c)(2)}\n`);
await figure('nonlinear-graph', () => graphDiagram(c)(2));
await figure('nonlinear-function', () => functionPlot(c, [1.1, 10]));

let x = 2;
for (let round = 1; round <= 5; round++) {
  const { value, grads } = at(x);
  console.log(`round ${round}: x=${x.toFixed(6)}, c=${value.toFixed(6)}, dc/dx=${grads.toFixed(6)}`);
  x -= (value - 2.13) / grads;
}
console.log(`next:    x=${x.toFixed(6)}, c=${at(x).value.toFixed(6)}`);
console.log(`exact:   x=${Math.exp(2.13 ** 2 / 2).toFixed(6)}`);

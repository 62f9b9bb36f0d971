// x = 2w + 3b, y = 2b + 1, z = x·y at w = 3, b = 4. Then z is driven to 150: the error Δz is split in two equal halves, one
// taken from b and one from w, each divided by how much z changes with it: ∂z/∂b = 3y + 2x, ∂z/∂w = 2y.

import { init, valueAndGrad } from 'wasmgrad';
import { explain } from 'wasmgrad/explain';
import { graphDiagram } from 'wasmgrad/plot';
import { figure } from './lib/figures.js';

// In float64: the steps get smaller than what float32 tells apart at 150.
await init({ precision: 'float64' });

const z = ({ w, b }) => w.mul(2).add(b.mul(3)).mul(b.mul(2).add(1));
const at = valueAndGrad(z);

const start = at({ w: 3, b: 4 });
console.log(`${explain(z)({ w: 3, b: 4 })}\n`);
await figure('linear-forward', () => graphDiagram(z)({ w: 3, b: 4 }));
await figure('linear-backward', () => graphDiagram(z, { backward: true })({ w: 3, b: 4 }));

/** Rounds until |Δz| < 1e-5; `fresh` computes the factors in every round, else those of the first round are kept. */
function drive(target, fresh) {
  console.log(`${fresh ? 'fresh' : 'fixed'} factors:`);
  let [w, b, factors] = [3, 4, start.grads];
  for (let round = 1; round <= 20; round++) {
    const { value, grads } = at({ w, b });
    const error = value - target;
    if (Math.abs(error) < 1e-5) break;
    if (fresh) factors = grads;
    b -= error / 2 / factors.b;
    w -= error / 2 / factors.w;
    console.log(`  round ${round}: error ${error.toFixed(6)}, w=${w.toFixed(6)}, b=${b.toFixed(6)}`);
  }
  console.log(`  z=${at({ w, b }).value.toFixed(4)} at w=${w.toFixed(6)}, b=${b.toFixed(6)}`);
}

drive(150, true);
drive(150, false);

// What a loss measures. Labels [1, 1, 1], predictions [1, 2, 3] and [1, 3, 3].

import { init, tensor } from 'wasmgrad';
import { functionPlot } from 'wasmgrad/plot';
import { figure } from './lib/figures.js';

await init();

const label = tensor([1, 1, 1]);
for (const prediction of [tensor([1, 2, 3]), tensor([1, 3, 3])]) {
  const error = prediction.sub(label);
  const [absolute, squared] = [error.abs(), error.square()];
  console.log(`prediction ${JSON.stringify(prediction.toArray())}:`);
  console.log(`  absolute error ${absolute.sum().item()}, mean ${absolute.mean().item().toFixed(6)}`);
  console.log(`  squared error ${squared.sum().item()}, mean ${squared.mean().item().toFixed(6)}`);
}

// -y·ln p - (1 - y)·ln(1 - p): only one of the two terms is left.
const crossEntropy = (y, p) =>
  p
    .log()
    .mul(-y)
    .sub(
      p
        .neg()
        .add(1)
        .log()
        .mul(1 - y),
    );
for (const y of [1, 0]) {
  for (const p of [0.9, 0.5, 0.1]) {
    console.log(`binary cross-entropy for y=${y}, p=${p}: ${crossEntropy(y, tensor(p)).item().toFixed(6)}`);
  }
  const options = { title: `Binary cross-entropy for y = ${y}, over p`, derivative: false };
  await figure(`cross-entropy-${y}`, () => functionPlot((p) => crossEntropy(y, p), [0.02, 0.98], options));
}

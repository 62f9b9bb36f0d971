// # Activations, layer by layer

import { dense, init, randomNormal, sequential, sgd } from 'wasmgrad';
import { histograms } from 'wasmgrad/plot';

await init({ seed: 1 });

const layers = [1, 2, 3].map((i) => dense(64, { activation: 'tanh', name: `layer ${i}` }));
const model = sequential([16], [...layers, dense(1)]);
model.compile({ optimizer: sgd(0.01), loss: 'mse' });
const seen = model.inspect(randomNormal([200, 16]), randomNormal([200, 1]));

export const figure = histograms(seen, { title: 'Activations' });

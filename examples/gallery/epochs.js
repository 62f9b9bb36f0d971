// # Weights, epoch by epoch

import { adam, dense, init, randomNormal, sequential } from 'wasmgrad';
import { histograms } from 'wasmgrad/plot';

await init({ seed: 1 });

const x = randomNormal([200, 4]).toArray();
const y = x.map(([a, b]) => +(a * b > 0));
const model = sequential([4], [dense(32, { activation: 'relu' }), dense(1, { activation: 'sigmoid' })]);
model.compile({ optimizer: adam(0.02), loss: 'binaryCrossEntropy' });
const weights = [];
await model.fit(x, y, { epochs: 30, callbacks: [{ onEpochEnd: () => void weights.push(model.parameters()) }] });

export const figure = histograms(weights);

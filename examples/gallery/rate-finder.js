// # Which learning rate

import { dense, init, learningRateFinder, randomNormal, sequential, sgd } from 'wasmgrad';
import { rateFinder } from 'wasmgrad/plot';

await init({ seed: 1 });

const x = randomNormal([400, 4]).toArray();
const y = x.map(([a, b, c]) => Math.abs(a) + b * c);
const model = sequential([4], [dense(32, { activation: 'tanh' }), dense(1)]);
model.compile({ optimizer: sgd(0.01), loss: 'mse' });
const sweep = await learningRateFinder(model, x, y);

export const figure = rateFinder(sweep);

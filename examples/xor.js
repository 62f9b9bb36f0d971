// The first network of every course: XOR, which no single line can separate.

import { adam, dense, init, sequential } from 'wasmgrad';
import { decisionBoundary, learningCurves } from 'wasmgrad/plot';
import { figure } from './lib/figures.js';

await init({ seed: 1 });

const x = [[0, 0], [0, 1], [1, 0], [1, 1]]; // biome-ignore format: a truth table
const y = [0, 1, 1, 0];

const model = sequential([2], [dense(8, { activation: 'tanh' }), dense(1, { activation: 'sigmoid' })]);
model.compile({ optimizer: adam(0.05), loss: 'binaryCrossEntropy' });
const trained = await model.fit(x, y, { epochs: 400, batchSize: 'full' });

const { loss } = trained.history;
console.log(`loss ${loss[0].toFixed(4)} -> ${loss.at(-1).toFixed(4)}`);
const p = model.predict(x).data();
for (const [i, [a, b]] of x.entries()) console.log(`${a} xor ${b} = ${p[i].toFixed(3)}`);

await figure('xor-loss', () => learningCurves(trained));
await figure('xor', () => decisionBoundary(model, x, y, { title: 'XOR' }));

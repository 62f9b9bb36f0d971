// Trains XOR, in a page or in Node, and prints which kernels ran.

import { adam, dense, init, sequential } from 'wasmgrad';

const threads = Number(
  globalThis.process?.env.THREADS ?? new URLSearchParams(globalThis.location?.search).get('threads'),
);
const runtime = await init({ seed: 1, threads: threads || 1 });

const model = sequential([2], [dense(8, { activation: 'tanh' }), dense(1, { activation: 'sigmoid' })]);
model.compile({ optimizer: adam(0.05), loss: 'binaryCrossEntropy' });
const inputs = [[0, 0], [0, 1], [1, 0], [1, 1]]; // biome-ignore format: a truth table
const { history } = await model.fit(inputs, [0, 1, 1, 0], { epochs: 400, batchSize: 'full' });

console.log(JSON.stringify({ loss: history.loss.at(-1), predictions: [...model.predict(inputs).data()], runtime }));

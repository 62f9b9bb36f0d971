// The size of a program that trains a multilayer perceptron, bundled, minified and compressed. Fails above the limits.

import { gzipSync } from 'node:zlib';
import { BUNDLERS } from './bundle.mjs';

const KB = 1000;

/** An entry, and the most that a program may weigh with it. */
const LIMITS = [
  { from: 'wasmgrad', limit: 40 * KB },
  { from: 'wasmgrad/js', limit: 25 * KB },
];

const program = (from) => `
import { adam, dense, init, sequential } from '${from}';
await init({ seed: 1 });
const model = sequential([2], [dense(8, { activation: 'tanh' }), dense(1, { activation: 'sigmoid' })]);
model.compile({ optimizer: adam(0.05), loss: 'binaryCrossEntropy', metrics: ['accuracy'] });
await model.fit([[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]], { epochs: 500, batchSize: 'full' });
console.log(model.predict([1, 0]).toArray());
`;

const shown = (bytes) => `${(bytes / KB).toFixed(1)} kB`.padStart(9);

console.log('a program that trains an MLP, minified\n');
console.log('entry        bundler        raw  gzip -9    limit');
for (const { from, limit } of LIMITS) {
  for (const [name, bundle] of Object.entries(BUNDLERS)) {
    const text = await bundle(program(from));
    const size = gzipSync(text, { level: 9 }).length;
    console.log(`${from.padEnd(12)} ${name.padEnd(8)}${shown(text.length)}${shown(size)}${shown(limit)}`);
    if (size > limit) process.exitCode = 1;
  }
}
if (process.exitCode) console.error('\ntoo large');

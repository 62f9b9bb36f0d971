// The size of a program that trains a multilayer perceptron, bundled, minified and compressed. Fails above the limits.

import { gzipSync } from 'node:zlib';
import { BUNDLERS, byLoading } from './bundle.mjs';

const KB = 1000;

/** An entry, and the most that a program may weigh with it. */
// Aimed at are 40 and 30 kB (docs/architecture.md, "Entries", says what went beyond); these limits keep it from growing.
const LIMITS = [
  { from: 'wasmgrad', limit: 54.5 * KB },
  { from: 'wasmgrad/js', limit: 47 * KB },
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
const sum = (files, sizeOf) => files.reduce((total, file) => total + sizeOf(file), 0);
const raw = ({ text }) => text.length;
const compressed = ({ text }) => gzipSync(text, { level: 9 }).length;

console.log(
  'A program that trains an MLP, minified: what a page loads to train. What it loads only if it has to (TypeScript',
);
console.log(
  'kernels where wasm cannot run, the code that chooses a build for threads) is in the last column, gzip -9.\n',
);
console.log('entry        bundler        raw  gzip -9    limit  on demand');
for (const { from, limit } of LIMITS) {
  for (const [name, bundle] of Object.entries(BUNDLERS)) {
    const { first, later } = byLoading(await bundle(program(from)));
    const size = sum(first, compressed);
    const columns = [shown(sum(first, raw)), shown(size), shown(limit), shown(sum(later, compressed)).padStart(11)];
    console.log(`${from.padEnd(12)} ${name.padEnd(8)}${columns.join('')}`);
    if (size > limit) process.exitCode = 1;
  }
}
if (process.exitCode) console.error('\ntoo large');

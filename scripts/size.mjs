// The size of programs that train a multilayer perceptron and a convolutional net, and of one that runs a frozen
// network, bundled, minified and compressed. Fails above the limits.

import { gzipSync } from 'node:zlib';
import { BUNDLERS, byLoading } from './bundle.mjs';

const KB = 1000;

/** What a page trains. Data comes from elsewhere: `x` and `y`. */
const PROGRAMS = {
  MLP: (from) => `
import { adam, dense, init, sequential } from '${from}';
await init({ seed: 1 });
const model = sequential([2], [dense(8, { activation: 'tanh' }), dense(1, { activation: 'sigmoid' })]);
model.compile({ optimizer: adam(0.05), loss: 'binaryCrossEntropy', metrics: ['accuracy'] });
await model.fit([[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]], { epochs: 500, batchSize: 'full' });
console.log(model.predict([1, 0]).toArray());
`,
  'and files': (from) => `
import { loadModel, loadTrainingState, modelCheckpoint, saveModel } from 'wasmgrad/io';
${PROGRAMS.MLP(from)}
const from = await loadTrainingState('run');
await model.fit(x, y, { callbacks: [modelCheckpoint({ path: 'run' })], from });
await saveModel(model, 'model');
await loadModel('model');
`,
  'and figures': (from) => `
import * as plot from 'wasmgrad/plot';
${PROGRAMS.MLP(from)}
console.log(plot);
`,
  'conv net': (from) => `
import { activation, adam, batchNorm, conv2d, dense, dropout, flatten, init, maxPool2d, sequential } from '${from}';
await init({ seed: 1 });
const seen = [conv2d(16, 3, { padding: 'same' }), batchNorm(), activation('relu'), maxPool2d(2), flatten()];
const model = sequential([28, 28, 1], [...seen, dropout(0.3), dense(10, { activation: 'softmax' })]);
model.compile({ optimizer: adam(0.001), loss: 'categoricalCrossEntropy', metrics: ['accuracy'] });
await model.fit(x, y, { epochs: 5 });
console.log(model.predict(x).toArray());
`,
  frozen: (from) => `
import { loadFrozen } from '${from}';
const model = await loadFrozen(fetch('model.frozen'));
console.log(model.predict(x));
`,
};

/** A program, an entry, and the most that it may weigh with it. */
// Aimed at are 40 and 30 kB for an MLP, 50 for a conv net (docs/architecture.md, "Entries", says what went beyond);
// these limits keep them from growing.
const LIMITS = [
  { what: 'MLP', from: 'wasmgrad', limit: 55 * KB },
  { what: 'MLP', from: 'wasmgrad/js', limit: 47.6 * KB },
  { what: 'and files', from: 'wasmgrad', limit: 61.6 * KB },
  { what: 'and figures', from: 'wasmgrad', limit: (55 + 60) * KB }, // all of them
  { what: 'conv net', from: 'wasmgrad', limit: 83 * KB },
  { what: 'conv net', from: 'wasmgrad/js', limit: 57.8 * KB },
  { what: 'frozen', from: 'wasmgrad/run', limit: 14 * KB },
];

/** What exports of wasmgrad/io may add to the program that trains an MLP. */
const FILES = [
  ...['saveModel, loadModel', 'saveModel', 'loadModel', 'saveWeights', 'loadWeights', 'loadExtras', 'modelCheckpoint'],
  ...['saveTrainingState', 'loadTrainingState', 'readSafetensors', 'writeSafetensors', 'freeze'],
  ...['indexedDb', 'opfs', 'download', 'FileError'],
];
const ADDED = 6 * KB;

const shown = (bytes) => `${(bytes / KB).toFixed(1)} kB`.padStart(9);
const sum = (files, sizeOf) => files.reduce((total, file) => total + sizeOf(file), 0);
const raw = ({ text }) => text.length;
const compressed = ({ text }) => gzipSync(text, { level: 9 }).length;

console.log(
  'Programs that train, and one that runs a frozen MLP, minified: what a page loads first. What it loads only if it has to (TypeScript',
);
console.log(
  'kernels where wasm cannot run, the code that chooses a build for threads, kernels of other networks) is in the last column, gzip -9.\n',
);
console.log('program     entry        bundler        raw  gzip -9    limit  on demand');
for (const { what, from, limit } of LIMITS) {
  for (const [name, bundle] of Object.entries(BUNDLERS)) {
    const { first, later } = byLoading(await bundle(PROGRAMS[what](from)));
    const size = sum(first, compressed);
    const columns = [shown(sum(first, raw)), shown(size), shown(limit), shown(sum(later, compressed)).padStart(11)];
    console.log(`${what.padEnd(11)} ${from.padEnd(12)} ${name.padEnd(8)}${columns.join('')}`);
    if (size > limit) process.exitCode = 1;
  }
}

console.log('\nWhat exports of wasmgrad/io add to the MLP (esbuild), gzip -9\n');
const firstOf = async (program) => sum(byLoading(await BUNDLERS.esbuild(program)).first, compressed);
const without = await firstOf(PROGRAMS.MLP('wasmgrad'));
for (const names of FILES) {
  const used = `import { ${names} } from 'wasmgrad/io'; globalThis.used = [${names}];`;
  const added = (await firstOf(used + PROGRAMS.MLP('wasmgrad'))) - without;
  console.log(`${names.padEnd(22)}${shown(added)}${shown(ADDED)}`);
  if (added > ADDED) process.exitCode = 1;
}
if (process.exitCode) console.error('\ntoo large');

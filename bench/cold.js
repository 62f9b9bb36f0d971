// npm run bench:cold: how much longer a fresh Node process takes than an empty one, to the first prediction of 784-128-10.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dense, init, sequential } from 'wasmgrad';
import { freeze } from 'wasmgrad/io';
import { coldStarts } from '../examples/lambda/cold-start.js';
import { BUNDLERS } from '../scripts/bundle.mjs';
import { machineText } from './report.js';

const ROUNDS = 20;
const LIMIT_MS = 40;
const LIMIT_FROZEN = 0.5;

const predict = (options) => `
  import { dense, init, sequential } from 'wasmgrad';
  await init(${options});
  const model = sequential([784], [dense(128, { activation: 'relu' }), dense(10, { activation: 'softmax' })]);
  model.predict(new Float32Array(784)).data();`;

const folder = mkdtempSync(join(tmpdir(), 'wasmgrad-'));

/** The same program, bundled as functions are that are deployed. */
const bundle = join(folder, 'program.mjs');
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
for (const { name, text } of await BUNDLERS.esbuild(predict('{}'))) {
  writeFileSync(name === 'program.js' ? bundle : join(folder, name), text);
}

/** The same network, frozen. */
const frozen = join(folder, 'model.frozen');
await init({ seed: 1 });
writeFileSync(
  frozen,
  await freeze(sequential([784], [dense(128, { activation: 'relu' }), dense(10, { activation: 'softmax' })])),
);

const run = `
  import { loadFrozen } from 'wasmgrad/run';
  const model = await loadFrozen(${JSON.stringify(frozen)});
  model.predict(new Float32Array(784));`;

const times = coldStarts(
  {
    empty: '',
    import: `import 'wasmgrad';`,
    'first prediction': predict('{}'),
    'the same, bundled': `import ${JSON.stringify(bundle)};`,
    'the same, TypeScript': predict(`{ backend: 'js' }`),
    'the same, frozen': run,
  },
  ROUNDS,
);

rmSync(folder, { recursive: true });
console.log(`${machineText()}\n`);
console.log(`fresh processes, median of ${ROUNDS}, taking turns     ms  above empty`);
for (const [name, ms] of Object.entries(times)) {
  console.log(`${name.padEnd(42)}${ms.toFixed(1).padStart(7)}${(ms - times.empty).toFixed(1).padStart(13)}`);
}
const above = (name) => times[name] - times.empty;
const share = above('the same, frozen') / above('first prediction');
console.log(
  `\nlimit of the first prediction: ${LIMIT_MS} ms above empty; the frozen one takes ${share.toFixed(2)} of it, limit ${LIMIT_FROZEN}`,
);
if (above('first prediction') > LIMIT_MS || share > LIMIT_FROZEN) process.exitCode = 1;

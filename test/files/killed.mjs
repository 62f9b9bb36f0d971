// Trains with checkpoints, to be killed at any moment: node killed.mjs FILE [resume]. Prints the bits that it ends
// with.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { loadTrainingState, modelCheckpoint } from '../../dist/io.js';
import * as wg from '../../dist/wasmgrad.js';

const [, , path, resume] = process.argv;
await wg.init({ seed: 3 });
const x = Array.from({ length: 96 }, (_, i) => [Math.sin(i), Math.cos(3 * i), (i % 7) / 7]);
const y = x.map(([a, b, c]) => [a * b > 0 ? 1 : 0, c]);
const hidden = [wg.dense(64, { activation: 'relu' }), wg.batchNorm(), wg.dropout(0.2)];
const net = wg.sequential([3], [...hidden, wg.dense(64, { activation: 'tanh' }), wg.dense(2)]);
net.compile({ optimizer: wg.adamW(wg.oneCycle(0.01, { steps: 12 * 12 })), loss: 'mse', metrics: ['mae'] });
const from = resume && existsSync(path) ? await loadTrainingState(path) : undefined;
const callbacks = [wg.earlyStopping({ monitor: 'loss', patience: 99 }), modelCheckpoint({ path, everySteps: 1 })];
process.stdout.write('begins\n');
const history = await net.fit(x, y, { epochs: 12, batchSize: 8, callbacks, from });
const hash = createHash('sha256').update(JSON.stringify(history));
for (const weight of net.getWeights()) hash.update(weight.data());
process.stdout.write(`${hash.digest('hex')}\n`);

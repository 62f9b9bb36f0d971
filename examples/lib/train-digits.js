// node train-digits.js FILE [FROZEN]: trains 784-128-10 on 8,000 handwritten digits and their shifts, in seconds, and writes its
// weights as they lie in memory, float32, one parameter after the other; and to FROZEN the model as wasmgrad/run runs it.

import { writeFileSync } from 'node:fs';
import { adam, dense, init, rescaling, sequential } from 'wasmgrad';
import { freeze } from 'wasmgrad/io';
import { loadDigits, withShifts } from './mnist.js';

const SEED = 7;

const [file, frozen] = process.argv.slice(2);
await init({ seed: SEED });
const { train, test } = loadDigits({ train: 8000, test: 2000, seed: SEED });
const layers = [rescaling(1 / 255), dense(128, { activation: 'relu' }), dense(10, { activation: 'softmax' })];
const model = sequential([784], layers);
model.compile({ optimizer: adam(1e-3), loss: 'categoricalCrossEntropy', metrics: ['accuracy'] });
const { images, labels } = withShifts(train);
await model.fit(images, labels, { epochs: 3, batchSize: 64 });
const { accuracy } = model.evaluate(test.images, test.labels);

writeFileSync(file, new Uint8Array(await new Blob(model.getWeights().map((w) => w.data())).arrayBuffer()));
if (frozen) writeFileSync(frozen, await freeze(model));
console.log(`${file}: ${model.parameterCount} weights, accuracy ${accuracy.toFixed(4)} on digits never seen`);

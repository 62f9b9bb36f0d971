// A digit classifier: 784 pixels, 256 hidden units, 10 classes. Trains on 8,000 real handwritten digits, each also
// shifted by a pixel in four directions, and is tested on 2,000 that it has never seen. The images stay bytes in memory;
// the first layer brings each batch to 0 … 1.

import { adam, dense, init, rescaling, sequential } from 'wasmgrad';
import { confusionMatrix, learningCurves } from 'wasmgrad/plot';
import { figure } from './lib/figures.js';
import { loadDigits, withShifts } from './lib/mnist.js';
import { confusion, drawImages, progress } from './lib/terminal.js';

const SEED = 7;

const { backend } = await init({ seed: SEED });
const { train, test } = loadDigits({ train: 8000, test: 2000, seed: SEED });
const { images, labels } = withShifts(train);

const layers = [rescaling(1 / 255), dense(256, { activation: 'relu' }), dense(10, { activation: 'softmax' })];
const model = sequential([784], layers);
model.compile({ optimizer: adam(1e-3), loss: 'categoricalCrossEntropy', metrics: ['accuracy'] });
console.log(`${model.summary()}\n\nback end: ${backend}\n`);

const decay = {
  onEpochBegin: (epoch) => {
    model.learningRate = 1e-3 * 0.6 ** epoch;
  },
};
const start = performance.now();
const trained = await model.fit(images, labels, { epochs: 4, batchSize: 64, callbacks: [decay, progress()] });
console.log(`trained in ${((performance.now() - start) / 1000).toFixed(1)} s\n`);

const predicted = model.predict(test.images).argMax().data();
const digits = Array.from({ length: 10 }, (_, digit) => String(digit));
console.log('held-out digits: a row a label, a column a prediction');
console.log(`${confusion(test.labels, predicted, digits)}\n`);

const image = (i) => test.images.subarray(i * 784, (i + 1) * 784);
const wrong = test.labels.findIndex((label, i) => label !== predicted[i]);
const shown = [0, 1, 2, wrong].filter((i) => i >= 0);
console.log(drawImages(shown.map(image)));
console.log(shown.map((i) => `predicted ${predicted[i]}, is ${test.labels[i]}`.padEnd(28)).join(' '));

const { accuracy } = model.evaluate(test.images, test.labels);
console.log(`\ntest accuracy: ${accuracy.toFixed(4)}`);

await figure('digits-loss', () => learningCurves(trained));
await figure('digits', () => confusionMatrix(test.labels, predicted));

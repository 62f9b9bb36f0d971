// A digit classifier that sees: two convolutions, each with pooling, on 8,000 real handwritten digits, which are shifted and
// turned a little, another way in each epoch. It is tested on 2,000 that it has never seen.
// `npm run -s example digits-cnn 1000` trains on the first 1,000.

import {
  adam,
  conv2d,
  cosineDecay,
  dense,
  dropout,
  flatten,
  init,
  maxPool2d,
  randomRotation,
  randomTranslation,
  rescaling,
  sequential,
} from 'wasmgrad';
import { numberOr } from './lib/arguments.js';
import { loadDigits } from './lib/mnist.js';
import { report } from './lib/report.js';

const SEED = 7;
const EPOCHS = 12;
const BATCH = 32;

await init({ seed: SEED });
const { train, test } = loadDigits({ train: numberOr(8000), test: 2000, seed: SEED });

const model = sequential(
  [28, 28, 1],
  [
    rescaling(1 / 255),
    randomTranslation(0.05, 0.05),
    randomRotation(10),
    conv2d(16, 5, { padding: 'same', activation: 'relu' }),
    maxPool2d(2),
    conv2d(32, 3, { padding: 'same', activation: 'relu' }),
    maxPool2d(2),
    flatten(),
    dense(64, { activation: 'relu' }),
    dropout(0.2),
    dense(10, { activation: 'softmax' }),
  ],
);
const decaySteps = EPOCHS * Math.ceil(train.labels.length / BATCH);
model.compile({
  optimizer: adam(cosineDecay(2e-3, { decaySteps })),
  loss: 'categoricalCrossEntropy',
  metrics: ['accuracy'],
});
console.log(`${model.summary()}\n`);

const start = performance.now();
const trained = await model.fit(train.images, train.labels, { epochs: EPOCHS, batchSize: BATCH, verbose: 1 });
console.log(`trained in ${((performance.now() - start) / 1000).toFixed(1)} s`);
report(model, trained, test, ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);

// Pictures of clothes, sorted into ten kinds: convolutions with batch norm, dropout, and pictures that are flipped and shifted
// at random. Trains on 60,000, and is tested on 10,000 that it has never seen.
// `npm run -s example fashion-cnn 2000` trains on the first 2,000.

import {
  activation,
  adamW,
  batchNorm,
  conv2d,
  dense,
  dropout,
  flatten,
  init,
  maxPool2d,
  oneCycle,
  randomFlip,
  randomTranslation,
  rescaling,
  sequential,
} from 'wasmgrad';
import { numberOr } from './lib/arguments.js';
import { CLOTHES, loadClothes } from './lib/fashion.js';
import { report } from './lib/report.js';

const SEED = 3;
const EPOCHS = 5;
const BATCH = 64;

await init({ seed: SEED });
const { train, test } = loadClothes({ train: numberOr(60_000), test: 10_000, seed: SEED });

/** A convolution finds a pattern everywhere, batch norm keeps what it finds in range, pooling halves the picture. */
const block = (filters) => [
  conv2d(filters, 3, { padding: 'same', useBias: false }),
  batchNorm(),
  activation('relu'),
  maxPool2d(2),
];
const model = sequential(
  [28, 28, 1],
  [
    rescaling(1 / 255),
    randomFlip(),
    randomTranslation(0.05, 0.05),
    ...block(16),
    ...block(32),
    ...block(64),
    flatten(),
    dropout(0.3),
    dense(10, { activation: 'softmax' }),
  ],
);
const steps = EPOCHS * Math.ceil(train.labels.length / BATCH);
model.compile({ optimizer: adamW(oneCycle(5e-3, { steps })), loss: 'categoricalCrossEntropy', metrics: ['accuracy'] });
console.log(`${model.summary()}\n`);

const start = performance.now();
const trained = await model.fit(train.images, train.labels, { epochs: EPOCHS, batchSize: BATCH, verbose: 1 });
console.log(`trained in ${((performance.now() - start) / 1000).toFixed(1)} s`);
report(model, trained, test, CLOTHES);

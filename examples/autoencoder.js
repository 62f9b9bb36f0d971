// An autoencoder: a digit of 784 pixels goes through 16 numbers and has to come out again. The first half learns to write
// them, the second half to read them; what both can't keep is lost. No label is used.
// `npm run -s example autoencoder 1000` trains on the first 1,000 digits.

import {
  adam,
  conv2d,
  conv2dTranspose,
  dense,
  flatten,
  init,
  model,
  rescaling,
  reshape,
  sequential,
  tensor,
} from 'wasmgrad';
import { numberOr } from './lib/arguments.js';
import { loadDigits } from './lib/mnist.js';
import { curve, drawImages } from './lib/terminal.js';

const SEED = 5;
const CODE = 16;

await init({ seed: SEED });
const { train, test } = loadDigits({ train: numberOr(8000), test: 2000, seed: SEED });

const half = { strides: 2, padding: 'same', activation: 'relu' };
const encoder = sequential(
  [28, 28, 1],
  [rescaling(1 / 255), conv2d(16, 3, half), conv2d(32, 3, half), flatten(), dense(CODE)],
);
const decoder = sequential(
  [CODE],
  [
    dense(7 * 7 * 32, { activation: 'relu' }),
    reshape([7, 7, 32]),
    conv2dTranspose(16, 3, half),
    conv2dTranspose(1, 3, { strides: 2, padding: 'same', activation: 'sigmoid' }),
  ],
);
const [encode, decode] = [encoder.asLayer({ name: 'encoder' }), decoder.asLayer({ name: 'decoder' })];
const autoencoder = model([28, 28, 1], (x) => decode(encode(x)));
autoencoder.compile({ optimizer: adam(2e-3), loss: 'binaryCrossEntropy' });
console.log(`${autoencoder.summary()}\n`);

// What is to come out is what goes in, in 0 … 1.
const target = Float32Array.from(train.images, (byte) => byte / 255);
const { history } = await autoencoder.fit(train.images, target, { epochs: 10, batchSize: 64, verbose: 1 });
console.log(`\n${curve('loss', history.loss)}\n`);

const bytes = (images) => {
  const pixels = images.data();
  return [0, 1, 2, 3, 4].map((i) => pixels.subarray(i * 784, (i + 1) * 784).map((value) => 255 * value));
};
const seen = test.images.subarray(0, 5 * 784);
console.log(`five digits that it has never seen, through ${CODE} numbers:\n`);
console.log(drawImages([0, 1, 2, 3, 4].map((i) => seen.subarray(i * 784, (i + 1) * 784))));
console.log(drawImages(bytes(autoencoder.predict(seen))));

const expected = Float32Array.from(test.images, (byte) => byte / 255);
const error = autoencoder
  .predict(test.images)
  .sub(tensor(expected, [2000, 28, 28, 1]))
  .square()
  .mean()
  .item();
const mean = expected.reduce((a, b) => a + b) / expected.length;
const spread = expected.reduce((a, b) => a + (b - mean) ** 2, 0) / expected.length;
console.log(`\nof the variance of the pixels it keeps ${(100 * (1 - error / spread)).toFixed(1)} %`);

// A generative adversarial network that writes digits: a generator makes images of 64 random numbers, a discriminator learns to
// tell them from real ones, and each is trained against the other (A. Radford et al., "Unsupervised representation learning
// with deep convolutional generative adversarial networks", 2016). The generator never sees a real digit.
// `npm run -s example gan-digits 200` makes 200 steps.

import {
  activation,
  adam,
  batchNorm,
  conv2d,
  conv2dTranspose,
  dense,
  dropout,
  flatten,
  init,
  randomKey,
  randomNormal,
  reshape,
  sequential,
  splitKey,
  tensor,
  trainer,
} from 'wasmgrad';
import { numberOr } from './lib/arguments.js';
import { loadDigits } from './lib/mnist.js';
import { drawImages } from './lib/terminal.js';

const SEED = 1;
const BATCH = 64;
const NOISE = 64;
const STEPS = numberOr(2000);

await init({ seed: SEED });
const { train } = loadDigits({ train: 10_000, test: 0, seed: SEED });

const generator = sequential(
  [NOISE],
  [
    dense(7 * 7 * 64, { useBias: false }),
    batchNorm(),
    activation('relu'),
    reshape([7, 7, 64]),
    conv2dTranspose(32, 4, { strides: 2, padding: 'same', useBias: false }),
    batchNorm(),
    activation('relu'),
    conv2dTranspose(1, 4, { strides: 2, padding: 'same', activation: 'tanh' }),
  ],
);
const slope = (x) => x.leakyRelu(0.2);
const discriminator = sequential(
  [28, 28, 1],
  [
    conv2d(32, 4, { strides: 2, padding: 'same', activation: slope }),
    conv2d(64, 4, { strides: 2, padding: 'same', activation: slope }),
    flatten(),
    dropout(0.3),
    dense(1),
  ],
);

const judged = (d, images, key) => discriminator.apply(d, images, { training: true, key }); // above 0: it holds it for real
const noise = (key) => randomNormal([BATCH, NOISE], { key });

/** What the discriminator is shown. Running means, which nothing reads in training, stay as they are. */
const state = generator.state();
const forged = (g, key) => generator.apply(g, noise(key), { training: true, key, state }).output;

/** Of the discriminator: -ln σ of real images, which count as 0.9 sure, -ln(1 - σ) of forged ones. */
function judgeLoss(d, key, images, g) {
  const [first, second, third] = splitKey(key, 3);
  const real = judged(d, images, first);
  const fake = judged(d, forged(g, second), third);
  return real.neg().softplus().add(real.mul(0.1)).mean().add(fake.softplus().mean());
}

/** Of the generator: -ln σ of what it makes. */
function forgerLoss(g, key, d) {
  const [first, second] = splitKey(key);
  const made = generator.apply(g, noise(first), { training: true, key: first });
  return judged(d, made, second).neg().softplus().mean();
}

const optimizer = adam(5e-4, { beta1: 0.5 });
const judge = trainer(judgeLoss, discriminator, { optimizer, key: randomKey(1) });
const forger = trainer(forgerLoss, generator, { optimizer, key: randomKey(2) });

const real = (step) => {
  const batches = Math.floor(train.labels.length / BATCH);
  const first = (step % batches) * BATCH * 784;
  const pixels = Float32Array.from(train.images.subarray(first, first + BATCH * 784), (byte) => byte / 127.5 - 1);
  return tensor(pixels, [BATCH, 28, 28, 1]);
};

/** Five images of the same noise each time, so that one sees how they change. */
function show() {
  const pixels = generator.predict(randomNormal([5, NOISE], { key: randomKey(3) })).data();
  const bytes = Uint8Array.from(pixels, (value) => 127.5 * (value + 1));
  console.log(drawImages([0, 1, 2, 3, 4].map((i) => bytes.subarray(i * 784, (i + 1) * 784))));
}

let [judging, forging] = [0, 0];
for (let step = 1; step <= STEPS; step++) {
  judging += judge.step(real(step), generator.parameters());
  forging += forger.step(discriminator.parameters());
  if (step % Math.ceil(STEPS / 4) === 0) {
    const mean = (sum) => (sum / Math.ceil(STEPS / 4)).toFixed(3);
    console.log(`\nstep ${step}: loss of the discriminator ${mean(judging)}, of the generator ${mean(forging)}\n`);
    [judging, forging] = [0, 0];
    show();
  }
}

// Fine-tuning: a network that has learned to see from digits 0 to 4 is given 200 images of digits 5 to 9. Its convolutions are
// frozen, only a new last layer is trained; the same network trained from nothing on the 200 does worse.

import { adam, conv2d, dense, flatten, init, maxPool2d, model, rescaling, sequential } from 'wasmgrad';
import { loadDigits } from './lib/mnist.js';
import { table } from './lib/terminal.js';

const SEED = 11;

await init({ seed: SEED });
const { train, test } = loadDigits({ train: 8000, test: 2000, seed: SEED });

/** The images whose labels are in from … from + 4, at most `count`, with labels 0 … 4. */
function five({ images, labels }, from, count = labels.length) {
  const rows = Array.from(labels.keys()).filter((i) => labels[i] >= from && labels[i] < from + 5);
  const kept = rows.slice(0, count);
  const pixels = new Uint8Array(kept.length * 784);
  kept.forEach((row, i) => {
    pixels.set(images.subarray(row * 784, (row + 1) * 784), i * 784);
  });
  return { images: pixels, labels: Uint8Array.from(kept, (row) => labels[row] - from) };
}

const trunk = () =>
  sequential(
    [28, 28, 1],
    [
      rescaling(1 / 255),
      conv2d(16, 3, { activation: 'relu' }),
      maxPool2d(2),
      conv2d(32, 3, { activation: 'relu' }),
      maxPool2d(2),
      flatten(),
    ],
  );

/** A classifier over a trunk: all of it is trained, or only the head. */
function classifier(body, { trainable }) {
  const [see, head] = [body.asLayer({ name: 'trunk', trainable }), dense(5, { activation: 'softmax', name: 'head' })];
  const net = model([28, 28, 1], (x) => head(see(x)));
  net.compile({ optimizer: adam(2e-3), loss: 'categoricalCrossEntropy', metrics: ['accuracy'] });
  return net;
}

const trained = trunk();
const low = five(train, 0);
await classifier(trained, { trainable: true }).fit(low.images, low.labels, { epochs: 4, batchSize: 32, verbose: 1 });

const few = five(train, 5, 200);
const high = five(test, 5);
const tuned = classifier(trained, { trainable: false });
const fresh = classifier(trunk(), { trainable: true });
console.log(`\n${tuned.summary()}\n`);
for (const net of [tuned, fresh]) await net.fit(few.images, few.labels, { epochs: 30, batchSize: 20 });

const accuracy = (net) => net.evaluate(high.images, high.labels).accuracy.toFixed(4);
console.log(
  table([
    ['trained on 200 images of 5 … 9', 'accuracy on those held out'],
    ['a new head on a frozen trunk', accuracy(tuned)],
    ['everything, from nothing', accuracy(fresh)],
  ]),
);

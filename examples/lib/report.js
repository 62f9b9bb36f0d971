// What a classifier of images shows when it is trained.

import { confusion, curve, drawImages } from './terminal.js';

/**
 * Prints the loss as a curve, what was taken for what, four images that it got wrong, and the accuracy, which it returns.
 *
 * @param {import('wasmgrad').Model} model
 * @param {import('wasmgrad').History} trained
 * @param {{ images: Uint8Array, labels: Uint8Array }} test
 * @param {string[]} names of the classes
 */
export function report(model, trained, test, names) {
  console.log(`\n${curve('loss', trained.history.loss)}\n`);
  const predicted = model.predict(test.images).argMax().data();
  console.log('of the test images: a row a label, a column a prediction');
  console.log(`${confusion(test.labels, predicted, names)}\n`);
  const wrong = Array.from(test.labels.keys()).filter((i) => test.labels[i] !== predicted[i]);
  const shown = wrong.slice(0, 4);
  console.log(drawImages(shown.map((i) => test.images.subarray(i * 784, (i + 1) * 784))));
  console.log(shown.map((i) => `taken for ${names[predicted[i]]}, is ${names[test.labels[i]]}`.padEnd(28)).join(' '));
  const accuracy = 1 - wrong.length / test.labels.length;
  console.log(`\ntest accuracy: ${accuracy.toFixed(4)}`);
  return accuracy;
}

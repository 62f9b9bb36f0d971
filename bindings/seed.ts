// The seed of everything random that is given no key, and the keys that begin at a seed. Not here: what is drawn from a
// key (ops/random.ts).

import { checkWhole } from './errors.js';

let seed = 0;
let streams = 0;

/**
 * Makes what follows repeatable: initial weights, shuffling and random tensors without a key of their own are the same
 * after the same seed.
 */
export function setSeed(value: number): void {
  checkWhole('setSeed: the seed', value, 0);
  seed = value;
  streams = 0;
}

/**
 * Seed and number of a stream that nothing else draws from; after the same seed and the same calls it is the same one.
 */
export const nextStream = (): [seed: number, stream: number] => [seed, streams++];

/** The four words of a stream's key. Number -1 is the key that a user makes of the seed. */
export const keyWords = (seed: number, stream: number): Int32Array =>
  Int32Array.of(seed, Math.floor(seed / 2 ** 32), stream, Math.floor(stream / 2 ** 32));

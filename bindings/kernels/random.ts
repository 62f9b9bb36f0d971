// Random numbers: Philox 4x32-10, a counter-based generator (J. Salmon et al., "Parallel random numbers: as easy as
// 1, 2, 3", SC 2011; the constants are those of the paper), and what every program draws from its words. Twin:
// assembly/kernels/random.ts, with the same bits, over Float64Array as well.
//
// A key is four words, k0 k1 s0 s1. Its block i in a domain is Philox of the counter (i, domain, s0, s1) under (k0,
// k1): four words, of which number 4i is the first. So number i of a key depends on key, domain and i only.

import { Draw } from '../../assembly/draws.js';
import type { Operands } from '../instructions.js';
import type { Views } from '../run/memory.js';

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/** Words that are drawn at a time. */
export const BLOCK = 512;
export const KEY = 4;

const { fround } = Math;

export const words = new Int32Array(BLOCK);

/**
 * A row of n random numbers for each of `rows` keys, from block first[row] on (0 where `first` is 0): words as they
 * are; whole numbers a + (0 … b - 1); or uniform a + (0 … 2^24 - 1)·b, at most c.
 */
export function random(
  { f, i }: Views,
  { a, b, c, out, keys, first, rows, n, domain, draw }: Operands<'random'>,
): void {
  for (let r = 0; r < rows; r++) {
    const start = first === 0 ? 0 : i[first + r]!;
    for (let from = 0; from < n; from += BLOCK) {
      const count = Math.min(n - from, BLOCK);
      fill(i, keys + r * KEY, domain, start + (from >> 2), count);
      const to = out + r * n + from;
      if (draw === Draw.uniform) uniform(f, to, count, fround(a), fround(b), fround(c));
      else if (draw === Draw.integers) integers(i, to, count, a, b);
      else i.set(words.subarray(0, count), to);
    }
  }
}

/** Writes `count` words of a key to `words`, and a few more: normal numbers need them by eights. */
export function fill(i: Int32Array, key: number, domain: number, block: number, count: number): void {
  for (let at = 0; at < count; at += 8) {
    philox(words, at, block + (at >> 2), domain, i, key);
    philox(words, at + 4, block + (at >> 2) + 1, domain, i, key);
  }
}

/** Four words: Philox of the counter (c0, c1, s0, s1). */
function philox(to: Int32Array, at: number, block: number, domain: number, i: Int32Array, key: number): void {
  // One variable a word, no arrays: before it is optimized, that is three times as fast.
  let [c0, c1, c2, c3] = [block, domain, i[key + 2]!, i[key + 3]!];
  let [k0, k1] = [i[key]!, i[key + 1]!];
  for (let round = 0; round < 10; round++) {
    const h0 = mulHigh(M0, c0);
    const h1 = mulHigh(M1, c2);
    const l0 = Math.imul(M0, c0);
    c0 = h1 ^ c1 ^ k0;
    c1 = Math.imul(M1, c2);
    c2 = h0 ^ c3 ^ k1;
    c3 = l0;
    k0 = (k0 + W0) | 0;
    k1 = (k1 + W1) | 0;
  }
  to[at] = c0;
  to[at + 1] = c1;
  to[at + 2] = c2;
  to[at + 3] = c3;
}

/** The high 32 bits of the product of two unsigned 32-bit integers, in halves of 16 bits: no sum is above 2^32. */
export function mulHigh(a: number, b: number): number {
  const [a0, a1, b0, b1] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const middle = Math.imul(a1, b0) + (Math.imul(a0, b0) >>> 16);
  const other = Math.imul(a0, b1) + (middle & 0xffff);
  return (Math.imul(a1, b1) + (middle >>> 16) + (other >>> 16)) | 0;
}

/** low + floor(word · range / 2^32) */
function integers(out: Int32Array, at: number, n: number, low: number, range: number): void {
  for (let k = 0; k < n; k++) out[at + k] = low + mulHigh(words[k]!, range);
}

/** low + the upper 24 bits of a word · step, at most `most` */
function uniform(out: Views['f'], at: number, n: number, low: number, step: number, most: number): void {
  for (let k = 0; k < n; k++) out[at + k] = Math.min(fround(fround((words[k]! >>> 8) * step) + low), most);
}

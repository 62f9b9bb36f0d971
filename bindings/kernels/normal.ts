// Normal numbers of the words of a key (random.ts). Twin: assembly/kernels/normal.ts, with the same bits, since both
// round to float32 after each step, over Float64Array as well.

import { Domain } from '../../assembly/draws.js';
import type { Operands } from '../instructions.js';
import type { Views } from '../run/memory.js';
import { BLOCK, fill, KEY, words } from './random.js';

const { fround } = Math;
const TO_UNIT = 2 ** -24;
const TO_EIGHTH_TURN = fround(Math.PI / 4 / 2 ** 23);

/** A row of n normal numbers for each of `rows` keys. */
export function randomNormal({ f, i }: Views, { mean, std, out, keys, rows, n }: Operands<'randomNormal'>): void {
  for (let r = 0; r < rows; r++) {
    for (let from = 0; from < n; from += BLOCK) {
      const count = Math.min(n - from, BLOCK);
      fill(i, keys + r * KEY, Domain.draw, from >> 2, count);
      normal(f, out + r * n + from, count, fround(mean), fround(std));
    }
  }
}

/**
 * Box and Muller: of eight words the first four give distances from 0, √(-2 ln u) for u in (0, 1], and the other four
 * angles; their cosines are the first four numbers, their sines the others. The upper 24 bits of an angle are its place
 * in an eighth of a turn to either side of 0, bit 0 says whether sine and cosine change places, bit 1 whether the
 * cosine is negative: together that is a full turn.
 */
function normal(out: Views['f'], at: number, n: number, mean: number, std: number): void {
  for (let k = 0; k < n; k++) {
    const pair = (k & ~7) + (k & 3);
    const size = fround(fround(Math.sqrt(fround(logNormal(((words[pair]! >>> 8) + 1) * TO_UNIT) * -2))) * std);
    const turn = words[pair + 4]!;
    const angle = fround(((turn >> 8) + 0.5) * TO_EIGHTH_TURN);
    const isCosine = (turn & 1) === (k & 4) >> 2;
    const part = isCosine ? cosine(angle) * (turn & 2 ? -1 : 1) : sine(angle);
    out[at + k] = fround(fround(size * part) + mean);
  }
}

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);
const SQRT_HALF_BITS = 0x3f3504f3;
const LN2_HI = 0.693145751953125;
const LN2_LO = fround(1.42860677e-6);

/** log(x) for normal x above 0, as in assembly/simd.ts, step by step. */
function logNormal(x: number): number {
  float[0] = x;
  const k = (bits[0]! - SQRT_HALF_BITS) >> 23;
  bits[0]! -= k << 23;
  const f = fround(float[0]! - 1);
  const s = fround(f / fround(2 + f));
  const z = fround(s * s);
  const p = horner(z, 0.2987067401409149, 0.3997758626937866, 0.6666677594184875);
  const bend = fround(s * fround(f - fround(p * z)));
  const low = fround(bend - fround(k * LN2_LO));
  return fround(fround(k * LN2_HI) - fround(low - f));
}

/** sin(r) for |r| <= π/4, as there. */
function sine(r: number): number {
  const z = fround(r * r);
  const p = horner(z, -0.00019518785120453686, 0.008332191966474056, -0.16666655242443085);
  return fround(r + fround(fround(p * z) * r));
}

/** cos(r) for |r| <= π/4, as there. */
function cosine(r: number): number {
  const z = fround(r * r);
  const p = horner(z, 2.4463419322273694e-5, -0.0013887619134038687, 0.041666653007268906);
  return fround(1 + fround(fround(fround(p * z) - 0.5) * z));
}

/** (a z + b) z + c, rounded after each step. */
function horner(z: number, a: number, b: number, c: number): number {
  return fround(fround(fround(fround(fround(a) * z) + fround(b)) * z) + fround(c));
}

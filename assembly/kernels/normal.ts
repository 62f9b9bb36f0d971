// Normal numbers of the words of a key (random.ts). Twin: bindings/kernels/normal.ts, with the same bits, since both
// round after each step, and nothing is multiplied and added in one.

import { Domain } from '../draws';
import { RandomNormalOperands } from '../operands';
import { endOf, rangeOf, startOf } from '../share';
import { F4 } from '../simd';
import { row } from './movement';
import { BLOCK, fill, KEY_BYTES, Words } from './random';

const SIGN_BIT = 0x80000000;
const TO_UNIT: f32 = 5.9604644775390625e-8; // 2^-24
const TO_EIGHTH_TURN: f32 = 9.362675967850009e-8; // π/4 / 2^23

/** A row of n normal numbers for each of `rows` keys. */
export function randomNormal(it: RandomNormalOperands, part: i32, parts: i32): void {
  const n = it.n;
  const each = (n + BLOCK - 1) / BLOCK;
  const range = rangeOf(it.rows * each, 8 * min(n, BLOCK), 1, part, parts);
  const words = it.scratch + ((<usize>(part * BLOCK)) << 2);
  for (let at = startOf(range); at < endOf(range); at++) {
    const r = at / each;
    const from = (at - r * each) * BLOCK;
    const count = min(n - from, BLOCK);
    const to = it.out + ((<usize>(r * n + from)) << 2);
    fill(words, it.keys + <usize>r * KEY_BYTES, Domain.draw, from >> 2, count);
    // Whole vectors are written: the last ones to scratch memory first.
    const whole = count === BLOCK;
    normal(whole ? to : words, words, words + ((<usize>count) << 2), <f32>it.mean, <f32>it.std);
    if (!whole) row(to, words, (<usize>count) << 2);
  }
}

/**
 * Box and Muller: of eight words the first four give distances from 0, √(-2 ln u) for u in (0, 1], and the other four
 * angles; their cosines are the first four numbers, their sines the others. The upper 24 bits of an angle are its place
 * in an eighth of a turn to either side of 0, bit 0 says whether sine and cosine change places, bit 1 whether the
 * cosine is negative: together that is a full turn.
 */
function normal(out: usize, words: usize, end: usize, mean: f32, std: f32): void {
  do {
    const u = f32x4.mul(f32x4.add(Words.upper(v128.load(words)), f32x4.splat(1)), f32x4.splat(TO_UNIT));
    const size = f32x4.mul(f32x4.sqrt(f32x4.mul(F4.logNormal(u), f32x4.splat(-2))), f32x4.splat(std));
    const turn = v128.load(words, 16);
    const whole = f32x4.convert_i32x4_s(i32x4.shr_s(turn, 8));
    const angle = f32x4.mul(f32x4.add(whole, f32x4.splat(0.5)), f32x4.splat(TO_EIGHTH_TURN));
    const sine = F4.sinReduced(angle);
    const negative = v128.and(i32x4.shl(turn, 30), i32x4.splat(SIGN_BIT));
    const cosine = v128.xor(F4.cosReduced(angle), negative);
    const changed = i32x4.shr_s(i32x4.shl(turn, 31), 31);
    const x = f32x4.mul(size, v128.bitselect(sine, cosine, changed));
    const y = f32x4.mul(size, v128.bitselect(cosine, sine, changed));
    v128.store(out, f32x4.add(x, f32x4.splat(mean)));
    v128.store(out, f32x4.add(y, f32x4.splat(mean)), 16);
    out += 32;
    words += 32;
  } while (words < end);
}

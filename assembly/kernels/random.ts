// Random numbers: Philox 4x32-10, a counter-based generator (J. Salmon et al., "Parallel random numbers: as easy as
// 1, 2, 3", SC 2011; the constants are those of the paper), and what every program draws from its words. Twin:
// bindings/kernels/random.ts, with the same bits.
//
// A key is four words, k0 k1 s0 s1. Its block i in a domain is Philox of the counter (i, domain, s0, s1) under (k0,
// k1): four words, of which number 4i is the first. So number i of a key depends on key, domain and i only.

import { Draw } from '../draws';
import { RandomOperands } from '../operands';
import { endOf, rangeOf, startOf } from '../share';
import { row } from './movement';

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/** Words that are drawn at a time, to scratch memory. */
export const BLOCK = 512;
export const KEY_BYTES: usize = 16;

/** Four words at once, inlined. */
export class Words {
  /** The high halves of the products of unsigned lanes */
  @inline
  static high(a: v128, b: v128): v128 {
    const even = i64x2.extmul_low_i32x4_u(a, b);
    const odd = i64x2.extmul_high_i32x4_u(a, b);
    return i8x16.shuffle(even, odd, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
  }

  /** The upper 24 bits, as a float */
  @inline
  static upper(words: v128): v128 {
    return f32x4.convert_i32x4_s(i32x4.shr_u(words, 8));
  }

  /** Stores four blocks, whose words lie in lanes, one behind the other. */
  @inline
  static store(to: usize, c0: v128, c1: v128, c2: v128, c3: v128): void {
    const a = i8x16.shuffle(c0, c1, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    const b = i8x16.shuffle(c2, c3, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    v128.store(to, i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
    v128.store(to, i8x16.shuffle(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31), 16);
    const c = i8x16.shuffle(c0, c1, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
    const d = i8x16.shuffle(c2, c3, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
    v128.store(to, i8x16.shuffle(c, d, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23), 32);
    v128.store(to, i8x16.shuffle(c, d, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31), 48);
  }
}

/**
 * A row of n random numbers for each of `rows` keys, from block first[row] on (0 where `first` is 0): words as they
 * are; whole numbers a + (0 … b - 1); or uniform a + (0 … 2^24 - 1)·b, at most c.
 */
export function random(it: RandomOperands, part: i32, parts: i32): void {
  const n = it.n;
  const each = (n + BLOCK - 1) / BLOCK;
  const range = rangeOf(it.rows * each, 8 * min(n, BLOCK), 1, part, parts);
  const words = it.scratch + ((<usize>(part * BLOCK)) << 2);
  for (let at = startOf(range); at < endOf(range); at++) {
    const r = at / each;
    const from = (at - r * each) * BLOCK;
    const count = min(n - from, BLOCK);
    const start = it.first ? load<i32>(it.first + ((<usize>r) << 2)) : 0;
    const to = it.out + ((<usize>(r * n + from)) << 2);
    fill(words, it.keys + <usize>r * KEY_BYTES, it.domain, start + (from >> 2), count);
    if (count === BLOCK) {
      draw(to, words, count, it.draw, it.a, it.b, it.c);
      continue;
    }
    // Whole vectors are written: the last ones to scratch memory first.
    draw(words, words, count, it.draw, it.a, it.b, it.c);
    row(to, words, (<usize>count) << 2);
  }
}

/**
 * Makes numbers of `count` words. A function that is called at two places, so that its loops are not inlined in
 * another.
 */
function draw(out: usize, words: usize, count: i32, kind: i32, a: f64, b: f64, c: f64): void {
  const end = words + ((<usize>count) << 2);
  if (kind === Draw.uniform) uniform(out, words, end, <f32>a, <f32>b, <f32>c);
  else if (kind === Draw.integers) integers(out, words, end, <i32>a, <u32>b);
  else if (out !== words) row(out, words, (<usize>count) << 2);
}

/** Writes `count` words of a key, and up to 31 more. Two groups of four counters in turn keep the multiplier busy. */
export function fill(to: usize, key: usize, domain: i32, block: i32, count: i32): void {
  const end = to + ((<usize>count) << 2);
  const m0 = i32x4.splat(M0);
  const m1 = i32x4.splat(M1);
  let counter = i32x4.add(i32x4.splat(block), i32x4(0, 1, 2, 3));
  do {
    let c0 = counter;
    let c1 = i32x4.splat(domain);
    let c2 = v128.load32_splat(key + 8);
    let c3 = v128.load32_splat(key + 12);
    let d0 = i32x4.add(counter, i32x4.splat(4));
    let d1 = c1;
    let d2 = c2;
    let d3 = c3;
    let k0 = v128.load32_splat(key);
    let k1 = v128.load32_splat(key + 4);
    let pairs = 5;
    do {
      const a0 = v128.xor(v128.xor(Words.high(c2, m1), c1), k0);
      const a1 = i32x4.mul(c2, m1);
      const a2 = v128.xor(v128.xor(Words.high(c0, m0), c3), k1);
      const a3 = i32x4.mul(c0, m0);
      const b0 = v128.xor(v128.xor(Words.high(d2, m1), d1), k0);
      const b1 = i32x4.mul(d2, m1);
      const b2 = v128.xor(v128.xor(Words.high(d0, m0), d3), k1);
      const b3 = i32x4.mul(d0, m0);
      const l0 = i32x4.add(k0, i32x4.splat(W0));
      const l1 = i32x4.add(k1, i32x4.splat(W1));
      c0 = v128.xor(v128.xor(Words.high(a2, m1), a1), l0);
      c1 = i32x4.mul(a2, m1);
      c2 = v128.xor(v128.xor(Words.high(a0, m0), a3), l1);
      c3 = i32x4.mul(a0, m0);
      d0 = v128.xor(v128.xor(Words.high(b2, m1), b1), l0);
      d1 = i32x4.mul(b2, m1);
      d2 = v128.xor(v128.xor(Words.high(b0, m0), b3), l1);
      d3 = i32x4.mul(b0, m0);
      k0 = i32x4.add(l0, i32x4.splat(W0));
      k1 = i32x4.add(l1, i32x4.splat(W1));
    } while (--pairs);
    Words.store(to, c0, c1, c2, c3);
    Words.store(to + 64, d0, d1, d2, d3);
    counter = i32x4.add(counter, i32x4.splat(8));
    to += 128;
  } while (to < end);
}

/** low + floor(word · range / 2^32) */
function integers(out: usize, words: usize, end: usize, low: i32, range: u32): void {
  do {
    v128.store(out, i32x4.add(Words.high(v128.load(words), i32x4.splat(range)), i32x4.splat(low)));
    out += 16;
    words += 16;
  } while (words < end);
}

/** low + the upper 24 bits of a word · step, at most `most` */
function uniform(out: usize, words: usize, end: usize, low: f32, step: f32, most: f32): void {
  do {
    const x = f32x4.mul(Words.upper(v128.load(words)), f32x4.splat(step));
    v128.store(out, f32x4.pmin(f32x4.add(x, f32x4.splat(low)), f32x4.splat(most)));
    out += 16;
    words += 16;
  } while (words < end);
}

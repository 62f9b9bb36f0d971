// What is done at random with words of a key (random.ts): dropout and shuffling. Twin: bindings/kernels/chance.ts.

import { Domain } from '../draws';
import { DropoutOperands, ShuffleOperands } from '../operands';
import { endOf, rangeOf, startOf } from '../share';
import { BLOCK, fill, KEY_BYTES } from './random';

class Kept {
  /** x · scale where the bits are at least `threshold`, else 0 */
  @inline
  static of(x: v128, bits: v128, threshold: i32, scale: f32): v128 {
    return v128.and(f32x4.mul(x, f32x4.splat(scale)), i32x4.ge_s(bits, i32x4.splat(threshold)));
  }
}

/**
 * x · scale where 16 random bits are at least `threshold`, else 0: n elements for each of `rows` keys. Of four words
 * the lower halves decide about the first four elements, the upper halves about the next four. In the derivative x is
 * the gradient, so that no mask is stored.
 */
export function dropout(it: DropoutOperands, part: i32, parts: i32): void {
  const n = it.n;
  const each = (n + 2 * BLOCK - 1) / (2 * BLOCK);
  const range = rangeOf(it.rows * each, 8 * min(n, 2 * BLOCK), 1, part, parts);
  const words = it.scratch + ((<usize>(part * BLOCK)) << 2);
  for (let at = startOf(range); at < endOf(range); at++) {
    const r = at / each;
    const from = (at - r * each) * 2 * BLOCK;
    const count = min(n - from, 2 * BLOCK);
    const place = (<usize>(r * n + from)) << 2;
    fill(words, it.keys + <usize>r * KEY_BYTES, Domain.draw, from >> 3, (count + 1) >> 1);
    drop(it.out + place, it.x + place, words, count, it.threshold, <f32>it.scale);
  }
}

function drop(out: usize, x: usize, words: usize, n: i32, threshold: i32, scale: f32): void {
  const end = x + ((<usize>(n & ~7)) << 2);
  if (x < end) {
    do {
      const word = v128.load(words);
      v128.store(out, Kept.of(v128.load(x), v128.and(word, i32x4.splat(0xffff)), threshold, scale));
      v128.store(out, Kept.of(v128.load(x, 16), i32x4.shr_u(word, 16), threshold, scale), 16);
      out += 32;
      x += 32;
      words += 16;
    } while (x < end);
  }
  for (let i = 0; i < (n & 7); i++) {
    const bits = load<u16>(words + ((i & 3) << 2) + ((i >> 2) << 1));
    store<f32>(out, <i32>bits >= threshold ? load<f32>(x) * scale : 0);
    out += 4;
    x += 4;
  }
}

/** 0 … n - 1 in random order, in a row for each of `rows` keys (Fisher and Yates). */
export function shuffle(it: ShuffleOperands, part: i32, parts: i32): void {
  const n = it.n;
  const range = rangeOf(it.rows, 8 * n, 1, part, parts);
  const words = it.scratch + ((<usize>(part * BLOCK)) << 2);
  for (let r = startOf(range); r < endOf(range); r++) {
    shuffleRow(it.out + ((<usize>(r * n)) << 2), it.keys + <usize>r * KEY_BYTES, n, words);
  }
}

function shuffleRow(out: usize, key: usize, n: i32, words: usize): void {
  for (let i = 0; i < n; i++) store<i32>(out + ((<usize>i) << 2), i);
  for (let i = n - 1, used = 0; i > 0; i--, used++) {
    const at = used & (BLOCK - 1);
    if (at === 0) fill(words, key, Domain.draw, used >> 2, min(i, BLOCK));
    const j = <usize>((<u64>load<u32>(words + ((<usize>at) << 2)) * <u64>(i + 1)) >> 32);
    const last = out + ((<usize>i) << 2);
    const other = out + (j << 2);
    const held = load<i32>(last);
    store<i32>(last, load<i32>(other));
    store<i32>(other, held);
  }
}

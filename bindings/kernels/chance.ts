// What is done at random with words of a key (random.ts): dropout and shuffling. Twin: assembly/kernels/chance.ts.

import { Domain } from '../../assembly/draws.js';
import type { Operands } from '../instructions.js';
import type { Views } from '../run/memory.js';
import { BLOCK, fill, KEY, mulHigh, words } from './random.js';

/**
 * x · scale where 16 random bits are at least `threshold`, else 0: n elements for each of `rows` keys. Of four words
 * the lower halves decide about the first four elements, the upper halves about the next four. In the derivative x is
 * the gradient, so that no mask is stored.
 */
export function dropout({ f, i }: Views, { out, x, keys, rows, n, threshold, scale }: Operands<'dropout'>): void {
  for (let r = 0; r < rows; r++) {
    for (let from = 0; from < n; from += 2 * BLOCK) {
      const count = Math.min(n - from, 2 * BLOCK);
      fill(i, keys + r * KEY, Domain.draw, from >> 3, Math.ceil(count / 8) * 4);
      const at = r * n + from;
      for (let k = 0; k < count; k++) {
        const word = words[((k >> 3) << 2) + (k & 3)]!;
        const kept = (k & 4 ? word >>> 16 : word & 0xffff) >= threshold;
        f[out + at + k] = kept ? f[x + at + k]! * scale : 0;
      }
    }
  }
}

/** 0 … n - 1 in random order, in a row for each of `rows` keys (Fisher and Yates). */
export function shuffle({ i }: Views, { out, keys, rows, n }: Operands<'shuffle'>): void {
  for (let r = 0; r < rows; r++) {
    const at = out + r * n;
    for (let k = 0; k < n; k++) i[at + k] = k;
    for (let k = n - 1, used = 0; k > 0; k--, used++) {
      if (used % BLOCK === 0) fill(i, keys + r * KEY, Domain.draw, used >> 2, Math.min(k, BLOCK));
      const other = at + (mulHigh(words[used % BLOCK]!, k + 1) >>> 0);
      const held = i[at + k]!;
      i[at + k] = i[other]!;
      i[other] = held;
    }
  }
}

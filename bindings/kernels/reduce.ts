// Reductions of x, [outer, k, inner], over k. Twin: assembly/kernels/reduce.ts.

import type { Operands } from '../instructions.js';
import type { Views } from '../run/memory.js';

/** out[o, i] = Σₖ x[o, k, i], summed in float64. */
export function sum({ f }: Views, { out, x, outer, k, inner }: Operands<'sum'>): void {
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j++) {
      let total = 0;
      for (let r = 0; r < k; r++) total += f[x + (o * k + r) * inner + j]!;
      f[out + o * inner + j] = total;
    }
  }
}

/** out[o, i] = the k of the largest x[o, k, i]: the first of equal ones, the first NaN if there is one. */
export function argMax({ f, i }: Views, { out, x, outer, k, inner }: Operands<'argMax'>): void {
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j++) {
      let at = x + o * k * inner + j;
      let best = 0;
      let most = f[at]!;
      for (let r = 1; r < k; r++) {
        const value = f[(at += inner)]!;
        if (value <= most || Number.isNaN(most)) continue;
        best = r;
        most = value;
      }
      i[out + o * inner + j] = best;
    }
  }
}

/** out[o, i] = the largest x[o, k, i], 0 rather than -0, NaN if there is one; -Infinity where k is 0. */
export function maxOf({ f }: Views, { out, x, outer, k, inner }: Operands<'max'>): void {
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j++) {
      let most = -Infinity;
      for (let r = 0; r < k; r++) most = Math.max(most, f[x + (o * k + r) * inner + j]!);
      f[out + o * inner + j] = most + 0; // never -0, as in assembly/kernels/reduce.ts
    }
  }
}

/** out[o, i] = Σₖ x[o, k, i] of int32, which wraps. */
export function sumInt({ i }: Views, { out, x, outer, k, inner }: Operands<'sumInt'>): void {
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j++) {
      let total = 0;
      for (let r = 0; r < k; r++) total = (total + i[x + (o * k + r) * inner + j]!) | 0;
      i[out + o * inner + j] = total;
    }
  }
}

/** out[o, i] = the largest x[o, k, i] of int32. */
export function maxInt({ i }: Views, { out, x, outer, k, inner }: Operands<'maxInt'>): void {
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j++) {
      let most = -(2 ** 31);
      for (let r = 0; r < k; r++) most = Math.max(most, i[x + (o * k + r) * inner + j]!);
      i[out + o * inner + j] = most;
    }
  }
}

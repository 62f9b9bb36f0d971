// Running sums of x, [outer, k, inner], along k. Twin: assembly/kernels/scan.ts.

import type { Operands } from '../instructions.js';
import type { Views } from '../run/memory.js';

/** out[o, r, i] = x[o, 0, i] + … + x[o, r, i], summed in float64. */
export function cumSum({ f }: Views, { out, x, outer, k, inner }: Operands<'cumSum'>): void {
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j++) {
      let total = 0;
      for (let r = 0; r < k; r++) {
        const at = (o * k + r) * inner + j;
        total += f[x + at]!;
        f[out + at] = total;
      }
    }
  }
}

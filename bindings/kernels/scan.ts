// Running sums and products of x, [outer, k, inner], along k. Twin: assembly/kernels/scan.ts.

import type { Operands } from '../instructions.js';
import type { Views } from '../run/memory.js';

type Geometry = Operands<'cumSum'>;

/** out[o, r, i] = what `join` makes of x[o, 0, i] … x[o, r, i], from `first` on. */
function cumulate(
  y: Views['f' | 'i'],
  { out, x, outer, k, inner }: Geometry,
  first: number,
  join: (a: number, b: number) => number,
): void {
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j++) {
      let total = first;
      for (let r = 0; r < k; r++) {
        const at = (o * k + r) * inner + j;
        total = join(total, y[x + at]!);
        y[out + at] = total;
      }
    }
  }
}

/** out[o, r, i] = x[o, 0, i] + … + x[o, r, i], summed in float64. */
export function cumSum({ f }: Views, it: Geometry): void {
  cumulate(f, it, 0, (a, b) => a + b);
}

/** out[o, r, i] = x[o, 0, i] · … · x[o, r, i], multiplied in float64. */
export function cumProd({ f }: Views, it: Geometry): void {
  cumulate(f, it, 1, (a, b) => a * b);
}

/** out[o, r, i] = x[o, 0, i] + … + x[o, r, i] of int32, which wraps. */
export function cumSumInt({ i }: Views, it: Geometry): void {
  cumulate(i, it, 0, (a, b) => (a + b) | 0);
}

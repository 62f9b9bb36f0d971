// Choice between two operands. Twin: assembly/kernels/where.ts.

import type { Operands } from '../instructions.js';
import type { Views } from '../run/memory.js';

/** out[k] = a[k·aStep] where condition[k] is not 0, else b[k·bStep]. Copies bits, so that int32 survives. */
export function where({ f, i }: Views, { out, condition, a, b, n, aStep, bStep }: Operands<'where'>): void {
  const apart = f instanceof Float64Array;
  for (let k = 0; k < n; k++) {
    const from = f[condition + k] !== 0 ? a + k * aStep : b + k * bStep;
    if (apart) f[out + k] = f[from]!;
    i[out + k] = i[from]!;
  }
}

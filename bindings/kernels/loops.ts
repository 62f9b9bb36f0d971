// The loops over elements that elementwise kernels share: a kernel is made of one expression.

import type { Views } from '../run/memory.js';

/** Makes a kernel of one input: out[i] = op(x[i]). */
/*@__NO_SIDE_EFFECTS__*/
export function unaryKernel(op: (x: number, slope: number) => number) {
  return ({ f }: Views, out: number, x: number, n: number, slope: number): void => {
    for (let i = 0; i < n; i++) f[out + i] = op(f[x + i]!, slope);
  };
}

/** Makes a kernel of two inputs: out[r, c] = op(a[r·aRow + c·aCol], b[r·bRow + c·bCol]). */
/*@__NO_SIDE_EFFECTS__*/
export function binaryKernel(op: (a: number, b: number, slope: number) => number) {
  return (
    { f }: Views,
    out: number,
    a: number,
    b: number,
    rows: number,
    cols: number,
    aRow: number,
    aCol: number,
    bRow: number,
    bCol: number,
    slope: number,
  ): void => {
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < cols; c++)
        f[out + r * cols + c] = op(f[a + r * aRow + c * aCol]!, f[b + r * bRow + c * bCol]!, slope);
    }
  };
}

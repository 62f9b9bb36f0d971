// Twin of assembly/kernels/gemm.ts.

import type { Views } from '../run/memory.js';

/** out[m, n] = op(A)·op(B), op(A) being [m, k] and op(B) [k, n]; summed in float64, in the order of k. */
export function gemm(
  { f }: Views,
  out: number,
  a: number,
  b: number,
  m: number,
  n: number,
  k: number,
  transA: number,
  transB: number,
): void {
  const [aRow, aStep] = transA ? [1, m] : [k, 1];
  const [bStep, bCol] = transB ? [1, k] : [n, 1];
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let total = 0;
      for (let p = 0; p < k; p++) total += f[a + i * aRow + p * aStep]! * f[b + p * bStep + j * bCol]!;
      f[out + i * n + j] = total;
    }
  }
}

// Twin of assembly/kernels/gemm.ts.

import type { Views } from '../run/memory.js';

/**
 * out[m, n] = op(A)·op(B), op(A) being [m, k] and op(B) [k, n]; summed in float64, in the order of k. Four columns at
 * once: three times as fast as one.
 */
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
    const row = a + i * aRow;
    let j = 0;
    for (; j + 4 <= n; j += 4) {
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      let y = b + j * bCol;
      for (let p = 0, x = row; p < k; p++, x += aStep, y += bStep) {
        const value = f[x]!;
        s0 += value * f[y]!;
        s1 += value * f[y + bCol]!;
        s2 += value * f[y + 2 * bCol]!;
        s3 += value * f[y + 3 * bCol]!;
      }
      f[out + i * n + j] = s0;
      f[out + i * n + j + 1] = s1;
      f[out + i * n + j + 2] = s2;
      f[out + i * n + j + 3] = s3;
    }
    for (; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) sum += f[row + p * aStep]! * f[b + p * bStep + j * bCol]!;
      f[out + i * n + j] = sum;
    }
  }
}

// The matrix product for kernels of side modules. Not here: the product itself (gemm.ts), and the instruction
// (matmul.ts).

import { gemm as gemmOfMain } from '../main';
import { gemm } from './gemm';

/** See `gemm`: that of the main module, unless the build has everything in one. */
export function product(
  out: usize,
  cRow: usize,
  a: usize,
  aRow: usize,
  aCol: usize,
  b: usize,
  bRow: usize,
  bCol: usize,
  m: i32,
  n: i32,
  k: i32,
  scratch: usize,
): void {
  if (COMPLETE) gemm(out, cRow, a, aRow, aCol, b, bRow, bCol, m, n, k, scratch);
  else gemmOfMain(out, cRow, a, aRow, aCol, b, bRow, bCol, m, n, k, scratch);
}

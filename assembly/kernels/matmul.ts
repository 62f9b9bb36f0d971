// The matrix product, then what is applied to it. Twin: bindings/kernels/matmul.ts.

import { Op } from '../opcodes';
import { binary, unary } from './elementwise';
import { gemm } from './gemm';

/** out = epilogue(op(A)·op(B) + bias); 0 means no bias, no epilogue; y is the second input of a gradient. */
export function matMul(
  out: usize,
  a: usize,
  b: usize,
  m: i32,
  n: i32,
  k: i32,
  transA: i32,
  transB: i32,
  bias: usize,
  epilogue: i32,
  y: usize,
  p: f32,
  scratch: usize,
): void {
  gemm(out, a, b, m, n, k, transA, transB, scratch, 0, m);
  if (bias) binary(Op.add, out, out, bias, m, n, n, 1, 0, 1, 0);
  if (y) binary(epilogue, out, out, y, 1, m * n, 0, 1, 0, 1, p);
  else if (epilogue) unary(epilogue, out, out, m * n, p);
}

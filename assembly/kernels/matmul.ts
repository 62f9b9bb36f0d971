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
  part: i32,
  parts: i32,
): void {
  if (part) return;
  gemm(out, a, b, m, n, k, transA, transB, scratch, 0, m);
  if (bias) binary(Op.add, out, out, bias, m, n, n, 1, 0, 1, 0, 0, 1);
  if (y) binary(epilogue, out, out, y, 1, m * n, 0, 1, 0, 1, p, 0, 1);
  else if (epilogue) unary(epilogue, out, out, m * n, p, 0, 1);
}

/** One product for each index of the batch. The list is [count, dims …, strides of a …, strides of b …], 0 for a repeated one. */
export function batchMatMul(
  out: usize,
  a: usize,
  b: usize,
  m: i32,
  n: i32,
  k: i32,
  transA: i32,
  transB: i32,
  scratch: usize,
  list: usize,
  part: i32,
  parts: i32,
): void {
  if (part) return;
  const rank = load<i32>(list) / 3;
  const bytes = (<usize>m * <usize>n) << 2;
  let products = 1;
  for (let d = 1; d <= rank; d++) products *= load<i32>(list + ((<usize>d) << 2));
  for (let t = 0; t < products; t++) {
    gemm(out, a + offset(list, t, rank, 1), b + offset(list, t, rank, 2), m, n, k, transA, transB, scratch, 0, m);
    out += bytes;
  }
}

/** Bytes from the first matrix of an operand (1 is a, 2 is b) to that of product t. */
function offset(list: usize, t: i32, rank: i32, operand: i32): usize {
  let elements = 0;
  for (let d = rank; d > 0; d--) {
    const n = load<i32>(list + ((<usize>d) << 2));
    elements += (t % n) * load<i32>(list + ((<usize>(d + operand * rank)) << 2));
    t /= n;
  }
  return (<usize>elements) << 2;
}

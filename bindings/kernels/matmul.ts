// The matrix product with its epilogue, and batches of products. Twin: assembly/kernels/matmul.ts.

import type { Operands } from '../instructions.js';
import type { Views } from '../run/memory.js';
import { applyEpilogue } from './epilogue.js';
import { gemm } from './gemm.js';

/**
 * out = epilogue(op(A)·op(B) + bias). `bias` and `epilogue` are 0 where there is none; `y` is the activation's value if
 * the epilogue is an activation's gradient.
 */
export function matMul(views: Views, it: Operands<'matMul'>): void {
  const { out, a, b, m, n, k, transA, transB } = it;
  gemm(views, out, a, b, m, n, k, transA, transB);
  applyEpilogue(views, it, m, n);
}

/**
 * One product for each index of the batch. The list is [dims …, strides of a …, strides of b …], in elements; a stride
 * is 0 where an operand is broadcast.
 */
export function batchMatMul(
  views: Views,
  { out, a, b, m, n, k, transA, transB, dimsAndStrides }: Operands<'batchMatMul'>,
): void {
  const rank = dimsAndStrides.length / 3;
  let next = out;
  const multiplyFrom = (depth: number, atA: number, atB: number): void => {
    if (depth === rank) {
      gemm(views, next, atA, atB, m, n, k, transA, transB);
      next += m * n;
      return;
    }
    const [stepA, stepB] = [dimsAndStrides[rank + depth]!, dimsAndStrides[2 * rank + depth]!];
    for (let t = 0; t < dimsAndStrides[depth]!; t++) multiplyFrom(depth + 1, atA + t * stepA, atB + t * stepB);
  };
  multiplyFrom(0, a, b);
}

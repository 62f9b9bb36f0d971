// The matrix product with its epilogue, and batches of products. Twin: assembly/kernels/matmul.ts.

import { Op } from '../../assembly/opcodes.js';
import type { Views } from '../run/memory.js';
import * as elementwise from './elementwise.js';
import { gemm } from './gemm.js';

const GRADIENTS: Readonly<Record<number, typeof elementwise.reluGrad>> = {
  [Op.reluGrad]: elementwise.reluGrad,
  [Op.leakyReluGrad]: elementwise.leakyReluGrad,
  [Op.sigmoidGrad]: elementwise.sigmoidGrad,
  [Op.tanhGrad]: elementwise.tanhGrad,
};

/**
 * out = epilogue(op(A)·op(B) + bias). `bias` and `epilogue` are 0 where there is none; `y` is the activation's value if the
 * epilogue is an activation's gradient.
 */
export function matMul(
  views: Views,
  out: number,
  a: number,
  b: number,
  m: number,
  n: number,
  k: number,
  transA: number,
  transB: number,
  bias: number,
  epilogue: number,
  y: number,
  slope: number,
): void {
  gemm(views, out, a, b, m, n, k, transA, transB);
  if (bias !== 0) elementwise.add(views, out, out, bias, m, n, n, 1, 0, 1, 0);
  const size = m * n;
  // Called by name, an activation is inlined: one sample of a small network is predicted in 1.5 µs, else in 1.8.
  switch (epilogue) {
    case Op.relu:
      return elementwise.relu(views, out, out, size, slope);
    case Op.leakyRelu:
      return elementwise.leakyRelu(views, out, out, size, slope);
    case Op.sigmoid:
      return elementwise.sigmoid(views, out, out, size, slope);
    case Op.tanh:
      return elementwise.tanh(views, out, out, size, slope);
  }
  GRADIENTS[epilogue]?.(views, out, out, y, 1, size, 0, 1, 0, 1, slope);
}

/**
 * One product for each index of the batch. The list is [dims …, strides of a …, strides of b …], in elements; a stride is 0
 * where an operand is broadcast.
 */
export function batchMatMul(
  views: Views,
  out: number,
  a: number,
  b: number,
  m: number,
  n: number,
  k: number,
  transA: number,
  transB: number,
  _scratch: number,
  list: number,
): void {
  const { i } = views;
  const rank = i[list]! / 3;
  const dims = list + 1;
  let next = out;
  const multiplyFrom = (depth: number, atA: number, atB: number): void => {
    if (depth === rank) {
      gemm(views, next, atA, atB, m, n, k, transA, transB);
      next += m * n;
      return;
    }
    const [stepA, stepB] = [i[dims + rank + depth]!, i[dims + 2 * rank + depth]!];
    for (let t = 0; t < i[dims + depth]!; t++) multiplyFrom(depth + 1, atA + t * stepA, atB + t * stepB);
  };
  multiplyFrom(0, a, b);
}

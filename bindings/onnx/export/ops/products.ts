// Products of matrices, and what is computed of a matrix.

import type { MatMulAttrs } from '../../../ops/matmul.js';
import type { Exported, Rows } from '../op.js';

/** The last two axes exchanged. */
function turned(op: Exported, i: number): string {
  const rank = op.inputs[i]!.shape.length;
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  return op.transposed(op.in(i), [...axes.slice(0, -2), rank - 1, rank - 2]);
}

export const PRODUCTS: Rows = {
  matMul: (op) => {
    const { transA, transB } = op.attrs<MatMulAttrs>();
    if (!transA && !transB) return op.node('MatMul', op.names);
    return op.node('Gemm', op.names, { transA: +transA, transB: +transB });
  },
  batchMatMul: (op) => {
    const { transA, transB } = op.attrs<MatMulAttrs>();
    return op.node('MatMul', [transA ? turned(op, 0) : op.in(0), transB ? turned(op, 1) : op.in(1)]);
  },
  det: (op) => op.node('Det', [op.in(0)]),
};

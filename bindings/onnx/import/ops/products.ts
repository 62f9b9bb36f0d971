// Products of matrices, and what is computed of a matrix.

import { einsum } from '../../../ops/einsum.js';
import { det } from '../../../ops/linalg/det.js';
import type { Tensor } from '../../../tensor.js';
import type { Imported, Rows } from '../op.js';

/** alpha·A·B + beta·C, of matrices that may be transposed. */
function gemm(op: Imported): Tensor {
  const [alpha, beta] = [op.float('alpha', 1), op.float('beta', 1)];
  const product = op.in(0).matMul(op.in(1), { transA: op.int('transA', 0) !== 0, transB: op.int('transB', 0) !== 0 });
  const scaled = alpha === 1 ? product : product.mul(alpha);
  const c = op.maybe(2);
  if (!c || beta === 0) return scaled;
  return scaled.add(beta === 1 ? c : c.mul(beta));
}

/** Matrices of whole numbers are multiplied as real ones. */
function matMul(a: Tensor, b: Tensor): Tensor {
  const y = a.toFloat().matMul(b.toFloat());
  return a.dtype === 'int32' ? y.toInt() : y;
}

export const PRODUCTS: Rows = {
  Det: (op) => det(op.in(0)),
  Einsum: (op) => einsum(op.text('equation', '').replaceAll(' ', ''), ...op.all),
  Gemm: gemm,
  MatMul: (op) => matMul(op.in(0), op.in(1)),
};

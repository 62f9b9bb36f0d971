// The Cholesky decomposition. The derivative is that of I. Murray, "Differentiation of the Cholesky decomposition"
// (2016), equation 10.

import linalg from '#sides/linalg.wasm';
import { cholesky as kernel } from '../../kernels/linalg.js';
import { Tensor } from '../../tensor.js';
import { checkFloat, defineOp, unchanged } from '../op.js';
import { checkedSquare, countOf, transposed, triangle, workOf } from './matrices.js';
import { triangularSolve } from './triangular.js';

/**
 * a = L·Lᵀ. With P = Φ(Lᵀ·L̄), where Φ keeps the lower triangle and halves the diagonal, dL/da = ½(S + Sᵀ), where
 * S = L⁻ᵀ·P·L⁻¹.
 */
const choleskyOp = defineOp<object>({
  name: 'cholesky',
  kernels: { cholesky: kernel },
  side: linalg,
  infer: (inputs) => {
    checkFloat('cholesky', inputs);
    return inputs[0]!;
  },
  derivative: (g, l) => {
    const p = l.matMul(g, { transA: true }).mul(triangle(l.shape.at(-1)!, true, 0.5));
    const left = (x: Tensor): Tensor => triangularSolve(l, x, { lower: true, transA: true });
    // P + Pᵀ is symmetric, and so is what is made of it.
    return [left(transposed(left(p.add(transposed(p))))).mul(0.5)];
  },
  batch: unchanged,
  work: (node) => workOf(node, node.shape.at(-1)!, node.shape.at(-1)! ** 2),
  scratch: (node) => 8 * node.shape.at(-1)! ** 2,
  emit: (e, node) => {
    const [a, batch, n] = [e.at(node.inputs[0]!), countOf(node), node.shape.at(-1)!];
    e.code('cholesky', { out: e.at(node), a, batch, n, scratch: e.scratch });
  },
});

/**
 * The Cholesky decomposition of a symmetric positive definite matrix, or of each matrix of a batch [..., n, n]: the
 * lower triangular matrix L with L·Lᵀ = a, as for drawing from a normal distribution with covariance a.
 *
 * `a` is read as ½(a + aᵀ), as in JAX, so its gradient is symmetric. Where that is not positive definite, the lower
 * triangle of the result is NaN: values are not known yet when a graph is made, so nothing can be thrown.
 *
 * @throws if a is not square
 */
export function cholesky(a: Tensor): Tensor {
  return new Tensor(choleskyOp, [checkedSquare('cholesky', a)], {});
}

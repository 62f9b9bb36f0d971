// The QR decomposition. The derivative is that of S. F. Walter and L. Lehmann, "Algorithmic differentiation of linear
// algebra functions with applications in optimum experimental design" (2010), section 4.

import linalg from '#sides/linalg.wasm';
import { qr as kernel } from '../../kernels/linalg.js';
import { Tensor } from '../../tensor.js';
import { checkFloat, defineOp, unchanged } from '../op.js';
import { concat, type Range, slice } from '../slicing.js';
import { batchOf, checkedMatrices, countOf, sidesOf, transposed, triangle, workOf } from './matrices.js';
import { triangularSolve } from './triangular.js';

/** What `qr` returns. */
export interface QrDecomposition {
  /** [..., m, k], with k the smaller of m and n: its columns are orthonormal. */
  readonly q: Tensor;
  /** [..., k, n], upper triangular. */
  readonly r: Tensor;
}

/**
 * Q above R, for matrices that are not wider than high. With M = R·R̄ᵀ - Q̄ᵀ·Q, and S the symmetric matrix that has the
 * lower triangle of M, dL/da = (Q̄ + Q·S)·R⁻ᵀ.
 */
const qrOp = defineOp<object>({
  name: 'qr',
  kernels: { qr: kernel },
  side: linalg,
  infer: (inputs) => {
    checkFloat('qr', inputs);
    const [m, n] = sidesOf(inputs[0]!);
    return { shape: [...batchOf(inputs[0]!), m + n, n], dtype: 'float32' };
  },
  derivative: (g, node) => {
    const [{ q, r }, slopes] = [parts(node), parts(g)];
    const m = r.matMul(slopes.r, { transB: true }).sub(slopes.q.matMul(q, { transA: true }));
    const half = m.mul(triangle(r.shape.at(-1)!, true, 0.5));
    const total = slopes.q.add(q.matMul(half.add(transposed(half))));
    return [transposed(triangularSolve(r, transposed(total)))];
  },
  batch: unchanged,
  work: (node) => workOf(node, 2 * node.shape.at(-1)! ** 2, node.shape.at(-2)!),
  scratch: ({ inputs: [a] }) => 8 * a!.shape.at(-1)! * (2 * a!.shape.at(-2)! + 1),
  emit: (e, node) => {
    const [a] = node.inputs as [Tensor];
    const [m, n] = sidesOf(a);
    e.code('qr', { out: e.at(node), a: e.at(a), batch: countOf(a), m, n, scratch: e.scratch });
  },
});

/** Q and R, which lie one above the other. */
function parts(both: Tensor): QrDecomposition {
  const [rows, n] = sidesOf(both);
  const cut = (range: Range): Tensor => slice(both, [...batchOf(both).map(() => null), range]);
  return { q: cut([0, rows - n]), r: cut([rows - n, rows]) };
}

/**
 * The QR decomposition of a matrix, or of each matrix of a batch [..., m, n]: q with orthonormal columns and upper
 * triangular r, with q·r = a. It is the reduced one, with as many columns of q as the smaller of m and n, by
 * Householder's reflections in float64; signs are those of LAPACK, so the diagonal of r may be negative. Where the
 * first columns of `a` depend on each other linearly, the gradient has infinities and NaN.
 *
 * @throws if a is no matrix
 */
export function qr(a: Tensor): QrDecomposition {
  const [m, n] = sidesOf(checkedMatrices('qr', a));
  if (m >= n) return parts(new Tensor(qrOp, [a], {}));
  // The first m columns determine q; what stands beside them is only turned.
  const batch = batchOf(a).map(() => null);
  const { q, r } = parts(new Tensor(qrOp, [slice(a, [...batch, null, [0, m]])], {}));
  const beside = q.matMul(slice(a, [...batch, null, [m, n]]), { transA: true });
  return { q, r: concat([r, beside], -1) };
}

// Determinants. The derivative of det(a) by a is the matrix of its cofactors, det(a)·a⁻ᵀ, which exists where a is
// singular, too (M. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
// differentiation", 2008, section 2.2.4, has the form with a⁻ᵀ).

import linalg from '#sides/linalg.wasm';
import { det as kernel } from '../../kernels/linalg.js';
import { Tensor } from '../../tensor.js';
import { checkFloat, defineOp, type Emitter, type OpDefinition, unchanged } from '../op.js';
import { prod } from '../products.js';
import { batchOf, checkedSquare, countOf, sidesOf, transposed, workOf } from './matrices.js';
import { emitSolve, inv, SOLVE_KERNEL, solveScratch } from './solve.js';

/** An op that needs pivots: what these have in common, and what it has of its own. */
/*@__NO_SIDE_EFFECTS__*/
function pivoting(own: Pick<OpDefinition<object>, 'name' | 'infer' | 'derivative' | 'emit'>): OpDefinition {
  return defineOp<object>({
    ...own,
    kernels: { det: kernel },
    side: linalg,
    batch: unchanged,
    work: ({ inputs: [a] }) => workOf(a!, a!.shape.at(-1)!, a!.shape.at(-1)! ** 2),
    scratch: ({ inputs: [a] }) => solveScratch(a!.shape.at(-1)!, 0),
  });
}

function emitDet(e: Emitter, node: Tensor, pivots: boolean): void {
  const [a] = node.inputs as [Tensor];
  const [batch, n] = [countOf(a), a.shape.at(-1)!];
  e.code('det', { out: e.at(node), a: e.at(a), batch, n, pivots: +pivots, scratch: e.scratch });
}

const detOp = pivoting({
  name: 'det',
  infer: (inputs) => {
    checkFloat('det', inputs);
    return { shape: batchOf(inputs[0]!), dtype: 'float32' };
  },
  derivative: (g, { inputs: [a] }) => [perMatrix(g).mul(cofactors(a!))],
  emit: (e, node) => emitDet(e, node, false),
});

/** The numbers whose product is the determinant. They change by leaps where rows are exchanged: no derivative. */
const pivotsOp = pivoting({
  name: 'pivots',
  infer: (inputs) => {
    checkFloat('slogdet', inputs);
    return { shape: inputs[0]!.shape.slice(0, -1), dtype: 'float32' };
  },
  emit: (e, node) => emitDet(e, node, true),
});

/** c = det(a)·a⁻ᵀ. With y = a⁻ᵀ, dL/da = ⟨c̄, y⟩·c - y·c̄ᵀ·c, which is NaN where a is singular. */
const cofactorsOp = defineOp<object>({
  name: 'cofactors',
  kernels: SOLVE_KERNEL,
  side: linalg,
  infer: ([a]) => a!,
  derivative: (g, c) => {
    const y = transposed(inv(c.inputs[0]!));
    const inner = g.mul(y).sum([-2, -1], { keepDims: true });
    return [inner.mul(c).sub(y.matMul(g, { transB: true }).matMul(c))];
  },
  batch: unchanged,
  work: (node) => workOf(node, node.shape.at(-1)!, 2 * node.shape.at(-1)! ** 2),
  scratch: (node) => solveScratch(...sidesOf(node)),
  emit: (e, node) => emitSolve(e, node, node.inputs[0]!, undefined, 1, 1),
});

const cofactors = (a: Tensor): Tensor => new Tensor(cofactorsOp, [a], {});

/** A number for each matrix, as a factor of its elements. */
const perMatrix = (x: Tensor): Tensor => x.reshape([...x.shape, 1, 1]);

/**
 * The determinant of a square matrix, or of each matrix of a batch [..., n, n]; of a matrix without elements it is 1.
 *
 * Its derivative is right for singular matrices, too; the second derivative is NaN there. For matrices so large that
 * the determinant leaves the range of float32, take `slogdet`.
 *
 * @throws if a is not square
 */
export function det(a: Tensor): Tensor {
  return new Tensor(detOp, [checkedSquare('det', a)], {});
}

/** What `slogdet` returns: the determinant is sign·e^logAbsDet. */
export interface SignAndLogDet {
  /** -1, 0 or 1, one for each matrix. It has no gradient. */
  readonly sign: Tensor;
  /** The logarithm of the determinant's size. */
  readonly logAbsDet: Tensor;
}

/** `value` with the derivative of log|det(a)|, which is a⁻ᵀ. */
const logAbsDetOp = defineOp<object>({
  name: 'logAbsDet',
  aliases: true,
  infer: ([value]) => value!,
  derivative: (g, { inputs: [, a] }) => [null, perMatrix(g).mul(transposed(inv(a!)))],
  batch: unchanged,
});

/**
 * Sign and logarithm of the determinant of a square matrix, or of each matrix of a batch [..., n, n]: for likelihoods,
 * and where the determinant itself is too large or too small for float32. Where `a` is singular they are 0
 * and -Infinity, and the gradient has infinities and NaN.
 *
 * @throws if a is not square
 */
export function slogdet(a: Tensor): SignAndLogDet {
  const pivots = new Tensor(pivotsOp, [checkedSquare('slogdet', a)], {});
  const value = pivots.abs().log().sum(-1);
  return { sign: prod(pivots.sign(), -1), logAbsDet: new Tensor(logAbsDetOp, [value, a], {}) };
}

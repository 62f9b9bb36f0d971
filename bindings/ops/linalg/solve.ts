// Systems of linear equations, and inverses. Not here: determinants (det.ts), and systems whose matrix is triangular
// (triangular.ts). The derivatives are those of M. Giles, "Collected matrix derivative results for forward and reverse
// mode algorithmic differentiation" (2008), sections 2.2.3 and 2.3.1.

import linalg from '#sides/linalg.wasm';
import { solve as kernel } from '../../kernels/linalg.js';
import { Tensor } from '../../tensor.js';
import { checkFloat, defineOp, type Emitter, unchanged } from '../op.js';
import { checkedSquare, countOf, sidesOf, systems, workOf } from './matrices.js';

interface SolveAttrs {
  /** a is taken as its transpose. */
  readonly transA: boolean;
}

export const SOLVE_KERNEL = { solve: kernel };

/** Bytes of scratch memory for a [n, n] and b [n, m]. */
export const solveScratch = (n: number, m: number): number => 8 * n * (n + m + 1);

/** Appends the instruction; without b it stands for the identity. */
export function emitSolve(
  e: Emitter,
  out: Tensor,
  a: Tensor,
  b: Tensor | undefined,
  transA: number,
  adjugate: number,
): void {
  const [n, m] = sidesOf(out);
  const batch = countOf(out);
  e.code('solve', {
    out: e.at(out),
    a: e.at(a),
    b: b ? e.at(b) : 0,
    batch,
    n,
    m,
    transA,
    adjugate,
    scratch: e.scratch,
  });
}

/** x = a⁻¹·b. With x̄ = dL/dx, dL/db = b̄ = a⁻ᵀ·x̄, and dL/da = -b̄·xᵀ. */
const solveOp = defineOp<SolveAttrs>({
  name: 'solve',
  kernels: SOLVE_KERNEL,
  side: linalg,
  infer: (inputs) => {
    checkFloat('solve', inputs);
    return { shape: inputs[1]!.shape, dtype: 'float32' };
  },
  derivative: (g, x, { transA }) => {
    const [a] = x.inputs as [Tensor];
    const slope = solved(a, g, !transA);
    return [(transA ? x.matMul(slope, { transB: true }) : slope.matMul(x, { transB: true })).neg(), slope];
  },
  batch: unchanged,
  work: (node) => workOf(node, node.shape.at(-2)!, node.shape.at(-2)! * (node.shape.at(-2)! + node.shape.at(-1)!)),
  scratch: (node) => solveScratch(...sidesOf(node)),
  emit: (e, node, { transA }) => {
    const [a, b] = node.inputs as [Tensor, Tensor];
    emitSolve(e, node, a, b, +transA, 0);
  },
});

const solved = (a: Tensor, b: Tensor, transA: boolean): Tensor => new Tensor(solveOp, [a, b], { transA });

/**
 * Solves the system of linear equations a·x = b for x.
 *
 * `a` is square, [..., n, n]; `b` is [..., n, m], a column for each right side, or a vector [n]; dimensions before
 * these are a batch and broadcast. By Gaussian elimination with complete pivoting in float64. Where `a` is singular the
 * result has infinities and NaN: values are not known yet when a graph is made, so nothing can be thrown.
 *
 * @throws if a is not square, or b has other than n rows
 */
export function solve(a: Tensor, b: Tensor): Tensor {
  return systems('solve', a, b, (matrix, right) => solved(matrix, right, false));
}

/** y = a⁻¹: dL/da = -yᵀ·ȳ·yᵀ. */
const invOp = defineOp<object>({
  name: 'inv',
  kernels: SOLVE_KERNEL,
  side: linalg,
  infer: (inputs) => {
    checkFloat('inv', inputs);
    return inputs[0]!;
  },
  derivative: (g, y) => [y.matMul(g, { transA: true }).matMul(y, { transB: true }).neg()],
  batch: unchanged,
  work: (node) => workOf(node, node.shape.at(-1)!, 2 * node.shape.at(-1)! ** 2),
  scratch: (node) => solveScratch(...sidesOf(node)),
  emit: (e, node) => emitSolve(e, node, node.inputs[0]!, undefined, 0, 0),
});

/**
 * The inverse of a square matrix, or of each matrix of a batch [..., n, n]. To solve a·x = b, `solve(a, b)` is faster
 * and more accurate. Where `a` is singular the result has infinities and NaN.
 *
 * @throws if a is not square
 */
export function inv(a: Tensor): Tensor {
  return new Tensor(invOp, [checkedSquare('inv', a)], {});
}

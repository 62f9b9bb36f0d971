// Systems of linear equations whose matrix is triangular.

import linalg from '#sides/linalg.wasm';
import { triangularSolve as kernel } from '../../kernels/linalg.js';
import { flag, options, type Rules } from '../../options.js';
import { Tensor } from '../../tensor.js';
import { checkFloat, defineOp, unchanged } from '../op.js';
import { countOf, sidesOf, systems, triangle, workOf } from './matrices.js';

/** Options of `triangularSolve`. */
export interface TriangularSolveOptions {
  /** a is lower triangular; default false, upper. */
  readonly lower?: boolean | undefined;
  /** aᵀ·x = b is solved in place of a·x = b; default false. */
  readonly transA?: boolean | undefined;
  /** The diagonal of a is taken as 1, whatever it holds; default false. */
  readonly unitDiagonal?: boolean | undefined;
}

const triangularOptions = options({
  lower: flag(false),
  transA: flag(false),
  unitDiagonal: flag(false),
} satisfies Rules<TriangularSolveOptions>);

/** The options, read. */
type TriangularAttrs = ReturnType<typeof triangularOptions>;

/** As `solve`, but dL/da is that of the elements which are read. */
const triangularOp = defineOp<TriangularAttrs>({
  name: 'triangularSolve',
  kernels: { triangularSolve: kernel },
  side: linalg,
  infer: (inputs) => {
    checkFloat('triangularSolve', inputs);
    return { shape: inputs[1]!.shape, dtype: 'float32' };
  },
  derivative: (g, x, attrs) => {
    const { lower, transA, unitDiagonal } = attrs;
    const [a] = x.inputs as [Tensor];
    const slope = solved(a, g, { ...attrs, transA: !transA });
    const all = transA ? x.matMul(slope, { transB: true }) : slope.matMul(x, { transB: true });
    return [all.mul(triangle(a.shape.at(-1)!, lower, unitDiagonal ? 0 : 1)).neg(), slope];
  },
  batch: unchanged,
  work: (node) => workOf(node, node.shape.at(-2)! ** 2, node.shape.at(-1)!),
  scratch: (node) => 8 * node.shape.at(-2)! * (node.shape.at(-2)! + node.shape.at(-1)!),
  emit: (e, node, { lower, transA, unitDiagonal }) => {
    const [a, b] = node.inputs.map((input) => e.at(input)) as [number, number];
    const [n, m] = sidesOf(node);
    const flags = { lower: +lower, transA: +transA, unitDiagonal: +unitDiagonal };
    e.code('triangularSolve', { out: e.at(node), a, b, batch: countOf(node), n, m, ...flags, scratch: e.scratch });
  },
});

const solved = (a: Tensor, b: Tensor, attrs: TriangularAttrs): Tensor => new Tensor(triangularOp, [a, b], attrs);

/**
 * Solves the system of linear equations a·x = b for x, where `a` is triangular: by substitution, without elimination.
 *
 * Only one triangle of `a` is looked at, the upper one unless `lower` says otherwise. Shapes are those of `solve`: `a`
 * is [..., n, n], `b` is [..., n, m] or a vector [n], and batches broadcast. Where there is a 0 on the diagonal the
 * result has infinities and NaN.
 *
 * @throws if a is not square, or b has other than n rows
 */
export function triangularSolve(a: Tensor, b: Tensor, options?: TriangularSolveOptions): Tensor {
  const attrs = triangularOptions('triangularSolve', options);
  return systems('triangularSolve', a, b, (matrix, right) => solved(matrix, right, attrs));
}

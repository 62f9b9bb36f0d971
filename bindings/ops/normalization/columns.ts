// Normalisation of channels over a whole batch: batchNorm. Three ops on columns of [rows, columns], of which each has
// the others for its derivative, so that all orders of it are a few passes over memory. Not here: rows (rows.ts).

import columns from '#sides/columns.wasm';
import { check } from '../../errors.js';
import * as kernels from '../../kernels/columns.js';
import { anything, options, positive, type Rules } from '../../options.js';
import { checkedTensor, Tensor, withDerivative } from '../../tensor.js';
import { type Batch, checkFloat, defineOp } from '../op.js';
import { slice } from '../slicing.js';
import { checkAffine } from './affine.js';

/** Row `i` of a matrix. */
export const rowOf = (x: Tensor, i: number): Tensor => slice(x, [i]);

/** Bytes in which one thread keeps three numbers for each column. */
const sumBytes = (cols: number): number => 24 * Math.ceil(cols / 4) * 4;

/** Matrices [size, rows, cols] side by side, [rows, size·cols]; rows [size, cols] one behind the other. */
const sideBySide = (x: Tensor): Tensor =>
  x.shape.length === 2 ? x.flatten() : x.transpose([1, 0, 2]).reshape([x.shape[1]!, x.shape[0]! * x.shape[2]!]);

/** The batch rule of these ops: the matrices are put side by side. */
function besides({ size, full }: Batch, node: Tensor, attrs: unknown): Tensor {
  const [rows, cols] = node.shape as [number, number];
  const joined = node.rewrite(node.op, full.map(sideBySide), attrs);
  return joined.reshape([rows, size, cols]).transpose([1, 0, 2]);
}

/** [means, variances] of the columns of a matrix. The variances are divided by the number of rows. */
const momentsOp = defineOp<object>({
  name: 'columnMoments',
  kernels: { columnMoments: kernels.columnMoments },
  side: columns,
  infer: ([x]) => ({ shape: [2, x!.shape[1]!], dtype: 'float32' }),
  derivative: (g, node) => {
    const [x] = node.inputs as [Tensor];
    const n = x.shape[0]!;
    return [mixColumns(x, rowOf(node, 0), rowOf(g, 1).mul(2 / n), rowOf(g, 0).mul(1 / n))];
  },
  batch: besides,
  work: ({ inputs: [x] }) => 4 * x!.size,
  scratch: ({ shape }) => sumBytes(shape[1]!),
  emit: (e, node) => {
    const [x] = node.inputs as [Tensor];
    const [rows, cols] = x.shape as [number, number];
    e.code('columnMoments', { out: e.at(node), x: e.at(x), rows, cols, scratch: e.scratch });
  },
});

/** [Σ g, Σ g·(x - mean)] over the rows. Inputs: g, x, and if there are any, the means. */
const dotsOp = defineOp<object>({
  name: 'columnDots',
  kernels: { columnDots: kernels.columnDots },
  side: columns,
  infer: ([g]) => ({ shape: [2, g!.shape[1]!], dtype: 'float32' }),
  derivative: (u, node) => {
    const [g, x, mean] = node.inputs as [Tensor, Tensor, Tensor | undefined];
    const [sums, dots] = [rowOf(u, 0), rowOf(u, 1)];
    if (!mean) return [x.mul(dots).add(sums), g.mul(dots)];
    return [mixColumns(x, mean, dots, sums), g.mul(dots), dots.mul(rowOf(node, 0)).neg()];
  },
  batch: besides,
  work: ({ inputs: [x] }) => 4 * x!.size,
  scratch: ({ shape }) => sumBytes(shape[1]!),
  emit: (e, node) => {
    const [g, x, mean] = node.inputs as [Tensor, Tensor, Tensor | undefined];
    const [rows, cols] = x.shape as [number, number];
    const operands = { out: e.at(node), g: e.at(g), x: e.at(x), mean: mean ? e.at(mean) : 0 };
    e.code('columnDots', { ...operands, rows, cols, scratch: e.scratch });
  },
});

/**
 * (x - mean)·b + c, and if there are g and a, g·a more. Inputs: the matrix x; a number for each column; the matrix g;
 * a.
 */
const mixOp = defineOp<object>({
  name: 'mixColumns',
  kernels: { mixColumns: kernels.mixColumns },
  side: columns,
  infer: ([x]) => x!,
  derivative: (u, { inputs }) => {
    const [x, mean, b, , g, a] = inputs as [Tensor, Tensor, Tensor, Tensor, Tensor | undefined, Tensor | undefined];
    const dots = columnDots(u, x, mean);
    const byRest = [u.mul(b), b.mul(rowOf(dots, 0)).neg(), rowOf(dots, 1), rowOf(dots, 0)];
    return g ? [...byRest, u.mul(a!), rowOf(columnDots(u, g), 1)] : byRest;
  },
  batch: besides,
  emit: (e, node) => {
    const [x, mean, b, c, g, a] = node.inputs.map((t) => e.at(t)) as [number, number, number, number, number?, number?];
    const [rows, cols] = node.shape as [number, number];
    e.code('mixColumns', { out: e.at(node), x, mean, b, c, g: g ?? 0, a: a ?? 0, rows, cols });
  },
});

export const columnDots = (g: Tensor, x: Tensor, mean?: Tensor): Tensor =>
  new Tensor(dotsOp, mean ? [g, x, mean] : [g, x], {});

const mixColumns = (x: Tensor, mean: Tensor, b: Tensor, c: Tensor, ...gAndA: [] | [Tensor, Tensor]): Tensor =>
  new Tensor(mixOp, [x, mean, b, c, ...gAndA], {});

/** Options of `batchNorm`. */
export interface BatchNormOptions {
  /** The means to take, [channels]; those of the batch by default. */
  readonly mean?: Tensor | undefined;
  /** The variances to take, [channels]; those of the batch by default, divided by the number of values. */
  readonly variance?: Tensor | undefined;
  /** The factors, [channels]; none by default. */
  readonly gamma?: Tensor | undefined;
  /** What is added, [channels]; nothing by default. */
  readonly beta?: Tensor | undefined;
  /** What is added to the variance; default 1e-5. */
  readonly epsilon?: number | undefined;
}

const batchNormOptions = options({
  mean: anything<Tensor | undefined>(),
  variance: anything<Tensor | undefined>(),
  gamma: anything<Tensor | undefined>(),
  beta: anything<Tensor | undefined>(),
  epsilon: positive(1e-5),
} satisfies Rules<BatchNormOptions>);

/**
 * Gives each channel mean 0 and variance 1 over all samples and positions: x [n, …, channels] becomes (x - mean) /
 * √(variance + epsilon) · gamma + beta. With `mean` and `variance`, such as those that a layer has collected, it takes
 * these. (S. Ioffe and C. Szegedy, "Batch normalization", 2015.)
 *
 * @throws if only one of mean and variance is given
 */
export function batchNorm(x: Tensor, options?: BatchNormOptions): Tensor {
  const { mean, variance, gamma, beta, epsilon } = batchNormOptions('batchNorm', options);
  const { shape } = checkedTensor('batchNorm', x);
  check(shape.length > 0, () => `batchNorm: expected [n, …, channels], got ${x}`);
  checkFloat('batchNorm', [x]);
  const given = Object.entries({ mean, variance, gamma, beta });
  for (const [name, t] of given) checkAffine('batchNorm', name, t, shape.slice(-1));
  check((mean === undefined) === (variance === undefined), () => {
    return `batchNorm: mean and variance go together, got ${mean ? 'mean' : 'variance'} alone`;
  });
  if (mean && variance) return byMoments(x, mean, variance, gamma, beta, epsilon);
  return byBatch(x, gamma, beta, epsilon).value;
}

/** The factor of each channel, gamma / √(variance + epsilon), without gamma too. */
function ratesOf(variance: Tensor, gamma: Tensor | undefined, epsilon: number): { rate: Tensor; scale: Tensor } {
  const rate = variance.add(epsilon).rsqrt();
  return { rate, scale: gamma ? rate.mul(gamma) : rate };
}

/** Normalised by moments that are given. */
export function byMoments(
  x: Tensor,
  mean: Tensor,
  variance: Tensor,
  gamma: Tensor | undefined,
  beta: Tensor | undefined,
  epsilon: number,
): Tensor {
  if (x.size === 0) return x;
  const { scale } = ratesOf(variance, gamma, epsilon);
  return mixColumns(x.reshape([-1, mean.size]), mean, scale, beta ?? mean.zerosLike()).reshape(x.shape);
}

/** Normalised by the moments of the batch, which are returned, too. */
export function byBatch(
  x: Tensor,
  gamma: Tensor | undefined,
  beta: Tensor | undefined,
  epsilon: number,
): { readonly value: Tensor; readonly mean: Tensor; readonly variance: Tensor } {
  const cols = x.shape.at(-1)!;
  const matrix = x.reshape([x.size / Math.max(1, cols), cols]);
  const moments = new Tensor(momentsOp, [matrix], {});
  const [mean, variance] = [rowOf(moments, 0), rowOf(moments, 1)];
  if (x.size === 0) return { value: x, mean, variance };
  const { rate, scale } = ratesOf(variance, gamma, epsilon);
  const y = mixColumns(matrix, mean, scale, beta ?? mean.zerosLike());
  // The chain rule's, through mean and variance, in one pass: g·s - s/n·Σ g - (x - mean)·s·rate²/n·Σ g·(x - mean).
  const n = matrix.shape[0]!;
  const pull = (g: Tensor): (Tensor | null)[] => {
    const dots = columnDots(g, matrix, mean);
    const [sum, dot] = [rowOf(dots, 0), rowOf(dots, 1)];
    const share = scale.mul(-1 / n);
    const byX = mixColumns(matrix, mean, share.mul(rate.square()).mul(dot), share.mul(sum), g, scale);
    return [byX, ...(gamma ? [rate.mul(dot)] : []), ...(beta ? [sum] : [])];
  };
  const inputs = [matrix, ...(gamma ? [gamma] : []), ...(beta ? [beta] : [])];
  return { value: withDerivative(y, inputs, pull).reshape(x.shape), mean, variance };
}

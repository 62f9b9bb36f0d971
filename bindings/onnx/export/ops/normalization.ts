// Normalisation: of rows, and of columns, which is batch norm.

import type { RowAttrs } from '../../../ops/normalization/rows.js';
import type { Tensor } from '../../../tensor.js';
import { FLOAT } from '../../schema.js';
import type { Exported, Rows } from '../op.js';
import { isFixed } from '../sizes.js';
import { TO_CHANNELS_FIRST, TO_CHANNELS_LAST } from './convolution.js';

/** The last `count` axes. */
const lastAxes = (count: number): number[] => Array.from({ length: count }, (_, i) => i - count);

const mean = (op: Exported, x: string, axes: readonly number[]): string =>
  op.node('ReduceMean', [x], { axes, keepdims: 1 });

const mul = (op: Exported, a: string, b: string): string => op.node('Mul', [a, b]);

/** The normalised rows of `x` and √(variance + epsilon), in which nothing is scaled. */
function rows(op: Exported, x: string): { y: string; deviation: string } {
  const { axes, centered, epsilon } = op.attrs<RowAttrs>();
  const at = lastAxes(axes);
  const rest = centered ? op.node('Sub', [x, mean(op, x, at)]) : x;
  const variance = op.node('Add', [mean(op, mul(op, rest, rest), at), op.float(epsilon)]);
  const deviation = op.node('Sqrt', [variance]);
  return { y: op.node('Div', [rest, deviation]), deviation };
}

function normRows(op: Exported): string {
  const { axes, centered, epsilon } = op.attrs<RowAttrs>();
  const [x, gamma, beta] = op.names as [string, string?, string?];
  if (!centered) {
    const { y } = rows(op, x);
    return gamma ? mul(op, y, gamma) : y;
  }
  const shape = op.fixedShape(op.tensor, op.tensor.shape.length - axes);
  const ones = (): string => {
    const count = shape.reduce((a, b) => a * b, 1);
    return op.writer.constant(shape, new Float32Array(count).fill(1), FLOAT);
  };
  const affine = beta ? [gamma!, beta] : [gamma ?? ones()];
  return op.node('LayerNormalization', [x, ...affine], { axis: -axes, epsilon: { float: epsilon } });
}

/** (h - mean(h) - y·mean(h·y)) / deviation, for h = g·gamma. */
function normRowsGrad(op: Exported): string {
  const { axes, centered } = op.attrs<RowAttrs>();
  const [g, x, gamma] = op.names as [string, string, string?];
  const at = lastAxes(axes);
  const h = gamma ? mul(op, g, gamma) : g;
  const { y, deviation } = rows(op, x);
  const level = centered ? op.node('Sub', [h, mean(op, h, at)]) : h;
  const bent = op.node('Sub', [level, mul(op, y, mean(op, mul(op, h, y), at))]);
  return op.node('Div', [bent, deviation]);
}

/**
 * A runtime that sums in float32 loses digits of means far from 0: what the mean is wrong by is the mean of the rest.
 */
function columnMoments(op: Exported): string {
  const x = op.in(0);
  const about = mean(op, x, [0]);
  const center = op.node('Add', [about, mean(op, op.node('Sub', [x, about]), [0])]);
  const rest = op.node('Sub', [x, center]);
  return op.node('Concat', [center, mean(op, mul(op, rest, rest), [0])], { axis: 0 });
}

function columnDots(op: Exported): string {
  const [g, x, center] = op.names as [string, string, string?];
  const rest = center ? op.node('Sub', [x, center]) : x;
  const sum = (of: string): string => op.node('ReduceSum', [of, op.ints([0])], { keepdims: 1 });
  return op.node('Concat', [sum(g), sum(mul(op, g, rest))], { axis: 0 });
}

/** What batch norm makes of its running variance and gamma: gamma / √(variance + epsilon). */
function batchNormOf(scale: Tensor): { variance: Tensor; gamma: Tensor | undefined; epsilon: number } | undefined {
  const [rate, gamma] = scale.op.name === 'mul' ? (scale.inputs as [Tensor, Tensor]) : [scale, undefined];
  const [one, root] = rate.inputs;
  if (rate.op.name !== 'div' || one?.known?.[0] !== 1 || one.size !== 1 || root?.op.name !== 'sqrt') return undefined;
  const [sum] = root.inputs as [Tensor];
  const [variance, epsilon] = sum.inputs;
  if (sum.op.name !== 'add' || epsilon?.size !== 1 || !epsilon.known) return undefined;
  return { variance: variance!, gamma, epsilon: epsilon.known[0]! };
}

/** (x - mean)·b + c, and if there are g and a, g·a more. Of images it is written with channels in front. */
function mixColumns(op: Exported): string {
  const [matrix, center, scale, shift, g, a] = op.inputs as [Tensor, Tensor, Tensor, Tensor, Tensor?, Tensor?];
  const norm = g ? undefined : batchNormOf(scale);
  if (!norm) {
    const scaled = mul(op, op.node('Sub', [op.in(0), op.in(1)]), op.in(2));
    const y = op.node('Add', [scaled, op.in(3)]);
    return g && a ? op.node('Add', [y, mul(op, op.in(4), op.in(5))]) : y;
  }
  const { variance, gamma, epsilon } = norm;
  const { graph } = op;
  const ones = (): string => op.writer.constant([center.size], new Float32Array(center.size).fill(1), FLOAT);
  const parts = [gamma ? graph.nameOf(gamma) : ones(), ...[shift, center, variance].map((t) => graph.nameOf(t))];
  const of = (x: string): string => op.node('BatchNormalization', [x, ...parts], { epsilon: { float: epsilon } });
  const image = matrix.op.name === 'reshape' && !matrix.known ? matrix.inputs[0]! : undefined;
  const shape = image && op.shapeOf(image);
  const last = shape?.at(-1);
  if (shape?.length !== 4 || !isFixed(last!) || last!.base !== center.size) return of(op.in(0));
  const y = op.transposed(of(op.transposed(graph.nameOf(image!), TO_CHANNELS_FIRST)), TO_CHANNELS_LAST);
  graph.unshaped.set(op.tensor, { name: y, shape });
  return op.node('Reshape', [y, op.ints([-1, center.size])]);
}

export const NORMALIZATION: Rows = { normRows, normRowsGrad, columnMoments, columnDots, mixColumns };

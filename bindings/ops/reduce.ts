// Reductions over one axis or several. A kernel sees [outer, k, inner] and reduces k.

import { Op } from '../../assembly/opcodes.js';
import { check } from '../errors.js';
import { normalizeAxis, type Shape, sameShape, shapeText, sizeOf } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { checkFloat, defineOp } from './op.js';

/** Reduces the axes [from, to), which are neighbours. */
interface Span {
  readonly from: number;
  readonly to: number;
}

const without = (shape: Shape, { from, to }: Span): Shape => [...shape.slice(0, from), ...shape.slice(to)];
const withOnes = (shape: Shape, { from, to }: Span): Shape => shape.map((d, i) => (i >= from && i < to ? 1 : d));

function threeDims(shape: Shape, { from, to }: Span): [number, number, number] {
  return [sizeOf(shape.slice(0, from)), sizeOf(shape.slice(from, to)), sizeOf(shape.slice(to))];
}

export const sumSpan = defineOp<Span>({
  name: 'sum',
  infer: (inputs, span) => {
    checkFloat('sum', inputs);
    return { shape: without(inputs[0]!.shape, span), dtype: 'float32' };
  },
  derivative: (g, { inputs: [x] }, span) => [g.reshape(withOnes(x!.shape, span)).broadcastTo(x!.shape)],
  emit: (e, node, span) => {
    const x = node.inputs[0]!;
    e.code(Op.sum, e.at(node), e.at(x), ...threeDims(x.shape, span));
  },
});

/** Index of the largest element; the first of equal ones; the first NaN if there is one. */
export const argMaxSpan = defineOp<Span>({
  name: 'argMax',
  infer: (inputs, span) => {
    const { shape } = inputs[0]!;
    checkFloat('argMax', inputs);
    check(sizeOf(shape.slice(span.from, span.to)) > 0, () => `argMax of ${shapeText(shape)}: the axis is empty`);
    return { shape: without(shape, span), dtype: 'int32' };
  },
  emit: (e, node, span) => {
    const x = node.inputs[0]!;
    e.code(Op.argMax, e.at(node), e.at(x), ...threeDims(x.shape, span));
  },
});

/** The largest element, NaN if there is one; equal ones share the gradient evenly. */
export const maxSpan = defineOp<Span>({
  name: 'max',
  infer: (inputs, span) => {
    const { shape } = inputs[0]!;
    checkFloat('max', inputs);
    check(sizeOf(shape.slice(span.from, span.to)) > 0, () => `max of ${shapeText(shape)}: the axis is empty`);
    return { shape: without(shape, span), dtype: 'float32' };
  },
  derivative: (g, y, span) => {
    const x = y.inputs[0]!;
    const ones = withOnes(x.shape, span);
    const ties = x.equal(y.reshape(ones));
    const axes = x.shape.map((_, i) => i).slice(span.from, span.to);
    return [ties.mul(g.reshape(ones).div(ties.sum(axes, { keepDims: true })))];
  },
  emit: (e, node, span) => {
    const x = node.inputs[0]!;
    e.code(Op.max, e.at(node), e.at(x), ...threeDims(x.shape, span));
  },
});

/** Running sums along one axis. */
export const cumSum = defineOp<{ readonly axis: number }>({
  name: 'cumSum',
  infer: (inputs) => {
    checkFloat('cumSum', inputs);
    return inputs[0]!;
  },
  derivative: (g, _node, { axis }) => [g.flip(axis).cumSum(axis).flip(axis)],
  emit: (e, node, { axis }) => {
    const sizes = threeDims(node.shape, { from: axis, to: axis + 1 });
    e.code(Op.cumSum, e.at(node), e.at(node.inputs[0]!), ...sizes);
  },
});

/** One axis, several, or all of them (undefined). */
export type Axes = number | readonly number[] | undefined;

/** The axes as runs of neighbours, innermost first, so that reducing one leaves the numbers of the others alone. */
function spans(where: string, axes: Axes, rank: number): Span[] {
  if (axes === undefined) return rank === 0 ? [] : [{ from: 0, to: rank }];
  const sorted = [axes]
    .flat()
    .map((a) => normalizeAxis(where, a, rank))
    .sort((a, b) => b - a);
  const out: { from: number; to: number }[] = [];
  for (const axis of sorted) {
    const last = out.at(-1);
    check(last === undefined || axis < last.from, () => `${where}: axis ${axis} is given twice`);
    if (last && last.from === axis + 1) last.from = axis;
    else out.push({ from: axis, to: axis + 1 });
  }
  return out;
}

type Reduce = (x: Tensor, span: Span) => Tensor;

/** Reduces `axes` of `x`, run by run; with `keepDims` they stay as 1. */
export function reduceAxes(where: string, x: Tensor, axes: Axes, keepDims: boolean, reduce: Reduce): Tensor {
  const runs = spans(where, axes, x.shape.length);
  const out = runs.reduce(reduce, x);
  return keepDims ? out.reshape(runs.reduce(withOnes, x.shape)) : out;
}

/** Sums `x` over whatever was repeated when `shape` was broadcast to its shape: the derivative of broadcasting. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const added = x.shape.length - shape.length;
  const axes = x.shape.map((_, i) => i).filter((i) => i < added || (shape[i - added] === 1 && x.shape[i] !== 1));
  return x.sum(axes).reshape(shape);
}

/** As reduceAxes, but all axes are reduced as one: those that are no neighbours are moved together first. */
export function reduceTogether(where: string, x: Tensor, axes: Axes, keepDims: boolean, reduce: Reduce): Tensor {
  const rank = x.shape.length;
  const runs = spans(where, axes, rank);
  if (runs.length < 2) return reduceAxes(where, x, axes, keepDims, reduce);
  const isReduced = (axis: number): boolean => runs.some(({ from, to }) => axis >= from && axis < to);
  const all = x.shape.map((_, axis) => axis);
  const kept = all.filter((axis) => !isReduced(axis));
  const out = reduce(x.transpose([...kept, ...all.filter(isReduced)]), { from: kept.length, to: rank });
  return keepDims ? out.reshape(runs.reduce(withOnes, x.shape)) : out;
}

/** The product over one run of axes, by halves: no division, so that zeros and higher derivatives are right. */
export function prodSpan(x: Tensor, span: Span): Tensor {
  const [outer, k, inner] = threeDims(x.shape, span);
  let length = 1;
  while (length < k) length *= 2;
  const widths = [
    [0, 0],
    [0, length - k],
    [0, 0],
  ] as const;
  let product = x.reshape([outer, k, inner]).pad(widths, 1);
  for (; length > 1; length /= 2) {
    const [first, second] = product.split(2, 1);
    product = first!.mul(second!);
  }
  return product.reshape(without(x.shape, span));
}

/** The mean square distance from the mean; NaN where there are no more elements than `correction`. */
export function variance(x: Tensor, axes: Axes, keepDims: boolean, correction: number): Tensor {
  const total = x
    .sub(x.mean(axes, { keepDims: true }))
    .square()
    .sum(axes, { keepDims });
  const count = x.size / Math.max(1, total.size);
  return total.div(Math.max(0, count - correction));
}

/** √x for x of 0 or more, with the gradient 0 at 0 instead of infinity. */
export function rootOfSquares(x: Tensor): Tensor {
  const zero = x.equal(0);
  return zero.select(0, zero.select(1, x).sqrt());
}

/** ln Σ e^x. A row of -∞ gives -∞, and no gradient. */
export function logSumExp(x: Tensor, axes: Axes, keepDims: boolean): Tensor {
  const total = x.sum(axes, { keepDims });
  // ln 0: there is no largest element.
  if (x.size === 0) return total.log();
  const most = x.stopGradient().max(axes, { keepDims: true });
  const shift = most.abs().equal(Number.POSITIVE_INFINITY).select(0, most);
  const sum = x.sub(shift).exp().sum(axes, { keepDims });
  const zero = sum.equal(0);
  const log = zero.select(Number.NEGATIVE_INFINITY, zero.select(1, sum).log());
  return log.add(shift.reshape(log.shape));
}

// Reductions over one axis or several: sum, max, argMax. A kernel sees [outer, k, inner] and reduces k.

import { check } from '../errors.js';
import { normalizeAxis, type Shape, sameShape, shapeText, sizeBetween, sizeOf } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { type BatchRule, checkFloat, defineOp } from './op.js';

/** Neighbouring axes [from, to), which are reduced as one. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export const without = (shape: Shape, { from, to }: Span): Shape => shape.filter((_, i) => i < from || i >= to);
const withOnes = (shape: Shape, { from, to }: Span): Shape => shape.map((d, i) => (i >= from && i < to ? 1 : d));

/** A shape as [outer, k, inner]: k elements in the span, before it and after it all that is left. */
export function threeDims(shape: Shape, { from, to }: Span) {
  return {
    outer: sizeBetween(shape, 0, from),
    k: sizeBetween(shape, from, to),
    inner: sizeBetween(shape, to, shape.length),
  };
}

/** A batch axis in front moves the span by one. */
const batch: BatchRule<Span> = ({ inputs }, node, { from, to }) =>
  node.rewrite(node.op, inputs, { from: from + 1, to: to + 1 });

export const sumSpan = defineOp<Span>({
  name: 'sum',
  infer: ([x], span) => ({ shape: without(x!.shape, span), dtype: x!.dtype }),
  derivative: (g, { inputs: [x] }, span) => [g.reshape(withOnes(x!.shape, span)).broadcastTo(x!.shape)],
  batch,
  emit: (e, node, span) => {
    const x = node.inputs[0]!;
    e.code(x.dtype === 'int32' ? 'sumInt' : 'sum', { out: e.at(node), x: e.at(x), ...threeDims(x.shape, span) });
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
  batch,
  emit: (e, node, span) => {
    const x = node.inputs[0]!;
    e.code('argMax', { out: e.at(node), x: e.at(x), ...threeDims(x.shape, span) });
  },
});

/** The largest element, NaN if there is one; equal ones share the gradient evenly. */
export const maxSpan = defineOp<Span>({
  name: 'max',
  infer: (inputs, span) => {
    const { shape, dtype } = inputs[0]!;
    check(sizeOf(shape.slice(span.from, span.to)) > 0, () => `max of ${shapeText(shape)}: the axis is empty`);
    return { shape: without(shape, span), dtype };
  },
  derivative: (g, y, span) => {
    const x = y.inputs[0]!;
    const ones = withOnes(x.shape, span);
    const ties = x.equal(y.reshape(ones));
    const axes = x.shape.map((_, i) => i).slice(span.from, span.to);
    return [ties.mul(g.reshape(ones).div(ties.sum(axes, { keepDims: true })))];
  },
  batch,
  emit: (e, node, span) => {
    const x = node.inputs[0]!;
    e.code(x.dtype === 'int32' ? 'maxInt' : 'max', { out: e.at(node), x: e.at(x), ...threeDims(x.shape, span) });
  },
});

/** One axis, several, or all of them (undefined). */
export type Axes = number | readonly number[] | undefined;

/** The axes as spans of neighbours, innermost first, so that reducing one does not renumber the others. */
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

/** f(x); a scalar is to it a vector of one element, so that axis 0 and -1 of it exist, as in PyTorch. */
export const asVector = (x: Tensor, f: (x: Tensor) => Tensor): Tensor =>
  x.shape.length === 0 ? f(x.reshape([1])).reshape([]) : f(x);

/** Reduces `axes` of `x`, span by span; with `keepDims` they stay in the shape, as 1. */
export function reduceAxes(where: string, x: Tensor, axes: Axes, keepDims: boolean, reduce: Reduce): Tensor {
  if (x.shape.length === 0 && axes !== undefined) {
    return asVector(x, (vector) => reduceAxes(where, vector, axes, false, reduce));
  }
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

/**
 * As reduceAxes, but with one reduction over all axes together: if they are no neighbours, they are moved together
 * first.
 */
export function reduceAsOne(where: string, x: Tensor, axes: Axes, keepDims: boolean, reduce: Reduce): Tensor {
  const rank = x.shape.length;
  const runs = spans(where, axes, rank || 1);
  if (runs.length < 2) return reduceAxes(where, x, axes, keepDims, reduce);
  const isReduced = (axis: number): boolean => runs.some(({ from, to }) => axis >= from && axis < to);
  const all = x.shape.map((_, axis) => axis);
  const kept = all.filter((axis) => !isReduced(axis));
  const out = reduce(x.transpose([...kept, ...all.filter(isReduced)]), { from: kept.length, to: rank });
  return keepDims ? out.reshape(runs.reduce(withOnes, x.shape)) : out;
}

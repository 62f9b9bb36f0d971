// Reductions, softmax and its kin, and running sums.

import { logSumExp } from '../../../ops/logarithms.js';
import { moveAxis } from '../../../ops/movement.js';
import { oneHot } from '../../../ops/onehot.js';
import { prod } from '../../../ops/products.js';
import { cumSum } from '../../../ops/scan.js';
import { along, flip, padWith } from '../../../ops/slicing.js';
import { sizeBetween } from '../../../shape.js';
import type { Tensor } from '../../../tensor.js';
import { checkLength, type Imported, type Row, type Rows } from '../op.js';

interface Axes {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

/**
 * A reduction over the axes that the node says: all of them, or none with `noop_with_empty_axes`, where it says none.
 */
const reduction =
  (f: (x: Tensor, axes: readonly number[], options: { keepDims: boolean }) => Tensor): Row =>
  (op) => {
    const x = op.in(0);
    const given = op.listed('axes', 1) ?? [];
    if (given.length === 0 && op.int('noop_with_empty_axes', 0) !== 0) return x;
    const { axes, keepDims }: Axes = {
      axes: given.length > 0 ? given : x.shape.map((_, axis) => axis),
      keepDims: op.int('keepdims', 1) !== 0,
    };
    if (axes.length === 0) return f(x.reshape([1]), [0], { keepDims: false }).reshape([]);
    return f(x, axes, { keepDims });
  };

/** Of whole numbers: computed as real ones. */
const real =
  (f: (x: Tensor, axes: readonly number[], options: { keepDims: boolean }) => Tensor): Row =>
  (op) =>
    reduction((x, axes, options) => {
      const y = f(x.toFloat(), axes, options);
      return x.dtype === 'int32' ? y.toInt() : y;
    })(op);

/** The first of the largest, or with `select_last_index` the last of them. */
const best =
  (f: (x: Tensor, axis: number, options: { keepDims: boolean }) => Tensor): Row =>
  (op) => {
    const x = op.in(0);
    const axis = op.axis(op.int('axis', 0), x.shape.length);
    const options = { keepDims: op.int('keepdims', 1) !== 0 };
    if (op.int('select_last_index', 0) === 0) return f(x, axis, options);
    const last = x.shape[axis]! - 1;
    return f(flip(x, axis), axis, options).neg().add(last);
  };

/**
 * A function along an axis. Before version 13 all axes from that one on were one, and the default was 1 in place of the
 * last one.
 */
const alongAxis =
  (f: (x: Tensor, axis: number) => Tensor): Row =>
  (op) => {
    const x = op.in(0);
    const rank = x.shape.length;
    if (op.opset >= 13) return f(x, op.axis(op.int('axis', -1), rank));
    const axis = op.axis(op.int('axis', 1), rank);
    return f(x.reshape([sizeBetween(x.shape, 0, axis), sizeBetween(x.shape, axis, rank)]), 1).reshape(x.shape);
  };

/** 1 in the place of the first of the largest elements, else 0. */
function hardmax(x: Tensor, axis: number): Tensor {
  checkLength('the length of the axis', x.shape[axis]!);
  return moveAxis(oneHot(x.argMax(axis), x.shape[axis]!), x.shape.length - 1, axis);
}

function running(op: Imported): Tensor {
  const x = op.in(0);
  const axis = op.axis(op.number(1), x.shape.length);
  const reverse = op.int('reverse', 0) !== 0;
  const turned = (t: Tensor): Tensor => (reverse ? flip(t, axis) : t);
  const sums = cumSum(turned(x), axis);
  if (op.int('exclusive', 0) === 0) return turned(sums);
  const before = padWith(
    sums,
    x.shape.map((_, i) => [i === axis ? 1 : 0, 0] as const),
    0,
  );
  return turned(along(before, axis, [0, x.shape[axis]!]));
}

export const REDUCE: Rows = {
  ArgMax: best((x, axis, options) => x.argMax(axis, options)),
  ArgMin: best((x, axis, options) => x.argMin(axis, options)),
  CumSum: running,
  Hardmax: alongAxis(hardmax),
  LogSoftmax: alongAxis((x, axis) => x.logSoftmax(axis)),
  ReduceL1: reduction((x, axes, options) => x.abs().sum(axes, options)),
  ReduceL2: real((x, axes, options) => x.square().sum(axes, options).sqrt()),
  ReduceLogSum: real((x, axes, options) => x.sum(axes, options).log()),
  ReduceLogSumExp: real((x, axes, options) => logSumExp(x, axes, options)),
  ReduceMax: reduction((x, axes, options) => x.max(axes, options)),
  ReduceMean: real((x, axes, options) => x.mean(axes, options)),
  ReduceMin: reduction((x, axes, options) => x.min(axes, options)),
  ReduceProd: reduction((x, axes, options) => prod(x, axes, options)),
  ReduceSum: reduction((x, axes, options) => x.sum(axes, options)),
  ReduceSumSquare: reduction((x, axes, options) => x.mul(x).sum(axes, options)),
  Softmax: alongAxis((x, axis) => x.softmax(axis)),
};

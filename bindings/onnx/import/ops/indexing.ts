// Elements at indices, and sorting.

import { check } from '../../../errors.js';
import { scatterAlongAxis, take, takeAlongAxis, takeAt } from '../../../ops/gather.js';
import { along, concat, slice } from '../../../ops/slicing.js';
import { argSort, topK } from '../../../ops/sort.js';
import { sizeOf } from '../../../shape.js';
import { constantOf, type Tensor } from '../../../tensor.js';
import { checkLength, type Imported, type Rows } from '../op.js';

const axisOf = (op: Imported): number => op.axis(op.int('axis', 0), op.in(0).shape.length);

/** As our functions know what is out of range when a graph is made, indices that are constants are looked at. */
const indicesOf = (op: Imported, i = 1): Tensor => op.in(i).toInt();

/** PyTorch reads a part of the other axes as well. */
function gatherElements(op: Imported): Tensor {
  const [x, indices, axis] = [op.in(0), indicesOf(op), axisOf(op)];
  return takeAlongAxis(fitted(x, indices, axis), indices, axis);
}

/** `x` as far as it is indexed: of the other axes as much as the indices have. */
const fitted = (x: Tensor, indices: Tensor, axis: number): Tensor =>
  slice(
    x,
    x.shape.map((_, i) => (i === axis ? null : [0, indices.shape[i]!])),
  );

/** The last axis of the indices has an index for each of the first axes of x. */
function gatherND(op: Imported): Tensor {
  const [x, indices] = [op.in(0), indicesOf(op)];
  const batch = op.int('batch_dims', 0);
  const count = indices.shape.at(-1)!;
  check(count >= 1 && batch + count <= x.shape.length, () => `it has ${count} indices for [${x.shape}]`);
  const columns = Array.from({ length: count }, (_, i) => along(indices, -1 + indices.shape.length, i));
  const own = Array.from({ length: batch }, (_, axis) => {
    const n = x.shape[axis]!;
    checkLength('the length of an axis', n);
    const numbers = constantOf(
      Int32Array.from({ length: n }, (_, i) => i),
      [n],
      'int32',
    );
    return numbers.reshape(columns[0]!.shape.map((_, i) => (i === axis ? n : 1)));
  });
  return takeAt(x, [...own, ...columns]);
}

/** Writes updates where ONNX adds, multiplies … them if it is told so. */
function combined(op: Imported, before: Tensor, updates: Tensor): Tensor {
  const reduction = op.text('reduction', 'none');
  const ways: Readonly<Record<string, (a: Tensor, b: Tensor) => Tensor>> = {
    none: (_, b) => b,
    add: (a, b) => a.add(b),
    mul: (a, b) => a.mul(b),
    max: (a, b) => a.maximum(b),
    min: (a, b) => a.minimum(b),
  };
  check(Object.hasOwn(ways, reduction), () => `the reduction ${reduction} is not known`);
  return ways[reduction]!(before, updates);
}

function scatterElements(op: Imported): Tensor {
  const [x, indices, axis] = [op.in(0), indicesOf(op), axisOf(op)];
  const updates = op.in(2);
  const part = fitted(x, indices, axis);
  const single = op.text('reduction', 'none') === 'none';
  const written = single ? scatterAlongAxis(part, indices, updates, axis) : oneByOne(op, part, indices, updates, axis);
  if (part === x || part.size === x.size) return written;
  return within(x, written, axis);
}

/** Indices along the axis one after the other, since one may be there several times. */
function oneByOne(op: Imported, x: Tensor, indices: Tensor, updates: Tensor, axis: number): Tensor {
  const n = indices.shape[axis]!;
  check(n <= 1024, () => `a reduction of ${n} updates is not supported`);
  return Array.from({ length: n }, (_, i) => i).reduce((now, i) => {
    const at = along(indices, axis, [i, i + 1]);
    const value = combined(op, takeAlongAxis(now, at, axis), along(updates, axis, [i, i + 1]));
    return scatterAlongAxis(now, at, value, axis);
  }, x);
}

/** `x` with `part` at the beginning of its other axes. */
function within(x: Tensor, part: Tensor, axis: number): Tensor {
  return x.shape.reduce((whole, n, i) => {
    const has = part.shape[i]!;
    if (i === axis || has === n) return whole;
    const rest = slice(
      x,
      x.shape.map((_, k) => (k === i ? [has] : [0, k < i ? x.shape[k]! : whole.shape[k]!])),
    );
    return concat([whole, rest], i);
  }, part);
}

/** The last axis of the indices has an index for each of the first axes of x, which become one. */
function scatterND(op: Imported): Tensor {
  const [x, indices, updates] = [op.in(0), indicesOf(op), op.in(2)];
  const count = indices.shape.at(-1)!;
  check(count >= 1 && count <= x.shape.length, () => `it has ${count} indices for [${x.shape}]`);
  const sizes = x.shape.slice(0, count);
  const rest = x.shape.slice(count);
  const rows = x.reshape([sizeOf(sizes), sizeOf(rest)]);
  const columns = sizes.map((n, i) => {
    const index = along(indices, indices.shape.length - 1, i).flatten();
    return index.less(0).toInt().mul(n).add(index);
  });
  const flat = columns.reduce((whole, index, i) => whole.mul(sizes[i]!).add(index));
  const values = updates.reshape([flat.size, sizeOf(rest)]);
  const at = flat.expandDims(1).broadcastTo(values.shape);
  const single = op.text('reduction', 'none') === 'none';
  const y = single ? scatterAlongAxis(rows, at, values, 0) : oneByOne(op, rows, at, values, 0);
  return y.reshape(x.shape);
}

function largest(op: Imported): readonly Tensor[] {
  const x = op.in(0);
  const axis = op.axis(op.int('axis', -1), x.shape.length);
  const k = op.int('k') ?? op.number(1);
  if (op.int('largest', 1) !== 0) {
    const { values, indices } = topK(x, k, axis);
    return [values, indices];
  }
  check(k <= x.shape[axis]!, () => `it asks for ${k} of ${x.shape[axis]} elements`);
  const indices = along(argSort(x, axis), axis, [0, k]);
  return [takeAlongAxis(x, indices, axis), indices];
}

/** Where a tensor that is known is not 0: a row for each axis. */
function nonZero(op: Imported): Tensor {
  const { shape } = op.in(0);
  const found = op.values(0).flatMap((value, i) => (value === 0 ? [] : [i]));
  const rows: number[][] = [];
  let inner = 1;
  for (const n of [...shape].reverse()) {
    const step = inner;
    rows.unshift(found.map((i) => Math.floor(i / step) % n));
    inner *= n;
  }
  return constantOf(Int32Array.from(rows.flat()), [shape.length, found.length], 'int32');
}

/** Slices at which a condition, which must be known, is not 0. */
function compress(op: Imported): Tensor {
  const given = op.int('axis');
  const x = given === undefined ? op.in(0).flatten() : op.in(0);
  const axis = op.axis(given ?? 0, x.shape.length);
  const kept = op.values(1).flatMap((value, i) => (value === 0 ? [] : [i]));
  return take(x, constantOf(Int32Array.from(kept), [kept.length], 'int32'), axis);
}

export const INDEXING: Rows = {
  Compress: compress,
  Gather: (op) => take(op.in(0), indicesOf(op), axisOf(op)),
  GatherElements: gatherElements,
  GatherND: gatherND,
  NonZero: nonZero,
  Scatter: scatterElements,
  ScatterElements: scatterElements,
  ScatterND: scatterND,
  TopK: largest,
};

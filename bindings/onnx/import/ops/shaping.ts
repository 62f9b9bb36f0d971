// Ops that give tensors another shape, cut them or put them together; constants; and what computes shapes.

import { arange, full } from '../../../creation.js';
import { check } from '../../../errors.js';
import { tril, triu } from '../../../ops/diagonals.js';
import { moveAxis } from '../../../ops/movement.js';
import { oneHot } from '../../../ops/onehot.js';
import { pad } from '../../../ops/pad.js';
import { along, concat, padWith, slice, split, tile } from '../../../ops/slicing.js';
import { where } from '../../../ops/where.js';
import { broadcastShapes, type Shape, sizeBetween, sizeOf } from '../../../shape.js';
import { constantOf, type Tensor } from '../../../tensor.js';
import { kindOf } from '../../elements.js';
import { checkLength, type Imported, type Rows } from '../op.js';

/** Numbers that are known, as a vector of int32. */
const ints = (values: readonly number[]): Tensor => constantOf(Int32Array.from(values), [values.length], 'int32');

const floats = (values: readonly number[]): Tensor => constantOf(Float32Array.from(values), [values.length]);

const scalarOf = (t: Tensor): Tensor => t.reshape([]);

function constant(op: Imported): Tensor {
  const [i, list, f, numbers] = [
    op.int('value_int'),
    op.ints('value_ints'),
    op.node.attributes.get('value_float'),
    op.floats('value_floats'),
  ];
  if (i !== undefined) return scalarOf(ints([i]));
  if (list) return ints(list);
  if (f) return scalarOf(floats([op.float('value_float', 0)]));
  if (numbers) return floats(numbers);
  const value = op.constant('value');
  check(value !== undefined, () => 'its value is no tensor of numbers');
  return value;
}

/** A shape that is given as values: there must be room for it. */
function shapeOf(values: readonly number[]): Shape {
  check(values.every((d) => d >= 0) && sizeOf(values) < 2 ** 31, () => `[${values}] is no shape`);
  return values;
}

function constantOfShape(op: Imported): Tensor {
  const shape = shapeOf(op.values(0));
  const value = op.constant('value');
  if (!value) return full(shape, 0);
  check(value.size === 1, () => `its value has ${value.size} elements in place of one`);
  return scalarOf(value).broadcastTo(shape);
}

/** In a new shape 0 stands for the length that the axis has, -1 for what is left. */
function reshape(op: Imported): Tensor {
  const x = op.in(0);
  const shape = op.list('shape', 1);
  const keeps = op.int('allowzero', 0) === 0;
  return x.reshape(shape.map((d, axis) => (d === 0 && keeps ? (x.shape[axis] ?? 0) : d)));
}

function flatten(op: Imported): Tensor {
  const { shape } = op.in(0);
  const given = op.int('axis', 1);
  const axis = given < 0 ? given + shape.length : given;
  return op.in(0).reshape([sizeBetween(shape, 0, axis), sizeBetween(shape, axis, shape.length)]);
}

function unsqueeze(op: Imported): Tensor {
  const x = op.in(0);
  const given = op.list('axes', 1);
  const rank = x.shape.length + given.length;
  const axes = given.map((axis) => op.axis(axis, rank));
  check(new Set(axes).size === axes.length, () => `an axis is given twice in [${given}]`);
  const rest = [...x.shape];
  return x.reshape(Array.from({ length: rank }, (_, i) => (axes.includes(i) ? 1 : rest.shift()!)));
}

function shape(op: Imported): Tensor {
  const rank = op.in(0).shape.length;
  const bound = (value: number): number => Math.min(Math.max(value < 0 ? value + rank : value, 0), rank);
  return ints(op.in(0).shape.slice(bound(op.int('start', 0)), bound(op.int('end', rank))));
}

function expand(op: Imported): Tensor {
  const x = op.in(0);
  return x.broadcastTo(broadcastShapes('Expand', x.shape, shapeOf(op.values(1))));
}

function range(op: Imported): Tensor {
  const [start, limit, step] = [op.number(0), op.number(1), op.number(2)];
  const count = Math.max(0, Math.ceil((limit - start) / step));
  checkLength('the number of elements', count);
  return arange(start, limit, step, op.in(0).dtype);
}

/** Ends beyond an axis are cut; what int32 has for 'up to the end' is beyond every axis. */
function sliced(op: Imported): Tensor {
  const x = op.in(0);
  const [starts, ends] = [op.list('starts', 1), op.list('ends', 2)];
  const axes = op.listed('axes', 3) ?? starts.map((_, i) => i);
  const steps = op.known(4) ?? starts.map(() => 1);
  check(starts.length === ends.length && starts.length === axes.length && starts.length === steps.length, () => {
    return `it has ${starts.length} starts, ${ends.length} ends, ${axes.length} axes and ${steps.length} steps`;
  });
  return axes.reduce((part, given, i) => {
    const axis = op.axis(given, x.shape.length);
    return along(part, axis, rangeOf(x.shape[axis]!, starts[i]!, ends[i]!, steps[i]!));
  }, x);
}

/** A start or end below every index is the first element, or for steps backwards what is before it. */
function rangeOf(n: number, start: number, end: number, step: number): [number | null, number | null, number] {
  const beforeAll = end < -n;
  return [start < -n ? (step < 0 ? -n : 0) : start, beforeAll ? (step < 0 ? null : 0) : end, step];
}

function parted(op: Imported): Tensor[] {
  const x = op.in(0);
  const axis = op.axis(op.int('axis', 0), x.shape.length);
  const lengths = op.listed('split', 1);
  if (lengths) return split(x, lengths, axis);
  const parts = op.int('num_outputs') ?? op.node.outputs.length;
  const n = x.shape[axis]!;
  check(parts >= 1 && parts <= op.node.outputs.length, () => `it has ${parts} parts`);
  const each = Math.ceil(n / parts);
  return split(
    x,
    Array.from({ length: parts }, (_, i) => Math.max(0, Math.min(each, n - i * each))),
    axis,
  );
}

/** Widths may be negative: so much is cut off then. */
function padded(op: Imported): Tensor {
  const x = op.in(0);
  const pads = op.list('pads', 1);
  const axes = op.known(3) ?? x.shape.map((_, axis) => axis);
  check(pads.length === 2 * axes.length, () => `it has ${pads.length} widths for ${axes.length} axes`);
  const widths = x.shape.map((): [number, number] => [0, 0]);
  axes.forEach((axis, i) => {
    widths[op.axis(axis, x.shape.length)] = [pads[i]!, pads[i + axes.length]!];
  });
  const cut = slice(
    x,
    widths.map(([before, after], axis) => [Math.max(0, -before), x.shape[axis]! - Math.max(0, -after)]),
  );
  const mode = op.text('mode', 'constant') as 'constant' | 'reflect' | 'edge' | 'wrap';
  const around = widths.map(([before, after]): [number, number] => [Math.max(before, 0), Math.max(after, 0)]);
  const more = around.reduce((size, [before, after], axis) => size * (cut.shape[axis]! + before + after), 1);
  check(more < 2 ** 31, () => `the result would have ${more} elements`);
  if (mode !== 'constant') return pad(cut, around, { mode });
  return padWith(cut, around, op.known(2)?.[0] ?? op.float('value', 0));
}

function hot(op: Imported): Tensor {
  const indices = op.in(0).toInt();
  const depth = op.number(1);
  checkLength('the depth', depth);
  const values = op.in(2);
  const [off, on] = [along(values, 0, 0), along(values, 0, 1)];
  const wrapped = where(indices.less(0), indices.add(depth), indices);
  const rank = indices.shape.length;
  const axis = op.axis(op.int('axis', -1), rank + 1);
  const inside = wrapped.greaterEqual(0).mul(wrapped.less(depth)).expandDims(-1);
  const marks = oneHot(wrapped.maximum(0).minimum(depth - 1), depth).mul(inside);
  return where(moveAxis(marks, rank, axis), on, off);
}

function eyeLike(op: Imported): Tensor {
  const { shape: size, dtype } = op.in(0);
  check(size.length === 2, () => `it is for matrices, got [${size}]`);
  const [rows, columns] = size as [number, number];
  checkLength('the size of the matrix', Math.max(rows, columns));
  const distance = arange(0, columns, 1, 'int32').sub(arange(0, rows, 1, 'int32').expandDims(1));
  const marks = distance.equal(op.int('k', 0));
  const type = op.int('dtype');
  const isInt = type === undefined ? dtype === 'int32' : kindOf(op.node.where, type) === 'int';
  return isInt ? marks.toInt() : marks;
}

function trilu(op: Imported): Tensor {
  const [x, offset] = [op.in(0), op.known(1)?.[0] ?? 0];
  checkLength('the size of the matrices', Math.max(...x.shape.slice(-2)));
  return op.int('upper', 1) !== 0 ? triu(x, offset) : tril(x, offset);
}

/** Channels as pixels: [n, b·b·c, h, w] to [n, c, h·b, w·b], or in mode CRD of [n, c·b·b, h, w]. */
function depthToSpace(op: Imported): Tensor {
  const x = op.in(0);
  const b = op.int('blocksize', 0);
  const [n, channels, h, w] = x.shape as [number, number, number, number];
  const c = channels / b ** 2;
  const isColumns = op.text('mode', 'DCR') === 'CRD';
  const apart = x.reshape(isColumns ? [n, c, b, b, h, w] : [n, b, b, c, h, w]);
  return apart.transpose(isColumns ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]).reshape([n, c, h * b, w * b]);
}

function spaceToDepth(op: Imported): Tensor {
  const x = op.in(0);
  const b = op.int('blocksize', 0);
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const blocks = x.reshape([n, c, h / b, b, w / b, b]).transpose([0, 3, 5, 1, 2, 4]);
  return blocks.reshape([n, c * b * b, h / b, w / b]);
}

/** A batch of series, each turned round up to its own length. */
function reverseSequence(op: Imported): Tensor {
  const x = op.in(0);
  const [time, batch] = [op.int('time_axis', 0), op.int('batch_axis', 1)];
  const lengths = op.values(1);
  const rows = lengths.map((length, i) => {
    const row = along(x, batch, [i, i + 1]);
    const turned = along(along(row, time, [0, length]), time, [null, null, -1]);
    return concat([turned, along(row, time, [length])], time);
  });
  return concat(rows, batch);
}

export const SHAPING: Rows = {
  Concat: (op) => concat(op.all, op.axis(op.int('axis', 1), op.in(0).shape.length)),
  Constant: constant,
  ConstantOfShape: constantOfShape,
  DepthToSpace: depthToSpace,
  Expand: expand,
  EyeLike: eyeLike,
  Flatten: flatten,
  OneHot: hot,
  Pad: padded,
  Range: range,
  Reshape: reshape,
  ReverseSequence: reverseSequence,
  Shape: shape,
  Size: (op) => scalarOf(ints([op.in(0).size])),
  Slice: sliced,
  SpaceToDepth: spaceToDepth,
  Split: parted,
  Squeeze: (op) => op.in(0).squeeze(op.listed('axes', 1)),
  Tile: (op) => tile(op.in(0), op.values(1)),
  Transpose: (op) => op.in(0).transpose(op.ints('perm')),
  Trilu: trilu,
  Unsqueeze: unsqueeze,
};

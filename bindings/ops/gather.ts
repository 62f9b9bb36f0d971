// Reading, writing and adding to elements at indices that are tensors: take, takeAt, scatter, scatterAdd … Indices may
// be known only when the program runs; one that is out of range then reads NaN and writes nothing. Three primitives,
// whose derivatives are made of them; their kernels see x as [outer, size, inner] and index the middle. Not here: parts
// at fixed positions (slicing.ts).

import indexing from '#sides/indexing.wasm';
import { arange, zeros } from '../creation.js';
import { check, show } from '../errors.js';
import * as kernels from '../kernels/gather.js';
import { broadcastShapes, normalizeAxis, type Shape, sameShape, shapeText, sizeBetween, sizeOf } from '../shape.js';
import { checkedTensor, Tensor, type TensorLike, tensorOf } from '../tensor.js';
import { moveAxis } from './movement.js';
import { checkAlike, checkFloat, checkKnown, defineOp } from './op.js';
import { type Span, threeDims } from './reduce.js';
import { concat } from './slicing.js';
import { where } from './where.js';

export interface GatherAttrs {
  readonly axis: number;
  /**
   * true: the indices have the shape of the result, an index for each element. false: an index for each whole slice.
   */
  readonly along: boolean;
}

interface ScatterAttrs extends GatherAttrs {
  /** Length of the indexed axis of the result. */
  readonly size: number;
}

const FLOAT_FILL = 0x7fc00000;
const INT_FILL = -(2 ** 31);

/** An index that is out of range for every size. */
const NOWHERE = -(2 ** 31);

const indexedAxes = (indices: Tensor, along: boolean): number => (along ? 1 : indices.shape.length);

/** The axes of the result that are those of the indices. */
const spanOf = (axis: number, indices: Tensor, along: boolean): Span => ({
  from: axis,
  to: axis + indexedAxes(indices, along),
});

/** Refuses what is known already to be out of range. */
function checkIndices(name: string, indices: Tensor, size: number): void {
  const { dtype } = checkedTensor(`${name}: the indices`, indices);
  check(dtype === 'int32', () => `${name}: the indices must be int32, got ${dtype}; convert with toInt()`);
  checkKnown(`${name}: index`, indices, size, -size);
}

/** 1 where an index is in range, else 0. */
const isInRange = (indices: Tensor, size: number): Tensor => indices.greaterEqual(-size).mul(indices.less(size));

const gather = defineOp<GatherAttrs>({
  name: 'gather',
  kernels: { gather: kernels.gather },
  side: indexing,
  infer: ([x, indices], { axis, along }) => {
    const { shape, dtype } = x!;
    if (along) return { shape: indices!.shape, dtype };
    return { shape: [...shape.slice(0, axis), ...indices!.shape, ...shape.slice(axis + 1)], dtype };
  },
  derivative: (g, { inputs: [x, indices] }, { axis, along }) => [
    scattered(g, indices!, { axis, along, size: x!.shape[axis]! }),
    null,
  ],
  batch: ({ size, inputs: [x, indices], full }, node, { axis, along }) => {
    const [one, at] = node.inputs as [Tensor, Tensor];
    if (!along && indices === at) return gathered(x!, at, { axis: axis + 1, along });
    if (!along && x === one) return moveAxis(gathered(one, indices!, { axis, along }), axis, 0);
    const picks = along ? full[1]! : ofElements(full[1]!, node.shape, spanOf(axis, at, along));
    return gathered(full[0]!, picks, { axis: axis + 1, along: true }).reshape([size, ...node.shape]);
  },
  traffic: ({ size, inputs: [, indices] }) => 8 * size + 4 * indices!.size,
  emit: (e, node, { axis, along }) => {
    const [x, indices] = node.inputs as [Tensor, Tensor];
    const { outer, k: count, inner } = threeDims(node.shape, spanOf(axis, indices, along));
    e.code('gather', {
      out: e.at(node),
      x: e.at(x),
      indices: e.at(indices),
      outer,
      size: x.shape[axis]!,
      count,
      inner,
      along: +along,
      fill: x.dtype === 'int32' ? INT_FILL : FLOAT_FILL,
    });
  },
});

/** A mask with an element for each index, in a shape that broadcasts to what is read at the indices from `x`. */
function forSlices(mask: Tensor, x: Tensor, { axis, along }: GatherAttrs): Tensor {
  const behind = along ? 0 : x.shape.length - axis - 1;
  return mask.reshape([...mask.shape, ...new Array<number>(behind).fill(1)]);
}

/** A tensor of zeros to which the first input is added at the indices: the derivative of gather. */
const scatterAddOp = defineOp<ScatterAttrs>({
  name: 'scatterAdd',
  kernels: { scatterAdd: kernels.scatterAdd },
  side: indexing,
  infer: ([x, indices], { axis, along, size }) => {
    checkFloat('scatterAdd', [x!]);
    const { shape } = x!;
    const behind = shape.slice(axis + indexedAxes(indices!, along));
    return { shape: [...shape.slice(0, axis), size, ...behind], dtype: 'float32' };
  },
  // An index out of range added nothing, so its gradient is 0, not the NaN that gather would read there.
  derivative: (g, { inputs: [, indices] }, { axis, along, size }) => {
    const read = gathered(g, indices!, { axis, along });
    const mask = forSlices(isInRange(indices!, size), g, { axis, along });
    return [indices!.known ? read : where(mask, read, 0), null];
  },
  batch: ({ inputs: [x, indices], full }, { inputs: [one, at] }, { axis, along, size }) => {
    if (!along && indices === at) return scattered(x!, at!, { axis: axis + 1, along, size });
    const picks = along ? full[1]! : ofElements(full[1]!, one!.shape, spanOf(axis, at!, along));
    return scattered(full[0]!.reshape(picks.shape), picks, { axis: axis + 1, along: true, size });
  },
  join: {
    group: ({ inputs: [, indices] }, { axis, along }) => `${axis} ${along} ${indices!.id}`,
    sum: joined,
  },
  emit: (e, node, { axis, along, size }) => {
    const [x, indices] = node.inputs as [Tensor, Tensor];
    const { outer, k: count, inner } = threeDims(x.shape, spanOf(axis, indices, along));
    e.code('scatterAdd', {
      out: e.at(node),
      x: e.at(x),
      indices: e.at(indices),
      outer,
      size,
      count,
      inner,
      along: +along,
    });
  },
});

const gathered = (x: Tensor, indices: Tensor, attrs: GatherAttrs): Tensor => new Tensor(gather, [x, indices], attrs);

const scattered = (x: Tensor, indices: Tensor, attrs: ScatterAttrs): Tensor =>
  new Tensor(scatterAddOp, [x, indices], attrs);

/** The first input with the third in its places at the indices. */
const scatterOp = defineOp<GatherAttrs>({
  name: 'scatter',
  kernels: { scatter: kernels.scatter },
  side: indexing,
  infer: ([x, , updates]) => {
    checkAlike('scatter', x!, updates!);
    return x!;
  },
  derivative: (g, { inputs: [, indices, updates] }, attrs) => {
    const won = forSlices(isLast(indices!, g.shape, attrs), g, attrs);
    return [written(g, indices!, updates!.zerosLike(), attrs), null, where(won, gathered(g, indices!, attrs), 0)];
  },
  batch: ({ inputs: [, indices], full }, { inputs: [, at, one] }, { axis, along }) => {
    const [x, all, updates] = full as [Tensor, Tensor, Tensor];
    if (!along && indices === at) return written(x, at!, updates, { axis: axis + 1, along });
    const picks = along ? all : ofElements(all, one!.shape, spanOf(axis, at!, along));
    return written(x, picks, updates.reshape(picks.shape), { axis: axis + 1, along: true });
  },
  emit: (e, node, { axis, along }) => {
    const [x, indices, updates] = node.inputs as [Tensor, Tensor, Tensor];
    const { outer, k: count, inner } = threeDims(updates.shape, spanOf(axis, indices, along));
    const operands = { out: e.at(node), x: e.at(updates), indices: e.at(indices) };
    e.code('copy', { out: e.at(node), x: e.at(x), n: node.size });
    e.code('scatter', { ...operands, outer, size: x.shape[axis]!, count, inner, along: +along });
  },
});

const written = (x: Tensor, indices: Tensor, updates: Tensor, attrs: GatherAttrs): Tensor =>
  new Tensor(scatterOp, [x, indices, updates], attrs);

/** 1 for each index that is in range and the last one of its place, else 0: numbers are written there and read back. */
function isLast(indices: Tensor, shape: Shape, { axis, along }: GatherAttrs): Tensor {
  const at = along ? axis : 0;
  const flat = along ? indices : indices.flatten();
  const numbers = arange(0, flat.shape[at]!, 1, 'int32');
  const column = along ? numbers.reshape([-1, ...shape.slice(axis + 1).map(() => 1)]) : numbers;
  const nothing = zeros(along ? shape : [shape[axis]!], 'int32');
  const attrs = { axis: at, along };
  const last = gathered(written(nothing, flat, column.broadcastTo(flat.shape), attrs), flat, attrs);
  return last.equal(column).reshape(indices.shape);
}

/**
 * A batch of indices of whole slices as a batch of indices of elements: one for each element of values of this `shape`,
 * in which the axes of `span` are those of the indices, and become one.
 */
function ofElements(indices: Tensor, shape: Shape, { from, to }: Span): Tensor {
  const [n] = indices.shape as [number];
  const all = [n, ...shape.slice(0, from), sizeBetween(shape, from, to), ...shape.slice(to)];
  return indices.reshape(all.map((d, axis) => (axis === 0 || axis === from + 1 ? d : 1))).broadcastTo(all);
}

/**
 * Adds up many scatters into one tensor: all that index the same axis in the same way become one, with all their
 * indices.
 */
function joined(nodes: readonly Tensor[]): Tensor {
  const [first] = nodes as [Tensor, ...Tensor[]];
  const attrs = first.attrs as ScatterAttrs;
  const { axis, along } = attrs;
  const isAlike = ({ attrs: other }: Tensor): boolean =>
    (other as ScatterAttrs).axis === axis && (other as ScatterAttrs).along === along;
  const alike = nodes.filter(isAlike);
  const others = nodes.filter((node) => !isAlike(node));
  const indices = alike.map(({ inputs }) => (along ? inputs[1]! : inputs[1]!.flatten()));
  const values = alike.map(({ inputs: [x, at] }) => {
    const behind = x!.shape.slice(axis + indexedAxes(at!, along));
    return along ? x! : x!.reshape([...x!.shape.slice(0, axis), at!.size, ...behind]);
  });
  const all = alike.length === 1 ? first : scattered(concat(values, axis), concat(indices, along ? axis : 0), attrs);
  return others.length === 0 ? all : all.add(joined(others));
}

/**
 * Picks slices of `axis` by index: rows of a table, pixels, samples of a batch. `indices` is int32, of any shape, and
 * its shape takes the place of the axis: [n, d] at indices [a, b] is [a, b, d].
 *
 * Negative indices count from the end. An index that is out of range throws if its value is known; if a program
 * computes it, the result there is NaN (-2^31 if x is int32).
 */
export function take(x: Tensor, indices: Tensor, axis = 0): Tensor {
  const { shape } = checkedTensor('take', x);
  const at = normalizeAxis('take', axis, shape.length);
  checkIndices('take', indices, shape[at]!);
  return gathered(x, indices, { axis: at, along: false });
}

/**
 * Picks one element for each index along `axis`: out[i, j] = x[i, indices[i, j]] for axis 1. The other axes broadcast;
 * what `take` says of indices holds here.
 */
export function takeAlongAxis(x: Tensor, indices: Tensor, axis = -1): Tensor {
  const { shape } = checkedTensor('takeAlongAxis', x);
  const at = normalizeAxis('takeAlongAxis', axis, shape.length);
  checkIndices('takeAlongAxis', indices, shape[at]!);
  const where = `takeAlongAxis of ${shapeText(shape)} at indices ${shapeText(indices.shape)}`;
  check(indices.shape.length === shape.length, () => `${where}: both must have as many dimensions`);
  const other = shape.map((d, i) => (i === at || d !== 1 ? d : indices.shape[i]!));
  const fits = other.every((d, i) => i === at || indices.shape[i] === d || indices.shape[i] === 1);
  check(fits, () => `${where}: the other dimensions do not broadcast`);
  const full = other.map((d, i) => (i === at ? indices.shape[i]! : d));
  return gathered(x.broadcastTo(other), indices.broadcastTo(full), { axis: at, along: true });
}

/**
 * A copy of `x` with `updates` added to the slices of `axis` at int32 `indices`; where an index repeats, all its
 * updates are added, in order. The updates have the shape that `take` would give. An index out of range throws if its
 * value is known; if a program computes it, its update is left out.
 */
export function scatterAdd(x: Tensor, indices: Tensor, updates: Tensor, axis = 0): Tensor {
  const { shape } = checkedTensor('scatterAdd', x);
  const at = normalizeAxis('scatterAdd', axis, shape.length);
  checkIndices('scatterAdd', indices, shape[at]!);
  const expected = [...shape.slice(0, at), ...indices.shape, ...shape.slice(at + 1)];
  const given = checkedTensor('scatterAdd', updates);
  check(sameShape(given.shape, expected), () => {
    const into = `scatterAdd into ${shapeText(shape)} at indices ${shapeText(indices.shape)} of axis ${at}`;
    return `${into}: the updates must be ${shapeText(expected)}, got ${show(shapeText(given.shape))}`;
  });
  return x.add(scattered(given, indices, { axis: at, along: false, size: shape[at]! }));
}

/**
 * A copy of `x` with `updates` in place of the slices of `axis` at int32 `indices`; where an index repeats, the last
 * one wins. The updates are a number, or have the shape that `take` would give. What `scatterAdd` says of indices holds
 * here.
 */
export function scatter(x: Tensor, indices: Tensor, updates: TensorLike, axis = 0): Tensor {
  const { shape } = checkedTensor('scatter', x);
  const at = normalizeAxis('scatter', axis, shape.length);
  checkIndices('scatter', indices, shape[at]!);
  const expected = [...shape.slice(0, at), ...indices.shape, ...shape.slice(at + 1)];
  return written(x, indices, updatesOf('scatter', x, indices, updates, expected), { axis: at, along: false });
}

/**
 * A copy of `x` with one element of `updates` for each index along `axis`: out[i, indices[i, j]] = updates[i, j] for
 * axis 1. The indices broadcast to the other axes; the updates are a number, or have the shape of the indices then.
 * Where an index repeats, the last one wins.
 */
export function scatterAlongAxis(x: Tensor, indices: Tensor, updates: TensorLike, axis = -1): Tensor {
  const { shape } = checkedTensor('scatterAlongAxis', x);
  const at = normalizeAxis('scatterAlongAxis', axis, shape.length);
  checkIndices('scatterAlongAxis', indices, shape[at]!);
  const full = shape.map((d, i) => (i === at ? (indices.shape[i] ?? 0) : d));
  const fits = indices.shape.length === shape.length && sameShape(broadcastShapes('', indices.shape, full), full);
  check(fits, () => {
    const where = `scatterAlongAxis into ${shapeText(shape)} at indices ${shapeText(indices.shape)}`;
    return `${where}: expected as many dimensions, which broadcast but for axis ${at}`;
  });
  const values = updatesOf('scatterAlongAxis', x, indices, updates, full);
  return written(x, indices.broadcastTo(full), values, { axis: at, along: true });
}

/** A number, repeated, or a tensor, which must have the expected shape. */
function updatesOf(name: string, x: Tensor, indices: Tensor, updates: TensorLike, expected: Shape): Tensor {
  const given = tensorOf(`${name}: the updates`, updates, x);
  if (typeof updates === 'number') return given.broadcastTo(expected);
  check(sameShape(given.shape, expected), () => {
    const into = `${name} into ${shapeText(x.shape)} at indices ${shapeText(indices.shape)}`;
    return `${into}: the updates must be ${shapeText(expected)}, got ${shapeText(given.shape)}`;
  });
  return given;
}

/**
 * Picks elements, or slices, by an index for each of the first axes: x[i, j] in NumPy and PyTorch. The int32 indices
 * broadcast, and their shape takes the place of these axes. What `take` says of indices holds here.
 */
export function takeAt(x: Tensor, indices: readonly Tensor[]): Tensor {
  const { shape } = checkedTensor('takeAt', x);
  check(Array.isArray(indices), () => `takeAt: expected an array of indices, one for each axis, got ${show(indices)}`);
  const rank = indices.length;
  const fits = rank > 0 && rank <= shape.length;
  check(fits, () => `takeAt of ${shapeText(shape)}: ${rank} indices are given for ${shape.length} axes`);
  indices.forEach((index, axis) => {
    checkIndices('takeAt', index, shape[axis]!);
  });
  const sizes = shape.slice(0, rank);
  const inRange = indices.map((index, axis) => isInRange(index, sizes[axis]!)).reduce((a, b) => a.mul(b));
  const flat = indices
    .map((index, axis) => where(index.less(0), index.add(sizes[axis]!), index))
    .reduce((whole, index, axis) => whole.mul(sizes[axis]!).add(index));
  const rows = x.reshape([sizeOf(sizes), ...shape.slice(rank)]);
  return gathered(rows, where(inRange, flat, NOWHERE), { axis: 0, along: false });
}

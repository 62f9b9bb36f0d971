// Reading and adding to elements at indices that are tensors: take, takeAlongAxis, scatterAdd. Indices may be known only
// when the program runs; one that is out of range then reads NaN and adds nothing. Two primitives, each the other's
// derivative; their kernels see x as [outer, size, inner] and index the middle. Not here: parts at fixed positions
// (slicing.ts).

import { check, show } from '../errors.js';
import * as kernels from '../kernels/gather.js';
import { checkFloat, checkKnown, defineOp } from '../ops/op.js';
import { type Span, threeDims } from '../ops/reduce.js';
import { normalizeAxis, sameShape, shapeText } from '../shape.js';
import { checkedTensor, Tensor } from '../tensor.js';
import { where } from './elementwise.js';
import { concat } from './slicing.js';

interface GatherAttrs {
  readonly axis: number;
  /** true: the indices have the shape of the result, an index for each element. false: an index for each whole slice. */
  readonly along: boolean;
}

interface ScatterAttrs extends GatherAttrs {
  /** Length of the indexed axis of the result. */
  readonly size: number;
}

const FLOAT_FILL = 0x7fc00000;
const INT_FILL = -(2 ** 31);

const indexedAxes = (indices: Tensor, along: boolean): number => (along ? 1 : indices.shape.length);

/** The axes of the result that are those of the indices. */
const spanOf = (axis: number, indices: Tensor, along: boolean): Span => ({
  from: axis,
  to: axis + indexedAxes(indices, along),
});

/** Refuses what is known already to be out of range. */
function checkIndices(name: string, indices: Tensor, size: number): void {
  const { dtype } = checkedTensor(`${name}: the indices`, indices);
  check(dtype === 'int32', () => `${name}: the indices must be int32, got ${dtype}`);
  checkKnown(`${name}: index`, indices, size);
}

const gather = defineOp<GatherAttrs>({
  name: 'gather',
  kernels: { gather: kernels.gather },
  infer: ([x, indices], { axis, along }) => {
    const { shape, dtype } = x!;
    if (along) return { shape: indices!.shape, dtype };
    return { shape: [...shape.slice(0, axis), ...indices!.shape, ...shape.slice(axis + 1)], dtype };
  },
  derivative: (g, { inputs: [x, indices] }, { axis, along }) => [
    scattered(g, indices!, { axis, along, size: x!.shape[axis]! }),
    null,
  ],
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

/** A tensor of zeros to which the first input is added at the indices: the derivative of gather. */
const scatter = defineOp<ScatterAttrs>({
  name: 'scatterAdd',
  kernels: { scatterAdd: kernels.scatterAdd },
  infer: ([x, indices], { axis, along, size }) => {
    checkFloat('scatterAdd', [x!]);
    const { shape } = x!;
    const behind = shape.slice(axis + indexedAxes(indices!, along));
    return { shape: [...shape.slice(0, axis), size, ...behind], dtype: 'float32' };
  },
  // An index out of range added nothing, so its gradient is 0, not the NaN that gather would read there.
  derivative: (g, { inputs: [, indices] }, { axis, along, size }) => {
    const inRange = indices!.toFloat().greaterEqual(0).mul(indices!.toFloat().less(size));
    const read = gathered(g, indices!, { axis, along });
    const behind = along ? 0 : g.shape.length - axis - 1;
    const mask = inRange.reshape([...indices!.shape, ...new Array<number>(behind).fill(1)]);
    return [indices!.known ? read : where(mask, read, 0), null];
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

const scattered = (x: Tensor, indices: Tensor, attrs: ScatterAttrs): Tensor => new Tensor(scatter, [x, indices], attrs);

/**
 * Adds up many scatters into one tensor: all that index the same axis in the same way become one, with all their indices.
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
 * Picks slices of `axis` by index: rows of a table, pixels, samples of a batch. `indices` is int32, of any shape, and its
 * shape takes the place of the axis: [n, d] at indices [a, b] is [a, b, d].
 *
 * An index that is out of range (a negative one, too) throws if its value is known; if a program computes it, the result
 * there is NaN (-2^31 if x is int32).
 */
export function take(x: Tensor, indices: Tensor, axis = 0): Tensor {
  const { shape } = checkedTensor('take', x);
  const at = normalizeAxis('take', axis, shape.length);
  checkIndices('take', indices, shape[at]!);
  return gathered(x, indices, { axis: at, along: false });
}

/**
 * Picks one element for each index along `axis`: out[i, j] = x[i, indices[i, j]] for axis 1. The other axes broadcast; what
 * `take` says of indices holds here.
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
 * A copy of `x` with `updates` added to the slices of `axis` at int32 `indices`; where an index repeats, all its updates
 * are added, in order. The updates have the shape that `take` would give. An index out of range throws if its value is
 * known; if a program computes it, its update is left out.
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

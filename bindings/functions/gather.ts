// Elements at indices that are known only when the program runs, and the adjoint: adding to such elements. A kernel sees
// x as [outer, size, inner] and indexes the middle. An index outside of it reads NaN and adds nothing.

import { Op } from '../../assembly/opcodes.js';
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
  /** Indices have the shape of the result, and each is for one element; else each is for a whole slice. */
  readonly along: boolean;
}

interface ScatterAttrs extends GatherAttrs {
  /** Length of the indexed axis of the result. */
  readonly size: number;
}

const FLOAT_FILL = 0x7fc00000;
const INT_FILL = -(2 ** 31);

const indexedAxes = (indices: Tensor, along: boolean): number => (along ? 1 : indices.shape.length);

/** The axes of a shape that came from indices. */
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
  kernels: { [Op.gather]: kernels.gather },
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
    const [outer, count, inner] = threeDims(node.shape, spanOf(axis, indices, along));
    const fill = x.dtype === 'int32' ? INT_FILL : FLOAT_FILL;
    const sizes = [outer, x.shape[axis]!, count, inner];
    e.code(Op.gather, e.at(node), e.at(x), e.at(indices), ...sizes, +along, fill);
  },
});

/** Zeros with the first input added at the indices. */
const scatter = defineOp<ScatterAttrs>({
  name: 'scatterAdd',
  kernels: { [Op.scatterAdd]: kernels.scatterAdd },
  infer: ([x, indices], { axis, along, size }) => {
    checkFloat('scatterAdd', [x!]);
    const { shape } = x!;
    const behind = shape.slice(axis + indexedAxes(indices!, along));
    return { shape: [...shape.slice(0, axis), size, ...behind], dtype: 'float32' };
  },
  // Indices out of range add nothing, so that nothing comes back through them: not the NaN that gather would read.
  derivative: (g, { inputs: [, indices] }, { axis, along, size }) => {
    const inRange = indices!.toFloat().greaterEqual(0).mul(indices!.toFloat().less(size));
    const read = gathered(g, indices!, { axis, along });
    const behind = along ? 0 : g.shape.length - axis - 1;
    const mask = inRange.reshape([...indices!.shape, ...new Array<number>(behind).fill(1)]);
    return [indices!.known ? read : where(mask, read, 0), null];
  },
  join: {
    key: ({ inputs: [, indices] }, { axis, along }) => `${axis} ${along} ${indices!.id}`,
    sum: joined,
  },
  emit: (e, node, { axis, along, size }) => {
    const [x, indices] = node.inputs as [Tensor, Tensor];
    const [outer, count, inner] = threeDims(x.shape, spanOf(axis, indices, along));
    e.code(Op.scatterAdd, e.at(node), e.at(x), e.at(indices), outer, size, count, inner, +along);
  },
});

const gathered = (x: Tensor, indices: Tensor, attrs: GatherAttrs): Tensor => new Tensor(gather, [x, indices], attrs);

const scattered = (x: Tensor, indices: Tensor, attrs: ScatterAttrs): Tensor => new Tensor(scatter, [x, indices], attrs);

/** The sum of scatterings to one tensor: one for each way of indexing it, with the indices of all. */
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
 * The slices of `axis` at int32 `indices`, whose shape takes the place of that axis. An index that is out of range,
 * negative ones included, throws if it is known; computed in a program, it gives NaN (-2^31 if x is int32).
 */
export function take(x: Tensor, indices: Tensor, axis = 0): Tensor {
  const { shape } = checkedTensor('take', x);
  const at = normalizeAxis('take', axis, shape.length);
  checkIndices('take', indices, shape[at]!);
  return gathered(x, indices, { axis: at, along: false });
}

/** out[i, j] = x[i, indices[i, j]] for axis 1, and so on; the other axes broadcast. Indices are those of `take`. */
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
 * `x` with `updates` added to the slices of `axis` at int32 `indices`, one after the other where an index repeats. The
 * updates have the shape that `take` would give. An index out of range throws if it is known, else it is dropped.
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

// Ops that only move elements or give them another shape, the leaves of every graph (constant, input), and effects
// (assign, advance, record).

import { check } from '../errors.js';
import type { Scope } from '../scope.js';
import {
  broadcastShapes,
  broadcastStrides,
  collapse,
  type Shape,
  sameShape,
  shapeText,
  sizeOf,
  stridesOf,
} from '../shape.js';
import type { DType, Tensor, TensorData } from '../tensor.js';
import { defineOp, type Emitter, type Pull, type TensorSpec, unchanged } from './op.js';

/** A constant: its values are known when the graph is made. */
export interface ConstantAttrs extends TensorSpec {
  readonly data: TensorData;
}

export const constant = defineOp<ConstantAttrs>({ name: 'constant', infer: (_, spec) => spec });

/** A value that a program is given when it runs: a parameter, a batch, a learning rate. */
export interface InputAttrs extends TensorSpec {
  readonly name: string;
  /** The input of a model that it stands for. */
  readonly of?: Bounded | undefined;
}

/** An input of a model, in whose data not all numbers mean something: what takes it as it is says which do. */
export interface Bounded {
  /** Whole numbers below this one. */
  below?: number;
  /** Throws, in the user's words, for data that have others; `name` is what errors call the data. */
  check?(name: string, data: ArrayLike<number>): void;
}

export const input = defineOp<InputAttrs>({ name: 'input', infer: (_, spec) => spec });

interface ShapeAttrs {
  readonly shape: Shape;
}

/** The same elements in the same order under another shape: no copy. */
export const reshape = defineOp<ShapeAttrs>({
  name: 'reshape',
  aliases: true,
  infer: ([x], { shape }) => {
    check(
      sizeOf(shape) === x!.size,
      () => `reshape of ${shapeText(x!.shape)} to ${shapeText(shape)}: ${x!.size} elements are not ${sizeOf(shape)}`,
    );
    return { shape, dtype: x!.dtype };
  },
  derivative: (g, { inputs: [x] }) => [g.reshape(x!.shape)],
  batch: ({ size, inputs: [x] }, node) => x!.reshape([size, ...node.shape]),
});

export interface IdentityAttrs {
  readonly scope: Scope;
}

/**
 * The same tensor as a new node: a transform differentiates by this node, and so not by any other use of the tensor.
 */
export const identity = defineOp<IdentityAttrs>({
  name: 'identity',
  aliases: true,
  infer: ([x]) => x!,
  derivative: (g) => [g],
  batch: ({ inputs: [x] }) => x!, // the transform has ended
});

/** The derivative of a value by the other inputs, given that of the loss by the value. */
export interface CustomAttrs {
  readonly pull: Pull;
  /**
   * Returns the same value made of ordinary ops, where the first input is of an instruction that only we know: for
   * files of other libraries. It is a function and no tensor, since attributes are written down as text (evaluate.ts).
   */
  readonly composed?: () => Tensor;
}

/** The first input, computed from the others, with a derivative that is given in place of the chain rule's. */
export const customGradient = defineOp<CustomAttrs>({
  name: 'customGradient',
  aliases: true,
  infer: ([value]) => value!,
  derivative: (g, _node, { pull }) => [null, ...pull(g)],
  batch: ({ full, lifted }, node, { pull }) => node.rewrite(node.op, full, { pull: lifted(pull) }),
});

/** The same values, as a constant to the backward pass. */
export const stopGradient = defineOp<object>({
  name: 'stopGradient',
  aliases: true,
  infer: ([x]) => x!,
  batch: unchanged,
});

/** Reads the input with `strides` over the shape of `node`, from element `offset` on. */
export function emitPermute(e: Emitter, node: Tensor, strides: readonly number[], offset = 0): void {
  const loops = collapse(node.shape, [strides]);
  const x = e.at(node.inputs[0]!) + offset * 4;
  if (node.size > 0) e.code('permute', { out: e.at(node), x, dimsAndStrides: [...loops.dims, ...loops.strides[0]!] });
}

export const broadcastTo = defineOp<ShapeAttrs>({
  name: 'broadcastTo',
  infer: ([x], { shape }) => {
    const fits = () => sameShape(broadcastShapes('broadcastTo', x!.shape, shape), shape);
    check(fits(), () => `broadcastTo: ${shapeText(x!.shape)} does not broadcast to ${shapeText(shape)}`);
    return { shape, dtype: x!.dtype };
  },
  derivative: (g, { inputs: [x] }) => [g.sumTo(x!.shape)],
  batch: ({ size, aligned: [x] }, node) => x!.broadcastTo([size, ...node.shape]),
  emit: (e, node) => emitPermute(e, node, broadcastStrides(node.inputs[0]!.shape, node.shape)),
});

interface TransposeAttrs {
  /** Axis i of the result is axis `axes[i]` of the input. */
  readonly axes: readonly number[];
}

export const transpose = defineOp<TransposeAttrs>({
  name: 'transpose',
  infer: ([x], { axes }) => {
    const { shape, dtype } = x!;
    check(
      axes.length === shape.length && shape.every((_, i) => axes.includes(i)),
      () => `transpose of ${shapeText(shape)}: ${shapeText(axes)} is not an order of its axes`,
    );
    return { shape: axes.map((a) => shape[a]!), dtype };
  },
  derivative: (g, _node, { axes }) => [g.transpose(axes.map((_, i) => axes.indexOf(i)))],
  batch: ({ inputs: [x] }, _node, { axes }) => x!.transpose([0, ...axes.map((a) => a + 1)]),
  emit: (e, node, { axes }) => {
    const strides = stridesOf(node.inputs[0]!.shape);
    emitPermute(
      e,
      node,
      axes.map((a) => strides[a]!),
    );
  },
});

/** `x` with its axis `from` as axis `to`, the others in their order. */
export function moveAxis(x: Tensor, from: number, to: number): Tensor {
  if (from === to) return x;
  const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== from);
  axes.splice(to, 0, from);
  return x.transpose(axes);
}

/** A copy of the values in memory of its own. */
export const copy = defineOp<object>({
  name: 'copy',
  infer: ([x]) => x!,
  derivative: (g) => [g],
  batch: unchanged,
  emit: (e, node) => e.code('copy', { out: e.at(node), x: e.at(node.inputs[0]!), n: node.size }),
});

export interface AssignAttrs {
  /** Written before the values that only other effects need are computed: these then read what was written. */
  readonly runsFirst?: boolean;
}

/** Writes its second input to the place of its first, a leaf. */
export const assign = defineOp<AssignAttrs>({
  name: 'assign',
  mutates: 1,
  infer: ([to, value]) => {
    const same = sameShape(to!.shape, value!.shape) && to!.dtype === value!.dtype;
    check(same, () => `assign: a ${value!} does not fit into a ${to!}`);
    return to!;
  },
  emit: (e, { inputs: [to, value] }) => {
    // Nothing to copy if the planner had the value computed at that place.
    const [out, x] = [e.at(to!), e.at(value!)];
    if (out !== x) e.code('copy', { out, x, n: value!.size });
  },
});

/**
 * How many rows takeRows reads, and of which shape. Which ones is said by cells of one int32, which JavaScript sets.
 */
export interface RowsAttrs {
  /** What the rows are, for errors. */
  readonly name: string;
  readonly rows: number;
  readonly rowShape: Shape;
  readonly dtype: DType;
}

/**
 * The next rows of a data set. Inputs: the cell that holds its address; the cell that is 1 if it has bytes there, which
 * become floats; the cell that holds the address of the order of its rows (int32); the cell that counts the rows taken
 * so far.
 */
export const takeRows = defineOp<RowsAttrs>({
  name: 'takeRows',
  infer: (_, { rows, rowShape, dtype }) => ({ shape: [rows, ...rowShape], dtype }),
  emit: (e, node, { rows, rowShape }) => {
    const [base, bytes, order, cursor] = node.inputs.map((cell) => e.at(cell)) as [number, number, number, number];
    e.code('takeRows', { out: e.at(node), base, bytes, order, cursor, rows, n: sizeOf(rowShape) });
  },
});

/** Whether a program must be given this tensor: another program's has no value in it, or the wrong rows. */
export const isGiven = ({ op }: Tensor): boolean => op === input || op === takeRows;

/** Adds `by` to an int32 cell. */
export const advance = defineOp<{ readonly by: number }>({
  name: 'advance',
  mutates: 1,
  infer: ([cell]) => cell!,
  emit: (e, { inputs: [cell] }, { by }) => e.code('advance', { cell: e.at(cell!), by }),
});

/**
 * Appends a tensor to a log: inputs are the cell that counts its floats, the cell that holds its address, the tensor.
 */
export const record = defineOp<object>({
  name: 'record',
  mutates: 1,
  infer: ([cursor]) => cursor!,
  emit: (e, { inputs: [cursor, log, x] }) =>
    e.code('record', { log: e.at(log!), cursor: e.at(cursor!), x: e.at(x!), n: x!.size }),
});

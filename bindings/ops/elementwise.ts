// Elementwise arithmetic and comparison, the ops behind the methods of Tensor: one row an op, its derivative beside it. Two
// inputs broadcast as in NumPy. Not here: what networks seldom need (functions/elementwise.ts).

import { Op } from '../../assembly/opcodes.js';
import { check } from '../errors.js';
import { broadcastShapes, broadcastStrides, collapse, type Shape, sizeOf } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { checkFloat, defineOp, type Emitter, type OpDefinition } from './op.js';

/** What an elementwise op takes besides tensors: the slope of leakyRelu and its gradient; 0 for every other op. */
export interface ElementwiseAttrs {
  readonly slope: number;
}

/** The derivative of y = f(x): dL/dx from g = dL/dy; null where it is 0. */
export type UnaryRule = (g: Tensor, x: Tensor, y: Tensor, slope: number) => Tensor | null;

/*@__NO_SIDE_EFFECTS__*/
export function unary(name: string, code: Op, rule: UnaryRule): OpDefinition {
  return defineOp<ElementwiseAttrs>({
    name,
    elementwise: true,
    infer: (inputs) => {
      checkFloat(name, inputs);
      return inputs[0]!;
    },
    derivative: (g, node, { slope }) => [rule(g, node.inputs[0]!, node, slope)],
    emit: (e, node, { slope }) => e.code(code, e.at(node), e.at(node.inputs[0]!), node.size, slope),
  });
}

/** The derivatives of y = f(a, b), in the shape of y: `binary` sums them to the shapes of a and b. */
type BinaryRule = (g: Tensor, a: Tensor, b: Tensor, y: Tensor, slope: number) => [Tensor | null, Tensor | null];

/*@__NO_SIDE_EFFECTS__*/
export function binary(name: string, code: Op, rule?: BinaryRule): OpDefinition {
  return defineOp<ElementwiseAttrs>({
    name,
    elementwise: true,
    infer: (inputs) => {
      checkFloat(name, inputs);
      return { shape: broadcastShapes(name, inputs[0]!.shape, inputs[1]!.shape), dtype: 'float32' };
    },
    derivative: (g, node, { slope }) => {
      const [a, b] = node.inputs as [Tensor, Tensor];
      const [da, db] = rule?.(g, a, b, node, slope) ?? [null, null];
      return [da?.sumTo(a.shape) ?? null, db?.sumTo(b.shape) ?? null];
    },
    emit: (e, node, { slope }) => emitBinary(e, code, node, slope),
  });
}

/**
 * What an instruction of two inputs is told about broadcasting: rows and columns of `out`, and the steps from row to row
 * and from column to column in `a` and in `b`. undefined where that takes more than two dimensions, which no kernel has.
 */
export function loopOperands(a: Shape, b: Shape, out: Shape): number[] | undefined {
  const { dims, strides } = collapse(out, [broadcastStrides(a, out), broadcastStrides(b, out)]);
  const [sa, sb] = strides as [number[], number[]];
  if (dims.length > 2) return undefined;
  if (dims.length === 2) return [dims[0]!, dims[1]!, sa[0]!, sa[1]!, sb[0]!, sb[1]!];
  return [1, sizeOf(out), 0, sa[0] ?? 1, 0, sb[0] ?? 1];
}

function emitBinary(e: Emitter, code: Op, node: Tensor, slope: number): void {
  const [a, b] = node.inputs as [Tensor, Tensor];
  const loops = loopOperands(a.shape, b.shape, node.shape);
  check(loops !== undefined, () => `internal error: ${node.op.name} was not expanded before it was encoded`);
  e.code(code, e.at(node), e.at(a), e.at(b), ...loops, slope);
}

export const neg = unary('neg', Op.neg, (g) => g.neg());
export const abs = unary('abs', Op.abs, (g, x) => g.mul(x.sign()));
export const sign = unary('sign', Op.sign, () => null);
export const square = unary('square', Op.square, (g, x) => g.mul(x).mul(2));
export const sqrt = unary('sqrt', Op.sqrt, (g, _x, y) => g.div(y).mul(0.5));
export const exp = unary('exp', Op.exp, (g, _x, y) => g.mul(y));
export const log = unary('log', Op.log, (g, x) => g.div(x));

export const add = binary('add', Op.add, (g) => [g, g]);
export const sub = binary('sub', Op.sub, (g) => [g, g.neg()]);
export const mul = binary('mul', Op.mul, (g, a, b) => [g.mul(b), g.mul(a)]);
export const div = binary('div', Op.div, (g, _a, b, y) => [g.div(b), g.mul(y).div(b).neg()]);

// Where a and b are equal each gets half of the gradient, as in PyTorch.
export const maximum = binary('maximum', Op.maximum, (g, a, b) => [g.mul(share(a, b)), g.mul(share(b, a))]);
export const minimum = binary('minimum', Op.minimum, (g, a, b) => [g.mul(share(b, a)), g.mul(share(a, b))]);

/** 1 where a > b, ½ where they are equal, else 0. */
const share = (a: Tensor, b: Tensor): Tensor => a.greater(b).add(a.equal(b).mul(0.5));

/** 1 where a > b, else 0. */
export const greater = binary('greater', Op.greater);

/** 1 where a ≥ b, else 0. */
export const greaterEqual = binary('greaterEqual', Op.greaterEqual);

/** 1 where a = b, else 0; of two int32 tensors too. */
export const equal = defineOp<ElementwiseAttrs>({
  name: 'equal',
  elementwise: true,
  infer: ([a, b]) => {
    check(a!.dtype === b!.dtype, () => `equal: cannot compare ${a!.dtype} with ${b!.dtype}`);
    return { shape: broadcastShapes('equal', a!.shape, b!.shape), dtype: 'float32' };
  },
  derivative: () => [null, null],
  emit: (e, node) => emitBinary(e, node.inputs[0]!.dtype === 'int32' ? Op.equalInt : Op.equal, node, 0),
});

/** int32 to float32, rounded to nearest above 2^24. */
export const toFloat = defineOp<ElementwiseAttrs>({
  name: 'toFloat',
  infer: ([x]) => ({ shape: x!.shape, dtype: 'float32' }),
  derivative: () => [null],
  emit: (e, node) => e.code(Op.toFloat, e.at(node), e.at(node.inputs[0]!), node.size, 0),
});

// Elementwise arithmetic and comparison, the ops behind the methods of Tensor: one row an op, its derivative beside it.
// Two inputs broadcast as in NumPy. Not here: what networks seldom need (curves.ts).

import { check } from '../errors.js';
import type { BinaryInstruction, UnaryInstruction } from '../instructions.js';
import { broadcastShapes, broadcastStrides, collapse, type Shape, sameShape, sizeOf } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { checkAlike, checkFloat, defineOp, type Emitter, type OpDefinition, unchanged } from './op.js';

/** What an elementwise op takes besides tensors: the slope of leakyRelu and its gradient; 0 for every other op. */
export interface ElementwiseAttrs {
  readonly slope: number;
}

/** The derivative of y = f(x): dL/dx from g = dL/dy; null where it is 0. */
export type UnaryRule = (g: Tensor, x: Tensor, y: Tensor, slope: number) => Tensor | null;

/** An op of one input, which has the name of its instruction. */
/*@__NO_SIDE_EFFECTS__*/
export function unary(name: UnaryInstruction, rule: UnaryRule): OpDefinition {
  return defineOp<ElementwiseAttrs>({
    name,
    elementwise: true,
    infer: (inputs) => {
      checkFloat(name, inputs);
      return inputs[0]!;
    },
    derivative: (g, node, { slope }) => [rule(g, node.inputs[0]!, node, slope)],
    emit: (e, node, { slope }) => e.code(name, { out: e.at(node), x: e.at(node.inputs[0]!), n: node.size, slope }),
  });
}

/** The derivatives of y = f(a, b), in the shape of y: `binary` sums them to the shapes of a and b. */
type BinaryRule = (g: Tensor, a: Tensor, b: Tensor, y: Tensor, slope: number) => [Tensor | null, Tensor | null];

/**
 * An op of two inputs, which has the name of its instruction, and `ofInts`, its instruction for int32. Where there is a
 * rule the result has the type of the inputs; comparisons, which have none, give float32.
 */
/*@__NO_SIDE_EFFECTS__*/
export function binary(name: BinaryInstruction, rule?: BinaryRule, ofInts?: BinaryInstruction): OpDefinition {
  return defineOp<ElementwiseAttrs>({
    name,
    elementwise: true,
    infer: (inputs) => {
      const [a, b] = inputs as [Tensor, Tensor];
      if (ofInts) checkAlike(name, a, b);
      else checkFloat(name, inputs);
      return { shape: broadcastShapes(name, a.shape, b.shape), dtype: rule ? a.dtype : 'float32' };
    },
    derivative: (g, node, { slope }) => {
      const [a, b] = node.inputs as [Tensor, Tensor];
      const [da, db] = rule?.(g, a, b, node, slope) ?? [null, null];
      return [da?.sumTo(a.shape) ?? null, db?.sumTo(b.shape) ?? null];
    },
    // The other one has to keep the full shape.
    broadcasts: (i, [a, b], { shape }) =>
      sameShape((i ? a! : b!).shape, shape) && loopOperands(a!.shape, b!.shape, shape) !== undefined,
    emit: (e, node, { slope }) => emitBinary(e, node.inputs[0]!.dtype === 'int32' ? ofInts! : name, node, slope),
  });
}

/**
 * What an instruction of two inputs is told about broadcasting: rows and columns of `out`, and the steps from row to
 * row and from column to column in `a` and in `b`. undefined where that takes more than two dimensions, which no kernel
 * has.
 */
export function loopOperands(a: Shape, b: Shape, out: Shape) {
  const { dims, strides } = collapse(out, [broadcastStrides(a, out), broadcastStrides(b, out)]);
  const [sa, sb] = strides as [number[], number[]];
  if (dims.length > 2) return undefined;
  const [rows, cols] = dims.length === 2 ? (dims as [number, number]) : [1, sizeOf(out)];
  const [aRow, aCol] = rowAndColumn(sa);
  const [bRow, bCol] = rowAndColumn(sb);
  return { rows, cols, aRow, aCol, bRow, bCol };
}

/** Steps over two dimensions, of which the first may be missing, or both. */
function rowAndColumn(steps: readonly number[]): [number, number] {
  return steps.length === 2 ? (steps as [number, number]) : [0, steps[0] ?? 1];
}

function emitBinary(e: Emitter, name: BinaryInstruction, node: Tensor, slope: number): void {
  const [a, b] = node.inputs as [Tensor, Tensor];
  const loops = loopOperands(a.shape, b.shape, node.shape);
  check(loops !== undefined, () => `internal error: ${node.op.name} was not expanded before it was encoded`);
  e.code(name, { out: e.at(node), a: e.at(a), b: e.at(b), ...loops, slope });
}

export const neg = unary('neg', (g) => g.neg());
export const abs = unary('abs', (g, x) => g.mul(x.sign()));
export const sign = unary('sign', () => null);
export const square = unary('square', (g, x) => g.mul(x).mul(2));
export const sqrt = unary('sqrt', (g, _x, y) => g.div(y).mul(0.5));
export const exp = unary('exp', (g, _x, y) => g.mul(y));
export const log = unary('log', (g, x) => g.div(x));

/** ln(1 + e^z) = max(z, 0) + ln(1 + e^-|z|). */
export const softplus = unary('softplus', (g, z) => g.mul(z.sigmoid()));

export const add = binary('add', (g) => [g, g], 'addInt');
export const sub = binary('sub', (g) => [g, g.neg()], 'subInt');
export const mul = binary('mul', (g, a, b) => [g.mul(b), g.mul(a)], 'mulInt');
export const div = binary('div', (g, _a, b, y) => [g.div(b), g.mul(y).div(b).neg()]);

// Where a and b are equal each gets half of the gradient, as in PyTorch.
export const maximum = binary('maximum', (g, a, b) => [g.mul(share(a, b)), g.mul(share(b, a))], 'maximumInt');
export const minimum = binary('minimum', (g, a, b) => [g.mul(share(b, a)), g.mul(share(a, b))], 'minimumInt');

/** 1 where a > b, ½ where they are equal, else 0. */
const share = (a: Tensor, b: Tensor): Tensor => a.greater(b).add(a.equal(b).mul(0.5));

/** 1 where a > b, else 0. */
export const greater = binary('greater', undefined, 'greaterInt');

/** 1 where a ≥ b, else 0. */
export const greaterEqual = binary('greaterEqual', undefined, 'greaterEqualInt');

/** 1 where a = b, else 0. */
export const equal = binary('equal', undefined, 'equalInt');

/** int32 to float32, rounded to nearest above 2^24. */
export const toFloat = defineOp<ElementwiseAttrs>({
  name: 'toFloat',
  infer: ([x]) => ({ shape: x!.shape, dtype: 'float32' }),
  derivative: () => [null],
  batch: unchanged,
  emit: (e, node) => e.code('toFloat', { out: e.at(node), x: e.at(node.inputs[0]!), n: node.size, slope: 0 }),
});

/** float32 to int32, towards 0; what is beyond int32 becomes its smallest or largest number, and NaN becomes 0. */
export const toInt = defineOp<ElementwiseAttrs>({
  name: 'toInt',
  infer: ([x]) => ({ shape: x!.shape, dtype: 'int32' }),
  derivative: () => [null],
  batch: unchanged,
  emit: (e, node) => e.code('toInt', { out: e.at(node), x: e.at(node.inputs[0]!), n: node.size, slope: 0 }),
});

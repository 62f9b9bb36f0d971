// Elementwise ops: arithmetic, comparisons, activations, and functions.

import type { ElementwiseAttrs } from '../../../ops/elementwise.js';
import { broadcastTo } from '../../../ops/movement.js';
import { broadcastShapes, sameShape } from '../../../shape.js';
import { INT32 } from '../../schema.js';
import type { Exported, Row, Rows } from '../op.js';
import { TYPE_OF } from '../writer.js';

/** An op that ONNX has under this name. */
const like =
  (opType: string): Row =>
  (op) =>
    op.node(opType, operands(op));

const compared =
  (opType: string): Row =>
  (op) =>
    op.number(op.node(opType, operands(op)));

/**
 * The inputs; one that is broadcast to the shape of the other is not written out, since nodes broadcast by themselves.
 */
function operands(op: Exported): string[] {
  const { inputs, tensor } = op;
  return inputs.map((t, i) => {
    const source = t.op === broadcastTo && !t.known ? t.inputs[0]! : t;
    if (source === t || inputs.length !== 2) return op.in(i);
    const shape = broadcastShapes('', source.shape, inputs[1 - i]!.shape);
    const others = op.graph.tracesOf(t).every((one, k) => {
      const [from, result] = [one.inputs[0]!, op.graph.tracesOf(tensor)[k]!];
      const other = result.inputs[1 - i]!;
      return sameShape(other.shape, result.shape) && broadcasts(from.shape, other.shape);
    });
    return others && sameShape(shape, tensor.shape) ? op.graph.nameOf(source) : op.in(i);
  });
}

const broadcasts = (from: readonly number[], to: readonly number[]): boolean =>
  from.length <= to.length && from.every((d, i) => d === 1 || d === to[i + to.length - from.length]);

/** e^x - 1 = tanh(x / 2)·(e^x + 1), which is as exact near 0. */
function expm1(op: Exported): string {
  const x = op.in(0);
  const half = op.node('Tanh', [op.node('Mul', [x, op.float(0.5)])]);
  return op.node('Mul', [half, op.node('Add', [op.node('Exp', [x]), op.float(1)])]);
}

/** ln(1 + x) = ln(u)·x / (u - 1) for u = 1 + x as it is rounded (W. Kahan), x where that is 1. */
function log1p(op: Exported): string {
  const [x, one] = [op.in(0), op.float(1)];
  const u = op.node('Add', [x, one]);
  const small = op.node('Min', [x, op.float(1e30)]); // beyond it the quotient is 1, of an infinity it would be NaN
  const rest = op.node('Sub', [op.node('Add', [small, one]), one]);
  const isOne = op.node('Equal', [rest, op.float(0)]);
  const quotient = op.node('Div', [small, op.node('Where', [isOne, one, rest])]);
  return op.node('Where', [isOne, x, op.node('Mul', [op.node('Log', [u]), quotient])]);
}

/** Φ(x) = (1 + erf(x / √2)) / 2 */
function cdf(op: Exported): string {
  const erf = op.node('Erf', [op.node('Mul', [op.in(0), op.float(Math.SQRT1_2)])]);
  return op.node('Mul', [op.node('Add', [erf, op.float(1)]), op.float(0.5)]);
}

/** Φ(x) + x·φ(x), from x and Φ(x); beyond 13 what is added counts for nothing, and is not infinite at infinity. */
function geluGrad(op: Exported): string {
  const [a, b] = operands(op) as [string, string];
  const x = op.node('Max', [op.node('Min', [a, op.float(13)]), op.float(-13)]);
  const power = op.node('Mul', [op.node('Mul', [x, x]), op.float(-0.5)]);
  const density = op.node('Mul', [op.node('Exp', [power]), op.float(1 / Math.sqrt(2 * Math.PI))]);
  return op.node('Add', [b, op.node('Mul', [x, density])]);
}

/** What is left of a division has the sign of the divisor here, and in C that of the dividend. */
function mod(op: Exported): string {
  const [a, b] = operands(op) as [string, string];
  if (op.tensor.dtype === 'int32') return op.node('Mod', [a, b]);
  const rest = op.node('Mod', [a, b], { fmod: 1 });
  const differs = op.node('Less', [op.node('Mul', [op.node('Sign', [rest]), op.node('Sign', [b])]), op.float(0)]);
  return op.node('Where', [differs, op.node('Add', [rest, b]), rest]);
}

function floorDivInt(op: Exported): string {
  const [a, b] = operands(op) as [string, string];
  return op.node('Div', [op.node('Sub', [a, op.node('Mod', [a, b])]), b]);
}

/** g where a > 0, else what `other` makes of it. */
const gated =
  (other: (op: Exported) => string): Row =>
  (op) => {
    const positive = op.node('Greater', [op.in(1), op.float(0)]);
    return op.node('Where', [positive, op.in(0), other(op)]);
  };

const slopeOf = (op: Exported): number => op.attrs<ElementwiseAttrs>().slope;

export const ELEMENTWISE: Rows = {
  add: like('Add'),
  sub: like('Sub'),
  mul: like('Mul'),
  div: like('Div'),
  maximum: like('Max'),
  minimum: like('Min'),
  pow: like('Pow'),
  mod,
  floorDivInt,
  greater: compared('Greater'),
  greaterEqual: compared('GreaterOrEqual'),
  equal: compared('Equal'),
  neg: like('Neg'),
  abs: like('Abs'),
  sign: like('Sign'),
  square: (op) => op.node('Mul', [op.in(0), op.in(0)]),
  sqrt: like('Sqrt'),
  exp: like('Exp'),
  expm1,
  log: like('Log'),
  log1p,
  sin: like('Sin'),
  cos: like('Cos'),
  atan: like('Atan'),
  erf: like('Erf'),
  cdf,
  geluGrad,
  floor: like('Floor'),
  ceil: like('Ceil'),
  round: like('Round'),
  toFloat: (op) => op.node('Cast', [op.in(0)], { to: TYPE_OF.float32 }),
  toInt: (op) => op.node('Cast', [op.in(0)], { to: INT32 }),
  softplus: like('Softplus'),
  relu: like('Relu'),
  leakyRelu: (op) => op.node('LeakyRelu', [op.in(0)], { alpha: { float: slopeOf(op) } }),
  sigmoid: like('Sigmoid'),
  tanh: like('Tanh'),
  reluGrad: gated((op) => op.float(0)),
  leakyReluGrad: gated((op) => op.node('Mul', [op.in(0), op.float(slopeOf(op))])),
  sigmoidGrad: (op) => {
    const rest = op.node('Sub', [op.float(1), op.in(1)]);
    return op.node('Mul', [op.in(0), op.node('Mul', [op.in(1), rest])]);
  },
  tanhGrad: (op) => {
    const rest = op.node('Sub', [op.float(1), op.node('Mul', [op.in(1), op.in(1)])]);
    return op.node('Mul', [op.in(0), rest]);
  },
};

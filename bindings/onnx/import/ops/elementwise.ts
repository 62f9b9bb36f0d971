// Elementwise ops: arithmetic, comparisons, logic, activations and functions.

import { check } from '../../../errors.js';
import * as activations from '../../../ops/activations.js';
import { acos, asin } from '../../../ops/angles.js';
import { atan, ceil, cos, erf, floor, pow, round, sin, tan } from '../../../ops/curves.js';
import { floorDiv, mod } from '../../../ops/division.js';
import { acosh, asinh, atanh, cosh, sinh } from '../../../ops/hyperbolic.js';
import { logicalAnd, logicalNot, logicalOr, logicalXor } from '../../../ops/logic.js';
import { where } from '../../../ops/where.js';
import { type Tensor, tensorOf } from '../../../tensor.js';
import { kindOf } from '../../elements.js';
import { BOOL } from '../../schema.js';
import { type Imported, type Row, type Rows, through } from '../op.js';

const unary =
  (f: (x: Tensor, op: Imported) => Tensor): Row =>
  (op) =>
    through(op.in(0), (x) => f(x, op));

/** Functions of real numbers, which are given whole ones as well: the result has their type. */
const real = (f: (x: Tensor, op: Imported) => Tensor): Row =>
  unary((x, op) => (x.dtype === 'int32' ? f(x.toFloat(), op).toInt() : f(x, op)));

const binary =
  (f: (a: Tensor, b: Tensor, op: Imported) => Tensor): Row =>
  (op) =>
    f(op.in(0), op.in(1), op);

/** Of any number of inputs. */
const variadic =
  (f: (a: Tensor, b: Tensor) => Tensor): Row =>
  (op) =>
    op.all.reduce(f);

/** Whole numbers are divided towards 0. */
function divided(a: Tensor, b: Tensor): Tensor {
  if (a.dtype !== 'int32') return a.div(b);
  const sign = floorDiv(a, a.abs().maximum(1)).mul(floorDiv(b, b.abs().maximum(1)));
  return floorDiv(a.abs(), b.abs()).mul(sign);
}

/** What is left of a division: with fmod it has the sign of a, as in C, else that of b. */
function remainder(a: Tensor, b: Tensor, op: Imported): Tensor {
  if (op.int('fmod', 0) === 0) return mod(a, b);
  const rest = mod(a.abs(), b.abs());
  return a.dtype === 'int32' ? where(a.less(0), rest.neg(), rest) : where(a.less(0), rest.neg(), rest);
}

function power(a: Tensor, b: Tensor): Tensor {
  const y = pow(a.toFloat(), b.toFloat());
  return a.dtype === 'int32' ? round(y).toInt() : y;
}

/** Truth values, for the conversions to them: everything but 0. */
function cast(x: Tensor, type: number, what: string): Tensor {
  if (type === BOOL) return x.notEqual(0);
  return kindOf(what, type) === 'int' ? x.toInt() : x.toFloat();
}

function clip(op: Imported): Tensor {
  const [low, high] = [op.maybe(1), op.maybe(2)];
  const bounds = [low ?? op.float('min', Number.NEGATIVE_INFINITY), high ?? op.float('max', Number.POSITIVE_INFINITY)];
  return through(op.in(0), (x) => {
    const isInt = x.dtype === 'int32';
    const least = bounds[0] === Number.NEGATIVE_INFINITY ? x : x.maximum(bounds[0]!);
    const limited = bounds[1] === Number.POSITIVE_INFINITY ? least : least.minimum(bounds[1]!);
    return isInt ? limited.toInt() : limited;
  });
}

/** `slope` broadcasts against x from the last axis on. */
const prelu = (x: Tensor, slope: Tensor): Tensor => where(x.less(0), x.mul(slope), x);

const gelu = (x: Tensor, op: Imported): Tensor => {
  const kind = op.text('approximate', 'none');
  check(kind === 'none' || kind === 'tanh', () => `the approximation ${kind} is not known`);
  return activations.gelu(x, { approximate: kind });
};

const infinite = (x: Tensor, op: Imported): Tensor => {
  const [up, down] = [op.int('detect_positive', 1), op.int('detect_negative', 1)];
  return tensorOf('IsInf', 0)
    .add(up ? x.equal(Number.POSITIVE_INFINITY) : 0)
    .add(down ? x.equal(Number.NEGATIVE_INFINITY) : 0)
    .broadcastTo(x.shape);
};

const shrink = (x: Tensor, op: Imported): Tensor => {
  const [bias, lambd] = [op.float('bias', 0), op.float('lambd', 0.5)];
  const outer = where(x.greater(lambd), x.sub(bias), 0);
  return where(x.less(-lambd), x.add(bias), outer);
};

export const ELEMENTWISE: Rows = {
  Abs: unary((x) => x.abs()),
  Acos: real(acos),
  Acosh: real(acosh),
  Add: binary((a, b) => a.add(b)),
  And: binary(logicalAnd),
  Asin: real(asin),
  Asinh: real(asinh),
  Atan: real(atan),
  Atanh: real(atanh),
  Cast: unary((x, op) => cast(x, op.int('to', 0), op.node.where)),
  CastLike: binary((a, b) => (b.dtype === 'int32' ? a.toInt() : a.toFloat())),
  Ceil: real(ceil),
  Celu: real((x, op) => activations.celu(x, op.float('alpha', 1))),
  Clip: clip,
  Cos: real(cos),
  Cosh: real(cosh),
  Div: binary(divided),
  Elu: real((x, op) => activations.elu(x, op.float('alpha', 1))),
  Equal: binary((a, b) => a.equal(b)),
  Erf: real(erf),
  Exp: real((x) => x.exp()),
  Floor: real(floor),
  Gelu: real(gelu),
  Greater: binary((a, b) => a.greater(b)),
  GreaterOrEqual: binary((a, b) => a.greaterEqual(b)),
  HardSigmoid: real((x, op) => x.mul(op.float('alpha', 0.2)).add(op.float('beta', 0.5)).maximum(0).minimum(1)),
  HardSwish: real((x) => x.mul(x.div(6).add(0.5).maximum(0).minimum(1))),
  Identity: (op) => op.in(0),
  IsInf: unary(infinite),
  IsNaN: unary((x) => x.isNaN()),
  LeakyRelu: real((x, op) => {
    const alpha = op.float('alpha', 0.01);
    return alpha >= 0 ? x.leakyRelu(alpha) : where(x.less(0), x.mul(alpha), x);
  }),
  Less: binary((a, b) => a.less(b)),
  LessOrEqual: binary((a, b) => a.lessEqual(b)),
  Log: real((x) => x.log()),
  Max: variadic((a, b) => a.maximum(b)),
  Mean: (op) => op.all.reduce((a, b) => a.add(b)).div(op.inputs.length),
  Min: variadic((a, b) => a.minimum(b)),
  Mish: real(activations.mish),
  Mod: binary(remainder),
  Mul: binary((a, b) => a.mul(b)),
  Neg: unary((x) => x.neg()),
  Not: unary(logicalNot),
  Or: binary(logicalOr),
  Pow: binary(power),
  PRelu: binary(prelu),
  Reciprocal: real((x) => x.reciprocal()),
  Relu: unary((x) => (x.dtype === 'int32' ? x.maximum(0) : x.relu())),
  Round: real(round),
  Selu: real((x, op) => {
    const [alpha, gamma] = [op.float('alpha', 1.6732631921768188), op.float('gamma', 1.0507010221481323)];
    return activations.elu(x, alpha).mul(gamma);
  }),
  Shrink: real(shrink),
  Sigmoid: real((x) => x.sigmoid()),
  Sign: unary((x) => (x.dtype === 'int32' ? x.maximum(-1).minimum(1) : x.sign())),
  Sin: real(sin),
  Sinh: real(sinh),
  Softplus: real((x) => x.softplus()),
  Softsign: real(activations.softsign),
  Sqrt: real((x) => x.sqrt()),
  Sub: binary((a, b) => a.sub(b)),
  Sum: variadic((a, b) => a.add(b)),
  Tan: real(tan),
  Tanh: real((x) => x.tanh()),
  ThresholdedRelu: real((x, op) => where(x.greater(op.float('alpha', 1)), x, 0)),
  Where: (op) => where(op.in(0), op.in(1), op.in(2)),
  Xor: binary(logicalXor),
};

// Elementwise functions: sin, erf, pow, where … Each row has the instruction's name, the definition in float64, which also is
// the TypeScript kernel, and the derivative. Not here: what is a method of Tensor (ops/elementwise.ts).

import curves from '#sides/curves.wasm';
import indexing from '#sides/indexing.wasm';
import { check, show } from '../errors.js';
import type { UnaryInstruction } from '../instructions.js';
import { binaryKernel, unaryKernel } from '../kernels/loops.js';
import { erf as erfOf } from '../kernels/math/erf.js';
import * as exponential from '../kernels/math/exp.js';
import { pow as power } from '../kernels/math/power.js';
import * as trigonometry from '../kernels/math/trigonometry.js';
import { where as whereKernel } from '../kernels/where.js';
import { binary, type UnaryRule, unary } from '../ops/elementwise.js';
import { type ConstantAttrs, constant } from '../ops/movement.js';
import { bringing, checkFloat, defineOp } from '../ops/op.js';
import { broadcastShapes } from '../shape.js';
import { binaryOf, Tensor, type TensorLike, tensorOf, textOf, unaryOf } from '../tensor.js';

/*@__NO_SIDE_EFFECTS__*/
function unaryFunction(name: UnaryInstruction, f: (x: number) => number, rule: UnaryRule): (x: TensorLike) => Tensor {
  const op = bringing(unary(name, rule), { kernels: { [name]: unaryKernel(f) }, side: curves });
  return (x) => unaryOf(op, x);
}

/** e^x - 1, precise near 0. */
export const expm1 = unaryFunction('expm1', exponential.expm1, (g, _x, y) => g.mul(y.add(1)));
/** ln(1 + x), precise near 0. */
export const log1p = unaryFunction('log1p', exponential.log1p, (g, x) => g.div(x.add(1)));
/** The sine of an angle in radians. */
export const sin = unaryFunction('sin', trigonometry.sin, (g, x) => g.mul(cos(x)));
/** The cosine of an angle in radians. */
export const cos = unaryFunction('cos', trigonometry.cos, (g, x) => g.mul(sin(x)).neg());
/** The tangent of an angle in radians. */
export const tan = (x: TensorLike): Tensor => sin(x).div(cos(x));
/** The angle in -π/2 … π/2 whose tangent is x. */
export const atan = unaryFunction('atan', trigonometry.atan, (g, x) => g.div(x.square().add(1)));
/** The error function, 2/√π ∫₀ˣ e^-t² dt. */
export const erf = unaryFunction('erf', erfOf, (g, x) => g.mul(x.square().neg().exp()).mul(2 / Math.sqrt(Math.PI)));
/** The largest whole number that is not above x. The gradient is 0. */
export const floor = unaryFunction('floor', Math.floor, () => null);
/** The smallest whole number that is not below x. The gradient is 0. */
export const ceil = unaryFunction('ceil', Math.ceil, () => null);
/** The nearest whole number; halfway between two, the even one. The gradient is 0. */
export const round = unaryFunction('round', halfToEven, () => null);

function halfToEven(x: number): number {
  // What is rounded to 0 keeps its sign.
  if (x < 0) return -halfToEven(-x);
  const low = Math.floor(x);
  if (x - low !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
}

const powOp = bringing(
  binary('pow', (g, a, b, y) => [powBase(g, a, b), powExponent(g, a, b, y)]),
  { kernels: { pow: /*@__PURE__*/ binaryKernel(power) }, side: curves },
);

/**
 * `x` to the power of `y`, broadcast. As in PyTorch the gradient by x is 0 where y is 0, and the gradient by y is 0 where x
 * is 0 and y is 0 or more.
 */
export function pow(x: TensorLike, y: TensorLike): Tensor {
  const base = tensorOf('pow', x);
  if (y === 1) return base;
  return y === 2 ? base.square() : binaryOf(powOp, base, y);
}

function powBase(g: Tensor, a: Tensor, b: Tensor): Tensor | null {
  const n = constantNumber(b);
  if (n !== undefined) return n === 0 ? null : g.mul(pow(a, n - 1)).mul(n);
  return where(b.equal(0), 0, g.mul(b).mul(pow(a, b.sub(1))));
}

function powExponent(g: Tensor, a: Tensor, b: Tensor, y: Tensor): Tensor {
  const flat = a.equal(0).mul(b.greaterEqual(0));
  return where(flat, 0, g.mul(y).mul(where(flat, 1, a).log()));
}

/** The number that a constant scalar holds; undefined for any other tensor. */
function constantNumber({ op, size, attrs }: Tensor): number | undefined {
  return op === constant && size === 1 ? (attrs as ConstantAttrs).data[0] : undefined;
}

/** The second input where the first is not 0, else the third; both of the shape of the first, or of one element. */
const whereOp = defineOp<object>({
  name: 'where',
  elementwise: true,
  kernels: { where: whereKernel },
  side: indexing,
  infer: ([condition, a, b]) => {
    checkFloat('where', [condition!]);
    check(a!.dtype === b!.dtype, () => `where: cannot choose between ${a!.dtype} and ${b!.dtype}`);
    return { shape: condition!.shape, dtype: a!.dtype };
  },
  derivative: (g, { inputs: [condition, a, b] }) => [
    null,
    where(condition!, g, 0).sumTo(a!.shape),
    where(condition!, 0, g).sumTo(b!.shape),
  ],
  batch: ({ aligned: [condition, a, b] }) => where(condition!, a!, b!),
  emit: (e, node) => {
    const [condition, a, b] = node.inputs as [Tensor, Tensor, Tensor];
    e.code('where', {
      out: e.at(node),
      condition: e.at(condition),
      a: e.at(a),
      b: e.at(b),
      n: node.size,
      aStep: a.size === 1 ? 0 : 1,
      bStep: b.size === 1 ? 0 : 1,
    });
  },
});

/**
 * Chooses between two tensors, element by element: `a` where the condition is not 0, else `b`. All three broadcast.
 *
 * The gradient of the element that is not chosen is 0. Multiplied by a slope that is NaN or infinite it still gives NaN:
 * where(x.greater(0), x.sqrt(), 0) is 0 at x = -1, but its gradient there is 0·NaN. Choose before the function as well:
 * where(ok, where(ok, x, 1).sqrt(), 0).
 *
 * @throws if a and b differ in type, or the shapes do not broadcast
 */
export function where(condition: Tensor, a: TensorLike, b: TensorLike): Tensor {
  check(condition instanceof Tensor, () => `where: the condition must be a tensor, got ${show(condition)}`);
  const [first, second] = [tensorOf('where', a, b), tensorOf('where', b, a)];
  const shape = broadcastShapes('where', broadcastShapes('where', condition.shape, first.shape), second.shape);
  const repeated = (t: Tensor): Tensor => (t.size === 1 ? t : t.broadcastTo(shape));
  return new Tensor(whereOp, [condition.toFloat().broadcastTo(shape), repeated(first), repeated(second)], {});
}

/** Throws unless both are numbers, and in order. */
export function checkBounds(where: string, low: number, high: number): void {
  for (const bound of [low, high]) {
    check(typeof bound === 'number', () => {
      return `${where}: the bounds must be numbers, got ${textOf(bound)}; for tensors use maximum and minimum`;
    });
  }
  check(low <= high, () => `${where}: the bounds ${low} and ${high} are not in order`);
}

/**
 * Limits x to low … high: min(max(x, low), high). As in PyTorch the gradient is 1 at the bounds, and 0 beyond them and at
 * NaN.
 *
 * @throws if low is above high
 */
export function clip(x: TensorLike, low: number, high: number): Tensor {
  const given = tensorOf('clip', x);
  checkBounds('clip', low, high);
  const inside = given.greaterEqual(low).mul(given.lessEqual(high));
  return where(inside, given, given.stopGradient().maximum(low).minimum(high));
}

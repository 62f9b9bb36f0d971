// Elementwise functions whose kernels are in the side module `curves`: sin, erf, floor, pow … Each row has the
// instruction's name, the definition in float64, which also is the TypeScript kernel, and the derivative. Not here:
// exp, log and the other methods of Tensor (elementwise.ts).

import curves from '#sides/curves.wasm';
import type { UnaryInstruction } from '../instructions.js';
import { binaryKernel, unaryKernel } from '../kernels/loops.js';
import { erf as erfOf } from '../kernels/math/erf.js';
import * as exponential from '../kernels/math/exp.js';
import { pow as power } from '../kernels/math/power.js';
import * as trigonometry from '../kernels/math/trigonometry.js';
import { binaryOf, type Tensor, type TensorLike, tensorOf, unaryOf } from '../tensor.js';
import { binary, type UnaryRule, unary } from './elementwise.js';
import { type ConstantAttrs, constant } from './movement.js';
import { bringing } from './op.js';
import { where } from './where.js';

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

/** 1 / √(2π), the density of a normal distribution at 0. */
const DENSITY = 1 / Math.sqrt(2 * Math.PI);
const density = (x: Tensor): Tensor => x.square().mul(-0.5).exp().mul(DENSITY);

/** Φ(x), the part of a normal distribution that is below x. */
export const normalCdf = unaryFunction(
  'cdf',
  (x) => (1 + erfOf(x * Math.SQRT1_2)) / 2,
  (g, x) => g.mul(density(x)),
);

/** The kernel of `geluGrad`; beyond 13 what is added counts for nothing, and is not infinite at infinity. */
function slopeOf(x: number, cdf: number): number {
  const bounded = Math.max(-13, Math.min(x, 13));
  return cdf + bounded * DENSITY * exponential.exp(-0.5 * bounded * bounded);
}

const geluGradOp = bringing(
  binary('geluGrad', (g, x) => [g.mul(density(x)).mul(x.square().neg().add(1)), g]),
  { kernels: { geluGrad: /*@__PURE__*/ binaryKernel(slopeOf) }, side: curves },
);

/** Φ(x) + x·φ(x), the derivative of x·Φ(x), from x and Φ(x). */
export const geluGrad = (x: Tensor, cdf: Tensor): Tensor => binaryOf(geluGradOp, x, cdf);

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
 * `x` to the power of `y`, broadcast. As in PyTorch the gradient by x is 0 where y is 0, and the gradient by y is 0
 * where x is 0 and y is 0 or more.
 */
export function pow(x: TensorLike, y: TensorLike): Tensor {
  const base = tensorOf('pow', x);
  if (y === 1) return base;
  if (y === 2) return base.square();
  if (y === 3) return base.square().mul(base);
  return y === -1 ? base.reciprocal() : binaryOf(powOp, base, y);
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

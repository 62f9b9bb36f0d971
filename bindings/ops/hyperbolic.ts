// Hyperbolic functions and their inverses, composed of exponentials and logarithms in forms that are exact near 0 and
// do not overflow early. Each has its derivative given, so that the gradient is as exact as the value. Not here: tanh,
// which is a method of Tensor.

import { type Tensor, type TensorLike, tensorOf, withSlopes } from '../tensor.js';
import { expm1, log1p } from './curves.js';
import { where } from './where.js';

/** Where ln(x + √(x² ± 1)) has become ln 2x in float32, and x² does not overflow yet. */
const LARGE = 1e9;

/** The hyperbolic sine, (e^x - e^-x) / 2. */
export function sinh(x: TensorLike): Tensor {
  const z = tensorOf('sinh', x);
  // With e^±x/2 = 1 + up and 1 + down it is (up - down)(2 + up + down) / 2, whose factors are sums of like signs.
  const [up, down] = [expm1(z.mul(0.5)), expm1(z.mul(-0.5))];
  const value = up.sub(down).mul(0.5).mul(up.add(down).add(2));
  return withSlopes(value, [z], () => [cosh(z)]);
}

/** The hyperbolic cosine, (e^x + e^-x) / 2. */
export function cosh(x: TensorLike): Tensor {
  const z = tensorOf('cosh', x);
  // e^x overflows before its half does.
  const root = z.mul(0.5).exp();
  const inverse = root.reciprocal();
  const value = root.mul(root.mul(0.5)).add(inverse.mul(inverse.mul(0.5)));
  return withSlopes(value, [z], () => [sinh(z)]);
}

/** The number whose sinh is x: ln(x + √(x² + 1)). */
export function asinh(x: TensorLike): Tensor {
  const z = tensorOf('asinh', x);
  const size = z.abs();
  const bounded = size.minimum(LARGE);
  const excess = bounded.div(bounded.square().add(1).sqrt().add(1)).mul(bounded).add(bounded);
  const magnitude = where(size.greater(LARGE), logOfDouble(size), log1p(excess));
  // -0 has a sign of 0.
  const value = where(z.equal(0), z, z.sign().mul(magnitude));
  return withSlopes(value, [z], () => [z.square().add(1).rsqrt()]);
}

/** The number from 0 up whose cosh is x: ln(x + √(x² - 1)); NaN for x < 1. */
export function acosh(x: TensorLike): Tensor {
  const z = tensorOf('acosh', x);
  const excess = z.sub(1);
  const log = log1p(excess.sqrt().mul(excess.add(2).sqrt()).add(excess));
  const value = where(z.greater(LARGE), logOfDouble(z), log);
  return withSlopes(value, [z], () => [z.sub(1).mul(z.add(1)).rsqrt()]);
}

/** The number whose tanh is x: ½ ln((1 + x) / (1 - x)); ±Infinity at ±1, NaN beyond. */
export function atanh(x: TensorLike): Tensor {
  const z = tensorOf('atanh', x);
  const value = log1p(z).sub(log1p(z.neg())).mul(0.5);
  return withSlopes(value, [z], () => [z.neg().add(1).mul(z.add(1)).reciprocal()]);
}

/** ln 2x, where 2x may overflow. */
const logOfDouble = (x: Tensor): Tensor => x.log().add(Math.LN2);

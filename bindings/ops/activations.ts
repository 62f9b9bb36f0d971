// Activations that are composed of other ops: functions, which a layer takes as they are (`activation: gelu`). Their
// slopes at kinks are those of PyTorch. Not here: relu, sigmoid and the other methods of Tensor (epilogues.ts).

import { check, checkNumber } from '../errors.js';
import { named } from '../made.js';
import { oneOf, options, type Rules } from '../options.js';
import { Tensor, type TensorLike, tensorOf } from '../tensor.js';
import { expm1, geluGrad, normalCdf } from './curves.js';
import { type CustomAttrs, customGradient } from './movement.js';
import { checkBounds, where } from './where.js';

/** Options of `gelu`. */
export interface GeluOptions {
  /** 'none' (default) computes Φ with erf, 'tanh' approximates it with tanh, as older models do. */
  readonly approximate?: 'none' | 'tanh' | undefined;
}

const geluOptions = options({ approximate: oneOf('none', 'tanh') } satisfies Rules<GeluOptions>);

/** The negative part of z, which relu removes: z where z ≤ 0, else 0. The gradient at 0 is 1. */
const negative = (z: Tensor): Tensor => where(z.greater(0), 0, z);

/**
 * x, limited to low … high: min(max(x, low), high). The gradient is 0 at the bounds, where that of `clip` is 1.
 *
 * @throws if low is above high
 */
export const hardTanh = /*@__PURE__*/ named('hardTanh', (x: TensorLike, low = -1, high = 1): Tensor => {
  const z = tensorOf('hardTanh', x);
  checkBounds('hardTanh', low, high);
  return where(z.lessEqual(low), low, where(z.greaterEqual(high), high, z));
});

/** relu with an upper limit of 6: min(max(x, 0), 6). The gradient is 0 at 0 and at 6. */
export const relu6 = /*@__PURE__*/ named('relu6', (x: TensorLike): Tensor => hardTanh(x, 0, 6));

/**
 * leakyRelu with a slope that can be learned: x where x > 0, else alpha·x. alpha broadcasts; the gradient at 0 is
 * alpha.
 */
export function prelu(x: TensorLike, alpha: TensorLike): Tensor {
  const z = tensorOf('prelu', x);
  return z.relu().add(negative(z).mul(tensorOf('prelu: alpha', alpha)));
}

/** The exponential linear unit: x where x > 0, else alpha·(e^x - 1). */
export const elu = /*@__PURE__*/ named('elu', (x: TensorLike, alpha = 1): Tensor => {
  const z = tensorOf('elu', x);
  checkNumber('elu: alpha', alpha);
  return z.relu().add(expm1(negative(z)).mul(alpha));
});

/** elu with a slope of 1 at 0 for every alpha: x where x > 0, else alpha·(e^(x / alpha) - 1). */
export const celu = /*@__PURE__*/ named('celu', (x: TensorLike, alpha = 1): Tensor => {
  const z = tensorOf('celu', x);
  checkNumber('celu: alpha', alpha);
  check(alpha !== 0, () => 'celu: alpha must not be 0');
  return z.relu().add(expm1(negative(z).div(alpha)).mul(alpha));
});

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/**
 * elu scaled so that activations keep mean 0 and variance 1 from layer to layer: 1.0507·elu(x, 1.6733)
 * (G. Klambauer et al., "Self-normalizing neural networks", 2017).
 */
export const selu = /*@__PURE__*/ named('selu', (x: TensorLike): Tensor => elu(x, SELU_ALPHA).mul(SELU_SCALE));

/** The sigmoid linear unit, also called swish: x·σ(x). */
export const silu = /*@__PURE__*/ named('silu', (x: TensorLike): Tensor => {
  const z = tensorOf('silu', x);
  return z.mul(z.sigmoid());
});

/** The Gaussian error linear unit: x·Φ(x), Φ being the distribution function of the normal distribution. */
export const gelu = /*@__PURE__*/ named('gelu', (x: TensorLike, options?: GeluOptions): Tensor => {
  const { approximate } = geluOptions('gelu', options);
  const z = tensorOf('gelu', x);
  return approximate === 'tanh' ? geluTanh(z) : geluExact(z);
});

/** z·Φ(z), by an instruction for Φ and one for the slope. */
function geluExact(z: Tensor): Tensor {
  const cdf = normalCdf(z);
  const custom: CustomAttrs = { pull: (g) => [g.mul(geluGrad(z, cdf))] };
  return new Tensor(customGradient, [z.mul(cdf), z], custom);
}

/** z·½(1 + tanh u) = z·σ(2u) for u = √(2/π)·(z + 0.044715 z³), which is near Φ. */
function geluTanh(z: Tensor): Tensor {
  const u = z.mul(z.square().mul(0.044715).add(1)).mul(2 * Math.sqrt(2 / Math.PI));
  return z.mul(u.sigmoid());
}

/** A smooth relu that dips below 0: x·tanh(softplus(x)). */
export const mish = /*@__PURE__*/ named('mish', (x: TensorLike): Tensor => {
  const z = tensorOf('mish', x);
  return z.mul(z.softplus().tanh());
});

/** A cheaper tanh, between -1 and 1: x / (1 + |x|). */
export const softsign = /*@__PURE__*/ named('softsign', (x: TensorLike): Tensor => {
  const z = tensorOf('softsign', x);
  return z.div(z.abs().add(1));
});

/** A sigmoid of straight lines: relu6(x + 3) / 6. */
export const hardSigmoid = /*@__PURE__*/ named(
  'hardSigmoid',
  (x: TensorLike): Tensor => relu6(tensorOf('hardSigmoid', x).add(3)).div(6),
);

/** A silu of straight lines: x·hardSigmoid(x). */
export const hardSwish = /*@__PURE__*/ named(
  'hardSwish',
  (x: TensorLike): Tensor => tensorOf('hardSwish', x).mul(hardSigmoid(x)),
);

/** The logarithm of the sigmoid, ln σ(x), finite wherever x is. */
export const logSigmoid = /*@__PURE__*/ named(
  'logSigmoid',
  (x: TensorLike): Tensor => tensorOf('logSigmoid', x).neg().softplus().neg(),
);

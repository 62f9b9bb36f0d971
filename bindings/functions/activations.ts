// Activations made of other ops. Slopes at kinks are those of PyTorch. For a layer: dense(8, { activation: gelu }).

import { check, checkNumber } from '../errors.js';
import { oneOf, options, type Rules } from '../options.js';
import { type Tensor, type TensorLike, tensorOf } from '../tensor.js';
import { checkBounds, erf, expm1, where } from './elementwise.js';

/** Options of `gelu`. */
export interface GeluOptions {
  /** 'none' (default) uses erf, 'tanh' the formula with tanh that is near it. */
  readonly approximate?: 'none' | 'tanh' | undefined;
}

const geluOptions = options({ approximate: oneOf('none', 'tanh') } satisfies Rules<GeluOptions>);

/** z where z ≤ 0, else 0; the gradient at 0 is 1, that of the left. What relu leaves of z. */
const negative = (z: Tensor): Tensor => where(z.greater(0), 0, z);

/** min(max(x, low), high); unlike that of clip the gradient is 0 at the bounds. Throws if low is above high. */
export function hardTanh(x: TensorLike, low = -1, high = 1): Tensor {
  const z = tensorOf('hardTanh', x);
  checkBounds('hardTanh', low, high);
  return where(z.lessEqual(low), low, where(z.greaterEqual(high), high, z));
}

/** min(max(x, 0), 6); the gradient is 0 at 0 and at 6. */
export const relu6 = (x: TensorLike): Tensor => hardTanh(x, 0, 6);

/** x where x > 0, else alpha·x; alpha is learned and broadcasts. The gradient at 0 is alpha. */
export function prelu(x: TensorLike, alpha: TensorLike): Tensor {
  const z = tensorOf('prelu', x);
  return z.relu().add(negative(z).mul(tensorOf('prelu: alpha', alpha)));
}

/** x where x > 0, else alpha·(e^x - 1). */
export function elu(x: TensorLike, alpha = 1): Tensor {
  const z = tensorOf('elu', x);
  checkNumber('elu: alpha', alpha);
  return z.relu().add(expm1(negative(z)).mul(alpha));
}

/** x where x > 0, else alpha·(e^(x / alpha) - 1), whose slope at 0 is 1 for every alpha. */
export function celu(x: TensorLike, alpha = 1): Tensor {
  const z = tensorOf('celu', x);
  checkNumber('celu: alpha', alpha);
  check(alpha !== 0, () => 'celu: alpha must not be 0');
  return z.relu().add(expm1(negative(z).div(alpha)).mul(alpha));
}

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** 1.0507·elu(1.6733): activations keep mean 0 and variance 1 (Klambauer et al., "Self-normalizing neural networks", 2017). */
export const selu = (x: TensorLike): Tensor => elu(x, SELU_ALPHA).mul(SELU_SCALE);

/** x·σ(x), also called swish. */
export function silu(x: TensorLike): Tensor {
  const z = tensorOf('silu', x);
  return z.mul(z.sigmoid());
}

/** x·Φ(x), Φ being the normal distribution function. */
export function gelu(x: TensorLike, options?: GeluOptions): Tensor {
  const { approximate } = geluOptions('gelu', options);
  const z = tensorOf('gelu', x);
  return approximate === 'tanh' ? geluTanh(z) : z.mul(0.5).mul(erf(z.mul(Math.SQRT1_2)).add(1));
}

/** z·½(1 + tanh u) = z·σ(2u) for u = √(2/π)·(z + 0.044715 z³), which is near Φ. */
function geluTanh(z: Tensor): Tensor {
  const u = z.mul(z.square().mul(0.044715).add(1)).mul(2 * Math.sqrt(2 / Math.PI));
  return z.mul(u.sigmoid());
}

/** x·tanh(softplus(x)). */
export function mish(x: TensorLike): Tensor {
  const z = tensorOf('mish', x);
  return z.mul(z.softplus().tanh());
}

/** x / (1 + |x|). */
export function softsign(x: TensorLike): Tensor {
  const z = tensorOf('softsign', x);
  return z.div(z.abs().add(1));
}

/** relu6(x + 3) / 6. */
export const hardSigmoid = (x: TensorLike): Tensor => relu6(tensorOf('hardSigmoid', x).add(3)).div(6);

/** x·hardSigmoid(x). */
export const hardSwish = (x: TensorLike): Tensor => tensorOf('hardSwish', x).mul(hardSigmoid(x));

/** ln σ(x), finite wherever x is. */
export const logSigmoid = (x: TensorLike): Tensor => tensorOf('logSigmoid', x).neg().softplus().neg();

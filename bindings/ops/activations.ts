// Activations a = σ(z). The gradients δ = g ⊙ σ'(z) are ops of their own, written from a alone, so that z need not be
// kept and a matrix product can apply them to its result (fuse.ts).

import { Op } from '../../assembly/opcodes.js';
import { check } from '../errors.js';
import type { Tensor } from '../tensor.js';
import { binary, unary } from './elementwise.js';

/** max(0, z); at 0 the derivative is 0, as in PyTorch. */
export const relu = unary('relu', Op.relu, (g, _z, a) => g.reluGrad(a));

/** z where z > 0, else p·z, for a slope p of 0 or more. */
export const leakyRelu = unary('leakyRelu', Op.leakyRelu, (g, _z, a, p) => g.leakyReluGrad(a, p));

/** 1 / (1 + e^-z). */
export const sigmoid = unary('sigmoid', Op.sigmoid, (g, _z, a) => g.sigmoidGrad(a));

/** (e^z - e^-z) / (e^z + e^-z). */
export const tanh = unary('tanh', Op.tanh, (g, _z, a) => g.tanhGrad(a));

/** ln(1 + e^z) = max(z, 0) + ln(1 + e^-|z|). */
export const softplus = unary('softplus', Op.softplus, (g, z) => g.mul(z.sigmoid()));

/** g where a > 0, else 0. */
export const reluGrad = binary('reluGrad', Op.reluGrad, (g, _g, a) => [g.reluGrad(a), null]);

/** g where a > 0, else p·g. */
export const leakyReluGrad = binary('leakyReluGrad', Op.leakyReluGrad, (g, _g, a, _y, p) => [
  g.leakyReluGrad(a, p),
  null,
]);

/** g·a·(1 - a). */
export const sigmoidGrad = binary('sigmoidGrad', Op.sigmoidGrad, (g, g1, a) => [
  g.sigmoidGrad(a),
  g.mul(g1).mul(a.mul(-2).add(1)),
]);

/** g·(1 - a²). */
export const tanhGrad = binary('tanhGrad', Op.tanhGrad, (g, g1, a) => [g.tanhGrad(a), g.mul(g1).mul(a).mul(-2)]);

// Composed. Slopes at kinks are those of PyTorch.

/** z where z ≤ 0, else 0; the gradient at 0 is 1, that of the left. What relu leaves of z. */
const negative = (z: Tensor): Tensor => z.greater(0).select(0, z);

/** max(low, min(high, z)); beyond the bounds, and at them, the gradient is 0. */
export function hardTanh(z: Tensor, low: number, high: number): Tensor {
  check(low <= high, () => `hardTanh: the bounds ${low} and ${high} are not in order`);
  return z.lessEqual(low).select(low, z.greaterEqual(high).select(high, z));
}

/** z where z > 0, else alpha·z; the gradient at 0 is alpha. */
export const prelu = (z: Tensor, alpha: Tensor): Tensor => z.relu().add(negative(z).mul(alpha));

/** z where z > 0, else alpha·(e^z - 1). */
export const elu = (z: Tensor, alpha: number): Tensor => z.relu().add(negative(z).expm1().mul(alpha));

/** z where z > 0, else alpha·(e^(z / alpha) - 1). */
export function celu(z: Tensor, alpha: number): Tensor {
  check(alpha !== 0, () => 'celu: alpha must not be 0');
  return z.relu().add(negative(z).div(alpha).expm1().mul(alpha));
}

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** Klambauer et al., "Self-normalizing neural networks", 2017. */
export const selu = (z: Tensor): Tensor => elu(z, SELU_ALPHA).mul(SELU_SCALE);

/** z·σ(z). */
export const silu = (z: Tensor): Tensor => z.mul(z.sigmoid());

/** z·Φ(z), Φ being the normal distribution function. */
export const gelu = (z: Tensor): Tensor => z.mul(0.5).mul(z.mul(Math.SQRT1_2).erf().add(1));

/** z·½(1 + tanh u) = z·σ(2u) for u = √(2/π)·(z + 0.044715 z³), which is near Φ. */
export function geluTanh(z: Tensor): Tensor {
  const u = z.mul(z.square().mul(0.044715).add(1)).mul(2 * Math.sqrt(2 / Math.PI));
  return z.mul(u.sigmoid());
}

/** z·tanh(ln(1 + e^z)). */
export const mish = (z: Tensor): Tensor => z.mul(z.softplus().tanh());

/** z / (1 + |z|). */
export const softsign = (z: Tensor): Tensor => z.div(z.abs().add(1));

/** min(max(z + 3, 0), 6) / 6. */
export const hardSigmoid = (z: Tensor): Tensor => hardTanh(z.add(3), 0, 6).div(6);

/** z·hardSigmoid(z). */
export const hardSwish = (z: Tensor): Tensor => z.mul(hardSigmoid(z));

/** ln σ(z). */
export const logSigmoid = (z: Tensor): Tensor => z.neg().softplus().neg();

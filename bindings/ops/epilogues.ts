// Activations a = σ(z) that a matrix product can apply to its result (fuse.ts), and methods of Tensor. So can their
// gradients δ = g ⊙ σ'(z) be applied, which are ops of their own, written in terms of a alone, so that z need not be
// kept. Not here: activations that are functions (activations.ts).

import { binary, unary } from './elementwise.js';
import type { OpDefinition } from './op.js';

/** The same op, which a product can apply to its result. */
/*@__NO_SIDE_EFFECTS__*/
const epilogue = (op: OpDefinition): OpDefinition => ({ ...op, epilogue: true });

/** max(0, z); at 0 the derivative is 0, as in PyTorch. */
export const relu = epilogue(unary('relu', (g, _z, a) => g.reluGrad(a)));

/** z where z > 0, else slope·z, for a slope slope of 0 or more. */
export const leakyRelu = epilogue(unary('leakyRelu', (g, _z, a, slope) => g.leakyReluGrad(a, slope)));

/** 1 / (1 + e^-z). */
export const sigmoid = epilogue(unary('sigmoid', (g, _z, a) => g.sigmoidGrad(a)));

/** (e^z - e^-z) / (e^z + e^-z). */
export const tanh = epilogue(unary('tanh', (g, _z, a) => g.tanhGrad(a)));

/** g where a > 0, else 0. */
export const reluGrad = epilogue(binary('reluGrad', (g, _g, a) => [g.reluGrad(a), null]));

/** g where a > 0, else slope·g. */
export const leakyReluGrad = epilogue(
  binary('leakyReluGrad', (g, _g, a, _y, slope) => [g.leakyReluGrad(a, slope), null]),
);

/** g·a·(1 - a). */
export const sigmoidGrad = epilogue(
  binary('sigmoidGrad', (g, g1, a) => [g.sigmoidGrad(a), g.mul(g1).mul(a.mul(-2).add(1))]),
);

/** g·(1 - a²). */
export const tanhGrad = epilogue(binary('tanhGrad', (g, g1, a) => [g.tanhGrad(a), g.mul(g1).mul(a).mul(-2)]));

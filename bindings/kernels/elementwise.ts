// Elementwise kernels, each one expression. Twin: assembly/kernels/elementwise.ts. Here are those that every network
// may need; the kernel of any other op stands beside the op (ops/).

import type { Operands } from '../instructions.js';
import type { Views } from '../run/memory.js';
import { binaryKernel, intKernel, unaryKernel } from './loops.js';
import * as math from './math/exp.js';

export const neg = unaryKernel((x) => -x);
export const abs = unaryKernel((x) => Math.abs(x));
export const sign = unaryKernel((x) => (x > 0 ? 1 : x < 0 ? -1 : x === 0 ? 0 : x));
export const square = unaryKernel((x) => x * x);
export const sqrt = unaryKernel((x) => Math.sqrt(x));
export const exp = unaryKernel(math.exp);
export const log = unaryKernel(math.log);
// biome-ignore lint/complexity/useMathMinMax: of -0 that makes 0, which wasm's pmax does not
export const relu = unaryKernel((x) => (x < 0 ? 0 : x));
export const leakyRelu = unaryKernel((x, slope) => (x > 0 ? x : slope * x));
export const sigmoid = unaryKernel(math.sigmoid);
export const tanh = unaryKernel(math.tanh);
export const softplus = unaryKernel(math.softplus);

export function toFloat({ f, i }: Views, { out, x, n }: Operands<'toFloat'>): void {
  for (let k = 0; k < n; k++) f[out + k] = i[x + k]!;
}

/** Towards 0; what is beyond int32 becomes its smallest or largest number, and NaN becomes 0. */
export function toInt({ f, i }: Views, { out, x, n }: Operands<'toInt'>): void {
  for (let k = 0; k < n; k++) i[out + k] = Math.max(-(2 ** 31), Math.min(Math.trunc(f[x + k]!), 2 ** 31 - 1));
}

export const add = binaryKernel((a, b) => a + b);
export const sub = binaryKernel((a, b) => a - b);
export const mul = binaryKernel((a, b) => a * b);
export const div = binaryKernel((a, b) => a / b);
export const maximum = binaryKernel((a, b) => Math.max(a, b));
export const minimum = binaryKernel((a, b) => Math.min(a, b));
export const equal = binaryKernel((a, b) => (a === b ? 1 : 0));
export const equalInt = binaryKernel((a, b) => (a === b ? 1 : 0), 'i');
export const greater = binaryKernel((a, b) => (a > b ? 1 : 0));
export const greaterEqual = binaryKernel((a, b) => (a >= b ? 1 : 0));

// What is stored to int32 wraps; a product must not be rounded before.
export const addInt = intKernel((a, b) => a + b);
export const subInt = intKernel((a, b) => a - b);
export const mulInt = intKernel(Math.imul);
export const maximumInt = intKernel((a, b) => Math.max(a, b));
export const minimumInt = intKernel((a, b) => Math.min(a, b));
export const greaterInt = binaryKernel((a, b) => (a > b ? 1 : 0), 'i');
export const greaterEqualInt = binaryKernel((a, b) => (a >= b ? 1 : 0), 'i');

export const reluGrad = binaryKernel((g, a) => (a > 0 ? g : 0));
export const leakyReluGrad = binaryKernel((g, a, slope) => (a > 0 ? g : slope * g));
export const sigmoidGrad = binaryKernel((g, a) => g * a * (1 - a));
export const tanhGrad = binaryKernel((g, a) => g * (1 - a * a));

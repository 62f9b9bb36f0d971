// Twin of assembly/kernels/elementwise.ts: each op is one expression. Here are those that every network may need; the
// other ops bring theirs along (functions/).

import type { Views } from '../run/memory.js';
import * as math from './math/exp.js';
import { binary, unary } from './walk.js';

export const neg = unary((x) => -x);
export const abs = unary((x) => Math.abs(x));
export const sign = unary((x) => (x > 0 ? 1 : x < 0 ? -1 : x === 0 ? 0 : x));
export const square = unary((x) => x * x);
export const sqrt = unary((x) => Math.sqrt(x));
export const exp = unary(math.exp);
export const log = unary(math.log);
// biome-ignore lint/complexity/useMathMinMax: of -0 that makes 0, which wasm's pmax does not
export const relu = unary((x) => (x < 0 ? 0 : x));
export const leakyRelu = unary((x, slope) => (x > 0 ? x : slope * x));
export const sigmoid = unary(math.sigmoid);
export const tanh = unary(math.tanh);
export const softplus = unary(math.softplus);

export function toFloat({ f, i }: Views, out: number, x: number, n: number): void {
  for (let k = 0; k < n; k++) f[out + k] = i[x + k]!;
}

export const add = binary((a, b) => a + b);
export const sub = binary((a, b) => a - b);
export const mul = binary((a, b) => a * b);
export const div = binary((a, b) => a / b);
export const maximum = binary((a, b) => Math.max(a, b));
export const minimum = binary((a, b) => Math.min(a, b));
export const equal = binary((a, b) => (a === b ? 1 : 0));
export const greater = binary((a, b) => (a > b ? 1 : 0));
export const greaterEqual = binary((a, b) => (a >= b ? 1 : 0));

export const reluGrad = binary((g, a) => (a > 0 ? g : 0));
export const leakyReluGrad = binary((g, a, slope) => (a > 0 ? g : slope * g));
export const sigmoidGrad = binary((g, a) => g * a * (1 - a));
export const tanhGrad = binary((g, a) => g * (1 - a * a));

/** As equal, of int32. */
export function equalInt(
  { f, i }: Views,
  out: number,
  a: number,
  b: number,
  rows: number,
  cols: number,
  aRow: number,
  aCol: number,
  bRow: number,
  bCol: number,
): void {
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++)
      f[out + r * cols + c] = i[a + r * aRow + c * aCol] === i[b + r * bRow + c * bCol] ? 1 : 0;
  }
}

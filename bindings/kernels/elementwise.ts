// Twin of assembly/kernels/elementwise.ts: each op is one expression; the walk over elements is written once.

import type { Views } from '../run/memory.js';
import * as math from './math.js';

/** out[i] = op(x[i]). */
function unary(op: (x: number, p: number) => number) {
  return ({ f }: Views, out: number, x: number, n: number, p: number): void => {
    for (let i = 0; i < n; i++) f[out + i] = op(f[x + i]!, p);
  };
}

/** out[r, c] = op(a[r·aRow + c·aCol], b[r·bRow + c·bCol]). */
function binary(op: (a: number, b: number, p: number) => number) {
  return (
    { f }: Views,
    out: number,
    a: number,
    b: number,
    rows: number,
    cols: number,
    aRow: number,
    aCol: number,
    bRow: number,
    bCol: number,
    p: number,
  ): void => {
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < cols; c++)
        f[out + r * cols + c] = op(f[a + r * aRow + c * aCol]!, f[b + r * bRow + c * bCol]!, p);
    }
  };
}

export const neg = unary((x) => -x);
export const abs = unary((x) => Math.abs(x));
export const sign = unary((x) => (x > 0 ? 1 : x < 0 ? -1 : x === 0 ? 0 : x));
export const square = unary((x) => x * x);
export const sqrt = unary((x) => Math.sqrt(x));
export const exp = unary(math.exp);
export const log = unary(math.log);
export const relu = unary((x) => Math.max(x, 0));
export const leakyRelu = unary((x, p) => (x > 0 ? x : p * x));
export const sigmoid = unary(math.sigmoid);
export const tanh = unary(math.tanh);
export const softplus = unary(math.softplus);
export const expm1 = unary(math.expm1);
export const log1p = unary(math.log1p);
export const sin = unary(math.sin);
export const cos = unary(math.cos);
export const atan = unary(math.atan);
export const erf = unary(math.erf);
export const floor = unary(Math.floor);
export const ceil = unary(Math.ceil);
export const round = unary(halfToEven);

function halfToEven(x: number): number {
  const low = Math.floor(x);
  if (x - low !== 0.5) return x < 0 ? -Math.round(-x) : Math.round(x);
  return low % 2 === 0 ? low : low + 1;
}

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
export const pow = binary(math.pow);

export const reluGrad = binary((g, a) => (a > 0 ? g : 0));
export const leakyReluGrad = binary((g, a, p) => (a > 0 ? g : p * g));
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

/** out[k] = a[k·aStep] where condition[k] is not 0, else b[k·bStep]. Copies bits, so that int32 survives. */
export function where(
  { f, i }: Views,
  out: number,
  condition: number,
  a: number,
  b: number,
  n: number,
  aStep: number,
  bStep: number,
): void {
  for (let k = 0; k < n; k++) {
    const from = f[condition + k] !== 0 ? a + k * aStep : b + k * bStep;
    if (f.buffer !== i.buffer) f[out + k] = f[from]!;
    i[out + k] = i[from]!;
  }
}

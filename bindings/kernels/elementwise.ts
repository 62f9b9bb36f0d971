// Elementwise kernels, each one expression. Twin: assembly/kernels/elementwise.ts. Here are those that every network
// may need; the kernel of any other op stands beside the op (ops/).
//
// Most go through two loops that choose for each element. V8 builds one function into a loop that is handed functions
// (loops.ts); from the second on it calls them all, with numbers on the heap, and takes three to five times as long. That
// is little beside an exponential, which in turn would be too much code for a loop that chooses.

import { Op } from '../../assembly/opcodes.js';
import {
  type BinaryInstruction,
  type Instruction,
  NAMES,
  type Operands,
  type UnaryInstruction,
} from '../instructions.js';
import type { Views } from '../run/memory.js';
import type { Kernels } from '../run/runner.js';
import { unaryKernel } from './loops.js';
import * as math from './math/exp.js';

/** out[i] = op(x[i]) */
export function unary(op: Op, { f }: Views, { out, x, n, slope }: Operands<UnaryInstruction>): void {
  for (let i = 0; i < n; i++) f[out + i] = ofOne(op, f[x + i]!, slope);
}

function ofOne(op: Op, x: number, slope: number): number {
  switch (op) {
    case Op.neg:
      return -x;
    case Op.abs:
      return Math.abs(x);
    case Op.sign:
      return Math.sign(x) + 0;
    case Op.square:
      return x * x;
    case Op.sqrt:
      return Math.sqrt(x);
    case Op.relu:
      // biome-ignore lint/complexity/useMathMinMax: of -0 that makes 0, which wasm's pmax does not
      return x < 0 ? 0 : x;
    default: // leakyRelu
      return x > 0 ? x : slope * x;
  }
}

/** out[r, c] = op(a[r·aRow + c·aCol], b[r·bRow + c·bCol]) */
export function binary(op: Op, { f, i }: Views, it: Operands<BinaryInstruction>): void {
  // In the instruction table those of int32 stand together, and of these the comparisons, which give floats, last.
  const isInt = op >= Op.addInt && op <= Op.greaterEqualInt;
  const from = isInt ? i : f;
  const to = isInt && op < Op.equalInt ? i : f;
  const { rows, cols, aRow, aCol, bRow, bCol, slope } = it;
  for (let r = 0, y = it.out; r < rows; r++) {
    let [a, b] = [it.a + r * aRow, it.b + r * bRow];
    for (const end = y + cols; y < end; y++, a += aCol, b += bCol) to[y] = ofTwo(op, from[a]!, from[b]!, slope);
  }
}

function ofTwo(op: Op, a: number, b: number, slope: number): number {
  switch (op) {
    case Op.add:
    case Op.addInt:
      return a + b;
    case Op.sub:
    case Op.subInt:
      return a - b;
    case Op.mul:
      return a * b;
    case Op.mulInt:
      return Math.imul(a, b);
    case Op.div:
      return a / b;
    case Op.maximum:
    case Op.maximumInt:
      return Math.max(a, b);
    case Op.minimum:
    case Op.minimumInt:
      return Math.min(a, b);
    case Op.equal:
    case Op.equalInt:
      return a === b ? 1 : 0;
    case Op.greater:
    case Op.greaterInt:
      return a > b ? 1 : 0;
    case Op.greaterEqual:
    case Op.greaterEqualInt:
      return a >= b ? 1 : 0;
    case Op.reluGrad:
      return b > 0 ? a : 0;
    case Op.leakyReluGrad:
      return b > 0 ? a : slope * a;
    case Op.sigmoidGrad:
      return a * b * (1 - b);
    default: // tanhGrad
      return a * (1 - b * b);
  }
}

export const exp = unaryKernel(math.exp);
export const log = unaryKernel(math.log);
export const softplus = unaryKernel(math.softplus);
export const sigmoid = unaryKernel(math.sigmoid);
export const tanh = unaryKernel(math.tanh);

export function toFloat({ f, i }: Views, { out, x, n }: Operands<'toFloat'>): void {
  for (let k = 0; k < n; k++) f[out + k] = i[x + k]!;
}

/** Towards 0; what is beyond int32 becomes its smallest or largest number, and NaN becomes 0. */
export function toInt({ f, i }: Views, { out, x, n }: Operands<'toInt'>): void {
  for (let k = 0; k < n; k++) i[out + k] = Math.max(-(2 ** 31), Math.min(Math.trunc(f[x + k]!), 2 ** 31 - 1));
}

type Loop = (op: Op, views: Views, it: Operands<UnaryInstruction> & Operands<BinaryInstruction>) => void;

/** A kernel for each of these instructions: the loop, told which. */
export const told = (loop: Loop, ...names: Instruction[]): Kernels =>
  Object.fromEntries(names.map((name) => [name, loop.bind(undefined, NAMES.indexOf(name))]));

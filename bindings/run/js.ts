// The TypeScript runner: runs the same tapes as assembly/run.ts, over typed arrays. Over Float64Array it is the
// reference that gradients are checked with. Not here: what an instruction does (kernels/, the twins of
// assembly/kernels/).

import { check } from '../errors.js';
import { binary, exp, log, sigmoid, softplus, tanh, toFloat, toInt, told, unary } from '../kernels/elementwise.js';
import { batchMatMul, matMul } from '../kernels/matmul.js';
import * as movement from '../kernels/movement.js';
import * as optim from '../kernels/optim.js';
import { random } from '../kernels/random.js';
import * as reduce from '../kernels/reduce.js';
import * as softmax from '../kernels/softmax.js';
import { Arena } from './arena.js';
import { decode } from './decode.js';
import { type Block, Memory } from './memory.js';
import type { Brought, Call, FloatsConstructor, Kernel, Kernels, Run, Runner } from './runner.js';

/** What every network may need. Every other kernel comes with the op that needs it (`kernels` in ops/op.ts). */
export const KERNELS = {
  copy: movement.copy,
  permute: movement.permute,
  takeRows: movement.takeRows,
  advance: movement.advance,
  record: movement.record,

  ...told(unary, 'neg', 'abs', 'sign', 'square', 'sqrt', 'relu', 'leakyRelu'),
  exp,
  log,
  sigmoid,
  tanh,
  softplus,
  toFloat,
  toInt,

  ...told(binary, 'add', 'sub', 'mul', 'div', 'maximum', 'minimum', 'equal', 'greater', 'greaterEqual'),
  ...told(binary, 'addInt', 'subInt', 'mulInt', 'maximumInt', 'minimumInt'),
  ...told(binary, 'equalInt', 'greaterInt', 'greaterEqualInt'),
  ...told(binary, 'reluGrad', 'leakyReluGrad', 'sigmoidGrad', 'tanhGrad'),

  sum: reduce.sum,
  argMax: reduce.argMax,
  max: reduce.maxOf,
  sumInt: reduce.sumInt,
  maxInt: reduce.maxInt,

  random,

  softmax: softmax.softmax,
  logSoftmax: softmax.logSoftmax,
  crossEntropy: softmax.crossEntropy,
  crossEntropyGrad: softmax.crossEntropyGrad,

  matMul,
  batchMatMul,

  sgdUpdate: optim.sgdUpdate,
  momentumUpdate: optim.momentumUpdate,
  rmspropUpdate: optim.rmspropUpdate,
  adagradUpdate: optim.adagradUpdate,
  adamUpdate: optim.adamUpdate,
} satisfies Kernels;

/** Decodes a tape, once: a call for each instruction. */
function decodeTape(memory: Memory, tape: Int32Array, start: number, kernels: Kernels): Call[] {
  const calls: Call[] = [];
  for (let at = start; ; ) {
    const { name, operands, next } = decode(tape, at);
    if (name === 'halt') return calls;
    const kernel = kernels[name] as Kernel | undefined;
    check(kernel !== undefined, () => `internal error: no TypeScript kernel for '${name}'`);
    const nested = (inner: Int32Array) => decodeTape(memory, inner, 0, kernels);
    calls.push({ name, operands, at, next, run: kernel.bind(undefined, memory, operands as never, nested) });
    at = next;
  }
}

/** The TypeScript back end; `Float64Array` makes it the float64 reference. */
export function createJsRunner(Floats: FloatsConstructor = Float32Array): Runner {
  const memory = new Memory(0, (bytes) => {
    const length = Math.ceil(Math.max(bytes * 1.5, 2 ** 16) / 4);
    const i = new Int32Array(length);
    const f = Floats === Float32Array ? new Float32Array(i.buffer) : new Float64Array(length);
    i.set(memory.i);
    if (f.buffer !== i.buffer) f.set(memory.f);
    return { f, i };
  });
  const load = (tape: Block, _large: boolean, ops: Iterable<Brought>): Run => {
    const kernels: Kernels = Object.assign({}, KERNELS, ...Array.from(ops, (op) => op.kernels));
    const calls = decodeTape(memory, memory.i, tape.address / 4, kernels).map(({ run }) => run);
    return (steps, watch) => {
      for (let step = 1; step <= steps; step++) {
        for (const call of calls) call();
        if (watch !== 0 && !Number.isFinite(memory.f[watch / 4])) return step;
      }
      return steps;
    };
  };
  return { backend: 'js', Floats, threads: 1, memory, arena: new Arena(memory), load };
}

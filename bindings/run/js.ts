// The TypeScript runner: runs the same tapes as assembly/run.ts, over typed arrays. Over Float64Array it is the reference
// that gradients are checked with. Not here: what an instruction does (kernels/, the twins of assembly/kernels/).

import { Op } from '../../assembly/opcodes.js';
import * as elementwise from '../kernels/elementwise.js';
import { batchMatMul, matMul } from '../kernels/matmul.js';
import * as movement from '../kernels/movement.js';
import * as optim from '../kernels/optim.js';
import * as reduce from '../kernels/reduce.js';
import * as softmax from '../kernels/softmax.js';
import { decode } from './decode.js';
import { type Block, Memory, type Views } from './memory.js';
import type { FloatsConstructor, Kernel, Kernels, Run, Runner } from './runner.js';

/** Instructions whose TypeScript kernel comes with the op (`kernels` in ops/op.ts), because few programs need it. */
type BroughtByOp =
  | Op.write
  | Op.gather
  | Op.scatterAdd
  | Op.expm1
  | Op.log1p
  | Op.sin
  | Op.cos
  | Op.atan
  | Op.erf
  | Op.floor
  | Op.ceil
  | Op.round
  | Op.pow
  | Op.where
  | Op.cumSum
  | Op.argSort;

/** Every other instruction but `halt`; the compiler refuses a missing one. */
const KERNELS: Record<Exclude<Op, Op.halt | BroughtByOp>, Kernel> = {
  [Op.copy]: movement.copy,
  [Op.permute]: movement.permute,
  [Op.takeRows]: movement.takeRows,
  [Op.advance]: movement.advance,
  [Op.record]: movement.record,

  [Op.neg]: elementwise.neg,
  [Op.abs]: elementwise.abs,
  [Op.sign]: elementwise.sign,
  [Op.square]: elementwise.square,
  [Op.sqrt]: elementwise.sqrt,
  [Op.exp]: elementwise.exp,
  [Op.log]: elementwise.log,
  [Op.relu]: elementwise.relu,
  [Op.leakyRelu]: elementwise.leakyRelu,
  [Op.sigmoid]: elementwise.sigmoid,
  [Op.tanh]: elementwise.tanh,
  [Op.softplus]: elementwise.softplus,
  [Op.toFloat]: elementwise.toFloat,

  [Op.add]: elementwise.add,
  [Op.sub]: elementwise.sub,
  [Op.mul]: elementwise.mul,
  [Op.div]: elementwise.div,
  [Op.maximum]: elementwise.maximum,
  [Op.minimum]: elementwise.minimum,
  [Op.equal]: elementwise.equal,
  [Op.greater]: elementwise.greater,
  [Op.greaterEqual]: elementwise.greaterEqual,
  [Op.equalInt]: elementwise.equalInt,
  [Op.reluGrad]: elementwise.reluGrad,
  [Op.leakyReluGrad]: elementwise.leakyReluGrad,
  [Op.sigmoidGrad]: elementwise.sigmoidGrad,
  [Op.tanhGrad]: elementwise.tanhGrad,

  [Op.sum]: reduce.sum,
  [Op.argMax]: reduce.argMax,
  [Op.max]: reduce.maxOf,

  [Op.softmax]: softmax.softmax,
  [Op.logSoftmax]: softmax.logSoftmax,
  [Op.crossEntropy]: softmax.crossEntropy,
  [Op.crossEntropyGrad]: softmax.crossEntropyGrad,

  [Op.matMul]: matMul,
  [Op.batchMatMul]: batchMatMul,

  [Op.sgdUpdate]: optim.sgdUpdate,
  [Op.momentumUpdate]: optim.momentumUpdate,
  [Op.rmspropUpdate]: optim.rmspropUpdate,
  [Op.adagradUpdate]: optim.adagradUpdate,
  [Op.adamUpdate]: optim.adamUpdate,
};

/** Decodes a tape, once: a call for each instruction. */
function decodeTape(memory: Memory, start: number, kernels: Kernels): (() => void)[] {
  const calls: (() => void)[] = [];
  for (let at = start; memory.i[at] !== Op.halt; ) {
    const kernel = kernels[memory.i[at] as Op]!;
    // In an array that holds an object, whole numbers stay small integers to V8. Beside a fraction alone they would all
    // be doubles, and indexing by doubles halves the speed of everything.
    const operands: [Views, ...number[]] = [memory];
    at = decode(memory.i, at, operands);
    calls.push(kernel.bind(undefined, ...operands));
  }
  return calls;
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
  const load = (tape: Block, _large: boolean, kernels: Kernels): Run => {
    const calls = decodeTape(memory, tape.address / 4, { ...KERNELS, ...kernels });
    return (steps, watch) => {
      for (let step = 1; step <= steps; step++) {
        for (const call of calls) call();
        if (watch !== 0 && !Number.isFinite(memory.f[watch / 4])) return step;
      }
      return steps;
    };
  };
  return { backend: 'js', Floats, threads: 1, memory, load };
}

// The wasm runner: an instance of a module that runs tapes, on one thread, and of the side modules that its programs
// need. Not here: which module that is (launch.ts, builds.ts), and several threads (team.ts).

import { opcodeOf } from '../encode.js';
import { messageOf, WasmgradError } from '../errors.js';
import type { Instruction } from '../instructions.js';
import { Arena } from './arena.js';
import { type Block, Memory } from './memory.js';
import type { Brought, Run, Runner, SideModule } from './runner.js';

/** What assembly/index.ts exports; assembly/threads.ts exports more. */
export interface Exports {
  readonly memory: WebAssembly.Memory;
  /** Runs the tape at address `code`; returns the number of steps done. */
  run(code: number, steps: number, watch: number): number;
  heapBase(): number;
  /** Not 0: it has the kernels of all modules, and no table. */
  readonly complete: WebAssembly.Global;
  /** The kernels of side modules, by opcode. */
  readonly table: WebAssembly.Table;
  readonly relaxed: WebAssembly.Global;
}

/** A wasm runner; `relaxedSimd` says whether its build may round a product and its sum once. */
export interface WasmRunner extends Runner {
  readonly relaxedSimd: boolean;
  readonly exports: Exports;
}

const PAGE = 65536;

/** Starts the wasm back end. Throws what WebAssembly throws if the engine lacks a feature. */
export async function createWasmRunner(
  module: WebAssembly.Module,
  imports: WebAssembly.Imports = {},
): Promise<WasmRunner> {
  const instance = await WebAssembly.instantiate(module, imports);
  const exports = instance.exports as unknown as Exports;
  const memory = new Memory(exports.heapBase() >>> 0, (bytes) => {
    const missing = bytes - exports.memory.buffer.byteLength;
    if (missing > 0) exports.memory.grow(Math.ceil(missing / PAGE));
    const { buffer } = exports.memory;
    return { f: new Float32Array(buffer), i: new Int32Array(buffer) };
  });
  const sides = new Set<SideModule>();
  const load = ({ address }: Block, _large: boolean, ops: Iterable<Brought>): Run => {
    const { run, complete } = exports;
    for (const { side } of complete.value ? [] : ops) {
      if (!side || sides.has(side)) continue;
      addKernels(exports, side);
      sides.add(side);
    }
    return (steps, watch) => run(address, steps, watch);
  };
  const relaxedSimd = Boolean(exports.relaxed.value);
  const arena = new Arena(memory);
  return { backend: 'wasm', Floats: Float32Array, threads: 1, memory, arena, load, relaxedSimd, exports };
}

/**
 * Puts the kernels of a side module at their opcodes in the table. Done at once: whoever loads a program does not wait.
 */
function addKernels(exports: Exports, side: SideModule): void {
  const { table } = exports;
  const bytes = side();
  let kernels: WebAssembly.Exports;
  try {
    // Side modules call kernels of the main module.
    kernels = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: exports, main: exports } as never).exports;
  } catch (cause) {
    const why = `some kernels of this program cannot be compiled here: ${messageOf(cause)}`;
    throw new WasmgradError(`${why}; call init({ module }) with wasmgrad/core.wasm, which has all of them`, { cause });
  }
  for (const name in kernels) {
    const opcode = opcodeOf(name as Instruction);
    if (table.length <= opcode) table.grow(opcode + 1 - table.length);
    table.set(opcode, kernels[name]);
  }
}

// The wasm runner: an instance of a module that runs tapes, on one thread. Not here: which module that is (launch.ts,
// builds.ts), and several threads (team.ts).

import { Arena } from './arena.js';
import { type Block, Memory } from './memory.js';
import type { Run, Runner } from './runner.js';

/** What assembly/index.ts exports; assembly/threads.ts exports more. */
export interface Exports {
  readonly memory: WebAssembly.Memory;
  /** Runs the tape at address `code`; returns the number of steps done. */
  run(code: number, steps: number, watch: number): number;
  heapBase(): number;
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
  const load = ({ address }: Block): Run => {
    const { run } = exports;
    return (steps, watch) => run(address, steps, watch);
  };
  const relaxedSimd = Boolean(exports.relaxed.value);
  const arena = new Arena(memory);
  return { backend: 'wasm', Floats: Float32Array, threads: 1, memory, arena, load, relaxedSimd, exports };
}

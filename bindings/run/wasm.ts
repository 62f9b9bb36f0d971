// The wasm runner: instantiates the module and hands it tapes. Not here: which back end is used (runtime.ts).

import { instantiate } from '@assemblyscript/loader';
import { Memory } from './memory.js';
import type { Runner } from './runner.js';

/** What assembly/index.ts exports. */
interface Exports extends Record<string, unknown> {
  readonly memory: WebAssembly.Memory;
  run(tape: number, steps: number, watch: number): number;
  heapBase(): number;
}

const PAGE = 65536;

/** The wasm back end. Throws what WebAssembly throws if the module can't be compiled or its features are missing. */
export async function createWasmRunner(module: WebAssembly.Module | BufferSource): Promise<Runner> {
  const { exports } = await instantiate<Exports>(module as WebAssembly.Module, {});
  const { run } = exports;
  const memory = new Memory(exports.heapBase() >>> 0, (bytes) => {
    const missing = bytes - exports.memory.buffer.byteLength;
    if (missing > 0) exports.memory.grow(Math.ceil(missing / PAGE));
    const { buffer } = exports.memory;
    return { f: new Float32Array(buffer), i: new Int32Array(buffer) };
  });
  return {
    backend: 'wasm',
    memory,
    load: (tape) => {
      const { address } = tape;
      return (steps, watch) => run(address, steps, watch);
    },
  };
}

// The wasm runner: an instance of a module that runs tapes, on one thread or with a team of them. Not here: which module
// that is (launch.ts, builds.ts).

import { type Block, Memory } from './memory.js';
import type { Run, Runner } from './runner.js';
import type { TeamExports } from './team.js';

/** What assembly/index.ts exports; assembly/threads.ts exports more. */
interface Exports extends TeamExports {
  heapBase(): number;
  readonly relaxed: WebAssembly.Global;
}

/** A wasm runner; `relaxedSimd` says whether its build may round a product and its sum once. */
export interface WasmRunner extends Runner {
  readonly relaxedSimd: boolean;
}

const PAGE = 65536;

/**
 * Starts the wasm back end. For more than one thread `module` must be a build with threads. Throws what WebAssembly
 * throws if the engine lacks a feature.
 */
export async function createWasmRunner(module: WebAssembly.Module, threads = 1): Promise<WasmRunner> {
  const shared = WebAssembly.Module.imports(module).length > 0;
  const threading = shared ? await import('./team.js') : undefined; // seldom needed: it is loaded when it is
  const imports = threading?.teamImports() ?? {};
  const instance = await WebAssembly.instantiate(module, imports);
  const exports = instance.exports as unknown as Exports;
  const memory = new Memory(exports.heapBase() >>> 0, (bytes) => {
    const missing = bytes - exports.memory.buffer.byteLength;
    if (missing > 0) exports.memory.grow(Math.ceil(missing / PAGE));
    const { buffer } = exports.memory;
    return { f: new Float32Array(buffer), i: new Int32Array(buffer) };
  });
  const alone = ({ address }: Block): Run => {
    const { run } = exports;
    return (steps, watch) => run(address, steps, watch);
  };
  const runner = {
    backend: 'wasm',
    Floats: Float32Array,
    threads,
    memory,
    relaxedSimd: Boolean(exports.relaxed.value),
  } as const;
  if (!threading || threads === 1) return { ...runner, load: alone };
  const team = new threading.Team(module, exports, memory, threads - 1);
  await team.start();
  const load = (tape: Block, large: boolean): Run =>
    large ? (steps, watch) => team.run(tape.address, steps, watch) : alone(tape);
  return { ...runner, load, workers: team };
}

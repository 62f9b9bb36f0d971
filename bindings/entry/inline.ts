// init with the kernels inlined: works wherever JavaScript runs, and in every bundler. The other builds are files beside
// this one, which are loaded when they are asked for.

import core from '#core.wasm';
import relaxed from '#relaxed.wasm';
import relaxedThreads from '#relaxed-threads.wasm';
import threads from '#threads.wasm';
import { launcher } from '../run/launch.js';
import { type BackEnds, type InitOptions, type RuntimeInfo, start } from '../run/runtime.js';

const backEnds: BackEnds = {
  wasm: launcher({ core: () => WebAssembly.compile(core()), threads, relaxed, relaxedThreads }),
  js: () => import('../run/js.js'),
};

/**
 * Makes wasmgrad ready: instantiates the SIMD kernels, or falls back to the TypeScript ones.
 * Calling it again changes the back end of what is made from then on.
 *
 * @throws if `backend` is 'wasm' and wasm cannot run here
 */
export function init(options: InitOptions = {}): Promise<RuntimeInfo> {
  return start(options, backEnds);
}

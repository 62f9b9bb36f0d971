// The init of the main entry, with the kernels inlined, so that it works wherever JavaScript runs and in every bundler. The
// other builds (threads, relaxed SIMD) are files beside it, which are loaded when they are asked for.

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
 * Makes wasmgrad ready: starts the SIMD kernels, or where these can't run the TypeScript ones. It comes before everything
 * that computes. When it is called again, models that are made from then on run on what it chose.
 *
 * @throws if `backend` is 'wasm' and wasm cannot run here
 */
export function init(options: InitOptions = {}): Promise<RuntimeInfo> {
  return start(options, backEnds);
}

// The init of the main entry, with the kernels inlined, so that it works wherever JavaScript runs and in every bundler:
// what every network may need is here, the other kernels come with the functions that need them. The other builds
// (threads, relaxed SIMD) are files beside it, which are loaded when they are asked for.

import relaxed from '#relaxed.wasm';
import relaxedThreads from '#relaxed-threads.wasm';
import small from '#small.wasm';
import threads from '#threads.wasm';
import { launcher } from '../run/launch.js';
import { type BackEnds, type InitOptions, type RuntimeInfo, start } from '../run/runtime.js';

const backEnds: BackEnds = {
  wasm: launcher({ core: () => WebAssembly.compile(small()), threads, relaxed, relaxedThreads }),
  js: () => import('../run/js.js'),
  debug: () => import('../debug/init.js'),
  fit: () => import('../model/fitparts.js'),
};

/**
 * Makes wasmgrad ready: starts the SIMD kernels, or where these can't run the TypeScript ones. It comes before
 * everything that computes. When it is called again, models that are made from then on run on what it chose.
 *
 * @throws if `backend` is 'wasm' and wasm cannot run here
 */
export function init(options: InitOptions = {}): Promise<RuntimeInfo> {
  return start(options, backEnds);
}

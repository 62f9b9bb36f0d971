// init with the kernels inlined, as bytes: works wherever JavaScript runs, and in every bundler.

import bytes from '#core.wasm';
import { type InitOptions, type RuntimeInfo, start } from '../run/runtime.js';
import { createWasmRunner } from '../run/wasm.js';

/**
 * Makes wasmgrad ready: instantiates the SIMD kernels, or falls back to the TypeScript ones.
 * Calling it again changes the back end of what is made from then on.
 *
 * @throws if `backend` is 'wasm' and wasm cannot run here
 */
export function init(options: InitOptions = {}): Promise<RuntimeInfo> {
  return start(options, async () => createWasmRunner(bytes()));
}

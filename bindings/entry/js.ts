// The entry wasmgrad/js, with the TypeScript kernels alone. Everything else, tensors and models included, it shares
// with the other entries.

import { check, WasmgradError } from '../errors.js';
import { createJsRunner } from '../run/js.js';
import { type BackEnds, type InitOptions, type RuntimeInfo, start } from '../run/runtime.js';

export * from '../api.js';

const backEnds: BackEnds = {
  wasm: ({ backend }, instead) => {
    const why = 'wasmgrad/js has the TypeScript kernels only';
    check(backend !== 'wasm', () => why);
    return instead(why);
  },
  js: async () => ({ createJsRunner }),
  // A part that is loaded on demand would split a bundle in two, which takes 400 bytes more in every program.
  debug: () => {
    throw new WasmgradError("init: debug is not in wasmgrad/js; it is in wasmgrad, with backend: 'js'");
  },
  fit: () => {
    throw new WasmgradError(
      'fit: batches, verbose and diagnose are not in wasmgrad/js; it has fitBatches and progressBar()',
    );
  },
};

/** Makes wasmgrad ready, on the TypeScript kernels. Throws if `backend` is 'wasm'. */
export function init(options: InitOptions = {}): Promise<RuntimeInfo> {
  return start(options, backEnds);
}

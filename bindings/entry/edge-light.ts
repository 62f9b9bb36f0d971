// The entry for Vercel's Edge runtime, which compiles no bytes: `?module` is how its bundlers import wasm.

import { type InitOptions, type RuntimeInfo, start } from '../run/runtime.js';
import { createWasmRunner } from '../run/wasm.js';
import module from './core.wasm?module';

export * from '../index.js';

export function init(options: InitOptions = {}): Promise<RuntimeInfo> {
  return start(options, () => createWasmRunner(module));
}

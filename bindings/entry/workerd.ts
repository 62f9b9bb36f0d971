// The entry for workerd, which compiles no bytes: its bundlers make a module of an imported wasm file.

import { type InitOptions, type RuntimeInfo, start } from '../run/runtime.js';
import { createWasmRunner } from '../run/wasm.js';
import module from './core.wasm';

export * from '../index.js';

export function init(options: InitOptions = {}): Promise<RuntimeInfo> {
  return start(options, () => createWasmRunner(module));
}

// The entry wasmgrad/run for workerd (Cloudflare), which can't compile bytes: its bundlers make a module of an imported
// wasm file.

import { completeLoader } from './complete.js';
import module from './core.wasm';

export * from '../frozen/api.js';

/** Loads a frozen model, as the `loadFrozen` of the other entries. */
export const loadFrozen = completeLoader(module);

// The entry wasmgrad/run for Vercel's Edge runtime, which can't compile bytes: its bundlers make a module of a wasm
// file that is imported with `?module`.

import { completeLoader } from './complete.js';
import module from './core.wasm?module';

export * from '../frozen/api.js';

/** Loads a frozen model, as the `loadFrozen` of the other entries. */
export const loadFrozen = completeLoader(module);

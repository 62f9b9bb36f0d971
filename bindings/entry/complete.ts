// What the entries of wasmgrad/run share that have one module of all kernels, which a bundler makes of the wasm file.

import { loaderOf } from '../frozen/load.js';
import type { WasmModule } from '../run/modules.js';

/** The `loadFrozen` that takes all kernels from this module. */
/*@__NO_SIDE_EFFECTS__*/
export function completeLoader(module: WasmModule): ReturnType<typeof loaderOf> {
  return loaderOf({
    slim: () => module,
    full: () => module,
    sides: {},
    extents: () => import('../frozen/allextents.js'),
    twins: () => import('../frozen/twins.js'),
  });
}

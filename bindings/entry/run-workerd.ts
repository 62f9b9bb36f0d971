// The entry wasmgrad/run for workerd (Cloudflare), which can't compile bytes: its bundlers make a module of an imported wasm file.
// That module has all kernels.

import type { FileSource } from '../files/source.js';
import { type FrozenModel, type LoadFrozenOptions, loaderOf } from '../frozen/load.js';
import module from './core.wasm';

export * from '../frozen/api.js';

const load = /*@__PURE__*/ loaderOf({
  slim: () => module,
  full: () => module,
  sides: {},
  extents: () => import('../frozen/allextents.js'),
  twins: () => import('../frozen/twins.js'),
});

/** Loads a frozen model, as the `loadFrozen` of the other entries. */
export function loadFrozen<Out = Float32Array>(
  from: FileSource,
  options?: LoadFrozenOptions,
): Promise<FrozenModel<Out>> {
  return load<Out>(from, options);
}

// The entry wasmgrad/run: runs frozen programs, on a small part of the library. Public exports only.

/** @module wasmgrad/run */

import slim from '#slim.wasm';
import type { FileSource } from './files/source.js';
import { type FrozenModel, type LoadFrozenOptions, loaderOf } from './frozen/load.js';

export * from './frozen/api.js';

/** Compiled once, for all programs. */
let compiled: Promise<WebAssembly.Module> | undefined;

const load = /*@__PURE__*/ loaderOf({
  slim: () => {
    compiled ??= WebAssembly.compile(slim());
    return compiled;
  },
  full: async () => WebAssembly.compile((await import('#small.wasm')).default()),
  sides: {
    indexing: () => import('#sides/indexing.wasm'),
    curves: () => import('#sides/curves.wasm'),
    linalg: () => import('#sides/linalg.wasm'),
    normalization: () => import('#sides/normalization.wasm'),
    columns: () => import('#sides/columns.wasm'),
    convolution: () => import('#sides/convolution.wasm'),
    pooling: () => import('#sides/pooling.wasm'),
    recurrence: () => import('#sides/recurrence.wasm'),
    attention: () => import('#sides/attention.wasm'),
  },
  extents: () => import('./frozen/allextents.js'),
  twins: () => import('./frozen/twins.js'),
});

/**
 * Loads a model that `freeze` of wasmgrad/io wrote, ready to predict: without tracing, planning, layers or training,
 * with the bits of the model's `predict`. Each has an instance and a memory of its own, which go when it is garbage.
 *
 * The kernels that few programs need (convolution, pooling, normalisation, lookups …) are loaded where the program has
 * them.
 *
 * @param from a path (Node, Bun, Deno), bytes, a Response or a promise of one, a Blob
 * @throws FileError if it is no such file, is damaged, or was frozen by a version whose instructions differ
 */
export function loadFrozen<Out = Float32Array>(
  from: FileSource,
  options?: LoadFrozenOptions,
): Promise<FrozenModel<Out>> {
  return load<Out>(from, options);
}

// What all entries of wasmgrad/run have; they differ in where loadFrozen finds the kernels. Public exports only.

export { WasmgradError } from '../errors.js';
export { FileError } from '../files/fileerror.js';
export type { FilePath } from '../files/paths.js';
export type { BlobLike, FetchedFile, FilePlace, FileSource } from '../files/source.js';
export type { FrozenSpec } from './format.js';
export type { Given } from './input.js';
export type { FrozenModel, LoadFrozenOptions } from './load.js';
export { loadFrozenSync } from './loadsync.js';

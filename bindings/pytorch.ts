// The public API of wasmgrad/pytorch: models that come from PyTorch, and that go on there.

export { FileError } from './files/fileerror.js';
export type { FileSource } from './files/source.js';
export { exportPyTorch, type PyTorchFiles, pyTorchFiles } from './pytorch/export.js';
export { type LoadStateDictOptions, loadStateDict } from './pytorch/load.js';
export type { Rename } from './pytorch/match.js';
export { type LoadOptimizerStateOptions, loadOptimizerState } from './pytorch/optimizerstate.js';

// The entry wasmgrad/io: models and trainings in files. Public exports only.

/** @module wasmgrad/io */

export { FileError } from './files/fileerror.js';
export type { FilePath } from './files/paths.js';
export { download, indexedDb, opfs } from './files/places.js';
export type { BlobLike, FetchedFile, FilePlace, FileSource } from './files/source.js';
export type { FileTarget } from './files/target.js';
export { loadExtras } from './io/extras.js';
export { type FreezeOptions, freeze } from './io/freeze.js';
export { type LoadModelOptions, type LoadWeightsOptions, loadModel, loadWeights } from './io/load.js';
export { type ModelCheckpointOptions, modelCheckpoint } from './io/modelcheckpoint.js';
export { type SaveModelOptions, type SaveWeightsOptions, saveModel, saveWeights } from './io/save.js';
export type { Registry } from './io/structure.js';
export {
  readSafetensors,
  type SafetensorsContents,
  type WriteSafetensorsOptions,
  writeSafetensors,
} from './io/tensors.js';
export { loadTrainingState, saveTrainingState } from './io/trainingstate.js';
export type { StorageType } from './io/weights.js';

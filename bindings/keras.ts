// The entry wasmgrad/keras: models of Keras and TensorFlow.js, from their files. Public exports only.

/** @module wasmgrad/keras */

export { FileError } from './files/fileerror.js';
export type { FileSource } from './files/source.js';
export { type LoadKerasOptions, loadKeras } from './keras/load.js';
export { type LoadTensorflowJsOptions, loadTensorflowJs } from './keras/tensorflowjs.js';

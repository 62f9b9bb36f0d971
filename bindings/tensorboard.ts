// The entry wasmgrad/tensorboard: trainings as TensorBoard shows them. Public exports only.

/** @module wasmgrad/tensorboard */

export type { ImageLike } from './data/images.js';
export { FileError } from './files/fileerror.js';
export { type TensorboardOptions, tensorboard } from './tensorboard/callback.js';
export { type SummaryWriter, summaryWriter } from './tensorboard/writer.js';

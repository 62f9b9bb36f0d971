// The entry wasmgrad/onnx: models and functions as ONNX files, and from them. Public exports only.

/** @module wasmgrad/onnx */

export { FileError } from './files/fileerror.js';
export type { FileSource } from './files/source.js';
export {
  type Dimension,
  type ExportOnnxOptions,
  exportOnnx,
  type FunctionToOnnxOptions,
  functionToOnnx,
  type OnnxInput,
  type OnnxInputOf,
  type OnnxInputs,
} from './onnx/export/export.js';
export type { OnnxEnd } from './onnx/import/file.js';
export { type FunctionFromOnnxOptions, functionFromOnnx, type OnnxFunction } from './onnx/import/function.js';
export { type ImportOnnxOptions, importOnnx } from './onnx/import/model.js';

// wasmgrad/onnx where no side module is needed: the same functions, without the text of any (scripts/bare.mjs).

export * from '../onnx.js';

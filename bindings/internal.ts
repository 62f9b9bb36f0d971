// What the benchmarks reach for below the public API. Not part of the package.

export { default as wasmBytes } from '#core.wasm';
export { gradients } from './grad.js';
export { Program } from './program.js';
export { createJsRunner } from './run/js.js';
export { createWasmRunner } from './run/wasm.js';
export { inputOf } from './tensor.js';

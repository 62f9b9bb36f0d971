// What the benchmarks use: the public API, and some of what is below it. Not part of the package.

export { Op } from '../assembly/opcodes.js';
export { gradients } from './grad.js';
export * from './index.js';
export { tapeText } from './opnames.js';
export { Program } from './program.js';
export { runner } from './run/runtime.js';
export { assignTo, inputOf } from './tensor.js';

// What the benchmarks use: the public API, and some of what is below it. Not part of the package.

export { gradients, pullback } from './grad.js';
export * from './index.js';
export { FAMILIES, INSTRUCTIONS, NAMES } from './instructions.js';
export * as ops from './ops.js';
export { Program } from './program.js';
export { runner } from './run/runtime.js';
export { tapeText } from './tapetext.js';
export { assignTo, inputOf } from './tensor.js';

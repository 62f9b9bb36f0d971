// All that makes something of a file that was read: one part, which opened.ts loads on demand.

export { extrasOf } from './read/extras.js';
export { modelOfFile } from './read/model.js';
export { numbersOf, parseSafetensors } from './read/safetensors.js';
export { stateOf } from './read/trainingstate.js';
export { takeWeights } from './read/weights.js';

// What fit loads on demand: few programs use it.

export { showOn } from '../callbacks/bar.js';
export { runBatches } from './batchloop.js';
export { weightedByClass } from './classweights.js';
export { diagnosed, keptFor } from './diagnosed.js';

// What fit loads on demand: few programs use it.

export { progressBar } from '../callbacks/progressbar.js';
export { runBatches } from './fitbatches.js';

// What the module exports: the tape loop, and where free memory starts.

export { run, runPart } from './run';
export { setLeast } from './share';

/** The first address after the module's own data. */
export function heapBase(): usize {
  return __heap_base;
}

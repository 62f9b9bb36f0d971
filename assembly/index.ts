// What the module exports: the tape loop, what side modules call, where free memory starts, and which build it is.

export { applyEpilogue } from './kernels/epilogue';
export { gemm } from './kernels/gemm';
export { run, runPart } from './run';
export { setLeast } from './share';

/** Whether the kernels of side modules are in this build; if not, its `table` has places for them. */
export const complete: bool = <bool>COMPLETE;

/** Whether a product and its sum may be rounded once: what JavaScript can't see from outside. */
export const relaxed: bool = ASC_FEATURE_RELAXED_SIMD;

/** The first address after the module's own data. */
export function heapBase(): usize {
  return __heap_base;
}

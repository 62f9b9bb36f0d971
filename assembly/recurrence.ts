/**
 * How the kernel of a recurrence is copied, and the scratch memory that it costs. Compiled twice, as blocks.ts.
 *
 *     scratch:  | the kernel, copied | the sums of a step; of a gradient what h and c carry, too | that of gemm |
 */
import { gemmScratch } from './blocks';

/** Numbers of a kernel: fewer lie in the first cache, more would take too much memory. */
const LEAST: i32 = 16384;
const MOST: i32 = 1048576;

/** Bytes of the copy of a kernel [terms, columns], in panels of 8 columns: 0 if none is made. */
export function copyBytes(n: i32, terms: i32, columns: i32): i32 {
  if (n < 4 || terms > MOST || columns > MOST || terms * columns < LEAST || terms * columns > MOST) return 0;
  return ((columns + 7) >> 3) * terms * 32;
}

/** Bytes of scratch memory of one thread. */
export function recurrenceScratch(n: i32, units: i32, gates: i32): i32 {
  const columns: i32 = gates * units;
  return copyBytes(n, units, columns) + 4 * n * columns + gemmScratch(n, columns, units);
}

/** The same for the gradient. */
export function recurrenceGradScratch(n: i32, units: i32, gates: i32): i32 {
  const terms: i32 = gates * units;
  return copyBytes(n, terms, units) + 12 * n * units + gemmScratch(n, units, terms);
}

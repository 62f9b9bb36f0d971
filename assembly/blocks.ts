/**
 * Block sizes of the matrix product, and the scratch memory they cost.
 *
 * This file is compiled twice: by AssemblyScript into the kernels and by TypeScript into the planner. It therefore uses
 * only 32-bit integer arithmetic that means the same in both (no division, which would round here and not there).
 *
 *     scratch:  | spare | packed B <= KC x NC | packed A <= MC x KC |
 *                         1.2 MiB, in L3; one   250 KiB, in L2
 *                         panel of 8 in L1
 */

/** Terms of the sum over k handled in one sweep: a panel of A (5 x KC) and one of B (KC x 8) share the L1 cache. */
export const KC: i32 = 392;

/** Rows of A packed at a time. */
export const MC: i32 = 160;

/** Columns of B packed at a time. */
export const NC: i32 = 768;

/** Products of fewer columns than this, and more rows, are computed transposed. */
export const TURNED_COLUMNS: i32 = 13;

/** Bytes of a spare output tile, for tiles that overhang the right edge. */
export const TILE_BYTES: i32 = 192;

/** Bytes of scratch memory `gemm` may use for a product of these sizes: at most 1.5 MB, whatever the shape. */
export function gemmScratch(m: i32, n: i32, k: i32): i32 {
  const rows: i32 = m < MC ? (m + 3) & ~3 : MC;
  const columns: i32 = n < NC ? (n + 3) & ~3 : NC;
  const terms: i32 = k < KC ? k : KC;
  // A block of a wide product may be narrow.
  const turned: i32 = 4 * rows * (columns < TURNED_COLUMNS ? columns : TURNED_COLUMNS) + 64;
  return (4 * terms * (rows + columns) + TILE_BYTES + turned + 63) & ~63;
}

/**
 * Block sizes of attention, and the scratch memory they cost. Compiled twice, as blocks.ts.
 *
 *     scratch:  | queries, scaled | scores, of a gradient slopes, too | of a gradient a number a query | a product | that of gemm |
 */
import { gemmScratch } from './blocks';

/** Queries whose scores are computed at a time, at most. */
export const QUERIES: i32 = 128;

/** Keys that they are computed for at a time: with 128 queries 128 KiB, which lie in the second cache. */
export const KEYS: i32 = 256;

/**
 * Queries whose scores are computed at a time. Of a causal block those of keys behind a query are computed in vain: the
 * fewer keys there are, the more that is, and the smaller the blocks.
 */
export function queriesOf(keys: i32, causal: i32): i32 {
  const some: i32 = causal === 0 ? QUERIES : keys >> 4;
  return some < 24 ? 24 : some < QUERIES ? some : QUERIES;
}

/**
 * The columns of a block in scratch memory: whole pairs of vectors. Rows that are a multiple of 512 bytes apart would
 * share few sets of the first cache, so a cache line is left between them.
 */
export function columnsOf(keys: i32): i32 {
  const columns: i32 = ((keys < KEYS ? keys : KEYS) + 7) & ~7;
  return (columns & 127) === 0 ? columns + 16 : columns;
}

/** Bytes of scratch memory of one thread, for `matrices` of a block's scores. */
export function attentionScratch(queries: i32, keys: i32, width: i32, size: i32, matrices: i32): i32 {
  const rows: i32 = queries < QUERIES ? queries : QUERIES;
  const columns: i32 = columnsOf(keys);
  const wide: i32 = width > size ? width : size;
  const tall: i32 = rows > columns ? rows : columns;
  const most: i32 = tall > wide ? tall : wide;
  const own: i32 = matrices * rows * columns + rows * width + tall * wide + rows;
  return ((4 * own + 63) & ~63) + gemmScratch(tall, most, most);
}

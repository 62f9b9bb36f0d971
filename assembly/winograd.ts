/**
 * Which convolutions are done by Winograd's transforms (kernels/convolution/winograd.ts), and the scratch memory these cost.
 * Compiled twice, as blocks.ts.
 *
 *     scratch:  | structures | a pixel of zeros | where channels are | transformed kernel | of images | of results |
 */

/** Bytes before the pixel of zeros. */
export const HEAD: i32 = 448;

/** Rows behind those of a sum, for the rest of its last tile. */
export const SPARE: i32 = 4;

/** Channels by filters, at most: a transformed kernel is 64 bytes for each, 4 MiB, for each thread. */
const MOST: i32 = 65536;

/**
 * Whether they are: 1 or 0. By the layer alone, so that an image has the same bits alone and among others. Channels and filters
 * fill vectors and panels; images of fewer than four rows or columns would be mostly the rest of squares.
 */
export function isByWinograd(
  kh: i32,
  kw: i32,
  strideH: i32,
  strideW: i32,
  dilationH: i32,
  dilationW: i32,
  groups: i32,
  h: i32,
  w: i32,
  oh: i32,
  ow: i32,
  c: i32,
  o: i32,
): i32 {
  if (kh !== 3 || kw !== 3 || groups !== 1) return 0;
  if (strideH !== 1 || strideW !== 1 || dilationH !== 1 || dilationW !== 1) return 0;
  if (h < 4 || w < 4 || oh < 4 || ow < 4 || c < 8 || o < 8) return 0;
  if ((c & 7) !== 0 || (o & 7) !== 0 || c > MOST >> 3 || o > MOST >> 3) return 0;
  return c * o <= MOST ? 1 : 0;
}

/** Bytes of scratch memory of one thread, for `squares` of 2x2 results at a time. */
export function winogradBytes(c: i32, o: i32, squares: i32): i32 {
  const wide: i32 = c > o ? c : o;
  return HEAD + 20 * wide + 64 * ((c + SPARE) * o + squares * (c + o));
}

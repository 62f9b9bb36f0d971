/**
 * Which convolutions are done by Winograd's transforms (kernels/convolution/winograd.ts), and the scratch memory these
 * cost. Compiled twice, as blocks.ts: by AssemblyScript for the structure of operands, by TypeScript for its names.
 *
 *     scratch:  | structures | a pixel of zeros | where channels are | transformed kernel | of images | of results |
 */

/** Bytes before the pixel of zeros. */
export const HEAD: i32 = 448;

/** Rows behind those of a sum, for the rest of its last tile. */
export const SPARE: i32 = 4;

/**
 * Channels by filters for each square of an image, of at most 64: a transformed kernel is 64 bytes for each, 4 MiB, for
 * each thread.
 */
const EACH: i32 = 1024;

/** Channels, or filters: with more the product of both, which could overflow, is beyond EACH anyway. */
const MOST: i32 = 8192;

/** What it depends on, by the names of the instruction's operands. */
interface Layer {
  readonly h: i32;
  readonly w: i32;
  readonly c: i32;
  readonly oh: i32;
  readonly ow: i32;
  readonly o: i32;
  readonly kh: i32;
  readonly kw: i32;
  readonly strideH: i32;
  readonly strideW: i32;
  readonly dilationH: i32;
  readonly dilationW: i32;
  readonly groups: i32;
}

/**
 * Whether they are. By the layer alone, so that an image has the same bits alone and among others. Channels and filters
 * fill vectors and panels; images of fewer than four rows or columns would be mostly the rest of squares. Of eight
 * channels and eight filters the transforms take longer than what they save (0.8 of the speed; 8 and 16: 1.3 times),
 * and so does that of a kernel for few squares of an image (4x4 pixels alone, 256 channels and filters: 0.4).
 */
export function isByWinograd<T extends Layer>(it: T): bool {
  if (!hasSquares(it) || it.c < 8 || it.c + it.o < 24 || ((it.c | it.o) & 7) !== 0 || it.c > MOST) return false;
  const down: i32 = it.oh > 16 ? 8 : (it.oh + 1) >> 1;
  const across: i32 = it.ow > 16 ? 8 : (it.ow + 1) >> 1;
  return it.c * it.o <= EACH * down * across;
}

/**
 * Whether a convolution of one channel is (kernels/convolution/onechannel.ts). Its gradients are not, and eight filters
 * do not repay the transforms (0.95 of the speed).
 */
export function isOneChannel<T extends Layer>(it: T): bool {
  return hasSquares(it) && it.c === 1 && it.o > 8 && (it.o & 3) === 0;
}

/** Whether squares of 2x2 results of eight filters or more read 4x4 pixels. */
function hasSquares<T extends Layer>(it: T): bool {
  if (it.kh !== 3 || it.kw !== 3 || it.groups !== 1) return false;
  if (it.strideH !== 1 || it.strideW !== 1 || it.dilationH !== 1 || it.dilationW !== 1) return false;
  return it.h >= 4 && it.w >= 4 && it.oh >= 4 && it.ow >= 4 && it.o >= 8 && it.o <= MOST;
}

/** Bytes of scratch memory of one thread for a convolution of one channel. */
export function oneChannelBytes<T extends Layer>(it: T): i32 {
  return HEAD + 4 * (it.w + 4 * ((it.ow + 3) & ~1)) + 64 * (1 + it.o);
}

/** Bytes of scratch memory of one thread, for `squares` of 2x2 results at a time. */
export function winogradBytes(c: i32, o: i32, squares: i32): i32 {
  const wide: i32 = c > o ? c : o;
  return HEAD + 20 * wide + 64 * ((c + SPARE) * o + squares * (c + o));
}

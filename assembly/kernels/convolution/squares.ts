// Squares of images, as winograd.ts and depthsquares.ts read them.

import { HEAD } from '../../winograd';
import { transformImages, transformSlopes } from './transforms';

/** Where the addresses of pixels are in scratch memory, behind a square of 4x4 vectors for the transforms. */
const PIXELS: usize = 256;

/** Where the structures are: of the images, and of the results whose squares are taps. */
export const IMAGES: usize = 320;
export const SLOPES: usize = 384;

/**
 * The line of results, over all images, that a row of squares begins at: each image has `down` of these, for its
 * `rows`.
 */
export function lineOf(row: i32, down: i32, rows: i32): i32 {
  const image = row / down;
  return image * rows + 2 * (row - image * down);
}

/**
 * Pixels of an image in squares that are two apart, in rows of squares over all images. In a structure over scratch
 * memory.
 */
@unmanaged
export class Squares {
  /** Rows and columns of a square: 4 of what is convolved, 2 of results. */
  size: i32;
  /** Where the first channel is that is read, and how many are. */
  a: usize;
  channels: i32;
  /** Of an image. */
  height: i32;
  width: i32;
  /** Bytes of a pixel. */
  pixel: usize;
  /** Of the first square, outside of the image. */
  top: i32;
  left: i32;
  /** Squares of an image. */
  down: i32;
  across: i32;
  /** Scratch memory: of the transforms, for the addresses of 4x4 pixels, and a pixel of zeros. */
  square: usize;
  pixels: usize;
  zeros: usize;

  /** Squares of that size, for 2x2 of `rows` by `columns` results each. */
  begin(scratch: usize, size: i32, rows: i32, columns: i32): void {
    this.size = size;
    this.down = (rows + 1) >> 1;
    this.across = (columns + 1) >> 1;
    this.square = scratch;
    this.pixels = scratch + PIXELS;
    this.zeros = scratch + HEAD;
  }

  /** What they are of: `channels` of images, from `a` on. */
  read(a: usize, channels: i32, height: i32, width: i32, pixel: usize, top: i32, left: i32): void {
    this.a = a;
    this.channels = channels;
    this.height = height;
    this.width = width;
    this.pixel = pixel;
    this.top = top;
    this.left = left;
  }

  /**
   * Transforms `some` rows of squares from `row` on, to planes from `to` on: squares are `next` bytes apart in them,
   * channels (vectors of four, panels of eight for results) `step` bytes.
   */
  transform(row: i32, some: i32, to: usize, next: usize, plane: usize, step: usize): void {
    for (let r = row; r < row + some; r++) {
      const image = r / this.down;
      for (let j = 0; j < this.across; j++) {
        this.list(image, 2 * (r - image * this.down) - this.top, 2 * j - this.left);
        if (this.size === 4) transformImages(this.pixels, this.channels, to, plane, step, this.square);
        else transformSlopes(this.pixels, this.channels, to, plane, step);
        to += next;
      }
    }
  }

  /** Lists the addresses of the pixels of the square at (i, j); outside of the image they are those of zeros. */
  list(image: i32, i: i32, j: i32): void {
    let at = this.pixels;
    const first = this.a + <usize>(image * this.height * this.width) * this.pixel;
    for (let p = i; p < i + this.size; p++) {
      const width = <u32>p < <u32>this.height ? this.width : 0;
      const line = first + <usize>(p * this.width) * this.pixel;
      for (let q = j; q < j + this.size; q++) {
        store<usize>(at, <u32>q < <u32>width ? line + <usize>q * this.pixel : this.zeros);
        at += 4;
      }
    }
  }
}

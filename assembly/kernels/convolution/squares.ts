// Squares of images, as winograd.ts reads them.

import { transformImages, transformSlopes } from './transforms';

/** Pixels of an image in squares that are two apart, in rows of squares over all images. In a structure over scratch memory. */
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

  /**
   * Transforms `some` rows of squares from `row` on, to planes from `to` on: squares are `next` bytes apart in them, channels
   * (vectors of four, panels of eight for results) `step` bytes.
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
      for (let q = j; q < j + this.size; q++) {
        const isInside = <u32>p < <u32>this.height && <u32>q < <u32>this.width;
        store<usize>(at, isInside ? first + <usize>(p * this.width + q) * this.pixel : this.zeros);
        at += 4;
      }
    }
  }
}

// The rows of an image that a row of results reads, if its kernel has three.

import { Axis } from './axis';

/**
 * Bytes of a row of pixels that are done at a time, all channels of them: three such rows, and one of results, stay in
 * the first cache.
 */
const BLOCK: usize = 4096;

/** Pixels that are done at a time. */
export function blockOf(pixel: usize): i32 {
  return max(<i32>(BLOCK / pixel), 1);
}

/** Three rows, one below the other; outside of the image they are zeros. In a structure over scratch memory. */
@unmanaged
export class Window {
  /** Where the first pixel of each is. */
  top: usize;
  middle: usize;
  bottom: usize;
  rows: Axis;
  columns: Axis;
  /** Bytes of a pixel. */
  pixel: usize;
  /** A row of zeros. */
  zeros: usize;

  begin(rows: Axis, columns: Axis, pixel: usize, zeros: usize): void {
    this.rows = rows;
    this.columns = columns;
    this.pixel = pixel;
    this.zeros = zeros;
    memory.fill(zeros, 0, <usize>columns.size * pixel);
  }

  /** Moves to what the results of row `i` of an image read. */
  move(image: usize, i: i32): void {
    const y = i + this.rows.low;
    this.top = this.row(image, y);
    this.middle = this.row(image, y + 1);
    this.bottom = this.row(image, y + 2);
  }

  row(image: usize, y: i32): usize {
    return <u32>y < <u32>this.rows.size ? image + <usize>(y * this.columns.size) * this.pixel : this.zeros;
  }
}

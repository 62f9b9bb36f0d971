// A strip: as much of an image as some rows of results read, with the zeros around it. And the tables of its places.

import { row } from '../movement';
import { Axis } from './axis';
import { ENTRY } from './tile';

/** A structure over scratch memory, behind which lies the rest of it: tables, and whatever else a kernel needs. */
@unmanaged
export class Strip {
  rows: Axis;
  columns: Axis;
  /** Bytes of a pixel of the image. */
  pixel: usize;
  /** Bytes between the rows of what is read. */
  pitch: usize;
  /** Where the strip is, or 0: nothing outside of the image is read, and so the image itself. */
  place: usize;

  /** Prepares strips of at most `count` rows of results. `place` has the bytes that these need. */
  begin(count: i32, pixel: usize, place: usize): void {
    const columns = this.columns;
    const copies = !(this.rows.isInside() && columns.isInside());
    const width = copies ? columns.extent(columns.count) : columns.size;
    this.pixel = pixel;
    this.pitch = <usize>width * pixel;
    this.place = copies ? place : 0;
    // What is left and right of the image remains 0.
    if (copies) memory.fill(place, 0, <usize>this.rows.extent(count) * this.pitch);
  }

  /** What `count` rows of results from `first` on read of the image: the address of the first pixel. */
  read(image: usize, first: i32, count: i32): usize {
    const rows = this.rows;
    const columns = this.columns;
    const size = <usize>columns.size * this.pixel;
    const top = first * rows.step + rows.low;
    if (!this.place) return image + <usize>top * size + <usize>columns.low * this.pixel;
    const from = max(columns.low, 0);
    const bytes = <usize>max(0, min(columns.low + columns.extent(columns.count), columns.size) - from) * this.pixel;
    let to = this.place;
    const end = to + <usize>rows.extent(count) * this.pitch;
    for (let y = top; to < end; y++, to += this.pitch) {
      if (y < 0 || y >= rows.size) memory.fill(to, 0, this.pitch);
      else
        row(to + <usize>(from - columns.low) * this.pixel, image + <usize>y * size + <usize>from * this.pixel, bytes);
    }
    return this.place;
  }

  /**
   * A table of the pixels that `count` rows of results begin to read at; results lie `right` bytes beside each other,
   * and `down` below each other. Returns the number of entries.
   */
  listPixels(table: usize, count: i32, down: usize, right: usize): i32 {
    const width = this.columns.count;
    for (let t = 0; t < count; t++) {
      let from = <usize>(t * this.rows.step) * this.pitch;
      let to = <usize>t * down;
      for (let u = 0; u < width; u++) {
        store<usize>(table, from);
        store<usize>(table, to, 4);
        table += ENTRY;
        from += <usize>this.columns.step * this.pixel;
        to += right;
      }
    }
    return count * width;
  }

  /**
   * A table of what is read for one result: all taps, and `each` channels of each; kernels of these are `down` bytes
   * apart. Returns the number of entries.
   */
  listTaps(table: usize, each: i32, down: usize): i32 {
    const rows = this.rows;
    const columns = this.columns;
    const start = table;
    for (let p = 0; p < rows.taps; p++) {
      if (!rows.has(p)) continue;
      const line = <usize>(rows.at(p) - rows.low) * this.pitch;
      for (let q = 0; q < columns.taps; q++) {
        if (!columns.has(q)) continue;
        const from = line + <usize>(columns.at(q) - columns.low) * this.pixel;
        const to = <usize>((p * columns.taps + q) * each) * down;
        for (let k = 0; k < each; k++) {
          store<usize>(table, from + ((<usize>k) << 2));
          store<usize>(table, to + <usize>k * down, 4);
          table += ENTRY;
        }
      }
    }
    return <i32>((table - start) / ENTRY);
  }
}

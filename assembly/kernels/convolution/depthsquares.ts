// Many channels that are convolved each by itself, with kernels of 3x3 in steps of one pixel: in squares of 2x2
// results, all channels of one before the next, so that memory is read from front to back. Scratch memory is that for
// strips, which is more.

import { ConvolutionOperands } from '../../operands';
import { endOf, rangeOf, startOf } from '../../share';
import { floats, Lanes } from '../gemm/lanes';
import { finish } from './finish';
import { IMAGES, lineOf, Squares } from './squares';

/** The part's share of a convolution or, if `turned`, of the gradient by the images: of rows of squares. */
export function correlateDepthSquares(it: ConvolutionOperands, part: i32, parts: i32, turned: bool): void {
  const rows = turned ? it.h : it.oh;
  const columns = turned ? it.w : it.ow;
  const pixel = floats(it.c);
  const scratch = it.scratch + <usize>part * it.bytes;
  const images = changetype<Squares>(scratch + IMAGES);
  images.begin(scratch, 4, rows, columns);
  const down = images.down;
  const range = rangeOf(it.n * down, <i32>min<i64>(<i64>columns * it.c * 5, i32.MAX_VALUE), 1, part, parts);
  if (turned) images.read(it.a, it.c, it.oh, it.ow, pixel, 2 - it.top, 2 - it.left);
  else images.read(it.a, it.c, it.h, it.w, pixel, it.top, it.left);
  if (startOf(range) < endOf(range)) memory.fill(images.zeros, 0, pixel);
  const kernel = turned ? it.b + 8 * pixel : it.b;
  const line = <usize>columns * pixel;
  for (let row = startOf(range); row < endOf(range); row++) {
    const image = row / down;
    const first = lineOf(row, down, rows);
    const live = lineOf(row + 1, down, rows) - first;
    const i = 2 * (row - image * down) - images.top;
    const step = turned ? -pixel : pixel;
    let to = it.out + <usize>first * line;
    let j = 0;
    for (; j + 1 < columns; j += 2) {
      images.list(image, i, j - images.left);
      convolve(images.pixels, kernel, step, to, line, pixel, live, 2);
      to += 2 * pixel;
    }
    if (j < columns) {
      images.list(image, i, j - images.left);
      convolve(images.pixels, kernel, step, to, line, pixel, live, 1);
    }
    finish(it, first, live, 1, line, it.c, turned);
  }
}

/**
 * The 2x2 results of a square, of which `rows` and `columns` are there, from 4x4 listed pixels and 3x3 taps `step`
 * bytes apart.
 */
function convolve(
  pixels: usize,
  kernel: usize,
  step: usize,
  to: usize,
  line: usize,
  pixel: usize,
  rows: i32,
  columns: i32,
): void {
  for (let k: usize = 0; k < pixel; k += 16) {
    let s00 = f32x4.splat(0);
    let s01 = s00;
    let s10 = s00;
    let s11 = s00;
    let taps = kernel + k;
    for (let i: usize = 0; i < 64; i += 16) {
      const at = pixels + i;
      const d0 = v128.load(load<usize>(at) + k);
      const d1 = v128.load(load<usize>(at, 4) + k);
      const d2 = v128.load(load<usize>(at, 8) + k);
      const d3 = v128.load(load<usize>(at, 12) + k);
      if (i < 48) {
        let w = v128.load(taps);
        s00 = Lanes.addProduct(s00, d0, w);
        s01 = Lanes.addProduct(s01, d1, w);
        w = v128.load(taps + step);
        s00 = Lanes.addProduct(s00, d1, w);
        s01 = Lanes.addProduct(s01, d2, w);
        w = v128.load(taps + 2 * step);
        s00 = Lanes.addProduct(s00, d2, w);
        s01 = Lanes.addProduct(s01, d3, w);
      }
      if (i > 0) {
        let w = v128.load(taps - 3 * step);
        s10 = Lanes.addProduct(s10, d0, w);
        s11 = Lanes.addProduct(s11, d1, w);
        w = v128.load(taps - 2 * step);
        s10 = Lanes.addProduct(s10, d1, w);
        s11 = Lanes.addProduct(s11, d2, w);
        w = v128.load(taps - step);
        s10 = Lanes.addProduct(s10, d2, w);
        s11 = Lanes.addProduct(s11, d3, w);
      }
      taps += 3 * step;
    }
    v128.store(to + k, s00);
    if (columns > 1) v128.store(to + pixel + k, s01);
    if (rows < 2) continue;
    v128.store(to + line + k, s10);
    if (columns > 1) v128.store(to + line + pixel + k, s11);
  }
}

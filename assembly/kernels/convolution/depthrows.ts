// Few channels that are convolved each by itself, with kernels of 3x3 in steps of one pixel: row by row, with the taps
// of four channels in registers. Taps are added column by column.

import { ConvolutionOperands } from '../../operands';
import { endOf, rangeOf, startOf } from '../../share';
import { Lanes } from '../gemm/lanes';
import { finish } from './finish';
import { blockOf, Window } from './window';

/** The part's share of a convolution or, if `turned`, of the gradient by the images: of rows. */
export function correlateDepthRows(it: ConvolutionOperands, window: Window, part: i32, parts: i32, turned: bool): void {
  const rows = window.rows.count;
  const columns = window.columns;
  const line = <usize>columns.count * window.pixel;
  const size = <usize>(window.rows.size * columns.size) * window.pixel;
  const work = <i32>min<i64>(<i64>columns.count * it.c * 2, i32.MAX_VALUE);
  const range = rangeOf(it.n * rows, work, 1, part, parts);
  for (let at = startOf(range); at < endOf(range); at++) {
    const image = at / rows;
    const i = at - image * rows;
    window.move(it.a + <usize>image * size, i);
    convolveRow(it, it.out + <usize>at * line, window, turned);
    finish(it, at, 1, 1, line, it.c, turned);
  }
}

/** A row of results: of some pixels all channels, then the next pixels. */
function convolveRow(it: ConvolutionOperands, out: usize, window: Window, turned: bool): void {
  const pixel = window.pixel;
  const columns = window.columns.count;
  const step = turned ? -pixel : pixel;
  const kernel = turned ? it.b + 8 * pixel : it.b;
  const some = blockOf(pixel);
  for (let j = 0; j < columns; j += some) {
    const end = min(j + some, columns);
    let k: usize = 0;
    // Called at two places: at one, the compiler would merge it into this function, and V8 keep its taps in memory.
    for (; k + 16 < pixel; k += 32) {
      convolve(window, j, end, out + k, k, kernel + k, step);
      convolve(window, j, end, out + k + 16, k + 16, kernel + k + 16, step);
    }
    if (k < pixel) convolve(window, j, end, out + k, k, kernel + k, step);
  }
}

/**
 * The results `j` … `end` of a row, of the four channels `k` bytes behind the first one. Each column of three pixels
 * that is read adds to three results beside each other: to the first one as its last.
 */
function convolve(window: Window, j: i32, end: i32, out: usize, k: usize, kernel: usize, step: usize): void {
  const pixel = window.pixel;
  const width = window.columns.size;
  const w00 = v128.load(kernel);
  const w01 = v128.load((kernel += step));
  const w02 = v128.load((kernel += step));
  const w10 = v128.load((kernel += step));
  const w11 = v128.load((kernel += step));
  const w12 = v128.load((kernel += step));
  const w20 = v128.load((kernel += step));
  const w21 = v128.load((kernel += step));
  const w22 = v128.load(kernel + step);
  let q = j + window.columns.low;
  k += <usize>q * pixel;
  let x = window.top + k;
  let y = window.middle + k;
  let z = window.bottom + k;
  const begin = out + <usize>j * pixel;
  const last = out + <usize>(end - 1) * pixel;
  out = begin - 2 * pixel;
  let first = f32x4.splat(0);
  let second = first;
  while (true) {
    let a = f32x4.splat(0);
    let b = a;
    let c = a;
    if (<u32>q < <u32>width) {
      a = v128.load(x);
      b = v128.load(y);
      c = v128.load(z);
    }
    if (out >= begin) v128.store(out, Column.add(first, a, w02, b, w12, c, w22));
    if (out >= last) break;
    first = Column.add(second, a, w01, b, w11, c, w21);
    second = Column.add(f32x4.splat(0), a, w00, b, w10, c, w20);
    x += pixel;
    y += pixel;
    z += pixel;
    out += pixel;
    q++;
  }
}

class Column {
  /** sum + a·u + b·v + c·w */
  @inline
  static add(sum: v128, a: v128, u: v128, b: v128, v: v128, c: v128, w: v128): v128 {
    return Lanes.addProduct(Lanes.addProduct(Lanes.addProduct(sum, a, u), b, v), c, w);
  }
}

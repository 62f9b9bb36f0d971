/**
 * Convolution of images of one channel by kernels of 3x3 in steps of one pixel, by the squares of winograd.ts. As no
 * sum goes over channels there is no product of matrices: a square is multiplied by the kernels of four filters at a
 * time, and its products become results in registers.
 *
 * Of the four rows of pixels that a row of squares reads, the transforms by columns are written to four lines, with
 * zeros where the image has no pixels; from these, one square after the other is transformed by rows. Kernels lie as
 * [filters / 4, 4, 4, 4].
 */
import { ConvolutionOperands } from '../../operands';
import { endOf, rangeOf, startOf } from '../../share';
import { F4 } from '../../simd';
import { HEAD } from '../../winograd';
import { floats } from '../gemm/lanes';
import { finish } from './finish';
import { lineOf } from './squares';
import { transformKernel } from './transforms';

/** Bytes of a square, and of the kernels of four filters. */
const SQUARE: usize = 64;
const KERNELS: usize = 256;

/** The part's share of a convolution: of rows of squares. */
export function correlateOneChannel(it: ConvolutionOperands, part: i32, parts: i32): void {
  const down = (it.oh + 1) >> 1;
  const work = <i32>min<i64>(<i64>it.ow * it.o, i32.MAX_VALUE);
  const range = rangeOf(it.n * down, work, 1, part, parts);
  if (startOf(range) >= endOf(range)) return;

  const width = (it.ow + 3) & ~1;
  const scratch = it.scratch + <usize>part * it.bytes;
  const zeros = scratch + HEAD;
  const lines = zeros + floats(it.w);
  const line = floats(width);
  const square = lines + 4 * line;
  const kernels = square + SQUARE;
  memory.fill(zeros, 0, floats(it.w) + 4 * line);
  for (let j = 0; j < it.o; j += 4) {
    transformKernel(it.b + floats(j), floats(it.o), 0, kernels + <usize>(j >> 2) * KERNELS, 16, scratch);
  }

  // The columns of an image that are read, and where they begin in a line.
  const begin = max(it.left, 0);
  const skipped = begin - it.left;
  const columns = min(it.w - skipped, width - begin);
  const pixel = floats(it.o);
  const outLine = <usize>it.ow * pixel;
  for (let row = startOf(range); row < endOf(range); row++) {
    const image = row / down;
    const i = 2 * (row - image * down) - it.top;
    if (columns > 0) {
      transformLines(
        rowOf(it, image, i, zeros) + floats(skipped),
        rowOf(it, image, i + 1, zeros) + floats(skipped),
        rowOf(it, image, i + 2, zeros) + floats(skipped),
        rowOf(it, image, i + 3, zeros) + floats(skipped),
        lines + floats(begin),
        line,
        floats(columns),
      );
    }
    const first = lineOf(row, down, it.oh);
    const live = lineOf(row + 1, down, it.oh) - first;
    let to = it.out + <usize>first * outLine;
    let j = 0;
    for (; j + 1 < it.ow; j += 2) {
      transformColumns(lines + floats(j), line, square);
      multiply(square, kernels, to, outLine, pixel, live, 2);
      to += 2 * pixel;
    }
    if (j < it.ow) {
      transformColumns(lines + floats(j), line, square);
      multiply(square, kernels, to, outLine, pixel, live, 1);
    }
    finish(it, first, live, 1, outLine, it.o, false);
  }
}

/** Row `i` of an image; outside of it, zeros. */
function rowOf(it: ConvolutionOperands, image: i32, i: i32, zeros: usize): usize {
  return <u32>i < <u32>it.h ? it.a + floats((image * it.h + i) * it.w) : zeros;
}

/** Bᵀ·d for four rows d of pixels: to lines from `to` on. */
function transformLines(d0: usize, d1: usize, d2: usize, d3: usize, to: usize, line: usize, bytes: usize): void {
  let left = bytes;
  do {
    const x0 = F4.loadUpTo(d0, left);
    const x1 = F4.loadUpTo(d1, left);
    const x2 = F4.loadUpTo(d2, left);
    const x3 = F4.loadUpTo(d3, left);
    F4.storeUpTo(to, f32x4.sub(x0, x2), left);
    F4.storeUpTo(to + line, f32x4.add(x1, x2), left);
    F4.storeUpTo(to + 2 * line, f32x4.sub(x2, x1), left);
    F4.storeUpTo(to + 3 * line, f32x4.sub(x1, x3), left);
    d0 += 16;
    d1 += 16;
    d2 += 16;
    d3 += 16;
    to += 16;
    left -= 16;
  } while (<isize>left > 0);
}

/** x·B for the four columns x of each line from `from` on: to a square. */
function transformColumns(from: usize, line: usize, to: usize): void {
  const end = to + SQUARE;
  do {
    const x = v128.load(from);
    const taken = v128.xor(v128.shuffle<f32>(x, x, 2, 2, 1, 3), i32x4(0, i32.MIN_VALUE, 0, 0));
    v128.store(to, f32x4.sub(v128.shuffle<f32>(x, x, 0, 1, 2, 1), taken));
    to += 16;
    from += line;
  } while (to < end);
}

/** m·A for a row m of products. */
class Row {
  @inline
  static sum(m0: v128, m1: v128, m2: v128): v128 {
    return f32x4.add(f32x4.add(m0, m1), m2);
  }

  @inline
  static difference(m1: v128, m2: v128, m3: v128): v128 {
    return f32x4.sub(f32x4.sub(m1, m2), m3);
  }
}

/** The 2x2 results of a square, of which `rows` and `columns` are there, for all filters. */
function multiply(square: usize, kernels: usize, to: usize, line: usize, pixel: usize, rows: i32, columns: i32): void {
  const end = to + pixel;
  do {
    let m0 = f32x4.mul(v128.load32_splat(square), v128.load(kernels));
    let m1 = f32x4.mul(v128.load32_splat(square, 4), v128.load(kernels, 16));
    let m2 = f32x4.mul(v128.load32_splat(square, 8), v128.load(kernels, 32));
    let m3 = f32x4.mul(v128.load32_splat(square, 12), v128.load(kernels, 48));
    let s00 = Row.sum(m0, m1, m2);
    let s01 = Row.difference(m1, m2, m3);
    let s10 = s00;
    let s11 = s01;
    // This test and the next one are always true: without them V8 loads for all rows at once, and spills (1.4 times as
    // long).
    if (rows > 0) {
      m0 = f32x4.mul(v128.load32_splat(square, 16), v128.load(kernels, 64));
      m1 = f32x4.mul(v128.load32_splat(square, 20), v128.load(kernels, 80));
      m2 = f32x4.mul(v128.load32_splat(square, 24), v128.load(kernels, 96));
      m3 = f32x4.mul(v128.load32_splat(square, 28), v128.load(kernels, 112));
      s10 = Row.sum(m0, m1, m2);
      s11 = Row.difference(m1, m2, m3);
      s00 = f32x4.add(s00, s10);
      s01 = f32x4.add(s01, s11);
    }
    if (columns > 0) {
      m0 = f32x4.mul(v128.load32_splat(square, 32), v128.load(kernels, 128));
      m1 = f32x4.mul(v128.load32_splat(square, 36), v128.load(kernels, 144));
      m2 = f32x4.mul(v128.load32_splat(square, 40), v128.load(kernels, 160));
      m3 = f32x4.mul(v128.load32_splat(square, 44), v128.load(kernels, 176));
      const sum = Row.sum(m0, m1, m2);
      const difference = Row.difference(m1, m2, m3);
      v128.store(to, f32x4.add(s00, sum));
      s01 = f32x4.add(s01, difference);
      s10 = f32x4.sub(s10, sum);
      s11 = f32x4.sub(s11, difference);
    }
    if (columns > 1) v128.store(to + pixel, s01);
    if (rows > 1) {
      m0 = f32x4.mul(v128.load32_splat(square, 48), v128.load(kernels, 192));
      m1 = f32x4.mul(v128.load32_splat(square, 52), v128.load(kernels, 208));
      m2 = f32x4.mul(v128.load32_splat(square, 56), v128.load(kernels, 224));
      m3 = f32x4.mul(v128.load32_splat(square, 60), v128.load(kernels, 240));
      v128.store(to + line, f32x4.sub(s10, Row.sum(m0, m1, m2)));
      s11 = f32x4.sub(s11, Row.difference(m1, m2, m3));
      if (columns > 1) v128.store(to + line + pixel, s11);
    }
    kernels += KERNELS;
    to += 16;
  } while (to < end);
}

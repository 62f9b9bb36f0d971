/**
 * Convolution by kernels of 3x3 in steps of one pixel, and its gradients, with 4 multiplications for a result in place
 * of 9: Winograd's minimal filtering (A. Lavin and S. Gray, "Fast Algorithms for Convolutional Neural Networks", 2016).
 *
 * Results are computed in squares of 2x2, which read 4x4 pixels d. With g the 3x3 taps of a channel and a filter, a
 * square is
 *
 *     Aᵀ·[ (G·g·Gᵀ) ⊙ (Bᵀ·d·B) ]·A, summed over channels inside of the brackets,
 *
 *     Bᵀ = 1  0 -1  0    G =  1   0   0    Aᵀ = 1  1  1  0
 *          0  1  1  0         ½   ½   ½         0  1 -1 -1
 *          0 -1  1  0         ½  -½   ½
 *          0  1  0 -1         0   0   1
 *
 * so that for each of the 16 places of a square there is a product of matrices: squares by channels, and channels by
 * filters. The gradient by the kernel is 3x3 results of 2x2 taps, summed over squares: products of channels by squares
 * and squares by filters. All numbers of the transforms are powers of two, so that what is whole and small stays exact;
 * and a result depends on no pixel that its 3x3 taps do not read.
 *
 * What is transformed lies in 16 planes, as tiles read it: of images [channels / 4, squares, 4] (squaretile.ts), or for
 * the gradient by the kernel [squares, channels] (gemm/tile.ts), and of what they are multiplied by [terms, 8] for each
 * eight columns.
 */
import { ConvolutionOperands } from '../../operands';
import { endOf, rangeOf, startOf } from '../../share';
import { SPARE } from '../../winograd';
import { floats } from '../gemm/lanes';
import { Tile } from '../gemm/tile';
import { finish } from './finish';
import { IMAGES, lineOf, SLOPES, Squares } from './squares';
import { HEIGHT, listChannels, multiplySquares } from './squaretile';
import { transformKernel, transformResults, transformTaps } from './transforms';

/** Cheap elements to one multiplication of the transformed (see share.ts). */
const CHEAP = 8;

/**
 * c[m, 8] = (resume ? c : 0) + a[k, m]ᵀ · b[k, 8], of whole tiles of five rows: up to four more rows are written. Each
 * kernel has two callers (gemm/tile.ts says why).
 */
function multiplySlopes(c: usize, row: usize, m: i32, a: usize, step: usize, b: usize, k: i32, resume: bool): void {
  for (; m > HEIGHT; m -= HEIGHT) {
    Tile.multiply(HEIGHT, 8, c, row, a, step, b, 32, k, resume);
    c += <usize>HEIGHT * row;
    a += 20;
  }
  Tile.multiply(HEIGHT, 8, c, row, a, step, b, 32, k, resume);
}

/** The part's share of a convolution or, if `turned`, of the gradient by the images: of rows of squares. */
export function correlateSquares(it: ConvolutionOperands, part: i32, parts: i32, turned: bool): void {
  const channels = turned ? it.o : it.c;
  const filters = turned ? it.c : it.o;
  const rows = turned ? it.h : it.oh;
  const columns = turned ? it.w : it.ow;
  const scratch = it.scratch + <usize>part * it.bytes;
  const images = changetype<Squares>(scratch + IMAGES);
  images.begin(scratch, 4, rows, columns);
  const down = images.down;
  const across = images.across;
  const work = <i32>min<i64>((<i64>across * channels * filters * 16) / CHEAP, i32.MAX_VALUE);
  const range = rangeOf(it.n * down, work, 1, part, parts);
  const end = endOf(range);
  if (startOf(range) >= end) return;

  const wide = floats(max(channels, filters));
  const list = images.zeros + wide;
  const kernels = list + wide;
  const kernel = floats(channels * filters);
  const squares = kernels + 16 * kernel;
  const products = squares + 16 * floats(it.rows * across * channels);
  const pixel = floats(filters);
  const line = <usize>columns * pixel;
  memory.fill(images.zeros, 0, wide);
  transformKernels(it, turned, kernels, kernel, scratch);
  if (turned) images.read(it.a, channels, it.oh, it.ow, floats(channels), 2 - it.top, 2 - it.left);
  else images.read(it.a, channels, it.h, it.w, floats(channels), it.top, it.left);

  for (let row = startOf(range), some = 0; row < end; row += some) {
    some = min(it.rows, end - row);
    const count = some * across;
    const squarePlane = floats(count * channels);
    images.transform(row, some, squares, 16, squarePlane, floats(4 * count));
    listChannels(list, channels, count);
    const plane = floats(count * filters);
    for (let p: usize = 0; p < 16; p++) {
      multiplySquares(
        products + p * plane,
        count,
        filters,
        squares + p * squarePlane,
        list,
        kernels + p * kernel,
        channels,
      );
    }
    const first = lineOf(row, down, rows);
    let from = products;
    let at = first;
    for (let r = row + 1; r <= row + some; r++) {
      const next = lineOf(r, down, rows);
      for (let j = 0; j < columns; j += 2) {
        const place = it.out + <usize>at * line + <usize>j * pixel;
        transformResults(from, plane, place, line, pixel, min(2, next - at), min(2, columns - j));
        from += pixel;
      }
      at = next;
    }
    finish(it, first, at - first, 1, line, filters, turned);
  }
}

/** All taps, turned around if `turned`, and channels and filters changed over. */
function transformKernels(it: ConvolutionOperands, turned: bool, to: usize, plane: usize, square: usize): void {
  const tap = floats(it.c * it.o);
  const terms = turned ? it.o : it.c;
  const columns = turned ? it.c : it.o;
  const from = turned ? it.b + 8 * tap : it.b;
  for (let k = 0; k < terms; k++) {
    for (let j = 0; j < columns; j += 4) {
      transformKernel(
        from + floats(turned ? j * it.o + k : k * it.o + j),
        turned ? -tap : tap,
        turned ? floats(it.o) : 0,
        to + floats((j >> 3) * 8 * terms + k * 8 + (j & 7)),
        plane,
        square,
      );
    }
  }
}

/** The part's share of the gradient by the kernel: of eight channels by eight filters each. */
export function correlateSlopes(it: ConvolutionOperands, part: i32, parts: i32): void {
  const scratch = it.scratch + <usize>part * it.bytes;
  const images = changetype<Squares>(scratch + IMAGES);
  const slopes = changetype<Squares>(scratch + SLOPES);
  images.begin(scratch, 4, it.oh, it.ow);
  slopes.begin(scratch, 2, it.oh, it.ow);
  const across = images.across;
  const rows = it.n * images.down;
  const eights = it.c >> 3;
  const work = <i32>min<i64>((<i64>rows * across * 64 * 16) / CHEAP, i32.MAX_VALUE);
  const range = rangeOf(eights * (it.o >> 3), work, 1, part, parts);
  const start = startOf(range);
  const end = endOf(range);
  if (start >= end) return;

  const wide = floats(max(it.c, it.o));
  const sums = images.zeros + wide;
  const sumPlane = floats((it.c + SPARE) * it.o);
  const squares = sums + 16 * sumPlane;
  const taps = squares + 16 * floats(it.rows * across * it.c);
  const pixel = floats(it.c);
  const result = floats(it.o);
  memory.fill(images.zeros, 0, wide);
  // Panels of eight filters. Where the part has but some of one, it needs these channels only.
  const first = start / eights;
  const last = (end - 1) / eights;
  const isOne = first === last;
  const low = isOne ? 8 * (start - first * eights) : 0;
  const high = isOne ? 8 * (end - first * eights) : it.c;
  images.read(it.a + floats(low), high - low, it.h, it.w, pixel, it.top, it.left);
  slopes.read(it.b + floats(8 * first), 8 * (last + 1 - first), it.oh, it.ow, result, 0, 0);

  let row = 0;
  // At least once, so that the sum of nothing is written.
  do {
    const some = min(it.rows, rows - row);
    const count = some * across;
    const plane = floats(count * it.c);
    const tapPlane = floats(count * it.o);
    images.transform(row, some, squares, pixel, plane, 16);
    slopes.transform(row, some, taps, 32, tapPlane, (<usize>count) << 5);
    for (let p: usize = 0; p < 16; p++) {
      for (let panel = first; panel <= last; panel++) {
        const from = max(start - panel * eights, 0) << 3;
        const to = min(end - panel * eights, eights) << 3;
        multiplySlopes(
          sums + p * sumPlane + floats(from * it.o + panel * 8),
          result,
          to - from,
          squares + p * plane + floats(from - low),
          pixel,
          taps + p * tapPlane + floats((panel - first) * count * 8),
          count,
          row > 0,
        );
      }
    }
    row += some;
  } while (row < rows);

  for (let item = start; item < end; item++) {
    const panel = item / eights;
    for (let k = 0; k < 8; k++) {
      const at = floats(((item - panel * eights) * 8 + k) * it.o + panel * 8);
      transformTaps(sums + at, sumPlane, it.out + at, floats(it.c * it.o), scratch);
    }
  }
}

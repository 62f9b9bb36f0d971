// Pooling of images [n, h, w, c] by windows: the largest of each, or the mean. What a window has beyond the image does
// not count. Twin: assembly/kernels/pooling.ts.

import type { Operands } from '../instructions.js';
import type { Views } from '../run/memory.js';

type Geometry = Omit<Operands<'maxPool'>, 'out' | 'x' | 'from'>;

/** The elements of a window in the image along one axis: from … to. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

const stretch = (i: number, stride: number, before: number, size: number, n: number): Stretch => ({
  from: Math.max(0, i * stride - before),
  to: Math.min(n, i * stride - before + size),
});

/**
 * Calls `each` for the windows in order: number of the first of its outputs, first element of its image, rows, columns.
 */
function windows(
  { n, h, w, c, sizeH, sizeW, strideH, strideW, top, left, outH, outW }: Geometry,
  each: (out: number, image: number, rows: Stretch, columns: Stretch, i: number, j: number) => void,
): void {
  let out = 0;
  for (let image = 0; image < n; image++) {
    for (let i = 0; i < outH; i++) {
      for (let j = 0; j < outW; j++) {
        const rows = stretch(i, strideH, top, sizeH, h);
        each(out, image * h * w * c, rows, stretch(j, strideW, left, sizeW, w), i, j);
        out += c;
      }
    }
  }
}

/** The place of the largest x of channel k in a window: the first of equal ones, the first NaN. */
function placeOf(f: Views['f'], x: number, k: number, w: number, c: number, rows: Stretch, columns: Stretch): number {
  let best = (rows.from * w + columns.from) * c + k;
  let most = f[x + best]!;
  for (let r = rows.from; r < rows.to; r++) {
    for (let q = columns.from; q < columns.to; q++) {
      const at = (r * w + q) * c + k;
      const value = f[x + at]!;
      if (value <= most || Number.isNaN(most)) continue;
      best = at;
      most = value;
    }
  }
  return best;
}

/** out = the element of `from` in the place of the largest x of each window, the first of equal ones, the first NaN */
export function maxPool({ f }: Views, it: Operands<'maxPool'>): void {
  const { out, x, from, w, c } = it;
  windows(it, (at, image, rows, columns) => {
    for (let k = 0; k < c; k++) f[out + at + k] = f[from + image + placeOf(f, x + image, k, w, c, rows, columns)]!;
  });
}

/** out = 0, and g of each window is added in the place of its largest x, the first of equal ones, the first NaN */
export function maxPoolGrad({ f }: Views, it: Operands<'maxPoolGrad'>): void {
  const { out, x, g, n, h, w, c } = it;
  f.fill(0, out, out + n * h * w * c);
  windows(it, (at, image, rows, columns) => {
    for (let k = 0; k < c; k++) f[out + image + placeOf(f, x + image, k, w, c, rows, columns)]! += f[g + at + k]!;
  });
}

/**
 * By how much the sum of a window is divided along one axis: its elements in the image, or with `counted` those in the
 * padding, too, but not what lies beyond that because the number of windows was rounded up.
 */
const along = (
  i: number,
  stride: number,
  before: number,
  size: number,
  n: number,
  { from, to }: Stretch,
  counted: number,
) => (counted ? Math.min(size, n + 2 * before - i * stride) : to - from);

/** How many elements the sum of a window is divided by. */
function countOf(it: Operands<'avgPool'>, i: number, j: number, rows: Stretch, columns: Stretch): number {
  const { h, w, sizeH, sizeW, strideH, strideW, top, left, counted } = it;
  return along(i, strideH, top, sizeH, h, rows, counted) * along(j, strideW, left, sizeW, w, columns, counted);
}

/** out = the mean of each window */
export function avgPool({ f }: Views, it: Operands<'avgPool'>): void {
  const { out, x, w, c } = it;
  windows(it, (at, image, rows, columns, i, j) => {
    const count = countOf(it, i, j, rows, columns);
    for (let k = 0; k < c; k++) {
      let sum = 0;
      for (let r = rows.from; r < rows.to; r++)
        for (let q = columns.from; q < columns.to; q++) sum += f[x + image + (r * w + q) * c + k]!;
      f[out + at + k] = sum / count;
    }
  });
}

/** out = 0, and g of each window, divided as its sum was, is added to all of its elements */
export function avgPoolGrad({ f }: Views, given: Operands<'avgPoolGrad'>): void {
  const { out, g, n, h, w, c } = given;
  f.fill(0, out, out + n * h * w * c);
  const it = { ...given, x: given.g };
  windows(it, (at, image, rows, columns, i, j) => {
    const count = countOf(it, i, j, rows, columns);
    for (let r = rows.from; r < rows.to; r++)
      for (let q = columns.from; q < columns.to; q++)
        for (let k = 0; k < c; k++) f[out + image + (r * w + q) * c + k]! += f[g + at + k]! / count;
  });
}

// Normalisation of columns by their mean and variance (batch norm). Sums of up to CHUNK_ROWS rows are kept in float32,
// of differences from a number of their own size, so that a large mean costs nothing; these go on in float64. A part
// takes whole columns, or whole rows where it sums nothing. Twin: bindings/kernels/columns.ts.

import { ColumnDotsOperands, ColumnMomentsOperands, MixColumnsOperands } from '../operands';
import { endOf, rangeOf, startOf } from '../share';
import { F4 } from '../simd';
import { floats } from './gemm/lanes';

/** Rows whose sums are kept in float32. */
const CHUNK_ROWS = 8;

/** Rows whose mean the others are taken from. */
const FIRST_ROWS = 16;

/** What an element costs, next to one that is only moved. */
const WORK = 4;

/** Two factors of each element, whose first is added up, and whose product is. */
abstract class Factors {
  abstract first(g: v128, x: v128, mean: v128): v128;
  abstract second(g: v128, x: v128, mean: v128): v128;
}

/** x - mean twice. */
class Deviations extends Factors {
  @inline
  first(_g: v128, x: v128, mean: v128): v128 {
    return f32x4.sub(x, mean);
  }
  @inline
  second(_g: v128, x: v128, mean: v128): v128 {
    return f32x4.sub(x, mean);
  }
}

/** g and x - mean. */
class GradientAndDeviation extends Factors {
  @inline
  first(g: v128, _x: v128, _mean: v128): v128 {
    return g;
  }
  @inline
  second(_g: v128, x: v128, mean: v128): v128 {
    return f32x4.sub(x, mean);
  }
}

class Columns {
  /** Four columns; of the last ones, up to three, the other lanes are 0. */
  @inline
  static load(at: usize, bytes: usize): v128 {
    return F4.loadUpTo(at, bytes);
  }

  /** at[0 … 3] += v, in float64 */
  @inline
  static addDoubles(at: usize, v: v128): void {
    v128.store(at, f64x2.add(v128.load(at), F4.lowDoubles(v)));
    v128.store(at, f64x2.add(v128.load(at, 16), F4.highDoubles(v)), 16);
  }
}

/** Adds CHUNK_ROWS rows, or fewer, of eight columns. */
function addEight<T extends Factors>(
  sums: usize,
  products: usize,
  g: usize,
  x: usize,
  mean: usize,
  rows: i32,
  stride: usize,
): void {
  const m = v128.load(mean);
  const n = v128.load(mean, 16);
  let s = f32x4.splat(0);
  let t = s;
  let p = s;
  let q = s;
  const end = x + <usize>rows * stride;
  do {
    const v = v128.load(x);
    const w = v128.load(x, 16);
    const a = changetype<T>(0).first(v128.load(g), v, m);
    const b = changetype<T>(0).first(v128.load(g, 16), w, n);
    s = f32x4.add(s, a);
    t = f32x4.add(t, b);
    p = f32x4.add(p, f32x4.mul(a, changetype<T>(0).second(a, v, m)));
    q = f32x4.add(q, f32x4.mul(b, changetype<T>(0).second(b, w, n)));
    g += stride;
    x += stride;
  } while (x < end);
  Columns.addDoubles(sums, s);
  Columns.addDoubles(sums + 32, t);
  Columns.addDoubles(products, p);
  Columns.addDoubles(products + 32, q);
}

/** The same of up to four columns. */
function addFew<T extends Factors>(
  sums: usize,
  products: usize,
  g: usize,
  x: usize,
  mean: usize,
  rows: i32,
  stride: usize,
  bytes: usize,
): void {
  const m = Columns.load(mean, bytes);
  let s = f32x4.splat(0);
  let p = s;
  for (let r = 0; r < rows; r++) {
    const v = Columns.load(x, bytes);
    const a = changetype<T>(0).first(Columns.load(g, bytes), v, m);
    s = f32x4.add(s, a);
    p = f32x4.add(p, f32x4.mul(a, changetype<T>(0).second(a, v, m)));
    g += stride;
    x += stride;
  }
  Columns.addDoubles(sums, s);
  Columns.addDoubles(products, p);
}

/**
 * Adds up the first factors and the products of all rows of the columns [from, to), into doubles, first 0: row by row
 * of chunks, so that memory is read from front to back.
 */
function addUp<T extends Factors>(
  sums: usize,
  products: usize,
  g: usize,
  x: usize,
  mean: usize,
  from: i32,
  to: i32,
  rows: i32,
  cols: i32,
): void {
  const stride = floats(cols);
  memory.fill(sums + doubles(from), 0, doubles(wide(to - from)));
  memory.fill(products + doubles(from), 0, doubles(wide(to - from)));
  for (let r = 0; r < rows; r += CHUNK_ROWS) {
    const count = min(rows - r, CHUNK_ROWS);
    let c = from;
    for (; c + 8 <= to; c += 8) {
      const at = floats(r * cols + c);
      addEight<T>(sums + doubles(c), products + doubles(c), g + at, x + at, mean + floats(c), count, stride);
    }
    for (; c < to; c += 4) {
      const at = floats(r * cols + c);
      const bytes = floats(to - c);
      addFew<T>(sums + doubles(c), products + doubles(c), g + at, x + at, mean + floats(c), count, stride, bytes);
    }
  }
}

/** A multiple of four that has room for n columns. */
function wide(n: i32): i32 {
  return (n + 3) & ~3;
}

function doubles(n: i32): usize {
  return (<usize>n) << 3;
}

/**
 * Means and variances of the columns [from, to) about the numbers in `middle`; returns whether one of these is far from
 * its mean.
 */
function momentsOf(it: ColumnMomentsOperands, sums: usize, squares: usize, middle: usize, from: i32, to: i32): bool {
  const rows = <f64>it.rows;
  let far = false;
  addUp<Deviations>(sums, squares, it.x, it.x, middle, from, to, it.rows, it.cols);
  for (let c = from; c < to; c++) {
    const apart = load<f64>(sums + doubles(c)) / rows;
    const variance = load<f64>(squares + doubles(c)) / rows - apart * apart;
    const mean = <f32>(apart + <f64>load<f32>(middle + floats(c)));
    store<f32>(it.out + floats(c), mean);
    store<f32>(it.out + floats(it.cols + c), <f32>max<f64>(variance, 0));
    if (apart * apart > 4 * variance) {
      far = true;
      store<f32>(middle + floats(c), mean);
    }
  }
  return far;
}

/**
 * out[0] = the means of the columns, out[1] = their variances, divided by the number of rows. Sums are of differences
 * from the mean of the first rows; where that is so far from the mean that their squares lost digits, once more from
 * the mean. `scratch` holds three numbers a column: two sums, and that.
 */
export function columnMoments(it: ColumnMomentsOperands, part: i32, parts: i32): void {
  const cols = it.cols;
  const range = rangeOf(cols, it.rows * WORK, 16, part, parts);
  const from = startOf(range);
  const to = endOf(range);
  const sums = it.scratch + doubles(part * 3 * wide(cols));
  const squares = sums + doubles(wide(cols));
  const middle = squares + doubles(wide(cols));
  const few = min(it.rows, FIRST_ROWS);
  memory.fill(middle, 0, doubles(wide(cols)));
  addUp<Deviations>(sums, squares, it.x, it.x, middle, from, to, few, cols);
  for (let c = from; few && c < to; c++) store<f32>(middle + floats(c), <f32>(load<f64>(sums + doubles(c)) / <f64>few));
  // The others are as they were: their middles are the same.
  if (momentsOf(it, sums, squares, middle, from, to)) momentsOf(it, sums, squares, middle, from, to);
}

/**
 * out[0] = Σ g over the rows, out[1] = Σ g·(x - mean); without mean where it is 0. `scratch` is as in columnMoments.
 */
export function columnDots(it: ColumnDotsOperands, part: i32, parts: i32): void {
  const cols = it.cols;
  const range = rangeOf(cols, it.rows * WORK, 16, part, parts);
  const from = startOf(range);
  const to = endOf(range);
  const sums = it.scratch + doubles(part * 3 * wide(cols));
  const dots = sums + doubles(wide(cols));
  const nothing = dots + doubles(wide(cols));
  if (!it.mean) memory.fill(nothing, 0, doubles(wide(cols)));
  addUp<GradientAndDeviation>(sums, dots, it.g, it.x, it.mean || nothing, from, to, it.rows, cols);
  for (let c = from; c < to; c++) {
    store<f32>(it.out + floats(c), <f32>load<f64>(sums + doubles(c)));
    store<f32>(it.out + floats(cols + c), <f32>load<f64>(dots + doubles(c)));
  }
}

/** (x - mean)·b + c */
function mixRow(out: usize, x: usize, mean: usize, b: usize, c: usize, n: i32): void {
  const end = out + floats(n & ~3);
  if (out < end) {
    do {
      const d = f32x4.sub(v128.load(x), v128.load(mean));
      v128.store(out, f32x4.add(f32x4.mul(d, v128.load(b)), v128.load(c)));
      out += 16;
      x += 16;
      mean += 16;
      b += 16;
      c += 16;
    } while (out < end);
  }
  for (let i = n & 3; i > 0; i--) {
    store<f32>(out, (load<f32>(x) - load<f32>(mean)) * load<f32>(b) + load<f32>(c));
    out += 4;
    x += 4;
    mean += 4;
    b += 4;
    c += 4;
  }
}

/** g·a + (x - mean)·b + c */
function mixRowGrad(out: usize, g: usize, a: usize, x: usize, mean: usize, b: usize, c: usize, n: i32): void {
  const end = out + floats(n & ~3);
  if (out < end) {
    do {
      const d = f32x4.mul(f32x4.sub(v128.load(x), v128.load(mean)), v128.load(b));
      v128.store(out, f32x4.add(f32x4.add(f32x4.mul(v128.load(g), v128.load(a)), d), v128.load(c)));
      out += 16;
      g += 16;
      a += 16;
      x += 16;
      mean += 16;
      b += 16;
      c += 16;
    } while (out < end);
  }
  for (let i = n & 3; i > 0; i--) {
    const d = (load<f32>(x) - load<f32>(mean)) * load<f32>(b);
    store<f32>(out, load<f32>(g) * load<f32>(a) + d + load<f32>(c));
    out += 4;
    g += 4;
    a += 4;
    x += 4;
    mean += 4;
    b += 4;
    c += 4;
  }
}

/** out = (x - mean)·b + c for each row, all of these numbers of a column; and g·a more, unless g is 0 */
export function mixColumns(it: MixColumnsOperands, part: i32, parts: i32): void {
  const cols = it.cols;
  const range = rangeOf(it.rows, cols, 1, part, parts);
  for (let r = startOf(range); r < endOf(range); r++) {
    const at = floats(r * cols);
    if (it.g) mixRowGrad(it.out + at, it.g + at, it.a, it.x + at, it.mean, it.b, it.c, cols);
    else mixRow(it.out + at, it.x + at, it.mean, it.b, it.c, cols);
  }
}

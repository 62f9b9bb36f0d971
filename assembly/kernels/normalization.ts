// Normalisation: of rows by their own mean and variance (layer norm and its kin), of columns by theirs (batch norm). Sums of up
// to CHUNK rows or elements are kept in float32, of differences from a number of their own size, so that a large mean costs
// nothing; these go on in float64. A part takes whole rows, or whole columns. Twin: bindings/kernels/normalization.ts.

import {
  ColumnDotsOperands,
  ColumnMomentsOperands,
  MixColumnsOperands,
  NormRowsGradOperands,
  NormRowsOperands,
} from '../operands';
import { endOf, rangeOf, startOf } from '../share';
import { F4 } from '../simd';

/** Elements of a row whose sum is kept in float32. */
const CHUNK = 512;

/** Rows whose sums are kept in float32. */
const CHUNK_ROWS = 8;

/** Rows whose mean the others are taken from. */
const FIRST_ROWS = 64;

/** What an element costs, next to one that is only moved. */
const WORK = 4;

function floats(n: i32): usize {
  return (<usize>n) << 2;
}

/** What is added up over a row, of four elements: of x, the gradient g, its factor gamma, and m. */
abstract class Term {
  abstract of(x: usize, g: usize, gamma: usize, m: v128): v128;
  abstract one(x: usize, g: usize, gamma: usize, m: f32): f32;
}

/** x - m */
class Deviation extends Term {
  @inline
  of(x: usize, _g: usize, _gamma: usize, m: v128): v128 {
    return f32x4.sub(v128.load(x), m);
  }
  @inline
  one(x: usize, _g: usize, _gamma: usize, m: f32): f32 {
    return load<f32>(x) - m;
  }
}

/** (x - m)² */
class Square extends Term {
  @inline
  of(x: usize, _g: usize, _gamma: usize, m: v128): v128 {
    const d = f32x4.sub(v128.load(x), m);
    return f32x4.mul(d, d);
  }
  @inline
  one(x: usize, _g: usize, _gamma: usize, m: f32): f32 {
    const d = load<f32>(x) - m;
    return d * d;
  }
}

/** g */
class Plain extends Term {
  @inline
  of(_x: usize, g: usize, _gamma: usize, _m: v128): v128 {
    return v128.load(g);
  }
  @inline
  one(_x: usize, g: usize, _gamma: usize, _m: f32): f32 {
    return load<f32>(g);
  }
}

/** g·gamma */
class Scaled extends Term {
  @inline
  of(_x: usize, g: usize, gamma: usize, _m: v128): v128 {
    return f32x4.mul(v128.load(g), v128.load(gamma));
  }
  @inline
  one(_x: usize, g: usize, gamma: usize, _m: f32): f32 {
    return load<f32>(g) * load<f32>(gamma);
  }
}

/** A term of g times (x - m) */
class Projected<T extends Term> extends Term {
  @inline
  of(x: usize, g: usize, gamma: usize, m: v128): v128 {
    return f32x4.mul(changetype<T>(0).of(x, g, gamma, m), f32x4.sub(v128.load(x), m));
  }
  @inline
  one(x: usize, g: usize, gamma: usize, m: f32): f32 {
    return changetype<T>(0).one(x, g, gamma, m) * (load<f32>(x) - m);
  }
}

/** The sum of a term over a row of n elements. */
function sumOf<T extends Term>(x: usize, g: usize, gamma: usize, n: i32, m: f32): f64 {
  let total: f64 = 0;
  while (n >= 16) {
    const count = min(n, CHUNK) & ~15;
    total += <f64>chunkSum<T>(x, g, gamma, count, m);
    x += floats(count);
    g += floats(count);
    gamma += floats(count);
    n -= count;
  }
  for (; n > 0; n--) {
    total += <f64>changetype<T>(0).one(x, g, gamma, m);
    x += 4;
    g += 4;
    gamma += 4;
  }
  return total;
}

/** The same for n elements, 16 or a multiple of it: with fewer than four sums each waits for the one before. */
function chunkSum<T extends Term>(x: usize, g: usize, gamma: usize, n: i32, m: f32): f32 {
  const ms = f32x4.splat(m);
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  const end = x + floats(n);
  do {
    s0 = f32x4.add(s0, changetype<T>(0).of(x, g, gamma, ms));
    s1 = f32x4.add(s1, changetype<T>(0).of(x + 16, g + 16, gamma + 16, ms));
    s2 = f32x4.add(s2, changetype<T>(0).of(x + 32, g + 32, gamma + 32, ms));
    s3 = f32x4.add(s3, changetype<T>(0).of(x + 48, g + 48, gamma + 48, ms));
    x += 64;
    g += 64;
    gamma += 64;
  } while (x < end);
  return F4.hsum(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
}

/** The mean of a row, or 0 if it is not to be centered. */
function meanOf(x: usize, n: i32, centered: i32): f32 {
  if (!centered) return 0;
  const first = load<f32>(x);
  return <f32>(<f64>first + sumOf<Deviation>(x, 0, 0, n, first) / <f64>n);
}

/** 1 / √(variance + epsilon) of a row about m */
function rateOf(x: usize, n: i32, m: f32, epsilon: f64): f64 {
  return 1 / Math.sqrt(sumOf<Square>(x, 0, 0, n, m) / <f64>n + epsilon);
}

/** What is done to a normalised row. */
abstract class Affine {
  abstract of(y: v128, gamma: usize, beta: usize): v128;
  abstract one(y: f32, gamma: usize, beta: usize): f32;
}

/** Nothing. */
class Bare extends Affine {
  @inline
  of(y: v128, _gamma: usize, _beta: usize): v128 {
    return y;
  }
  @inline
  one(y: f32, _gamma: usize, _beta: usize): f32 {
    return y;
  }
}

/** y·gamma */
class Gain extends Affine {
  @inline
  of(y: v128, gamma: usize, _beta: usize): v128 {
    return f32x4.mul(y, v128.load(gamma));
  }
  @inline
  one(y: f32, gamma: usize, _beta: usize): f32 {
    return y * load<f32>(gamma);
  }
}

/** y·gamma + beta */
class GainAndBias extends Affine {
  @inline
  of(y: v128, gamma: usize, beta: usize): v128 {
    return f32x4.add(f32x4.mul(y, v128.load(gamma)), v128.load(beta));
  }
  @inline
  one(y: f32, gamma: usize, beta: usize): f32 {
    return y * load<f32>(gamma) + load<f32>(beta);
  }
}

function writeRow<T extends Affine>(out: usize, x: usize, n: i32, m: f32, rate: f32, gamma: usize, beta: usize): void {
  const ms = f32x4.splat(m);
  const rates = f32x4.splat(rate);
  const end = out + floats(n & ~3);
  if (out < end) {
    do {
      const y = f32x4.mul(f32x4.sub(v128.load(x), ms), rates);
      v128.store(out, changetype<T>(0).of(y, gamma, beta));
      out += 16;
      x += 16;
      gamma += 16;
      beta += 16;
    } while (out < end);
  }
  for (let i = n & 3; i > 0; i--) {
    store<f32>(out, changetype<T>(0).one((load<f32>(x) - m) * rate, gamma, beta));
    out += 4;
    x += 4;
    gamma += 4;
    beta += 4;
  }
}

/** out = (x - mean) / √(variance + epsilon) · gamma + beta for each row; without gamma or beta where these are 0. */
export function normRows(it: NormRowsOperands, part: i32, parts: i32): void {
  const cols = it.cols;
  const range = rangeOf(it.rows, cols * WORK, 1, part, parts);
  for (let r = startOf(range); cols > 0 && r < endOf(range); r++) {
    const x = it.x + floats(r * cols);
    const out = it.out + floats(r * cols);
    const m = meanOf(x, cols, it.centered);
    const rate = <f32>rateOf(x, cols, m, it.epsilon);
    if (it.beta) writeRow<GainAndBias>(out, x, cols, m, rate, it.gamma, it.beta);
    else if (it.gamma) writeRow<Gain>(out, x, cols, m, rate, it.gamma, 0);
    else writeRow<Bare>(out, x, cols, m, rate, 0, 0);
  }
}

/** out = (h - level)·a + (x - m)·b, for h of the term `T` */
function writeRowGrad<T extends Term>(
  out: usize,
  g: usize,
  x: usize,
  gamma: usize,
  n: i32,
  m: f32,
  level: f32,
  a: f32,
  b: f32,
): void {
  const ms = f32x4.splat(m);
  const as = f32x4.splat(a);
  const bs = f32x4.splat(b);
  const levels = f32x4.splat(level);
  const end = out + floats(n & ~3);
  if (out < end) {
    do {
      const h = f32x4.mul(f32x4.sub(changetype<T>(0).of(x, g, gamma, ms), levels), as);
      v128.store(out, f32x4.add(h, f32x4.mul(f32x4.sub(v128.load(x), ms), bs)));
      out += 16;
      g += 16;
      x += 16;
      gamma += 16;
    } while (out < end);
  }
  for (let i = n & 3; i > 0; i--) {
    store<f32>(out, (changetype<T>(0).one(x, g, gamma, m) - level) * a + (load<f32>(x) - m) * b);
    out += 4;
    g += 4;
    x += 4;
    gamma += 4;
  }
}

function rowGrad<T extends Term>(it: NormRowsGradOperands, at: usize): void {
  const n = it.cols;
  const x = it.x + at;
  const g = it.g + at;
  const m = meanOf(x, n, it.centered);
  const rate = rateOf(x, n, m, it.epsilon);
  const along = sumOf<Projected<T>>(x, g, it.gamma, n, m) / <f64>n;
  const level = it.centered ? sumOf<T>(x, g, it.gamma, n, m) / <f64>n : 0;
  const b = <f32>(-rate * rate * rate * along);
  writeRowGrad<T>(it.out + at, g, x, it.gamma, n, m, <f32>level, <f32>rate, b);
}

/**
 * The gradient by x for that by the result, g: with h = g·gamma and the normalised row y,
 * out = (h - mean(h) - y·mean(h·y)) / √(variance + epsilon)
 */
export function normRowsGrad(it: NormRowsGradOperands, part: i32, parts: i32): void {
  const cols = it.cols;
  const range = rangeOf(it.rows, 2 * cols * WORK, 1, part, parts);
  for (let r = startOf(range); cols > 0 && r < endOf(range); r++) {
    if (it.gamma) rowGrad<Scaled>(it, floats(r * cols));
    else rowGrad<Plain>(it, floats(r * cols));
  }
}

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
    const high = v128.shuffle<f32>(v, v, 2, 3, 2, 3);
    v128.store(at, f64x2.add(v128.load(at), f64x2.promote_low_f32x4(v)));
    v128.store(at, f64x2.add(v128.load(at, 16), f64x2.promote_low_f32x4(high)), 16);
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
 * Adds up the first factors and the products of all rows of the columns [from, to), into doubles, first 0: row by row of
 * chunks, so that memory is read from front to back.
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
 * out[0] = the means of the columns, out[1] = their variances, divided by the number of rows. Sums are of differences from the
 * mean of the first rows, which all others are expected to be near. `scratch` holds three numbers a column: two sums, and that.
 */
export function columnMoments(it: ColumnMomentsOperands, part: i32, parts: i32): void {
  const cols = it.cols;
  const rows = it.rows;
  const range = rangeOf(cols, rows * WORK, 16, part, parts);
  const from = startOf(range);
  const to = endOf(range);
  const sums = it.scratch + doubles(part * 3 * wide(cols));
  const squares = sums + doubles(wide(cols));
  const middle = squares + doubles(wide(cols));
  const few = min(rows, FIRST_ROWS);
  memory.fill(middle, 0, doubles(wide(cols)));
  addUp<Deviations>(sums, squares, it.x, it.x, middle, from, to, few, cols);
  for (let c = from; few && c < to; c++) store<f32>(middle + floats(c), <f32>(load<f64>(sums + doubles(c)) / <f64>few));
  addUp<Deviations>(sums, squares, it.x, it.x, middle, from, to, rows, cols);
  for (let c = from; c < to; c++) {
    const apart = load<f64>(sums + doubles(c)) / <f64>rows;
    const square = load<f64>(squares + doubles(c)) / <f64>rows;
    store<f32>(it.out + floats(c), <f32>(apart + <f64>load<f32>(middle + floats(c))));
    store<f32>(it.out + floats(cols + c), <f32>max<f64>(square - apart * apart, 0));
  }
}

/** out[0] = Σ g over the rows, out[1] = Σ g·(x - mean); without mean where it is 0. `scratch` is as in columnMoments. */
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

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
const CHUNK_ROWS = 32;

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
  while (n >= 8) {
    const count = min(n, CHUNK) & ~7;
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

/** The same for n elements, 8 or a multiple of it. */
function chunkSum<T extends Term>(x: usize, g: usize, gamma: usize, n: i32, m: f32): f32 {
  const ms = f32x4.splat(m);
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  const end = x + floats(n);
  do {
    s0 = f32x4.add(s0, changetype<T>(0).of(x, g, gamma, ms));
    s1 = f32x4.add(s1, changetype<T>(0).of(x + 16, g + 16, gamma + 16, ms));
    x += 32;
    g += 32;
    gamma += 32;
  } while (x < end);
  return F4.hsum(f32x4.add(s0, s1));
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

class Columns {
  /** Four columns; of the last ones, up to three, the other lanes are 0. */
  @inline
  static load(at: usize, n: i32): v128 {
    return n < 4 ? F4.loadPartial(at, n) : v128.load(at);
  }

  /** at[0 … 3] += v, in float64 */
  @inline
  static addDoubles(at: usize, v: v128): void {
    const high = v128.shuffle<f32>(v, v, 2, 3, 2, 3);
    v128.store(at, f64x2.add(v128.load(at), f64x2.promote_low_f32x4(v)));
    v128.store(at, f64x2.add(v128.load(at, 16), f64x2.promote_low_f32x4(high)), 16);
  }
}

/**
 * Adds a chunk of rows of up to four columns to `sums` and to `squares`, sums of squares about the mean; `before` rows are in
 * them already. (T. Chan, G. Golub and R. LeVeque, "Algorithms for computing the sample variance", 1983.)
 */
function addMoments(sums: usize, squares: usize, x: usize, n: i32, rows: i32, stride: usize, before: i32): void {
  const first = Columns.load(x, n);
  let total = f32x4.splat(0);
  const end = x + <usize>rows * stride;
  for (let at = x; at < end; at += stride) total = f32x4.add(total, f32x4.sub(Columns.load(at, n), first));
  const mean = f32x4.add(first, f32x4.mul(total, f32x4.splat(1 / <f32>rows)));
  let square = f32x4.splat(0);
  for (let at = x; at < end; at += stride) {
    const d = f32x4.sub(Columns.load(at, n), mean);
    square = f32x4.add(square, f32x4.mul(d, d));
  }
  Columns.addDoubles(squares, square);
  for (let c = 0; c < n; c++) {
    const at = (<usize>c) << 3;
    const sum = <f64>rows * <f64>load<f32>(x + floats(c)) + <f64>f32x4.extract_lane(total, 0);
    total = v128.shuffle<f32>(total, total, 1, 2, 3, 0);
    const old = load<f64>(sums + at);
    if (before) {
      const apart = sum / <f64>rows - old / <f64>before;
      const share = (<f64>before * <f64>rows) / <f64>(before + rows);
      store<f64>(squares + at, load<f64>(squares + at) + apart * apart * share);
    }
    store<f64>(sums + at, old + sum);
  }
}

/** out[0] = the means of the columns, out[1] = their variances, divided by the number of rows */
export function columnMoments(it: ColumnMomentsOperands, part: i32, parts: i32): void {
  const cols = it.cols;
  const rows = it.rows;
  const range = rangeOf(cols, rows * WORK, 16, part, parts);
  const from = startOf(range);
  const to = endOf(range);
  const sums = it.scratch + ((<usize>(part * 2 * wide(cols))) << 3);
  const squares = sums + ((<usize>wide(cols)) << 3);
  memory.fill(sums, 0, (<usize>(2 * wide(cols))) << 3);
  for (let r = 0; r < rows; r += CHUNK_ROWS) {
    for (let c = from; c < to; c += 4) {
      const at = (<usize>c) << 3;
      const x = it.x + floats(r * cols + c);
      addMoments(sums + at, squares + at, x, min(to - c, 4), min(rows - r, CHUNK_ROWS), floats(cols), r);
    }
  }
  for (let c = from; c < to; c++) {
    const at = (<usize>c) << 3;
    store<f32>(it.out + floats(c), <f32>(load<f64>(sums + at) / <f64>rows));
    store<f32>(it.out + floats(cols + c), <f32>(load<f64>(squares + at) / <f64>rows));
  }
}

/** A multiple of four that has room for n columns. */
function wide(n: i32): i32 {
  return (n + 3) & ~3;
}

/** Adds a chunk of rows of up to four columns. */
function addDots(sums: usize, dots: usize, g: usize, x: usize, n: i32, rows: i32, stride: usize, mean: v128): void {
  let sum = f32x4.splat(0);
  let dot = f32x4.splat(0);
  for (const end = g + <usize>rows * stride; g < end; g += stride) {
    const v = Columns.load(g, n);
    sum = f32x4.add(sum, v);
    dot = f32x4.add(dot, f32x4.mul(v, f32x4.sub(Columns.load(x, n), mean)));
    x += stride;
  }
  Columns.addDoubles(sums, sum);
  Columns.addDoubles(dots, dot);
}

/** out[0] = Σ g over the rows, out[1] = Σ g·(x - mean); without mean where it is 0 */
export function columnDots(it: ColumnDotsOperands, part: i32, parts: i32): void {
  const cols = it.cols;
  const rows = it.rows;
  const range = rangeOf(cols, rows * WORK, 16, part, parts);
  const from = startOf(range);
  const to = endOf(range);
  const sums = it.scratch + ((<usize>(part * 2 * wide(cols))) << 3);
  const dots = sums + ((<usize>wide(cols)) << 3);
  memory.fill(sums, 0, (<usize>(2 * wide(cols))) << 3);
  for (let r = 0; r < rows; r += CHUNK_ROWS) {
    for (let c = from; c < to; c += 4) {
      const at = (<usize>c) << 3;
      const place = floats(r * cols + c);
      const n = min(to - c, 4);
      const mean = it.mean ? Columns.load(it.mean + floats(c), n) : f32x4.splat(0);
      addDots(sums + at, dots + at, it.g + place, it.x + place, n, min(rows - r, CHUNK_ROWS), floats(cols), mean);
    }
  }
  for (let c = from; c < to; c++) {
    const at = (<usize>c) << 3;
    store<f32>(it.out + floats(c), <f32>load<f64>(sums + at));
    store<f32>(it.out + floats(cols + c), <f32>load<f64>(dots + at));
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

// The paths for a vector, and for few rows, by a matrix: memory is read as it lies.

import { floats, Lanes } from './lanes';
import { small } from './small';

/** From this many columns on, a matrix [k, n] is read row by row, eight rows at a time. */
const STREAMED_COLUMNS = 32;

/** out[j] = sum over p of x[p] * M[p, j]; x[p] is at `x + p * xStep`, M[p, j] at `matrix + p * row + j * col`. */
export function vector(
  out: usize,
  x: usize,
  xStep: usize,
  matrix: usize,
  row: usize,
  col: usize,
  n: i32,
  k: i32,
): void {
  if (n < 8) small(out, 0, x, 0, xStep, matrix, row, col, 1, n, k);
  else if (col !== 4) dotProducts(out, x, xStep, matrix, col, n, k);
  else if (n < STREAMED_COLUMNS) weightedRows(out, x, xStep, matrix, row, n, k);
  else streamed(out, 0, x, 0, xStep, matrix, row, 1, n, k);
}

/**
 * out[j] = sum over p of x[p] * M[p, j], of floats side by side: 4, 2 or 1 columns at a time. For batches of small
 * products.
 */
export function fewColumns(out: usize, x: usize, matrix: usize, n: i32, k: i32): void {
  const row = floats(n);
  for (let rest = n >> 2; rest > 0; --rest) {
    Columns.multiply(4, out, x, matrix, row, k);
    out += 16;
    matrix += 16;
  }
  if (n & 2) {
    Columns.multiply(2, out, x, matrix, row, k);
    out += 8;
    matrix += 8;
  }
  if (n & 1) Columns.multiply(1, out, x, matrix, row, k);
}

class Columns {
  /** `count` columns, 4, 2 or 1. */
  @inline
  static multiply(count: i32, out: usize, x: usize, matrix: usize, row: usize, k: i32): void {
    let sum = f32x4.splat(0);
    for (; k > 0; --k) {
      sum = Lanes.addProduct(sum, v128.load32_splat(x), Columns.load(count, matrix));
      x += 4;
      matrix += row;
    }
    Lanes.store(out, sum, count);
  }

  /** `count` floats, and zeros in the other lanes. */
  @inline
  static load(count: i32, from: usize): v128 {
    if (count === 4) return v128.load(from);
    return count === 2 ? v128.load64_zero(from) : v128.load32_zero(from);
  }
}

/** Over a matrix [k, n]: 16 sums at a time in registers, each vector moved left until it ends at the edge or before. */
function weightedRows(out: usize, x: usize, xStep: usize, matrix: usize, row: usize, n: i32, k: i32): void {
  for (let j = 0; j < n; j += 16) {
    const o0 = floats(min(j, n - 4));
    const o1 = floats(min(j + 4, n - 4));
    const o2 = floats(min(j + 8, n - 4));
    const o3 = floats(min(j + 12, n - 4));
    let q0 = matrix + o0;
    let q1 = matrix + o1;
    let q2 = matrix + o2;
    let q3 = matrix + o3;
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    let p = x;
    for (let rest = k; rest > 0; --rest) {
      const weight = v128.load32_splat(p);
      s0 = Lanes.addProduct(s0, weight, v128.load(q0));
      s1 = Lanes.addProduct(s1, weight, v128.load(q1));
      s2 = Lanes.addProduct(s2, weight, v128.load(q2));
      s3 = Lanes.addProduct(s3, weight, v128.load(q3));
      p += xStep;
      q0 += row;
      q1 += row;
      q2 += row;
      q3 += row;
    }
    v128.store(out + o0, s0);
    v128.store(out + o1, s1);
    v128.store(out + o2, s2);
    v128.store(out + o3, s3);
  }
}

/**
 * The product of few rows and a wide matrix [k, n]: memory is read as it lies, which the processor foresees, for all
 * rows of A at a time (1x1024x1024: 43 GFLOP/s, and 15 with sums in registers, down the columns). The terms that no
 * eight is left for come first.
 */
export function streamed(
  out: usize,
  cRow: usize,
  a: usize,
  aRow: usize,
  aCol: usize,
  matrix: usize,
  row: usize,
  m: i32,
  n: i32,
  k: i32,
): void {
  const head = k & 7;
  for (let i = 0; i < m; i++) weightedRows(out + <usize>i * cRow, a + <usize>i * aRow, aCol, matrix, row, n, head);
  a += <usize>head * aCol;
  matrix += <usize>head * row;
  for (let p = head; p < k; p += 8) {
    for (let i = 0; i < m; i++) EightRows.add(out + <usize>i * cRow, a + <usize>i * aRow, aCol, matrix, row, n);
    a += aCol << 3;
    matrix += row << 3;
  }
}

class EightRows {
  /** out[j] += sum over eight p of x[p] * M[p, j] */
  @inline
  static add(out: usize, x: usize, xStep: usize, m0: usize, row: usize, n: i32): void {
    const x0 = v128.load32_splat(x);
    const x1 = v128.load32_splat(x + xStep);
    const x2 = v128.load32_splat(x + 2 * xStep);
    const x3 = v128.load32_splat(x + 3 * xStep);
    const x4 = v128.load32_splat(x + 4 * xStep);
    const x5 = v128.load32_splat(x + 5 * xStep);
    const x6 = v128.load32_splat(x + 6 * xStep);
    const x7 = v128.load32_splat(x + 7 * xStep);
    let m1 = m0 + row;
    let m2 = m1 + row;
    let m3 = m2 + row;
    let m4 = m3 + row;
    let m5 = m4 + row;
    let m6 = m5 + row;
    let m7 = m6 + row;
    const end = out + floats(n & ~7);
    // The last eight sums, some of which the loop does, too: read now, stored when it is done.
    const edge = out + floats(n - 8);
    let e0 = v128.load(edge);
    let e1 = v128.load(edge, 16);
    do {
      let s = Lanes.addProduct(v128.load(out), x0, v128.load(m0));
      s = Lanes.addProduct(s, x1, v128.load(m1));
      s = Lanes.addProduct(s, x2, v128.load(m2));
      s = Lanes.addProduct(s, x3, v128.load(m3));
      s = Lanes.addProduct(s, x4, v128.load(m4));
      s = Lanes.addProduct(s, x5, v128.load(m5));
      s = Lanes.addProduct(s, x6, v128.load(m6));
      s = Lanes.addProduct(s, x7, v128.load(m7));
      v128.store(out, s);
      let t = Lanes.addProduct(v128.load(out, 16), x0, v128.load(m0, 16));
      t = Lanes.addProduct(t, x1, v128.load(m1, 16));
      t = Lanes.addProduct(t, x2, v128.load(m2, 16));
      t = Lanes.addProduct(t, x3, v128.load(m3, 16));
      t = Lanes.addProduct(t, x4, v128.load(m4, 16));
      t = Lanes.addProduct(t, x5, v128.load(m5, 16));
      t = Lanes.addProduct(t, x6, v128.load(m6, 16));
      t = Lanes.addProduct(t, x7, v128.load(m7, 16));
      v128.store(out, t, 16);
      out += 32;
      m0 += 32;
      m1 += 32;
      m2 += 32;
      m3 += 32;
      m4 += 32;
      m5 += 32;
      m6 += 32;
      m7 += 32;
    } while (out < end);
    if (!(n & 7)) return;
    let q = m0 + (edge - out);
    for (let p = 0; p < 8; p++) {
      const weight = v128.load32_splat(x);
      e0 = Lanes.addProduct(e0, weight, v128.load(q));
      e1 = Lanes.addProduct(e1, weight, v128.load(q, 16));
      x += xStep;
      q += row;
    }
    v128.store(edge, e0);
    v128.store(edge, e1, 16);
  }
}

class Dots {
  /** Adds to four sums the next four products of each: rows of the matrix at r0..r3, weights at `x`. */
  @inline
  static step(sum: v128, x: usize, xStep: usize, r0: usize, r1: usize, r2: usize, r3: usize): v128 {
    const m0 = v128.load(r0);
    const m1 = v128.load(r1);
    const m2 = v128.load(r2);
    const m3 = v128.load(r3);
    const low01 = v128.shuffle<f32>(m0, m1, 0, 4, 1, 5);
    const low23 = v128.shuffle<f32>(m2, m3, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(m0, m1, 2, 6, 3, 7);
    const high23 = v128.shuffle<f32>(m2, m3, 2, 6, 3, 7);
    const x2 = x + 2 * xStep;
    sum = Lanes.addProduct(sum, v128.load32_splat(x), v128.shuffle<f64>(low01, low23, 0, 2));
    sum = Lanes.addProduct(sum, v128.load32_splat(x + xStep), v128.shuffle<f64>(low01, low23, 1, 3));
    sum = Lanes.addProduct(sum, v128.load32_splat(x2), v128.shuffle<f64>(high01, high23, 0, 2));
    return Lanes.addProduct(sum, v128.load32_splat(x2 + xStep), v128.shuffle<f64>(high01, high23, 1, 3));
  }
}

/** Over a matrix [n, k]: eight dot products at a time, transposing 4x4 squares in registers. */
function dotProducts(out: usize, x: usize, xStep: usize, matrix: usize, col: usize, n: i32, k: i32): void {
  const end = matrix + floats(k);
  const far: usize = col << 2;
  for (let j = 0; j < n; j += 8) {
    // The last eight are moved left to end at the edge.
    const left = min(j, n - 8);
    const start = <usize>left * col;
    let r0 = matrix + start;
    let r1 = r0 + col;
    let r2 = r1 + col;
    let r3 = r2 + col;
    const end4 = r0 + floats(k & ~3);
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let p = x;
    while (r0 < end4) {
      s0 = Dots.step(s0, p, xStep, r0, r1, r2, r3);
      s1 = Dots.step(s1, p, xStep, r0 + far, r1 + far, r2 + far, r3 + far);
      p += xStep << 2;
      r0 += 16;
      r1 += 16;
      r2 += 16;
      r3 += 16;
    }
    while (r0 < end + start) {
      const weight = v128.load32_splat(p);
      s0 = Lanes.addProduct(s0, weight, Lanes.gather(r0, r1, r2, r3));
      s1 = Lanes.addProduct(s1, weight, Lanes.gather(r0 + far, r1 + far, r2 + far, r3 + far));
      p += xStep;
      r0 += 4;
      r1 += 4;
      r2 += 4;
      r3 += 4;
    }
    const c = out + floats(left);
    // Stored last to first: the other order makes V8 spill in the loop (14 to 9 GFLOP/s).
    v128.store(c, s1, 16);
    v128.store(c, s0);
  }
}

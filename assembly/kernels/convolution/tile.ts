// The inner kernels: tiles of five rows, whose operand A lies wherever two tables say.

import { Lanes } from '../gemm/lanes';

/** Rows of a tile. */
export const HEIGHT = 5;

/** Bytes of an entry of a table: where a row, or a term of a sum, is read, and where a row is written. */
export const ENTRY: usize = 8;

/**
 * c[row, j] = (resume ? c[row, j] : 0) + Σ A[row, term] · b[term, j] over k terms in their order, for five rows and
 * `width` columns. A[row, term] is at a + rows[row] + terms[term], and row `row` of the result at c + rows[row, 1].
 * With `lanes` the columns are those of A, too: A[row, term, j] · b[term, j].
 */
export class Tile {
  /** Inlined, so that each kernel has two callers: one with a single caller is merged into it, and loses its speed. */
  @inline
  static multiply(
    lanes: bool,
    width: i32,
    c: usize,
    rows: usize,
    a: usize,
    terms: usize,
    b: usize,
    bStep: usize,
    k: i32,
    resume: bool,
  ): void {
    if (lanes) tileOfLanes(c, rows, a, terms, b, bStep, k, resume);
    else if (width === 8) tile5x8(c, rows, a, terms, b, bStep, k, resume);
    else tile5x4(c, rows, a, terms, b, bStep, k, resume);
  }

  /** `lanes` and `width` are constants. */
  @inline
  static run(
    lanes: bool,
    width: i32,
    c: usize,
    rows: usize,
    a: usize,
    terms: usize,
    b: usize,
    bStep: usize,
    k: i32,
    resume: bool,
  ): void {
    const a0 = a + load<usize>(rows);
    const a1 = a + load<usize>(rows, 8);
    const a2 = a + load<usize>(rows, 16);
    const a3 = a + load<usize>(rows, 24);
    const a4 = a + load<usize>(rows, 32);
    let s00 = f32x4.splat(0);
    let s01 = f32x4.splat(0);
    let s10 = f32x4.splat(0);
    let s11 = f32x4.splat(0);
    let s20 = f32x4.splat(0);
    let s21 = f32x4.splat(0);
    let s30 = f32x4.splat(0);
    let s31 = f32x4.splat(0);
    let s40 = f32x4.splat(0);
    let s41 = f32x4.splat(0);
    if (resume) {
      const c0 = c + load<usize>(rows, 4);
      const c1 = c + load<usize>(rows, 12);
      const c2 = c + load<usize>(rows, 20);
      const c3 = c + load<usize>(rows, 28);
      const c4 = c + load<usize>(rows, 36);
      s00 = v128.load(c0);
      s10 = v128.load(c1);
      s20 = v128.load(c2);
      s30 = v128.load(c3);
      s40 = v128.load(c4);
      if (width === 8) {
        s01 = v128.load(c0, 16);
        s11 = v128.load(c1, 16);
        s21 = v128.load(c2, 16);
        s31 = v128.load(c3, 16);
        s41 = v128.load(c4, 16);
      }
    }

    // The form of gemm/tile.ts, where it says why.
    if (k > 0) {
      const end = terms + <usize>(k - 1) * ENTRY;
      terms -= ENTRY;
      b -= bStep;
      while (true) {
        terms += ENTRY;
        b += bStep;
        const at = load<usize>(terms);
        const b0 = v128.load(b);
        const b1 = width === 8 ? v128.load(b, 16) : b0;
        let x = Tile.read(lanes, a0 + at);
        s00 = Lanes.addProduct(s00, x, b0);
        if (width === 8) s01 = Lanes.addProduct(s01, x, b1);
        x = Tile.read(lanes, a1 + at);
        s10 = Lanes.addProduct(s10, x, b0);
        if (width === 8) s11 = Lanes.addProduct(s11, x, b1);
        x = Tile.read(lanes, a2 + at);
        s20 = Lanes.addProduct(s20, x, b0);
        if (width === 8) s21 = Lanes.addProduct(s21, x, b1);
        x = Tile.read(lanes, a3 + at);
        s30 = Lanes.addProduct(s30, x, b0);
        if (width === 8) s31 = Lanes.addProduct(s31, x, b1);
        x = Tile.read(lanes, a4 + at);
        s40 = Lanes.addProduct(s40, x, b0);
        if (width === 8) s41 = Lanes.addProduct(s41, x, b1);
        if (terms >= end) break;
      }
    }

    let to = c + load<usize>(rows, 4);
    v128.store(to, s00);
    if (width === 8) v128.store(to, s01, 16);
    to = c + load<usize>(rows, 12);
    v128.store(to, s10);
    if (width === 8) v128.store(to, s11, 16);
    to = c + load<usize>(rows, 20);
    v128.store(to, s20);
    if (width === 8) v128.store(to, s21, 16);
    to = c + load<usize>(rows, 28);
    v128.store(to, s30);
    if (width === 8) v128.store(to, s31, 16);
    to = c + load<usize>(rows, 36);
    v128.store(to, s40);
    if (width === 8) v128.store(to, s41, 16);
  }

  @inline
  static read(lanes: bool, from: usize): v128 {
    return lanes ? v128.load(from) : v128.load32_splat(from);
  }
}

function tile5x8(c: usize, rows: usize, a: usize, terms: usize, b: usize, bStep: usize, k: i32, resume: bool): void {
  Tile.run(false, 8, c, rows, a, terms, b, bStep, k, resume);
}

function tile5x4(c: usize, rows: usize, a: usize, terms: usize, b: usize, bStep: usize, k: i32, resume: bool): void {
  Tile.run(false, 4, c, rows, a, terms, b, bStep, k, resume);
}

function tileOfLanes(
  c: usize,
  rows: usize,
  a: usize,
  terms: usize,
  b: usize,
  bStep: usize,
  k: i32,
  resume: bool,
): void {
  Tile.run(true, 4, c, rows, a, terms, b, bStep, k, resume);
}

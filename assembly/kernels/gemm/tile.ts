// The inner kernels: tiles of 5x8 and less, which all blocks are made of.

import { Lanes } from './lanes';

/** Rows of the next tile when `left` are left: five, and at the end so that none of the last has fewer than three. */
export function tileHeight(left: i32): i32 {
  if (left > 7) return 5;
  return left > 5 ? (left + 1) >> 1 : left;
}

/**
 * The kernels that all blocks come down to: c[height, width] = (resume ? c : 0) + a[k, height]ᵀ · b[k, width], for
 * k > 0. Rows of `a` and of `b` are `aStep` and `bStep` bytes apart, so each may be packed or be read where it lies.
 */
export class Tile {
  /** Inlined, so that each kernel has two callers: one with a single caller is merged into it, and loses its speed. */
  @inline
  static multiply(
    height: i32,
    width: i32,
    c: usize,
    cRow: usize,
    a: usize,
    aStep: usize,
    b: usize,
    bStep: usize,
    k: i32,
    resume: bool,
  ): void {
    if (width === 8) {
      if (height === 5) tile5x8(c, cRow, a, aStep, b, bStep, k, resume);
      else if (height === 4) tile4x8(c, cRow, a, aStep, b, bStep, k, resume);
      else if (height === 3) tile3x8(c, cRow, a, aStep, b, bStep, k, resume);
      else tile2x8(c, cRow, a, aStep, b, bStep, k, resume);
    } else {
      if (height === 5) tile5x4(c, cRow, a, aStep, b, bStep, k, resume);
      else if (height === 4) tile4x4(c, cRow, a, aStep, b, bStep, k, resume);
      else if (height === 3) tile3x4(c, cRow, a, aStep, b, bStep, k, resume);
      else tile2x4(c, cRow, a, aStep, b, bStep, k, resume);
    }
  }

  /** `height` and `width` are constants. */
  @inline
  static run(
    height: i32,
    width: i32,
    c: usize,
    cRow: usize,
    a: usize,
    aStep: usize,
    b: usize,
    bStep: usize,
    k: i32,
    resume: bool,
  ): void {
    const c1 = c + cRow;
    const c2 = c1 + cRow;
    const c3 = c2 + cRow;
    const c4 = c3 + cRow;
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
      s00 = v128.load(c);
      s10 = v128.load(c1);
      if (height > 2) s20 = v128.load(c2);
      if (height > 3) s30 = v128.load(c3);
      if (height > 4) s40 = v128.load(c4);
      if (width === 8) {
        s01 = v128.load(c, 16);
        s11 = v128.load(c1, 16);
        if (height > 2) s21 = v128.load(c2, 16);
        if (height > 3) s31 = v128.load(c3, 16);
        if (height > 4) s41 = v128.load(c4, 16);
      }
    }

    // Always true, and worth a factor of two. V8 schedules a loop from its uses back: the sums must leave it through a
    // merge, and be stored row by row, or it loads all of a[] first, runs out of registers and spills (41 to 20).
    if (k > 0) {
      const end = b + <usize>(k - 1) * bStep;
      a -= aStep;
      b -= bStep;
      while (true) {
        a += aStep;
        b += bStep;
        let b0 = v128.load(b);
        let b1 = width === 8 ? v128.load(b, 16) : b0;
        let x = v128.load32_splat(a);
        s00 = Lanes.addProduct(s00, x, b0);
        if (width === 8) s01 = Lanes.addProduct(s01, x, b1);
        x = v128.load32_splat(a, 4);
        s10 = Lanes.addProduct(s10, x, b0);
        if (width === 8) s11 = Lanes.addProduct(s11, x, b1);
        if (height > 2) {
          x = v128.load32_splat(a, 8);
          s20 = Lanes.addProduct(s20, x, b0);
          if (width === 8) s21 = Lanes.addProduct(s21, x, b1);
        }
        if (height > 3) {
          x = v128.load32_splat(a, 12);
          s30 = Lanes.addProduct(s30, x, b0);
          if (width === 8) s31 = Lanes.addProduct(s31, x, b1);
        }
        if (height > 4) {
          x = v128.load32_splat(a, 16);
          s40 = Lanes.addProduct(s40, x, b0);
          if (width === 8) s41 = Lanes.addProduct(s41, x, b1);
        }
        if (b >= end) break;
        if (height > 4) continue;

        // A second term before the loop goes round, for short tiles: V8 looks at the stack limit each time (4x8: 53 to
        // 62, 2x8: 33 to 53). A test stands between the two, or V8 would load for both at once; five rows then spill.
        a += aStep;
        b += bStep;
        b0 = v128.load(b);
        if (width === 8) b1 = v128.load(b, 16);
        x = v128.load32_splat(a);
        s00 = Lanes.addProduct(s00, x, b0);
        if (width === 8) s01 = Lanes.addProduct(s01, x, b1);
        x = v128.load32_splat(a, 4);
        s10 = Lanes.addProduct(s10, x, b0);
        if (width === 8) s11 = Lanes.addProduct(s11, x, b1);
        if (height > 2) {
          x = v128.load32_splat(a, 8);
          s20 = Lanes.addProduct(s20, x, b0);
          if (width === 8) s21 = Lanes.addProduct(s21, x, b1);
        }
        if (height > 3) {
          x = v128.load32_splat(a, 12);
          s30 = Lanes.addProduct(s30, x, b0);
          if (width === 8) s31 = Lanes.addProduct(s31, x, b1);
        }
        if (b >= end) break;
      }
    }

    v128.store(c, s00);
    if (width === 8) v128.store(c, s01, 16);
    v128.store(c1, s10);
    if (width === 8) v128.store(c1, s11, 16);
    if (height > 2) v128.store(c2, s20);
    if (height > 2 && width === 8) v128.store(c2, s21, 16);
    if (height > 3) v128.store(c3, s30);
    if (height > 3 && width === 8) v128.store(c3, s31, 16);
    if (height > 4) v128.store(c4, s40);
    if (height > 4 && width === 8) v128.store(c4, s41, 16);
  }
}

function tile5x8(c: usize, cRow: usize, a: usize, aStep: usize, b: usize, bStep: usize, k: i32, resume: bool): void {
  Tile.run(5, 8, c, cRow, a, aStep, b, bStep, k, resume);
}

function tile5x4(c: usize, cRow: usize, a: usize, aStep: usize, b: usize, bStep: usize, k: i32, resume: bool): void {
  Tile.run(5, 4, c, cRow, a, aStep, b, bStep, k, resume);
}

function tile4x8(c: usize, cRow: usize, a: usize, aStep: usize, b: usize, bStep: usize, k: i32, resume: bool): void {
  Tile.run(4, 8, c, cRow, a, aStep, b, bStep, k, resume);
}

function tile4x4(c: usize, cRow: usize, a: usize, aStep: usize, b: usize, bStep: usize, k: i32, resume: bool): void {
  Tile.run(4, 4, c, cRow, a, aStep, b, bStep, k, resume);
}

function tile3x8(c: usize, cRow: usize, a: usize, aStep: usize, b: usize, bStep: usize, k: i32, resume: bool): void {
  Tile.run(3, 8, c, cRow, a, aStep, b, bStep, k, resume);
}

function tile3x4(c: usize, cRow: usize, a: usize, aStep: usize, b: usize, bStep: usize, k: i32, resume: bool): void {
  Tile.run(3, 4, c, cRow, a, aStep, b, bStep, k, resume);
}

function tile2x8(c: usize, cRow: usize, a: usize, aStep: usize, b: usize, bStep: usize, k: i32, resume: bool): void {
  Tile.run(2, 8, c, cRow, a, aStep, b, bStep, k, resume);
}

function tile2x4(c: usize, cRow: usize, a: usize, aStep: usize, b: usize, bStep: usize, k: i32, resume: bool): void {
  Tile.run(2, 4, c, cRow, a, aStep, b, bStep, k, resume);
}

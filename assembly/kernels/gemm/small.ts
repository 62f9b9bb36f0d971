// The path for little work: 4x4 tiles straight from A and B, without packing.

import { floats, Lanes } from './lanes';

class Tile {
  /**
   * A tile of 4 rows and 4 columns. Rows and columns past the edge are given the address of the last one: it is then
   * computed more than once, with the same bits, which costs less than branching around it.
   */
  @inline
  static multiply(
    gather: bool,
    c: usize,
    cRow: usize,
    rows: i32,
    columns: i32,
    a: usize,
    aRow: usize,
    aCol: usize,
    b: usize,
    bRow: usize,
    bCol: usize,
    k: i32,
  ): void {
    const r1: usize = min(1, rows - 1);
    const r2: usize = min(2, rows - 1);
    const r3: usize = min(3, rows - 1);
    let a0 = a;
    let a1 = a + r1 * aRow;
    let a2 = a + r2 * aRow;
    let a3 = a + r3 * aRow;
    let b0 = b;
    let b1 = b + <usize>min(1, columns - 1) * bCol;
    let b2 = b + <usize>min(2, columns - 1) * bCol;
    let b3 = b + <usize>min(3, columns - 1) * bCol;
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);

    for (; k > 0; --k) {
      let y: v128;
      if (gather) {
        y = Lanes.gather(b0, b1, b2, b3);
        b1 += bRow;
        b2 += bRow;
        b3 += bRow;
      } else {
        y = v128.load(b0);
      }
      b0 += bRow;
      s0 = Lanes.addProduct(s0, v128.load32_splat(a0), y);
      s1 = Lanes.addProduct(s1, v128.load32_splat(a1), y);
      s2 = Lanes.addProduct(s2, v128.load32_splat(a2), y);
      s3 = Lanes.addProduct(s3, v128.load32_splat(a3), y);
      a0 += aCol;
      a1 += aCol;
      a2 += aCol;
      a3 += aCol;
    }

    Lanes.store(c, s0, columns);
    Lanes.store(c + r1 * cRow, s1, columns);
    Lanes.store(c + r2 * cRow, s2, columns);
    Lanes.store(c + r3 * cRow, s3, columns);
  }
}

/** 4x4 tiles straight from A and B, gathering four columns of B one by one unless they lie side by side. */
export function small(
  out: usize,
  cRow: usize,
  a: usize,
  aRow: usize,
  aCol: usize,
  b: usize,
  bRow: usize,
  bCol: usize,
  m: i32,
  n: i32,
  k: i32,
): void {
  const gather = bCol !== 4 || n < 4;
  for (let i = 0; i < m; i += 4) {
    const c = out + <usize>i * cRow;
    const ai = a + <usize>i * aRow;
    const rows = m - i;
    if (gather) {
      for (let j = 0; j < n; j += 4) {
        const cj = c + floats(j);
        Tile.multiply(true, cj, cRow, rows, n - j, ai, aRow, aCol, b + <usize>j * bCol, bRow, bCol, k);
      }
    } else {
      // The last tile is moved left to end at the edge, over columns already done.
      for (let j = 0; j < n; j += 4) {
        const left = floats(min(j, n - 4));
        Tile.multiply(false, c + left, cRow, rows, 4, ai, aRow, aCol, b + left, bRow, 4, k);
      }
    }
  }
}

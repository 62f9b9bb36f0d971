/**
 * The matrix product, float32, one thread's share of the rows: out[m,n] = op(A) · op(B).
 *
 * The guarantee everything here keeps: an output element is the sum over k, in ascending order, of one rounded product
 * after another, starting from zero. So its bits depend on nothing but its row of op(A) and its column of op(B): not on
 * the batch it is computed with, the path taken, its place in a tile, or how rows are split between threads.
 *
 * Transposition is only a matter of strides. Throughout this file,
 *
 *     op(A)[i, p] is at a + i * aRow + p * aCol         op(B)[p, j] is at b + p * bRow + j * bCol         (bytes)
 *
 * and one of each pair is 4. Three paths, chosen by shape alone:
 *
 *     small     too little work to repay packing: 4x4 tiles straight from A and B
 *     vector    m or n is 1: streams the matrix once, as it lies
 *     blocked   everything else: B and A are repacked block by block into cache, in the order 5x8 tiles read them
 *
 * Not here: bias and activation (callers apply them to the finished rows), and fused multiply-add (its bits differ).
 */
import { KC, MC, NC, TILE_BYTES } from '../blocks';

/** Products of fewer multiplications than this are `small`. */
const SMALL: i64 = 1500;

/**
 * Up to this many rows, B is better read where it lies than copied first (10x784x128: 38 against 28 GFLOP/s). Rows of B
 * longer than DIRECT_COLUMNS are too far apart for the cache (32x512x1024: 23 against 28), unless A's are very few.
 */
const DIRECT_ROWS: i32 = 32;
const DIRECT_COLUMNS: i32 = 512;
const VERY_FEW_ROWS: i32 = 8;

/** Up to this many columns, the same holds for a transposed A (128x128x10: 17 against 12 GFLOP/s). */
const FEW_COLUMNS: i32 = 16;

/**
 * Computes rows [first, last) of out[m,n] = op(A) · op(B).
 *
 * A is stored [m,k], or [k,m] when `transA`; B is stored [k,n], or [n,k] when `transB`. `out` is never read before it
 * is written, and may not overlap A, B or `scratch`: `gemmScratch(m, n, k)` bytes, of which each thread needs its own.
 */
export function gemm(
  out: usize,
  a: usize,
  b: usize,
  m: i32,
  n: i32,
  k: i32,
  transA: i32,
  transB: i32,
  scratch: usize,
  first: i32,
  last: i32,
): void {
  if (first >= last || n <= 0) return;
  const aRow: usize = transA ? 4 : floats(k);
  const aCol: usize = transA ? floats(m) : 4;
  const bRow: usize = transB ? 4 : floats(n);
  const bCol: usize = transB ? floats(k) : 4;

  if ((m as i64) * n * k < SMALL) {
    small(out, a, b, n, k, aRow, aCol, bRow, bCol, first, last);
  } else if (m === 1) {
    vector(out, a, b, k, bRow, bCol, 0, n);
  } else if (n === 1) {
    vector(out, b, a, k, aCol, aRow, first, last);
  } else {
    const directB = bCol === 4 && m <= (n <= DIRECT_COLUMNS ? DIRECT_ROWS : VERY_FEW_ROWS);
    blocked(out, a, b, n, k, aRow, aCol, bRow, bCol, directB, scratch, first, last);
  }
}

// --- Shared pieces -------------------------------------------------------------------------------------------------

class Lanes {
  /** Four floats from four addresses. */
  @inline static gather(p0: usize, p1: usize, p2: usize, p3: usize): v128 {
    let lanes = v128.load32_zero(p0);
    lanes = v128.load32_lane(p1, lanes, 1);
    lanes = v128.load32_lane(p2, lanes, 2);
    return v128.load32_lane(p3, lanes, 3);
  }

  /** Stores the first `live` of four lanes. */
  @inline static store(to: usize, lanes: v128, live: i32): void {
    if (live >= 4) {
      v128.store(to, lanes);
    } else if (live === 1) {
      v128.store32_lane(to, lanes, 0);
    } else {
      v128.store64_lane(to, lanes, 0);
      if (live === 3) v128.store32_lane(to, lanes, 2, 8);
    }
  }

  /** `sum` plus `x` times the vector at `y`: two roundings, never fused. */
  @inline static addProduct(sum: v128, x: v128, y: v128): v128 {
    return f32x4.add(sum, f32x4.mul(x, y));
  }
}

/** Bytes of `count` floats. */
function floats(count: i32): usize {
  return (count as usize) << 2;
}

/** ceil(total / ceil(total / most)): the size of the fewest blocks of at most `most`, made as even as possible. */
function evenBlock(total: i32, most: i32): i32 {
  const blocks = (total + most - 1) / most;
  return (total + blocks - 1) / blocks;
}

// --- Small ---------------------------------------------------------------------------------------------------------

class Small {
  /**
   * A tile of 4 rows and 4 columns. Rows and columns past the edge are given the address of the last one: it is then
   * computed more than once, with the same bits, which costs less than branching around it.
   */
  @inline static tile(
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
    let b1 = b + (min(1, columns - 1) as usize) * bCol;
    let b2 = b + (min(2, columns - 1) as usize) * bCol;
    let b3 = b + (min(3, columns - 1) as usize) * bCol;
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
function small(
  out: usize,
  a: usize,
  b: usize,
  n: i32,
  k: i32,
  aRow: usize,
  aCol: usize,
  bRow: usize,
  bCol: usize,
  first: i32,
  last: i32,
): void {
  const cRow = floats(n);
  const gather = bCol !== 4 || n < 4;
  for (let i = first; i < last; i += 4) {
    const c = out + (i as usize) * cRow;
    const ai = a + (i as usize) * aRow;
    const rows = last - i;
    if (gather) {
      for (let j = 0; j < n; j += 4) {
        const cj = c + floats(j);
        Small.tile(true, cj, cRow, rows, n - j, ai, aRow, aCol, b + (j as usize) * bCol, bRow, bCol, k);
      }
    } else {
      // The last tile is moved left to end at the edge, over columns already done.
      for (let j = 0; j < n; j += 4) {
        const left = floats(min(j, n - 4));
        Small.tile(false, c + left, cRow, rows, 4, ai, aRow, aCol, b + left, bRow, 4, k);
      }
    }
  }
}

// --- Vector --------------------------------------------------------------------------------------------------------

/** out[j] = sum over p of x[p] * M[p, j], for j in [from, to); M[p, j] is at `matrix + p * row + j * col`. */
function vector(out: usize, x: usize, matrix: usize, k: i32, row: usize, col: usize, from: i32, to: i32): void {
  if (to - from < 8) {
    small(out + floats(from), x, matrix + (from as usize) * col, to - from, k, 0, 4, row, col, 0, 1);
  } else if (col === 4) {
    weightedRows(out, x, matrix, k, row, from, to);
  } else {
    dotProducts(out, x, matrix, k, col, from, to);
  }
}

/** The vector path over a matrix [k, n]: 32 sums at a time in registers, then 8 at a time. */
function weightedRows(out: usize, x: usize, matrix: usize, k: i32, row: usize, from: i32, to: i32): void {
  const end = x + floats(k);
  let j = from;
  for (; j + 32 <= to; j += 32) {
    const c = out + floats(j);
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    let s4 = f32x4.splat(0);
    let s5 = f32x4.splat(0);
    let s6 = f32x4.splat(0);
    let s7 = f32x4.splat(0);
    let p = x;
    let q = matrix + floats(j);
    do {
      const weight = v128.load32_splat(p);
      s0 = Lanes.addProduct(s0, weight, v128.load(q));
      s1 = Lanes.addProduct(s1, weight, v128.load(q, 16));
      s2 = Lanes.addProduct(s2, weight, v128.load(q, 32));
      s3 = Lanes.addProduct(s3, weight, v128.load(q, 48));
      s4 = Lanes.addProduct(s4, weight, v128.load(q, 64));
      s5 = Lanes.addProduct(s5, weight, v128.load(q, 80));
      s6 = Lanes.addProduct(s6, weight, v128.load(q, 96));
      s7 = Lanes.addProduct(s7, weight, v128.load(q, 112));
      p += 4;
      q += row;
    } while (p < end);
    v128.store(c, s0);
    v128.store(c, s1, 16);
    v128.store(c, s2, 32);
    v128.store(c, s3, 48);
    v128.store(c, s4, 64);
    v128.store(c, s5, 80);
    v128.store(c, s6, 96);
    v128.store(c, s7, 112);
  }
  // What is left is done sixteen columns at a time, each vector moved left until it ends at the edge or before.
  for (; j < to; j += 16) {
    const o1 = floats(min(j + 4, to - 4));
    const o2 = floats(min(j + 8, to - 4));
    const o3 = floats(min(j + 12, to - 4));
    const o0 = floats(min(j, to - 4));
    let q0 = matrix + o0;
    let q1 = matrix + o1;
    let q2 = matrix + o2;
    let q3 = matrix + o3;
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    let p = x;
    do {
      const weight = v128.load32_splat(p);
      s0 = Lanes.addProduct(s0, weight, v128.load(q0));
      s1 = Lanes.addProduct(s1, weight, v128.load(q1));
      s2 = Lanes.addProduct(s2, weight, v128.load(q2));
      s3 = Lanes.addProduct(s3, weight, v128.load(q3));
      p += 4;
      q0 += row;
      q1 += row;
      q2 += row;
      q3 += row;
    } while (p < end);
    v128.store(out + o0, s0);
    v128.store(out + o1, s1);
    v128.store(out + o2, s2);
    v128.store(out + o3, s3);
  }
}

class Dots {
  /** Adds to four sums the next four products of each: rows of the matrix at r0..r3, weights at `x`. */
  @inline static step(sum: v128, x: usize, r0: usize, r1: usize, r2: usize, r3: usize): v128 {
    const m0 = v128.load(r0);
    const m1 = v128.load(r1);
    const m2 = v128.load(r2);
    const m3 = v128.load(r3);
    const low01 = v128.shuffle<f32>(m0, m1, 0, 4, 1, 5);
    const low23 = v128.shuffle<f32>(m2, m3, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(m0, m1, 2, 6, 3, 7);
    const high23 = v128.shuffle<f32>(m2, m3, 2, 6, 3, 7);
    sum = Lanes.addProduct(sum, v128.load32_splat(x), v128.shuffle<f64>(low01, low23, 0, 2));
    sum = Lanes.addProduct(sum, v128.load32_splat(x, 4), v128.shuffle<f64>(low01, low23, 1, 3));
    sum = Lanes.addProduct(sum, v128.load32_splat(x, 8), v128.shuffle<f64>(high01, high23, 0, 2));
    return Lanes.addProduct(sum, v128.load32_splat(x, 12), v128.shuffle<f64>(high01, high23, 1, 3));
  }
}

/** The vector path over a matrix [n, k]: eight dot products at a time, transposing 4x4 squares in registers. */
function dotProducts(out: usize, x: usize, matrix: usize, k: i32, col: usize, from: i32, to: i32): void {
  const end = x + floats(k);
  const end4 = x + floats(k & ~3);
  const far: usize = col << 2;
  for (let j = from; j < to; j += 8) {
    // The last eight are moved left to end at the edge.
    const left = min(j, to - 8);
    let r0 = matrix + (left as usize) * col;
    let r1 = r0 + col;
    let r2 = r1 + col;
    let r3 = r2 + col;
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let p = x;
    while (p < end4) {
      s0 = Dots.step(s0, p, r0, r1, r2, r3);
      s1 = Dots.step(s1, p, r0 + far, r1 + far, r2 + far, r3 + far);
      p += 16;
      r0 += 16;
      r1 += 16;
      r2 += 16;
      r3 += 16;
    }
    while (p < end) {
      const weight = v128.load32_splat(p);
      s0 = Lanes.addProduct(s0, weight, Lanes.gather(r0, r1, r2, r3));
      s1 = Lanes.addProduct(s1, weight, Lanes.gather(r0 + far, r1 + far, r2 + far, r3 + far));
      p += 4;
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

// --- Blocked -------------------------------------------------------------------------------------------------------

/**
 * Block by block over columns, terms and rows, so that what is being read stays in cache (sizes in blocks.ts). Each
 * block of A is packed as tiles of 5 and 4 rows, each panel of 8 columns of B just before its first use. After the
 * first block of terms, sums resume from `out`: their order, and so their bits, are as if there were no blocks.
 */
function blocked(
  out: usize,
  a: usize,
  b: usize,
  n: i32,
  k: i32,
  aRow: usize,
  aCol: usize,
  bRow: usize,
  bCol: usize,
  directB: bool,
  scratch: usize,
  first: i32,
  last: i32,
): void {
  const cRow = floats(n);
  const kBlock = evenBlock(k, KC);
  const mBlock = evenBlock(last - first, MC);
  const nBlock = (evenBlock(n, NC) + 7) & ~7;
  const packedB = scratch + TILE_BYTES;
  const packedA = packedB + floats(kBlock * min(nBlock, (n + 3) & ~3));

  for (let j = 0; j < n; j += nBlock) {
    const columns = min(nBlock, n - j);
    for (let p = 0; p < k; p += kBlock) {
      const terms = min(kBlock, k - p);
      const bBlock = b + (p as usize) * bRow + (j as usize) * bCol;
      for (let i = first; i < last; i += mBlock) {
        const rows = min(mBlock, last - i);
        const fives = fiveRowTiles(rows);
        const aBlock = a + (i as usize) * aRow + (p as usize) * aCol;
        const directA = aRow === 4 && n <= FEW_COLUMNS && (rows - 5 * fives) % 4 === 0;
        if (!directA) packRows(packedA, aBlock, aRow, aCol, rows, fives, terms);

        for (let q = 0; q < columns; q += 8) {
          const live = min(8, columns - q);
          const width = live > 4 ? 8 : 4;
          const c = out + (i as usize) * cRow + floats(j + q);
          let panel = bBlock + (q as usize) * bCol;
          let bStep = bRow;
          if (!directB || live < width) {
            const packed = packedB + floats(q * terms);
            bStep = floats(width);
            if (i === first) packPanel(packed, bStep, panel, bCol, bRow, width, live, terms);
            panel = packed;
          }
          const aTiles = directA ? aBlock : packedA;
          sweep(c, cRow, aTiles, directA ? aCol : 0, panel, bStep, rows, fives, width, live, terms, p > 0, scratch);
        }
      }
    }
  }
}

/**
 * Multiplies one panel of B by every tile of a block of A, packed when `aStride` is 0, else read in place. Tiles that
 * overhang the right edge, where only `live` of `width` columns exist, are computed in `spare` and copied.
 */
function sweep(
  c: usize,
  cRow: usize,
  a: usize,
  aStride: usize,
  b: usize,
  bStep: usize,
  rows: i32,
  fives: i32,
  width: i32,
  live: i32,
  terms: i32,
  resume: bool,
  spare: usize,
): void {
  for (let row = 0, height = 5; row < rows; row += height) {
    height = row < 5 * fives ? 5 : 4;
    const aTile = a + floats(aStride ? row : row * terms);
    const aStep = aStride ? aStride : floats(height);
    const cTile = c + (row as usize) * cRow;
    if (live === width) {
      Tile.multiply(height, width, cTile, cRow, rows - row, aTile, aStep, b, bStep, terms, resume);
    } else {
      const liveRows = min(height, rows - row);
      if (resume) copyTile(spare, SPARE_ROW, cTile, cRow, liveRows, live);
      Tile.multiply(height, width, spare, SPARE_ROW, height, aTile, aStep, b, bStep, terms, resume);
      copyTile(cTile, cRow, spare, SPARE_ROW, liveRows, live);
    }
  }
}

/** How many of `rows` go to 5-row tiles, so that 4-row tiles cover the rest: exactly, but for 1, 2, 3, 6, 7 and 11. */
function fiveRowTiles(rows: i32): i32 {
  const fours = (5 - (rows % 5)) % 5;
  return max(0, (rows - 4 * fours) / 5);
}

/** Bytes between rows of the spare tile. */
const SPARE_ROW: usize = 32;

/** Copies a tile's live columns. */
function copyTile(to: usize, toRow: usize, from: usize, fromRow: usize, rows: i32, columns: i32): void {
  for (; rows > 0; --rows) {
    for (let j: usize = 0, end = floats(columns); j < end; j += 4) store<u32>(to + j, load<u32>(from + j));
    to += toRow;
    from += fromRow;
  }
}

/** Packs rows of A tile by tile: the tile that starts at row i starts at float i * terms. */
function packRows(to: usize, from: usize, row: usize, col: usize, rows: i32, fives: i32, terms: i32): void {
  let i = 0;
  for (; i < 5 * fives; i += 5) {
    packPanel(to + floats(i * terms), 20, from + (i as usize) * row, row, col, 5, 5, terms);
  }
  for (; i < rows; i += 4) {
    packPanel(to + floats(i * terms), 16, from + (i as usize) * row, row, col, 4, min(4, rows - i), terms);
  }
}

/** Lays `width` lanes (rows of A or columns of B) side by side: to[p, lane] = from[lane, p], at the given strides. */
function packPanel(
  to: usize,
  toStep: usize,
  from: usize,
  lane: usize,
  step: usize,
  width: i32,
  live: i32,
  terms: i32,
): void {
  if (lane === 4 && live === 8) {
    packEight(to, from, step, terms);
    return;
  }
  packFour(to, toStep, from, lane, step, min(live, 4), terms);
  if (width === 8) packFour(to + 16, toStep, from + 4 * lane, lane, step, live - 4, terms);
  if (width === 5) packOne(to + 16, toStep, from + 4 * lane, step, terms);
}

/** Eight lanes that lie side by side already. */
function packEight(to: usize, from: usize, step: usize, terms: i32): void {
  do {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    to += 32;
    from += step;
  } while (--terms > 0);
}

/** The fifth lane of five. */
function packOne(to: usize, toStep: usize, from: usize, step: usize, terms: i32): void {
  do {
    store<u32>(to, load<u32>(from));
    to += toStep;
    from += step;
  } while (--terms > 0);
}

/** Packs four lanes. Those past `live` repeat the last: nothing beyond it is read, and their sums are never stored. */
function packFour(to: usize, toStep: usize, from: usize, lane: usize, step: usize, live: i32, terms: i32): void {
  if (lane === 4 && live === 4) {
    do {
      v128.store(to, v128.load(from));
      to += toStep;
      from += step;
    } while (--terms > 0);
    return;
  }
  let p0 = from;
  let p1 = from + (min(1, live - 1) as usize) * lane;
  let p2 = from + (min(2, live - 1) as usize) * lane;
  let p3 = from + (min(3, live - 1) as usize) * lane;
  if (step === 4) {
    for (; terms >= 4; terms -= 4) {
      const m0 = v128.load(p0);
      const m1 = v128.load(p1);
      const m2 = v128.load(p2);
      const m3 = v128.load(p3);
      const low01 = v128.shuffle<f32>(m0, m1, 0, 4, 1, 5);
      const low23 = v128.shuffle<f32>(m2, m3, 0, 4, 1, 5);
      const high01 = v128.shuffle<f32>(m0, m1, 2, 6, 3, 7);
      const high23 = v128.shuffle<f32>(m2, m3, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<f64>(low01, low23, 0, 2));
      to += toStep;
      v128.store(to, v128.shuffle<f64>(low01, low23, 1, 3));
      to += toStep;
      v128.store(to, v128.shuffle<f64>(high01, high23, 0, 2));
      to += toStep;
      v128.store(to, v128.shuffle<f64>(high01, high23, 1, 3));
      to += toStep;
      p0 += 16;
      p1 += 16;
      p2 += 16;
      p3 += 16;
    }
  }
  for (; terms > 0; --terms) {
    v128.store(to, Lanes.gather(p0, p1, p2, p3));
    to += toStep;
    p0 += step;
    p1 += step;
    p2 += step;
    p3 += step;
  }
}

function tile5x8(
  c: usize,
  cRow: usize,
  live: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  k: i32,
  resume: bool,
): void {
  Tile.run(5, 8, c, cRow, live, a, aStep, b, bStep, k, resume);
}

function tile5x4(
  c: usize,
  cRow: usize,
  live: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  k: i32,
  resume: bool,
): void {
  Tile.run(5, 4, c, cRow, live, a, aStep, b, bStep, k, resume);
}

function tile4x8(
  c: usize,
  cRow: usize,
  live: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  k: i32,
  resume: bool,
): void {
  Tile.run(4, 8, c, cRow, live, a, aStep, b, bStep, k, resume);
}

function tile4x4(
  c: usize,
  cRow: usize,
  live: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  k: i32,
  resume: bool,
): void {
  Tile.run(4, 4, c, cRow, live, a, aStep, b, bStep, k, resume);
}

class Tile {
  /** Inlined, so that each kernel has two callers: one with a single caller is merged into it, and loses its speed. */
  @inline static multiply(
    height: i32,
    width: i32,
    c: usize,
    cRow: usize,
    live: i32,
    a: usize,
    aStep: usize,
    b: usize,
    bStep: usize,
    k: i32,
    resume: bool,
  ): void {
    if (height === 5) {
      if (width === 8) tile5x8(c, cRow, 5, a, aStep, b, bStep, k, resume);
      else tile5x4(c, cRow, 5, a, aStep, b, bStep, k, resume);
    } else {
      if (width === 8) tile4x8(c, cRow, live, a, aStep, b, bStep, k, resume);
      else tile4x4(c, cRow, live, a, aStep, b, bStep, k, resume);
    }
  }

  /**
   * c[height, width] = (resume ? c : 0) + a[k, height]ᵀ · b[k, width], where k > 0 and `height` and `width` are
   * constants. Of 4 rows only the first `live` exist: the others repeat the last, and store its bits once more.
   */
  @inline static run(
    height: i32,
    width: i32,
    c: usize,
    cRow: usize,
    live: i32,
    a: usize,
    aStep: usize,
    b: usize,
    bStep: usize,
    k: i32,
    resume: bool,
  ): void {
    const c1 = c + (min(1, live - 1) as usize) * cRow;
    const c2 = c + (min(2, live - 1) as usize) * cRow;
    const c3 = c + (min(3, live - 1) as usize) * cRow;
    const c4 = c + 4 * cRow;
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
      s20 = v128.load(c2);
      s30 = v128.load(c3);
      if (height === 5) s40 = v128.load(c4);
      if (width === 8) {
        s01 = v128.load(c, 16);
        s11 = v128.load(c1, 16);
        s21 = v128.load(c2, 16);
        s31 = v128.load(c3, 16);
        if (height === 5) s41 = v128.load(c4, 16);
      }
    }

    // Always true, and worth a factor of two. V8 schedules a loop from its uses back: the sums must leave it through a
    // merge, and be stored row by row, or it loads all of a[] first, runs out of registers and spills (41 to 20).
    if (k > 0) {
      const end = b + ((k - 1) as usize) * bStep;
      a -= aStep;
      b -= bStep;
      while (true) {
        a += aStep;
        b += bStep;
        const b0 = v128.load(b);
        const b1 = width === 8 ? v128.load(b, 16) : b0;
        let x = v128.load32_splat(a);
        s00 = Lanes.addProduct(s00, x, b0);
        if (width === 8) s01 = Lanes.addProduct(s01, x, b1);
        x = v128.load32_splat(a, 4);
        s10 = Lanes.addProduct(s10, x, b0);
        if (width === 8) s11 = Lanes.addProduct(s11, x, b1);
        x = v128.load32_splat(a, 8);
        s20 = Lanes.addProduct(s20, x, b0);
        if (width === 8) s21 = Lanes.addProduct(s21, x, b1);
        x = v128.load32_splat(a, 12);
        s30 = Lanes.addProduct(s30, x, b0);
        if (width === 8) s31 = Lanes.addProduct(s31, x, b1);
        if (height === 5) {
          x = v128.load32_splat(a, 16);
          s40 = Lanes.addProduct(s40, x, b0);
          if (width === 8) s41 = Lanes.addProduct(s41, x, b1);
        }
        if (b >= end) break;
      }
    }

    v128.store(c, s00);
    if (width === 8) v128.store(c, s01, 16);
    v128.store(c1, s10);
    if (width === 8) v128.store(c1, s11, 16);
    v128.store(c2, s20);
    if (width === 8) v128.store(c2, s21, 16);
    v128.store(c3, s30);
    if (width === 8) v128.store(c3, s31, 16);
    if (height === 5) {
      v128.store(c4, s40);
      if (width === 8) v128.store(c4, s41, 16);
    }
  }
}

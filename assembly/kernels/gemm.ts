/**
 * The matrix product, float32: out[m,n] = op(A) · op(B), over a block of out or all of it.
 *
 * The guarantee everything here keeps: an output element is the sum over k, in ascending order, of one rounded product
 * after another, starting from zero. So its bits depend on nothing but its row of op(A) and its column of op(B): not on
 * the batch it is computed with, the path taken, its place in a tile, or how the output is split between threads.
 *
 * Transposition is only a matter of strides. Throughout this folder,
 *
 *     op(A)[i, p] is at a + i * aRow + p * aCol         op(B)[p, j] is at b + p * bRow + j * bCol         (bytes)
 *
 * and one of each pair is 4, or B is in panels, already in the order below: of 8 columns, the last filled up with
 * anything, which follow each other. Then bRow is 32 and bCol 4k. Five paths, chosen by shape alone:
 *
 *     small     too little work to repay packing: 4x4 tiles straight from A and B
 *     vector    m is 1: streams the matrix once, as it lies
 *     turned    few columns, more rows: lanes run over the rows, and the blocks of the product are transposed
 *     streamed  few rows, and those of B far apart: reads B as it lies, for all rows at a time
 *     blocked   everything else: B and A are repacked block by block into cache, in the order 5x8 tiles read them
 *
 * Not here: bias and activation, and who computes which part (matmul.ts).
 */
import { KC, MC, NC, TILE_BYTES, TURNED_COLUMNS } from '../blocks';
import { floats } from './gemm/lanes';
import { interleave, packPair, packPanel, packRows } from './gemm/pack';
import { small } from './gemm/small';
import { Tile, tileHeight } from './gemm/tile';
import { streamed, vector } from './gemm/vector';

/** Products of fewer multiplications than this are `small`. */
const SMALL: i64 = 1500;

/**
 * Up to DIRECT_ROWS rows, B is better read where it lies than copied first (10x784x128: 38 against 28 GFLOP/s), unless
 * its rows are further apart than DIRECT_STRIDE bytes: panels of it would collide in the cache (32x512x1024: 23 against
 * 28). At that very distance they do already, and a quarter as many rows repay the copy (16x512x512: 29 against 31).
 */
const DIRECT_ROWS = 32;
const DIRECT_STRIDE: usize = 2048;

/** Up to this many rows, B is streamed when its rows are that far apart (2x1024x1024: 43 against 16 GFLOP/s). */
const STREAMED_ROWS = 24;

/**
 * Up to this many columns, a transposed A is better read where it lies, too (256x256x24: 63 against 53 GFLOP/s); up to
 * half as many, if the lines that a tile walks over are FAR bytes or more apart, from first to last, and leave the
 * cache before the next panel of B (256x512x64: 31 against 37).
 */
const FEW_COLUMNS = 64;
const FAR: usize = 65536;

/**
 * Rows of out are `cRow` bytes apart. `out` is never read before it is written, and may not overlap anything else;
 * `scratch` has the bytes that `gemmScratch` gives for a product of these sizes, or for one that this is a block of.
 */
export function gemm(
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
  scratch: usize,
): void {
  if (m <= 0 || n <= 0) return;
  if (m === 1) {
    vector(out, a, aCol, b, bRow, bCol, n, k);
  } else if (<i64>m * n * k < SMALL) {
    small(out, cRow, a, aRow, aCol, b, bRow, bCol, m, n, k);
  } else if (n === 1 && cRow === 4) {
    vector(out, b, bRow, a, aCol, aRow, m, k);
  } else if (n < TURNED_COLUMNS && n < m) {
    turned(out, cRow, a, aRow, aCol, b, bRow, bCol, m, n, k, scratch);
  } else if (m <= STREAMED_ROWS && bCol === 4 && bRow > DIRECT_STRIDE && n >= 32) {
    streamed(out, cRow, a, aRow, aCol, b, bRow, m, n, k);
  } else {
    blocked(out, cRow, a, aRow, aCol, b, bRow, bCol, m, n, k, scratch);
  }
}

/** Computes the transpose of the product, some rows of A at a time, in `scratch`. */
function turned(
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
  scratch: usize,
): void {
  for (let i = 0; i < m; i += MC) {
    const rows = min(MC, m - i);
    const block = a + <usize>i * aRow;
    const rest = scratch + floats((rows * n + 15) & ~15);
    gemm(scratch, floats(rows), b, bCol, bRow, block, aCol, aRow, n, rows, k, rest);
    interleave(out + <usize>i * cRow, cRow, scratch, floats(rows), 4, n, rows);
  }
}

/**
 * Block by block over columns, terms and rows, so that what is being read stays in cache (sizes in blocks.ts). Each
 * block of A is packed tile by tile, each panel of 8 columns of B just before its first use. After the first block of
 * terms, sums resume from `out`: their order, and so their bits, are as if there were no blocks.
 */
function blocked(
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
  scratch: usize,
): void {
  const kBlock = evenBlock(k, KC);
  const nBlock = (evenBlock(n, NC) + 7) & ~7;
  const mBlocks = (m + MC - 1) / MC;
  const packedB = scratch + TILE_BYTES;
  const packedA = packedB + floats(kBlock * min(nBlock, (n + 3) & ~3));
  const directA = aRow === 4 && n <= (aCol * k < FAR ? FEW_COLUMNS : FEW_COLUMNS >> 1);
  const isInPanels = bCol !== 4 && bRow !== 4;
  const directRows = bRow < DIRECT_STRIDE ? DIRECT_ROWS : DIRECT_ROWS >> 2;
  const directB = isInPanels || (bCol === 4 && m <= directRows && bRow <= DIRECT_STRIDE);

  for (let j = 0; j < n; j += nBlock) {
    const columns = min(nBlock, n - j);
    for (let p = 0; p < k; p += kBlock) {
      const terms = min(kBlock, k - p);
      const bBlock = b + <usize>p * bRow + <usize>j * bCol;
      for (let i = 0, blocks = mBlocks, rows = 0; blocks > 0; --blocks, i += rows) {
        rows = (m - i) / blocks;
        const aBlock = a + <usize>i * aRow + <usize>p * aCol;
        if (!directA) packRows(packedA, aBlock, aRow, aCol, rows, terms);

        for (let q = 0; q < columns; q += 8) {
          const live = min(8, columns - q);
          const width = live > 4 ? 8 : 4;
          let panel = bBlock + <usize>q * bCol;
          let bStep = bRow;
          if (!directB || (live < width && !isInPanels)) {
            const packed = packedB + floats(q * terms);
            bStep = floats(width);
            if (i === 0) {
              const isOfPair = bCol === 4 && q < (columns & ~15);
              if (!isOfPair) packPanel(packed, panel, bRow, bCol, width, live, terms);
              else if ((q & 8) === 0) packPair(packed, panel, bRow, terms);
            }
            panel = packed;
          }
          const c = out + <usize>i * cRow + floats(j + q);
          const aTiles = directA ? aBlock : packedA;
          sweep(c, cRow, aTiles, directA ? aCol : 0, panel, bStep, rows, width, live, terms, p > 0, scratch);
        }
      }
    }
  }
}

/** ceil(total / ceil(total / most)): the size of the fewest blocks of at most `most`, made as even as possible. */
function evenBlock(total: i32, most: i32): i32 {
  const blocks = (total + most - 1) / most;
  return (total + blocks - 1) / blocks;
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
  width: i32,
  live: i32,
  terms: i32,
  resume: bool,
  spare: usize,
): void {
  for (let row = 0, height = 0; row < rows; row += height) {
    height = tileHeight(rows - row);
    const aTile = a + floats(aStride ? row : row * terms);
    const aStep = aStride ? aStride : floats(height);
    if (live === width) {
      Tile.multiply(height, width, c, cRow, aTile, aStep, b, bStep, terms, resume);
    } else {
      if (resume) copyTile(spare, SPARE_ROW, c, cRow, height, live);
      Tile.multiply(height, width, spare, SPARE_ROW, aTile, aStep, b, bStep, terms, resume);
      copyTile(c, cRow, spare, SPARE_ROW, height, live);
    }
    c += <usize>height * cRow;
  }
}

/** Bytes between rows of the spare tile. */
const SPARE_ROW: usize = 32;

/** Copies a tile's live columns. */
function copyTile(to: usize, toRow: usize, from: usize, fromRow: usize, rows: i32, columns: i32): void {
  for (; rows > 0; --rows) {
    if (columns >= 4) {
      // Two vectors, the second moved left to end at the edge.
      const edge = floats(columns - 4);
      v128.store(to, v128.load(from));
      v128.store(to + edge, v128.load(from + edge));
    } else {
      for (let j: usize = 0, end = floats(columns); j < end; j += 4) store<u32>(to + j, load<u32>(from + j));
    }
    to += toRow;
    from += fromRow;
  }
}

// The matrix product. Twin: assembly/kernels/gemm.ts. Not here: bias and activation (matmul.ts).

import type { Views } from '../run/memory.js';

/** The rows of op(A), or the columns of op(B): line i starts at `at + i·next`, its elements are `step` apart. */
interface Lines {
  readonly at: number;
  readonly next: number;
  readonly step: number;
}

/**
 * out[m, n] = op(A)·op(B), op(A) being [m, k] and op(B) [k, n]; summed in float64, in the order of k.
 * The longer side of `out` is cut into fours: an element is the product of two lines, whichever is called the row.
 */
export function gemm(
  { f }: Views,
  out: number,
  a: number,
  b: number,
  m: number,
  n: number,
  k: number,
  transA: number,
  transB: number,
): void {
  const rows: Lines = transA ? { at: a, next: 1, step: m } : { at: a, next: k, step: 1 };
  const cols: Lines = transB ? { at: b, next: k, step: 1 } : { at: b, next: 1, step: n };
  if (m > n) multiplyLines(f, out, 1, n, cols, rows, n, m, k);
  else multiplyLines(f, out, n, 1, rows, cols, m, n, k);
}

/** Up to four columns, packed: element by element side by side, in float64. */
let packed = new Float64Array(0);

/**
 * From this many rows on packing pays: four columns read where they lie, with 16 KiB between elements, take twice as
 * long.
 */
const PACKED_ROWS = 16;

/** out[i·down + j·right] = row i · column j, for m rows and n columns. */
function multiplyLines(
  f: Views['f'],
  out: number,
  down: number,
  right: number,
  rows: Lines,
  cols: Lines,
  m: number,
  n: number,
  k: number,
): void {
  const packs = m >= PACKED_ROWS;
  if (packs && packed.length < 4 * k) packed = new Float64Array(4 * k);
  for (let j = 0; j < n; j += 4) {
    const at = cols.at + j * cols.next;
    const live = Math.min(4, n - j);
    if (packs) pack(f, at, cols, live, k);
    for (let i = 0; i < m; i += 2) {
      const to = out + i * down + j * right;
      const x = rows.at + i * rows.next;
      const multiply = i + 1 < m ? twoRows : oneRow;
      if (packs) multiply(f, to, down, right, x, rows, packed, 0, 1, 4, live, k);
      else multiply(f, to, down, right, x, rows, f, at, cols.next, cols.step, live, k);
    }
  }
}

function pack(f: Views['f'], at: number, { next, step }: Lines, live: number, k: number): void {
  for (let c = 0; c < live; c++) for (let p = 0, y = at + c * next; p < k; p++, y += step) packed[4 * p + c] = f[y]!;
}

/** Two rows by four columns. Where fewer columns are left (`live`), the last one is computed more than once. */
function twoRows(
  f: Views['f'],
  out: number,
  down: number,
  right: number,
  x: number,
  rows: Lines,
  g: Views['f'],
  y: number,
  next: number,
  step: number,
  live: number,
  k: number,
): void {
  const [c1, c2, c3] = [Math.min(1, live - 1), Math.min(2, live - 1), live - 1];
  const [w1, w2, w3] = [c1 * next, c2 * next, c3 * next];
  const along = rows.step;
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let [t0, t1, t2, t3] = [0, 0, 0, 0];
  for (let p = 0, u = x, v = x + rows.next, w = y; p < k; p++, u += along, v += along, w += step) {
    const a = f[u]!;
    const b = f[v]!;
    const y0 = g[w]!;
    const y1 = g[w + w1]!;
    const y2 = g[w + w2]!;
    const y3 = g[w + w3]!;
    s0 += a * y0;
    s1 += a * y1;
    s2 += a * y2;
    s3 += a * y3;
    t0 += b * y0;
    t1 += b * y1;
    t2 += b * y2;
    t3 += b * y3;
  }
  f[out] = s0;
  f[out + c1 * right] = s1;
  f[out + c2 * right] = s2;
  f[out + c3 * right] = s3;
  f[out + down] = t0;
  f[out + down + c1 * right] = t1;
  f[out + down + c2 * right] = t2;
  f[out + down + c3 * right] = t3;
}

/** One row by four columns. */
function oneRow(
  f: Views['f'],
  out: number,
  _down: number,
  right: number,
  x: number,
  rows: Lines,
  g: Views['f'],
  y: number,
  next: number,
  step: number,
  live: number,
  k: number,
): void {
  const [c1, c2, c3] = [Math.min(1, live - 1), Math.min(2, live - 1), live - 1];
  const [w1, w2, w3] = [c1 * next, c2 * next, c3 * next];
  const along = rows.step;
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  for (let p = 0, u = x, w = y; p < k; p++, u += along, w += step) {
    const a = f[u]!;
    s0 += a * g[w]!;
    s1 += a * g[w + w1]!;
    s2 += a * g[w + w2]!;
    s3 += a * g[w + w3]!;
  }
  f[out] = s0;
  f[out + c1 * right] = s1;
  f[out + c2 * right] = s2;
  f[out + c3 * right] = s3;
}

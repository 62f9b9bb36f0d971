// Linear algebra on batches of small matrices: Gaussian elimination (systems, inverses, determinants), triangular
// systems, Cholesky and QR. Each kernel works on float64 copies of the rows of a matrix. Twin:
// assembly/kernels/linalg.ts.

import type { Operands } from '../instructions.js';
import type { Views } from '../run/memory.js';

/** A row of a matrix. */
type Row = Float64Array;

/**
 * out = a⁻¹·b for each matrix a [n, n] and b [n, m] of the batch, or adj(a)·b = det(a)·a⁻¹·b, which is finite where a
 * is singular, too. With `transA` a is transposed; `b` is 0 for the identity.
 */
export function solve({ f }: Views, { out, a, b, batch, n, m, transA, adjugate }: Operands<'solve'>): void {
  for (let t = 0; t < batch; t++) {
    const w = rowsOf(f, a + t * n * n, n, n, transA);
    const x = b ? rowsOf(f, b + t * n * m, n, m) : identity(n, n);
    const { columns, sign } = eliminate(w, x);
    const scale = adjugate && n ? withoutLastPivot(w, x, sign) : 1;
    substitute(w, x);
    columns.forEach((column, i) => {
      // At a rank of n - 2 or less all cofactors are 0, but the substitution divided by 0.
      for (let j = 0; j < m; j++) f[out + (t * n + column) * m + j] = scale === 0 ? 0 : scale * x[i]![j]!;
    });
  }
}

/** The determinant of each matrix [n, n] of the batch; with `pivots` the n numbers whose product it is. */
export function det({ f }: Views, { out, a, batch, n, pivots }: Operands<'det'>): void {
  for (let t = 0; t < batch; t++) {
    const w = rowsOf(f, a + t * n * n, n, n);
    let product = eliminate(
      w,
      w.map(() => new Float64Array()),
    ).sign;
    w.forEach((row, i) => {
      product *= row[i]!;
      if (!pivots) return;
      f[out + t * n + i] = product;
      product = 1;
    });
    if (!pivots) f[out + t] = product;
  }
}

/**
 * out = the solution x of a·x = b for each triangular matrix a [n, n] and b [n, m] of the batch; with `transA` of
 * aᵀ·x = b. The other triangle is not looked at, nor the diagonal if `unitDiagonal` says that it is 1.
 */
export function triangularSolve(
  { f }: Views,
  { out, a, b, batch, n, m, lower, transA, unitDiagonal }: Operands<'triangularSolve'>,
): void {
  for (let t = 0; t < batch; t++) {
    const x = rowsOf(f, b + t * n * m, n, m);
    substitute(rowsOf(f, a + t * n * n, n, n, transA), x, lower ^ transA, unitDiagonal);
    for (let i = 0; i < n; i++) f.set(x[i]!, out + (t * n + i) * m);
  }
}

/**
 * out = the lower triangular L with L·Lᵀ = ½(a + aᵀ) for each matrix [n, n] of the batch; NaN where that is not
 * positive definite.
 */
export function cholesky({ f }: Views, { out, a, batch, n }: Operands<'cholesky'>): void {
  for (let t = 0; t < batch; t++) {
    const w = rowsOf(f, a + t * n * n, n, n);
    const definite = root(w);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        f[out + (t * n + i) * n + j] = j > i ? 0 : definite ? w[j]![i]! : Number.NaN;
      }
    }
  }
}

/**
 * out = Q [m, n] with orthonormal columns, and below it the upper triangular R [n, n], with Q·R = a for each matrix [m,
 * n] of the batch, m ≥ n; signs as in LAPACK.
 */
export function qr({ f }: Views, { out, a, batch, m, n }: Operands<'qr'>): void {
  for (let t = 0; t < batch; t++) {
    const w = rowsOf(f, a + t * m * n, n, m, 1);
    const diagonal = reflectColumns(w);
    const q = identity(n, m);
    for (let k = n - 1; k >= 0; k--) {
      for (let j = k; j < n; j++) reflect(q[j]!, w[k]!, k);
    }
    const to = out + t * (m + n) * n;
    for (let j = 0; j < n; j++) {
      for (let i = 0; i < m; i++) f[to + i * n + j] = q[j]![i]!;
      for (let i = 0; i < n; i++) f[to + (m + i) * n + j] = i > j ? 0 : i === j ? diagonal[j]! : w[j]![i]!;
    }
  }
}

/** The rows of a matrix [rows, cols] in memory, or of the transpose of one that is [cols, rows]. */
function rowsOf(f: Views['f'], from: number, rows: number, cols: number, transposed = 0): Row[] {
  return Array.from({ length: rows }, (_, i) => {
    const row = new Float64Array(cols);
    for (let j = 0; j < cols; j++) row[j] = f[from + (transposed ? j * rows + i : i * cols + j)]!;
    return row;
  });
}

function identity(rows: number, cols: number): Row[] {
  return Array.from({ length: rows }, (_, i) => {
    const row = new Float64Array(cols);
    if (i < cols) row[i] = 1;
    return row;
  });
}

/**
 * Gaussian elimination with complete pivoting, in place: `w` becomes upper triangular, and the rows of `x` go along.
 * Element i of the solution is number columns[i] of the original system; `sign` is that of the permutations.
 */
function eliminate(w: Row[], x: Row[]): { columns: number[]; sign: number } {
  const columns = w.map((_, i) => i);
  let sign = 1;
  for (let k = 0; k < w.length; k++) {
    const [row, column] = largest(w, k);
    if (row !== k) {
      exchange(w, row, k);
      exchange(x, row, k);
      sign = -sign;
    }
    if (column !== k) {
      for (const each of [...w, columns]) exchange(each, column, k);
      sign = -sign;
    }
    for (let i = k + 1; i < w.length; i++) {
      const below = w[i]![k]!;
      // Below a pivot of 0 there are zeros only.
      const factor = below === 0 ? 0 : below / w[k]![k]!;
      subtract(w[i]!, w[k]!, factor, k + 1);
      subtract(x[i]!, x[k]!, factor);
    }
  }
  return { columns, sign };
}

/** Row and column of the element of the largest size from [k, k] on. */
function largest(w: readonly Row[], k: number): [row: number, column: number] {
  let [row, column] = [k, k];
  let most = Math.abs(w[k]![k]!);
  for (let i = k; i < w.length; i++) {
    const values = w[i]!;
    for (let j = k; j < values.length; j++) {
      const size = Math.abs(values[j]!);
      if (size > most) [row, column, most] = [i, j, size];
    }
  }
  return [row, column];
}

/**
 * Prepares U·X = Y for X = adj(U)·Y without a division by the last pivot u, which may be 0: with the others' product p,
 * adj(U) is p·U⁻¹ where 1 stands for u, of rows of Y that are multiplied by u, but for the last. Returns p, with the
 * sign.
 */
function withoutLastPivot(w: readonly Row[], y: readonly Row[], sign: number): number {
  const last = w.length - 1;
  const pivot = w[last]![last]!;
  w[last]![last] = 1;
  let product = sign;
  for (let i = 0; i < last; i++) {
    product *= w[i]![i]!;
    y[i]!.forEach((value, j) => {
      y[i]![j] = value * pivot;
    });
  }
  return product;
}

/** Solves the triangular system w·X = x in place. */
function substitute(w: readonly Row[], x: readonly Row[], lower = 0, unitDiagonal = 0): void {
  const order = w.map((_, i) => (lower ? i : w.length - 1 - i));
  order.forEach((i, k) => {
    for (const j of order.slice(0, k)) subtract(x[i]!, x[j]!, w[i]![j]!);
    if (!unitDiagonal) divide(x[i]!, w[i]![i]!);
  });
}

/** The upper triangular Lᵀ of ½(w + wᵀ), in place; false where that is not positive definite. */
function root(w: readonly Row[]): boolean {
  const n = w.length;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) w[i]![j] = (w[i]![j]! + w[j]![i]!) / 2;
  }
  for (let k = 0; k < n; k++) {
    const diagonal = w[k]![k]!;
    if (!(diagonal > 0)) return false;
    divide(w[k]!, Math.sqrt(diagonal), k);
    for (let i = k + 1; i < n; i++) subtract(w[i]!, w[k]!, w[k]![i]!, i);
  }
  return true;
}

/**
 * Makes R of the columns of a matrix: above the diagonal in place; it returns the diagonal. From there on column k
 * becomes v, with which H = I - v·vᵀ mirrors what was there onto the axis k, to the side where nothing cancels; v is 0
 * where there is nothing to mirror.
 */
function reflectColumns(columns: readonly Row[]): number[] {
  return columns.map((v, k) => {
    const first = v[k]!;
    const tail = dot(v, v, k + 1);
    const length = Math.sqrt(first * first + tail);
    const onto = tail === 0 ? first : first < 0 ? length : -length;
    const scale = tail === 0 ? 0 : 1 / Math.sqrt((onto - first) * onto);
    v[k] = first - onto;
    for (let i = k; i < v.length; i++) v[i]! *= scale;
    for (const later of columns.slice(k + 1)) reflect(later, v, k);
    return onto;
  });
}

/** x -= v·(vᵀ·x), both from element k on. */
function reflect(x: Row, v: Row, k: number): void {
  subtract(x, v, dot(v, x, k), k);
}

/** aᵀ·b from element `first` on. */
function dot(a: Row, b: Row, first: number): number {
  let total = 0;
  for (let i = first; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}

/** x -= factor·y from element `first` on. */
function subtract(x: Row, y: Row, factor: number, first = 0): void {
  for (let i = first; i < x.length; i++) x[i]! -= factor * y[i]!;
}

/** x /= by from element `first` on. */
function divide(x: Row, by: number, first = 0): void {
  for (let i = first; i < x.length; i++) x[i]! /= by;
}

function exchange<T>(list: { [index: number]: T }, i: number, j: number): void {
  [list[i], list[j]] = [list[j]!, list[i]!];
}

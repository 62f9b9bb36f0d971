// Linear algebra in float64 from its definitions, slowly and another way than in the kernels: what these are compared
// with.

import { broadcastShapes, broadcastStrides, type Shape, sizeOf } from '../bindings/shape.js';
import type { TensorData } from '../bindings/tensor.js';

export type Matrix = readonly (readonly number[])[];

const filled = (rows: number, columns: number, f: (i: number, j: number) => number): number[][] =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => f(i, j)));

export const identityOf = (n: number): number[][] => filled(n, n, (i, j) => +(i === j));

export const turned = (a: Matrix, columns = a[0]?.length ?? 0): number[][] =>
  filled(columns, a.length, (i, j) => a[j]![i]!);

export const times = (a: Matrix, b: Matrix): number[][] =>
  filled(a.length, b[0]?.length ?? 0, (i, j) => b.reduce((sum, row, k) => sum + a[i]![k]! * row[j]!, 0));

/** The matrices of a batch, in order. */
export function matricesOf(x: TensorData, shape: Shape): number[][][] {
  const [rows, columns] = shape.slice(-2) as [number, number];
  const count = shape.slice(0, -2).reduce((p, d) => p * d, 1);
  return Array.from({ length: count }, (_, t) => filled(rows, columns, (i, j) => x[(t * rows + i) * columns + j]!));
}

/** a⁻¹·b, by Gauss and Jordan, with the largest pivot of a column. */
export function solutionOf(a: Matrix, b: Matrix): number[][] {
  const rows = a.map((row, i) => [...row, ...b[i]!]);
  for (let k = 0; k < rows.length; k++) {
    const below = rows.slice(k).map((row) => Math.abs(row[k]!));
    const p = k + below.indexOf(Math.max(...below));
    [rows[k], rows[p]] = [rows[p]!, rows[k]!];
    rows[k] = rows[k]!.map((v) => v / rows[k]![k]!);
    for (let i = 0; i < rows.length; i++) {
      const factor = rows[i]![k]!;
      if (i !== k) rows[i] = rows[i]!.map((v, j) => v - factor * rows[k]![j]!);
    }
  }
  return rows.map((row) => row.slice(rows.length));
}

/** The determinant, expanded along the first row where there are few, else by elimination with the largest pivot. */
export function determinantOf(a: Matrix): number {
  if (a.length === 0) return 1;
  const minor = (j: number) => a.slice(1).map((row) => row.filter((_, k) => k !== j));
  if (a.length < 6) return a[0]!.reduce((sum, v, j) => sum + (j % 2 ? -v : v) * determinantOf(minor(j)), 0);
  const column = a.map((row) => Math.abs(row[0]!));
  const p = column.indexOf(Math.max(...column));
  const others = a.filter((_, i) => i !== p);
  const smaller = others.map((row) => row.slice(1).map((v, j) => v - (row[0]! / a[p]![0]!) * a[p]![j + 1]!));
  return (p % 2 ? -1 : 1) * a[p]![0]! * determinantOf(smaller);
}

/** The lower triangular factor of a symmetric matrix, element by element. */
export function choleskyOf(a: Matrix): number[][] {
  const l = filled(a.length, a.length, () => 0);
  a.forEach((row, i) => {
    for (let j = 0; j <= i; j++) {
      const rest = row[j]! - l[i]!.slice(0, j).reduce((sum, v, k) => sum + v * l[j]![k]!, 0);
      l[i]![j] = i === j ? Math.sqrt(rest) : rest / l[j]![j]!;
    }
  });
  return l;
}

/** Q and R by products with whole reflections I - 2vvᵀ/vᵀv, as LAPACK chooses them. */
export function qrOf(a: Matrix): { q: number[][]; r: number[][] } {
  const [m, n] = [a.length, a[0]?.length ?? 0];
  let [q, r] = [identityOf(m), a.map((row) => [...row])];
  for (let k = 0; k < Math.min(m - 1, n); k++) {
    const x = r.map((row, i) => (i < k ? 0 : row[k]!));
    const length = Math.hypot(...x);
    if (x.slice(k + 1).every((v) => v === 0)) continue;
    const v = x.map((value, i) => value + (i === k ? (value < 0 ? -length : length) : 0));
    const square = v.reduce((sum, value) => sum + value * value, 0);
    const h = filled(m, m, (i, j) => +(i === j) - (2 * v[i]! * v[j]!) / square);
    [q, r] = [times(q, h), times(h, r)];
  }
  const k = Math.min(m, n);
  return { q: q.map((row) => row.slice(0, k)), r: filled(k, n, (i, j) => (i > j ? 0 : r[i]![j]!)) };
}

/** The matrices of two batches that broadcast, in pairs, by NumPy's rule. */
export function pairsOf(a: TensorData, sa: Shape, b: TensorData, sb: Shape): [Matrix, Matrix][] {
  const [as, bs] = [matricesOf(a, sa), matricesOf(b, sb)];
  const batch = broadcastShapes('', sa.slice(0, -2), sb.slice(0, -2));
  const [ai, bi] = [sa, sb].map((s) => broadcastStrides(s.slice(0, -2), batch)) as [number[], number[]];
  return Array.from({ length: sizeOf(batch) }, (_, t) => {
    const index = batch.map((d, i) => Math.floor(t / sizeOf(batch.slice(i + 1))) % d);
    const at = (strides: readonly number[]) => index.reduce((sum, k, i) => sum + k * strides[i]!, 0);
    return [as[at(ai)]!, bs[at(bi)]!];
  });
}

// Normalisation: of rows by their own mean and variance (layer norm and its kin), of columns by theirs (batch norm). Twin:
// assembly/kernels/normalization.ts.

import type { Operands } from '../instructions.js';
import type { Views } from '../run/memory.js';

/** Mean of a row, or 0 if it is not to be centered, and 1 / √(variance about it + epsilon). */
function rowMoments(f: Views['f'], x: number, cols: number, centered: number, epsilon: number): [number, number] {
  let mean = 0;
  if (centered) for (let c = 0; c < cols; c++) mean += f[x + c]! / cols;
  let squares = 0;
  for (let c = 0; c < cols; c++) squares += (f[x + c]! - mean) ** 2;
  return [mean, 1 / Math.sqrt(squares / cols + epsilon)];
}

/** out = (x - mean) / √(variance + epsilon) · gamma + beta for each row; without gamma or beta where these are 0. */
export function normRows(
  { f }: Views,
  { out, x, gamma, beta, rows, cols, centered, epsilon }: Operands<'normRows'>,
): void {
  for (let r = 0; r < rows * cols; r += cols) {
    const [mean, rate] = rowMoments(f, x + r, cols, centered, epsilon);
    for (let c = 0; c < cols; c++) {
      const y = (f[x + r + c]! - mean) * rate * (gamma ? f[gamma + c]! : 1);
      f[out + r + c] = beta ? y + f[beta + c]! : y;
    }
  }
}

/**
 * The gradient by x for that by the result, g: with h = g·gamma and the normalised row y,
 * out = (h - mean(h) - y·mean(h·y)) / √(variance + epsilon)
 */
export function normRowsGrad(
  { f }: Views,
  { out, g, x, gamma, rows, cols, centered, epsilon }: Operands<'normRowsGrad'>,
): void {
  for (let r = 0; r < rows * cols; r += cols) {
    const [mean, rate] = rowMoments(f, x + r, cols, centered, epsilon);
    const h = (c: number): number => f[g + r + c]! * (gamma ? f[gamma + c]! : 1);
    const y = (c: number): number => (f[x + r + c]! - mean) * rate;
    let [level, along] = [0, 0];
    for (let c = 0; c < cols; c++) {
      if (centered) level += h(c) / cols;
      along += (h(c) * y(c)) / cols;
    }
    for (let c = 0; c < cols; c++) f[out + r + c] = rate * (h(c) - level - y(c) * along);
  }
}

/** out[0] = the means of the columns, out[1] = their variances, divided by the number of rows */
export function columnMoments({ f }: Views, { out, x, rows, cols }: Operands<'columnMoments'>): void {
  for (let c = 0; c < cols; c++) {
    let sum = 0;
    for (let r = 0; r < rows; r++) sum += f[x + r * cols + c]!;
    const mean = sum / rows;
    let squares = 0;
    for (let r = 0; r < rows; r++) squares += (f[x + r * cols + c]! - mean) ** 2;
    f[out + c] = mean;
    f[out + cols + c] = squares / rows;
  }
}

/** out[0] = Σ g over the rows, out[1] = Σ g·(x - mean); without mean where it is 0 */
export function columnDots({ f }: Views, { out, g, x, mean, rows, cols }: Operands<'columnDots'>): void {
  for (let c = 0; c < cols; c++) {
    const m = mean ? f[mean + c]! : 0;
    let [sum, dot] = [0, 0];
    for (let at = c; at < rows * cols; at += cols) {
      sum += f[g + at]!;
      dot += f[g + at]! * (f[x + at]! - m);
    }
    f[out + c] = sum;
    f[out + cols + c] = dot;
  }
}

/** out = (x - mean)·b + c for each row, all of these numbers of a column; and g·a more, unless g is 0 */
export function mixColumns({ f }: Views, it: Operands<'mixColumns'>): void {
  const { out, x, mean, b, c, g, a, rows, cols } = it;
  for (let r = 0; r < rows * cols; r += cols) {
    for (let j = 0; j < cols; j++) {
      const mixed = (f[x + r + j]! - f[mean + j]!) * f[b + j]! + f[c + j]!;
      f[out + r + j] = g ? f[g + r + j]! * f[a + j]! + mixed : mixed;
    }
  }
}

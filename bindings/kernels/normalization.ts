// Normalisation of rows by their own mean and variance (layer norm and its kin). Twin:
// assembly/kernels/normalization.ts. Not here: columns (columns.ts).

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

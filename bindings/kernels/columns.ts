// Normalisation of columns by their mean and variance (batch norm). Twin: assembly/kernels/columns.ts.

import type { Operands } from '../instructions.js';
import type { Views } from '../run/memory.js';

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

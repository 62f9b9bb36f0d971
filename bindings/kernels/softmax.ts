// Softmax and cross-entropy over rows of cols elements; the largest of a row is subtracted before exp. Twin:
// assembly/kernels/softmax.ts.

import type { Operands } from '../instructions.js';
import type { Views } from '../run/memory.js';
import { exp, log } from './math/exp.js';

/** The largest element of a row, NaN if there is one. */
function rowMax(f: Views['f'], x: number, cols: number): number {
  let max = -Infinity;
  for (let c = 0; c < cols; c++) max = Math.max(max, f[x + c]!);
  return max;
}

/** Σ e^(x - max) over a row. */
function sumExp(f: Views['f'], x: number, cols: number, max: number): number {
  let total = 0;
  for (let c = 0; c < cols; c++) total += exp(f[x + c]! - max);
  return total;
}

/** out = e^(x - max) / Σ e^(x - max). */
export function softmax({ f }: Views, { out, x, rows, cols }: Operands<'softmax'>): void {
  for (let r = 0; r < rows * cols; r += cols) {
    const max = rowMax(f, x + r, cols);
    const total = sumExp(f, x + r, cols, max);
    for (let c = r; c < r + cols; c++) f[out + c] = exp(f[x + c]! - max) / total;
  }
}

/** out = x - max - ln Σ e^(x - max). */
export function logSoftmax({ f }: Views, { out, x, rows, cols }: Operands<'logSoftmax'>): void {
  for (let r = 0; r < rows * cols; r += cols) {
    const max = rowMax(f, x + r, cols);
    const logTotal = log(sumExp(f, x + r, cols, max));
    for (let c = r; c < r + cols; c++) f[out + c] = f[x + c]! - max - logTotal;
  }
}

/** out[r] = ln Σ e^(z - max) - (z[label] - max); NaN for a label that is no class. */
export function crossEntropy({ f, i }: Views, { out, logits, labels, rows, cols }: Operands<'crossEntropy'>): void {
  for (let r = 0; r < rows; r++) {
    const z = logits + r * cols;
    const max = rowMax(f, z, cols);
    const label = i[labels + r]!;
    const picked = label >= 0 && label < cols ? f[z + label]! : Number.NaN;
    f[out + r] = log(sumExp(f, z, cols, max)) - (picked - max);
  }
}

/** out[r] = g[r·gStep] · (softmax(z[r]) - onehot(label)). */
export function crossEntropyGrad(
  { f, i }: Views,
  { out, g, gStep, logits, labels, rows, cols }: Operands<'crossEntropyGrad'>,
): void {
  for (let r = 0; r < rows; r++) {
    const z = logits + r * cols;
    const scale = f[g + r * gStep]!;
    const max = rowMax(f, z, cols);
    const total = sumExp(f, z, cols, max);
    for (let c = 0; c < cols; c++) {
      const onehot = c === i[labels + r] ? 1 : 0;
      f[out + r * cols + c] = scale * (exp(f[z + c]! - max) / total - onehot);
    }
  }
}

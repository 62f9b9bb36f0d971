// Labels as classes: which class each sample is of, how many samples a class has, and how good answers are.

import type { Loss } from '../losses/losses.js';
import type { Rows } from '../model/data.js';
import { sizeOf } from '../shape.js';

/** Class indices of labels: whole numbers, rows with a single 1, or 0 and 1 where the loss is of two classes. */
export function classesIn({ data, rowShape, count, dtype }: Rows, loss: Loss): Int32Array | undefined {
  const width = sizeOf(rowShape);
  if (dtype === 'int32') return width === 1 && loss.classes ? Int32Array.from(data) : undefined;
  for (let i = 0; i < data.length; i++) if (data[i] !== 0 && data[i] !== 1) return undefined;
  if (width === 1) return Int32Array.from(data);
  const classes = new Int32Array(count);
  for (let row = 0; row < count; row++) {
    const own = Array.from(data.subarray(row * width, (row + 1) * width));
    classes[row] = own.indexOf(1);
    if (own.filter((value) => value === 1).length !== 1) return undefined;
  }
  return classes;
}

/** How many samples each class has. */
export function countsOf(classes: Int32Array): number[] {
  const counts = new Array<number>(classes.reduce((most, c) => Math.max(most, c), 1) + 1).fill(0);
  for (const c of classes) counts[c]!++;
  return counts;
}

/** (right answers - those of always the largest class) / (all - those): 1 is always right. */
export function skillOf(right: number, counts: readonly number[]): number {
  const most = Math.max(...counts);
  const all = counts.reduce((a, b) => a + b);
  return all > most ? (right - most) / (all - most) : 1;
}

// Numbers as a histogram: how many lie in each of 30 equal stretches between the smallest and the largest.

import type { HistogramMessage } from './schema.js';

const BUCKETS = 30;

/** The histogram of those that are finite; undefined if none are. */
export function histogramOf(values: ArrayLike<number>): HistogramMessage | undefined {
  let [min, max, count, sum, squares] = [Infinity, -Infinity, 0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    squares += value * value;
    count++;
  }
  if (count === 0) return undefined;
  const buckets = max > min ? BUCKETS : 1;
  const width = (max - min) / buckets;
  const limits = Float64Array.from({ length: buckets }, (_, k) => (k === buckets - 1 ? max : min + (k + 1) * width));
  const counts = new Float64Array(buckets);
  for (let i = 0; i < values.length; i++) {
    const at = width > 0 ? Math.floor((values[i]! - min) / width) : 0;
    if (Number.isFinite(values[i])) counts[Math.min(at, buckets - 1)]!++;
  }
  return { min, max, count, sum, squares, limits: [bytesOf(limits)], buckets: [bytesOf(counts)] };
}

/** Doubles as a file has them, little-endian. */
function bytesOf(values: Float64Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 * values.length));
  values.forEach((value, i) => void view.setFloat64(8 * i, value, true));
  return new Uint8Array(view.buffer);
}

// Attention in plain numbers, as the formula has it: for tests of the op and of layers that are made of it.

import type { Shape } from '../bindings/shape.js';
import { at, indexed } from './indexed.js';

/** What is asked of `attend`; tensors with their shapes. */
export interface Asked {
  readonly causal?: boolean;
  readonly scale?: number;
  readonly mask?: Flat;
  readonly bias?: Flat;
}

/** An array and its shape. */
export interface Flat {
  readonly x: ArrayLike<number>;
  readonly shape: Shape;
}

/** The element at an index that may have more axes, and more along each, than there are: those are repeated. */
const repeated = ({ x, shape }: Flat, index: readonly number[]): number =>
  at(
    x,
    shape,
    index.slice(index.length - shape.length).map((i, axis) => i % shape[axis]!),
  );

/**
 * softmax(scale·q·kᵀ + bias)·v for q [n, heads, queries, width], k [n, shared, keys, width] and v [n, shared, keys,
 * size]; a query that may read nothing gets 0.
 */
export function attend(q: Flat, k: Flat, v: Flat, asked: Asked = {}): number[] {
  const [n, heads, queries, width] = q.shape as [number, number, number, number];
  const [, shared, keys] = k.shape as [number, number, number];
  const scale = asked.scale ?? 1 / Math.sqrt(width);
  return indexed([n, heads, queries, v.shape[3]!], ([b, h, i, c]) => {
    const from = Math.floor((h! * shared) / heads);
    const scores = Array.from({ length: keys }, (_, j) => {
      const index = [b!, h!, i!, j];
      if (asked.causal && j > i!) return -Infinity;
      if (asked.mask && repeated(asked.mask, index) === 0) return -Infinity;
      let sum = 0;
      for (let w = 0; w < width; w++) sum += at(q.x, q.shape, [b!, h!, i!, w]) * at(k.x, k.shape, [b!, from, j, w]);
      return sum * scale + (asked.bias ? repeated(asked.bias, index) : 0);
    });
    const most = Math.max(...scores);
    if (most === -Infinity) return 0;
    const powers = scores.map((s) => Math.exp(s - most));
    const total = powers.reduce((a, p) => a + p, 0);
    return powers.reduce((sum, p, j) => sum + (p / total) * at(v.x, v.shape, [b!, from, j, c!]), 0);
  });
}

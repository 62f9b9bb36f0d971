// Rows of tensors that count, and those that do not: what masks and ignored labels have in common.

import { type Shape, sizeOf } from './shape.js';
import { constantOf, type Tensor } from './tensor.js';

/** Numbers for the first axes of a tensor, with axes of 1 for the others. */
export const alongside = (numbers: Tensor, { shape }: Tensor): Tensor =>
  numbers.reshape(shape.map((_, i) => numbers.shape[i] ?? 1));

/** The rows that count, of which each has the shape `rest`, one after the other; the values are known. */
export function keptRows(t: Tensor, counted: ArrayLike<number>, rest: Shape): Tensor {
  const width = sizeOf(rest);
  const kept = t.values().filter((_, i) => counted[Math.floor(i / width)] !== 0);
  return constantOf(kept, [kept.length / width, ...rest], t.dtype);
}

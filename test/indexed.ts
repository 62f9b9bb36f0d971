// Arrays of any number of dimensions, flat, for references: an element by its index.

import type { Shape } from '../bindings/shape.js';

/** The elements of an array of `shape`, each a function of its index. */
export function indexed(shape: Shape, f: (index: readonly number[]) => number): number[] {
  const size = shape.reduce((p, d) => p * d, 1);
  return Array.from({ length: size }, (_, flat) => {
    const index = new Array<number>(shape.length);
    for (let i = shape.length - 1, rest = flat; i >= 0; i--) {
      index[i] = rest % shape[i]!;
      rest = Math.floor(rest / shape[i]!);
    }
    return f(index);
  });
}

/** The element of `x` at `index`. */
export const at = (x: ArrayLike<number>, shape: Shape, index: readonly number[]): number =>
  x[index.reduce((flat, k, i) => flat * shape[i]! + k, 0)]!;

// What the functions of this folder share: matrices are the last two dimensions of a tensor, those before them are a
// batch.

import { check } from '../../errors.js';
import { broadcastShapes, type Shape, shapeText, sizeOf } from '../../shape.js';
import { checkedTensor, constantOf, type Tensor } from '../../tensor.js';

/** The dimensions before the last two. */
export const batchOf = ({ shape }: Tensor): Shape => shape.slice(0, -2);

/** How many matrices there are. */
export const countOf = (x: Tensor): number => sizeOf(batchOf(x));

/** Rows and columns. */
export const sidesOf = ({ shape }: Tensor): [rows: number, columns: number] => [shape.at(-2)!, shape.at(-1)!];

/** `x`, which must be a matrix or a batch of them. */
export function checkedMatrices(name: string, x: Tensor): Tensor {
  const { shape } = checkedTensor(name, x);
  check(shape.length > 1, () => `${name} of ${shapeText(shape)}: expected a matrix, or a batch of matrices`);
  return x;
}

/** `x`, whose matrices must be square. */
export function checkedSquare(name: string, x: Tensor): Tensor {
  const [rows, columns] = sidesOf(checkedMatrices(name, x));
  check(rows === columns, () => {
    return `${name} of ${shapeText(x.shape)}: expected a square matrix, got ${rows} rows and ${columns} columns`;
  });
  return x;
}

/** Each matrix transposed. */
export function transposed(x: Tensor): Tensor {
  const axes = x.shape.map((_, i) => i);
  return x.transpose([...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
}

/**
 * Solves systems a·x = b by `solved`, which gets a [..., n, n] and b [..., n, m] with the same batch: that to which
 * both batches broadcast. A vector b is one column, and the result is then a vector for each system.
 */
export function systems(name: string, a: Tensor, b: Tensor, solved: (a: Tensor, b: Tensor) => Tensor): Tensor {
  checkedSquare(name, a);
  const given = checkedTensor(`${name}: the right side`, b).shape;
  const right = given.length === 1 ? b.expandDims(-1) : b;
  const n = a.shape.at(-1)!;
  check(given.length > 0 && right.shape.at(-2) === n, () => {
    return `${name}: ${shapeText(a.shape)} needs a right side of ${n} rows, got ${shapeText(given)}`;
  });
  const batch = broadcastShapes(name, batchOf(a), batchOf(right));
  const x = solved(a.broadcastTo([...batch, n, n]), right.broadcastTo([...batch, ...sidesOf(right)]));
  return given.length === 1 ? x.squeeze(-1) : x;
}

/** A constant matrix [n, n]: ones in a triangle, `diagonal` on the diagonal, and zeros in the other triangle. */
export function triangle(n: number, lower: boolean, diagonal: number): Tensor {
  const element = (i: number, j: number): number => (i === j ? diagonal : +(lower === i > j));
  return constantOf(
    Float64Array.from({ length: n * n }, (_, k) => element(Math.floor(k / n), k % n)),
    [n, n],
  );
}

/**
 * What `rows`·`columns` multiplications for each matrix of `x` are in elements' worth of work, as in assembly/kernels.
 */
export const workOf = (x: Tensor, rows: number, columns: number): number => (countOf(x) * rows * columns) / 4;

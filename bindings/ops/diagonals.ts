// Diagonals of matrices, and the triangles that they divide them into: diag, tril, triu. Not here: the identity matrix
// (eye, creation.ts).

import { arange } from '../creation.js';
import { check, checkIs } from '../errors.js';
import { shapeText } from '../shape.js';
import { checkedTensor, type Tensor } from '../tensor.js';
import { slice, spaced } from './slicing.js';
import { where } from './where.js';

const checkOffset = (name: string, offset: number): void =>
  checkIs(Number.isSafeInteger(offset), `${name}: the offset`, 'a whole number', offset);

/**
 * For the matrices of [..., rows, columns]: how far to the right of diagonal `offset` an element lies; [rows, columns].
 */
function distance(name: string, x: Tensor, offset: number): Tensor {
  const { shape } = checkedTensor(name, x);
  check(shape.length >= 2, () => `${name} of ${shapeText(shape)}: expected a matrix, or a batch of them`);
  checkOffset(name, offset);
  const [rows, columns] = shape.slice(-2) as [number, number];
  return arange(columns).sub(arange(rows).add(offset).expandDims(1));
}

/**
 * The lower triangle of matrices [..., rows, columns], with zeros above the diagonal; `offset` takes a diagonal that is
 * so many columns further to the right.
 */
export const tril = (x: Tensor, offset = 0): Tensor => where(distance('tril', x, offset).lessEqual(0), x, 0);

/** The upper triangle of matrices [..., rows, columns], with zeros below the diagonal; `offset` as in `tril`. */
export const triu = (x: Tensor, offset = 0): Tensor => where(distance('triu', x, offset).greaterEqual(0), x, 0);

/**
 * Of a vector the square matrix that has it as a diagonal, of a matrix its diagonal as a vector. `offset` takes a
 * diagonal that is so many columns to the right of the main one, or rows below it if it is negative.
 */
export function diag(x: Tensor, offset = 0): Tensor {
  const { shape } = checkedTensor('diag', x);
  checkOffset('diag', offset);
  check(shape.length === 1 || shape.length === 2, () => `diag of ${shapeText(shape)}: expected a vector or a matrix`);
  const [right, down] = [Math.max(0, offset), Math.max(0, -offset)];
  if (shape.length === 1) {
    const n = shape[0]! + right + down;
    return spaced(x, n * n, down * n + right, n + 1).reshape([n, n]);
  }
  const [rows, columns] = shape as [number, number];
  const count = Math.max(0, Math.min(rows - down, columns - right));
  const first = count && down * columns + right;
  return slice(x.flatten(), [[first, first + count * (columns + 1), columns + 1]]);
}

// The orthogonal initializer: only a program that imports it, or a recurrent layer, has the decomposition.

import { named } from '../made.js';
import { diag } from '../ops/diagonals.js';
import { qr } from '../ops/linalg/qr.js';
import { randomNormal } from '../ops/normal.js';
import { checkShape, type Shape, sizeOf } from '../shape.js';
import type { Tensor } from '../tensor.js';

/**
 * Initial values for recurrent kernels: a random orthogonal matrix, by which a state keeps its length from step to
 * step. Of a shape [rows, columns] that is not square the shorter side has orthonormal lines; axes in front of the last
 * one count as rows. Q of the decomposition of normal numbers, with the signs of R's diagonal, so that all orthogonal
 * matrices are equally likely. (A. Saxe et al., "Exact solutions to the nonlinear dynamics of learning in deep linear
 * neural networks", 2014.)
 */
export const orthogonal = /*@__PURE__*/ named('orthogonal', (shape: Shape, key: Tensor): Tensor => {
  checkShape('orthogonal', shape);
  const columns = shape.at(-1) ?? 1;
  const rows = sizeOf(shape.slice(0, -1));
  const isWide = columns > rows;
  const { q, r } = qr(randomNormal(isWide ? [columns, rows] : [rows, columns], { key }));
  const even = q.mul(diag(r).sign());
  return (isWide ? even.transpose() : even).reshape(shape);
});

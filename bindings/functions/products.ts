// Products of vectors: dot and outer. Not here: the matrix product, which is a method of Tensor.

import { check } from '../errors.js';
import { sameShape, shapeText } from '../shape.js';
import { checkedTensor, type Tensor } from '../tensor.js';

/** The inner product of two vectors of the same length. */
export function dot(a: Tensor, b: Tensor): Tensor {
  const [sa, sb] = [checkedTensor('dot', a).shape, checkedTensor('dot', b).shape];
  const fits = sa.length === 1 && sameShape(sa, sb);
  check(fits, () => `dot of ${shapeText(sa)} and ${shapeText(sb)}: expected two equally long vectors`);
  return a.mul(b).sum();
}

/** The outer product of vectors: [m] by [n] is [m, n]. */
export function outer(a: Tensor, b: Tensor): Tensor {
  const [sa, sb] = [checkedTensor('outer', a).shape, checkedTensor('outer', b).shape];
  const fits = sa.length === 1 && sb.length === 1;
  check(fits, () => `outer of ${shapeText(sa)} and ${shapeText(sb)}: expected two vectors`);
  return a.expandDims(1).mul(b);
}

// Products: of the elements of a tensor (prod), and of vectors (dot, outer). Not here: the matrix product, which is a
// method of Tensor; running products (scan.ts).

import { check } from '../errors.js';
import { sameShape, shapeText } from '../shape.js';
import { checkedTensor, type ReduceOptions, reduceOptions, type Tensor } from '../tensor.js';
import { type Axes, reduceAxes, type Span, threeDims, without } from './reduce.js';
import { padWith, split } from './slicing.js';

/** The product of all elements over `axes`, all of them by default. */
export function prod(x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor {
  const { keepDims } = reduceOptions('prod', options);
  return reduceAxes('prod', checkedTensor('prod', x), axes, keepDims, prodSpan);
}

/**
 * Multiplies by halves. A derivative that divides by x would be wrong at zeros; this one is right, and so are higher
 * ones.
 */
function prodSpan(x: Tensor, span: Span): Tensor {
  const { outer, k, inner } = threeDims(x.shape, span);
  let length = 1;
  while (length < k) length *= 2;
  const widths = [
    [0, 0],
    [0, length - k],
    [0, 0],
  ] as const;
  let product = padWith(x.reshape([outer, k, inner]), widths, 1);
  for (; length > 1; length /= 2) {
    const [first, second] = split(product, 2, 1);
    product = first!.mul(second!);
  }
  return product.reshape(without(x.shape, span));
}

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

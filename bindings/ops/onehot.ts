// oneHot: class labels as rows of zeros with a single 1.

import { arange } from '../creation.js';
import { check, checkWhole } from '../errors.js';
import { checkedTensor, type Tensor } from '../tensor.js';

/**
 * Class labels as rows of zeros with a single 1: int32 labels of shape [n] become [n, depth], with the 1 at the label.
 * A label that is not in 0 … depth - 1 gives a row of zeros.
 */
export function oneHot(labels: Tensor, depth: number): Tensor {
  const { dtype } = checkedTensor('oneHot', labels);
  check(dtype === 'int32', () => `oneHot: the labels must be int32, got ${dtype}; convert with toInt()`);
  checkWhole('oneHot: depth', depth, 0);
  return labels.expandDims(-1).equal(arange(0, depth, 1, 'int32'));
}

// repeatVector: rows as sequences of equal steps. Not here: repeats along any axes (`tile`, slicing.ts).

import { check, checkWhole } from '../errors.js';
import { checkedTensor, type Tensor } from '../tensor.js';

/**
 * Repeats each row `n` times, for what wants a sequence: [batch, features] becomes [batch, n, features].
 *
 * @throws if x is no matrix, or n is not a whole number of at least 1
 */
export function repeatVector(x: Tensor, n: number): Tensor {
  const { shape } = checkedTensor('repeatVector', x);
  check(shape.length === 2, () => `repeatVector: expected rows [batch, features], got ${x}`);
  checkWhole('repeatVector: n', n);
  return x.expandDims(1).broadcastTo([shape[0]!, n, shape[1]!]);
}

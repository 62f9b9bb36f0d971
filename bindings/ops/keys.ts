// Several keys of one. Not here: the op, and what every program needs of keys (random.ts).

import { Domain } from '../../assembly/draws.js';
import { checkWhole } from '../errors.js';
import { checkShape, MAX_TENSORS } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { checkKey, derived, index } from './random.js';

/** `n` tensors. */
export type Keys<N extends number, T extends Tensor[] = []> = number extends N
  ? Tensor[]
  : T['length'] extends N
    ? T
    : Keys<N, [...T, Tensor]>;

/**
 * Makes `n` keys of one, 2 by default, that have nothing to do with each other or with what is drawn from the first.
 *
 *     const [now, later] = splitKey(key);
 */
export function splitKey<N extends number = 2>(key: Tensor, n?: N): Keys<N> {
  checkKey('splitKey: the key', key);
  checkWhole('splitKey: n', n ?? 2, 0, MAX_TENSORS);
  return Array.from({ length: n ?? 2 }, (_, i) => derived(key, Domain.split, [], index(i))) as Keys<N>;
}

/** The same keys as those of `splitKey`, as the rows of one tensor, int32[n, 4]. */
export function splitKeys(key: Tensor, n: number): Tensor {
  checkKey('splitKeys: the key', key);
  checkShape('splitKeys: n', [n]);
  return derived(key, Domain.split, [n]);
}

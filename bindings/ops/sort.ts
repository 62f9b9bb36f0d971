// Order along one axis. The primitive finds the indices; values are read at them, so that gradients go back to where the
// values came from.

import { Op } from '../../assembly/opcodes.js';
import { check, show } from '../errors.js';
import { normalizeAxis, shapeText, sizeOf } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { checkFloat, defineOp } from './op.js';

interface SortAttrs {
  readonly axis: number;
  readonly descending: boolean;
}

/** The indices that put an axis in order; equal elements keep theirs, and NaN is the largest, as in PyTorch. */
export const argSort = defineOp<SortAttrs>({
  name: 'argSort',
  infer: (inputs) => {
    checkFloat('argSort', inputs);
    return { shape: inputs[0]!.shape, dtype: 'int32' };
  },
  scratch: ({ shape }, { axis }) => 8 * shape[axis]!,
  emit: (e, node, { axis, descending }) => {
    const { shape } = node;
    const sizes = [sizeOf(shape.slice(0, axis)), shape[axis]!, sizeOf(shape.slice(axis + 1))];
    e.code(Op.argSort, e.at(node), e.at(node.inputs[0]!), ...sizes, +descending, e.scratch);
  },
});

/** The largest elements of an axis, from the largest down, and where they are. */
export interface TopK {
  readonly values: Tensor;
  /** int32. */
  readonly indices: Tensor;
}

/** The `k` largest along `axis`. */
export function topK(x: Tensor, k: number, axis: number): TopK {
  const at = normalizeAxis('topK', axis, x.shape.length);
  const n = x.shape[at]!;
  const fits = Number.isInteger(k) && k >= 0 && k <= n;
  check(fits, () => `topK of ${shapeText(x.shape)}: axis ${axis} has ${n} elements, not ${show(k)}`);
  const all = x.argSort(at, { descending: true });
  const indices = all.slice(x.shape.map((_, i) => (i === at ? [0, k] : null)));
  return { values: x.takeAlongAxis(indices, at), indices };
}

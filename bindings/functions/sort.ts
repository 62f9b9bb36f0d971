// Sorting along one axis: argSort, sort, topK. The only primitive is argSort, which gives indices; values are read at
// these, so that gradients flow back to where the values came from.

import { check, show } from '../errors.js';
import { argSort as argSortKernel } from '../kernels/sort.js';
import { checkFloat, defineOp } from '../ops/op.js';
import { asVector, threeDims } from '../ops/reduce.js';
import { flag, options, type Rules } from '../options.js';
import { normalizeAxis, shapeText } from '../shape.js';
import { checkedTensor, Tensor } from '../tensor.js';
import { takeAlongAxis } from './gather.js';
import { along } from './slicing.js';

/** Options of `sort` and `argSort`. */
export interface SortOptions {
  /** From the largest element down; default false. */
  readonly descending?: boolean | undefined;
}

const sortOptions = options({ descending: flag(false) } satisfies Rules<SortOptions>);

interface SortAttrs {
  readonly axis: number;
  readonly descending: boolean;
}

const argSortOp = defineOp<SortAttrs>({
  name: 'argSort',
  kernels: { argSort: argSortKernel },
  infer: (inputs) => {
    checkFloat('argSort', inputs);
    return { shape: inputs[0]!.shape, dtype: 'int32' };
  },
  scratch: ({ shape }, { axis }) => 8 * shape[axis]!,
  emit: (e, node, { axis, descending }) => {
    const sizes = threeDims(node.shape, { from: axis, to: axis + 1 });
    e.code('argSort', {
      out: e.at(node),
      x: e.at(node.inputs[0]!),
      ...sizes,
      descending: +descending,
      scratch: e.scratch,
    });
  },
});

/**
 * The indices (int32) that sort `axis`. Equal elements keep their order, and NaN counts as the largest, as in PyTorch.
 */
export function argSort(x: Tensor, axis = -1, options?: SortOptions): Tensor {
  const { descending } = sortOptions('argSort', options);
  return asVector(checkedTensor('argSort', x), (t) => ordered('argSort', t, axis, descending));
}

/** Sorts the elements along `axis`; NaN counts as the largest. */
export function sort(x: Tensor, axis = -1, options?: SortOptions): Tensor {
  const { descending } = sortOptions('sort', options);
  return asVector(checkedTensor('sort', x), (t) => takeAlongAxis(t, ordered('sort', t, axis, descending), axis));
}

const ordered = (where: string, x: Tensor, axis: number, descending: boolean): Tensor =>
  new Tensor(argSortOp, [x], { axis: normalizeAxis(where, axis, x.shape.length), descending });

/** What `topK` returns: the largest elements of an axis, from the largest down, and their indices. */
export interface TopK {
  readonly values: Tensor;
  /** int32. */
  readonly indices: Tensor;
}

/** The `k` largest elements of `axis`, from the largest down, and their int32 indices. Throws if there are fewer. */
export function topK(x: Tensor, k: number, axis = -1): TopK {
  const { shape } = checkedTensor('topK', x);
  const at = normalizeAxis('topK', axis, shape.length);
  const n = shape[at]!;
  const fits = Number.isInteger(k) && k >= 0 && k <= n;
  check(fits, () => `topK of ${shapeText(shape)}: axis ${axis} has ${n} elements, not ${show(k)}`);
  const indices = along(ordered('topK', x, at, true), at, [0, k]);
  return { values: takeAlongAxis(x, indices, at), indices };
}

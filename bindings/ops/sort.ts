// Sorting along one axis: argSort, sort, topK; and searchSorted, which looks up in what is sorted. argSort gives
// indices, and values are read at these, so that gradients flow back to where the values came from.

import indexing from '#sides/indexing.wasm';
import { check, show } from '../errors.js';
import { searchSorted as searchKernel } from '../kernels/search.js';
import { argSort as argSortKernel } from '../kernels/sort.js';
import { flag, oneOf, options, type Rules } from '../options.js';
import { normalizeAxis, sameShape, shapeText, sizeOf } from '../shape.js';
import { checkedTensor, Tensor, type TensorLike, tensorOf } from '../tensor.js';
import { takeAlongAxis } from './gather.js';
import { checkFloat, defineOp } from './op.js';
import { asVector, threeDims } from './reduce.js';

/** Options of `sort` and `argSort`. */
export interface SortOptions {
  /** From the largest element down; default false. */
  readonly descending?: boolean | undefined;
}

const sortOptions = options({ descending: flag(false) } satisfies Rules<SortOptions>);

export interface SortAttrs {
  readonly axis: number;
  readonly descending: boolean;
  /** How many of the indices are wanted, the first ones. */
  readonly count: number;
}

const argSortOp = defineOp<SortAttrs>({
  name: 'argSort',
  kernels: { argSort: argSortKernel },
  side: indexing,
  infer: ([x], { axis, count }) => ({ shape: x!.shape.map((n, i) => (i === axis ? count : n)), dtype: 'int32' }),
  batch: ({ inputs: [x] }, node, attrs) => node.rewrite(node.op, [x!], { ...attrs, axis: attrs.axis + 1 }),
  scratch: ({ inputs: [x] }, { axis }) => 16 * x!.shape[axis]!,
  emit: (e, node, { axis, descending, count }) => {
    const x = node.inputs[0]!;
    const sizes = threeDims(x.shape, { from: axis, to: axis + 1 });
    e.code('argSort', {
      out: e.at(node),
      x: e.at(x),
      ...sizes,
      count,
      ints: +(x.dtype === 'int32'),
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

function ordered(where: string, x: Tensor, given: number, descending: boolean, count?: number): Tensor {
  const axis = normalizeAxis(where, given, x.shape.length);
  return new Tensor(argSortOp, [x], { axis, descending, count: count ?? x.shape[axis]! });
}

/** What `topK` returns: the largest elements of an axis, from the largest down, and their indices. */
export interface TopK {
  readonly values: Tensor;
  /** int32. */
  readonly indices: Tensor;
}

/**
 * The `k` largest elements of `axis`, from the largest down, and their int32 indices. Throws if there are fewer; a
 * scalar has one.
 */
export function topK(x: Tensor, k: number, axis = -1): TopK {
  const { shape } = checkedTensor('topK', x);
  const isScalar = shape.length === 0;
  const at = normalizeAxis('topK', axis, shape.length || 1);
  const n = isScalar ? 1 : shape[at]!;
  const fits = Number.isInteger(k) && k >= (isScalar ? 1 : 0) && k <= n;
  check(fits, () => `topK of ${shapeText(shape)}: axis ${axis} has ${n} elements, not ${show(k)}`);
  if (isScalar) return { values: x, indices: argSort(x) };
  const indices = ordered('topK', x, at, true, k);
  return { values: takeAlongAxis(x, indices, at), indices };
}

/** Options of `searchSorted`. */
export interface SearchOptions {
  /** Where a value goes among equal ones: before them ('left', default) or behind them ('right'). */
  readonly side?: 'left' | 'right' | undefined;
}

const searchOptions = options({ side: oneOf('left', 'right') } satisfies Rules<SearchOptions>);

export interface SearchAttrs {
  readonly right: boolean;
}

const searchOp = defineOp<SearchAttrs>({
  name: 'searchSorted',
  kernels: { searchSorted: searchKernel },
  side: indexing,
  infer: (inputs) => {
    checkFloat('searchSorted', inputs);
    return { shape: inputs[1]!.shape, dtype: 'int32' };
  },
  batch: ({ inputs, full }, node, attrs) => {
    const [sorted] = inputs as [Tensor];
    const isOneVector = sorted === node.inputs[0] && sorted.shape.length === 1;
    return node.rewrite(node.op, isOneVector ? inputs : full, attrs);
  },
  work: ({ size }) => 16 * size,
  emit: (e, node, { right }) => {
    const [sorted, x] = node.inputs as [Tensor, Tensor];
    const k = sorted.shape.at(-1)!;
    const rows = sizeOf(sorted.shape.slice(0, -1));
    const count = x.size / Math.max(1, rows);
    const operands = { out: e.at(node), sorted: e.at(sorted), x: e.at(x) };
    e.code('searchSorted', { ...operands, rows, k, count, right: +right });
  },
});

/**
 * Where values would have to be put in to keep a vector sorted: for each value of x an index (int32), 0 … n. `sorted`
 * is a vector, or has as many rows as x: [..., n] and x [..., m]. It must be sorted from the smallest up; NaN is the
 * largest.
 */
export function searchSorted(sorted: Tensor, x: TensorLike, options?: SearchOptions): Tensor {
  const { side } = searchOptions('searchSorted', options);
  const [rows, values] = [checkedTensor('searchSorted', sorted), tensorOf('searchSorted', x)];
  const { shape } = rows;
  const fits = shape.length === 1 || (shape.length > 0 && sameShape(shape.slice(0, -1), values.shape.slice(0, -1)));
  check(fits, () => {
    return `searchSorted in ${shapeText(shape)} of ${shapeText(values.shape)}: expected a vector, or a row for each row`;
  });
  return new Tensor(searchOp, [rows, values], { right: side === 'right' });
}

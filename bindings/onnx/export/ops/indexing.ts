// Elements at indices, choices, and sorting.

import type { GatherAttrs } from '../../../ops/gather.js';
import type { SearchAttrs, SortAttrs } from '../../../ops/sort.js';
import type { Tensor } from '../../../tensor.js';
import { INT32, INT64 } from '../../schema.js';
import type { Exported, Rows } from '../op.js';

function gather(op: Exported): string {
  const { axis, along } = op.attrs<GatherAttrs>();
  return op.node(along ? 'GatherElements' : 'Gather', op.names, { axis });
}

/** Writes or adds `updates` to `x` at the indices. */
function scattered(op: Exported, x: string, at: Tensor, updates: Tensor, more: { reduction?: string }): string {
  const { axis, along } = op.attrs<GatherAttrs>();
  const { graph } = op;
  const [indices, values] = [graph.nameOf(at), graph.nameOf(updates)];
  if (along) return op.node('ScatterElements', [x, indices, values], { axis, ...more });
  if (axis === 0) {
    const places = op.node('Unsqueeze', [op.node('Cast', [indices], { to: INT64 }), op.ints([-1])]);
    return op.node('ScatterND', [x, places, values], more);
  }
  // An index for each element: the axes of the indices become one, and are repeated along the others.
  const shape = op.fixedShape(updates);
  const joined = [...shape.slice(0, axis), at.size, ...shape.slice(axis + at.shape.length)];
  const column = op.node('Reshape', [indices, op.ints(joined.map((_, i) => (i === axis ? at.size : 1)))]);
  const each = op.node('Expand', [column, op.ints(joined)]);
  const flat = op.node('Reshape', [values, op.ints(joined)]);
  return op.node('ScatterElements', [x, each, flat], { axis, ...more });
}

function scatterAdd(op: Exported): string {
  const zeros = op.node('Expand', [op.float(0), op.writer.sizes(op.sizes((t) => t.shape))]);
  const [updates, at] = op.inputs as [Tensor, Tensor];
  return scattered(op, zeros, at, updates, { reduction: 'add' });
}

function argSort(op: Exported): string {
  const { axis, descending } = op.attrs<SortAttrs>();
  const count = op.writer.sizes(op.sizes((t) => [t.shape[axis]!]));
  const order = op.writer.second('TopK', [op.in(0), count], { axis, largest: +descending, sorted: 1 });
  return op.node('Cast', [order], { to: INT32 });
}

/** As many as are smaller, or not larger. */
function searchSorted(op: Exported): string {
  const { right } = op.attrs<SearchAttrs>();
  const [sorted, x] = op.names as [string, string];
  const rank = op.inputs[0]!.shape.length;
  const each = op.node('Unsqueeze', [x, op.ints([-1])]);
  const all = rank === 1 ? sorted : op.node('Unsqueeze', [sorted, op.ints([-2])]);
  const isBefore = op.node(right ? 'GreaterOrEqual' : 'Greater', [each, all]);
  return op.node('ReduceSum', [op.node('Cast', [isBefore], { to: INT32 }), op.ints([-1])], { keepdims: 0 });
}

export const INDEXING: Rows = {
  gather,
  scatterAdd,
  scatter: (op) => scattered(op, op.in(0), op.inputs[1]!, op.inputs[2]!, {}),
  where: (op) => op.node('Where', [op.truth(op.in(0)), op.in(1), op.in(2)]),
  argSort,
  searchSorted,
};

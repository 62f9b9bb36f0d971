// Layers that make one tensor of several, and operations.

import { check } from '../../errors.js';
import { concat } from '../../ops/slicing.js';
import { normalizeAxis } from '../../shape.js';
import type { Tensor } from '../../tensor.js';
import type { Settings } from '../settings.js';
import type { Merge, MergeRow } from './row.js';

type Masks = readonly (Tensor | undefined)[];

/** Steps that count in one of several tensors do so in their sum, if each of them has a mask. */
const either = (masks: Masks): Tensor | undefined =>
  masks.every((mask) => mask !== undefined) ? masks.reduce((a, b) => a!.maximum(b!)) : undefined;

/** The same in Keras 2: those that count in all that have a mask. */
const all = (masks: Masks): Tensor | undefined => {
  const [first, ...others] = masks.filter((mask) => mask !== undefined);
  return others.reduce((a, b) => a!.mul(b), first);
};

const together = ({ old }: Settings): typeof all => (old ? all : either);

const merging =
  (of: Merge['of']): MergeRow =>
  (s) => ({ of, masks: together(s) });

const folded = (join: (a: Tensor, b: Tensor) => Tensor): MergeRow => merging((inputs) => inputs.reduce(join));

const sum = (inputs: readonly Tensor[]): Tensor => inputs.reduce((a, b) => a.add(b));

/** Side by side masks come together; one behind the other each step has its own. */
function joined(s: Settings, given: number, masks: Masks, inputs: readonly Tensor[]): Tensor | undefined {
  const rank = inputs[0]!.shape.length;
  const axis = normalizeAxis('axis', given, rank);
  if (axis === rank - 1) return together(s)(masks);
  if (axis !== 1)
    s.refuse('axis', 'is not supported for sequences with a mask: it must be that of time or of features');
  return concat(
    inputs.map((t, i) => masks[i] ?? t.max(-1).onesLike()),
    1,
  );
}

/** By the names of their classes. */
export const MERGES: Readonly<Record<string, MergeRow>> = {
  Add: merging(sum),
  Subtract: merging((inputs) => {
    check(inputs.length === 2, () => `it subtracts one of two, got ${inputs.length}`);
    return inputs[0]!.sub(inputs[1]!);
  }),
  Multiply: folded((a, b) => a.mul(b)),
  Average: merging((inputs) => sum(inputs).div(inputs.length)),
  Maximum: folded((a, b) => a.maximum(b)),
  Minimum: folded((a, b) => a.minimum(b)),
  Concatenate(s) {
    const axis = s.whole('axis', -1, -32);
    return { of: (inputs) => concat(inputs, axis), masks: (masks, inputs) => joined(s, axis, masks, inputs) };
  },
};

/** The operation of the same name and meaning as a layer, behind which a mask is lost. */
const alone =
  (name: string): MergeRow =>
  (s) => ({ of: MERGES[name]!(s).of });

/** Of one tensor. */
const unary =
  (f: (x: Tensor) => Tensor): MergeRow =>
  () => ({ of: ([x]) => f(x!) });

/**
 * Operations that are no layers, by the names of their classes: x + y is an Add; and those that Keras computes masks
 * with.
 */
export const OPERATIONS: Readonly<Record<string, MergeRow>> = {
  ...Object.fromEntries(
    ['Add', 'Subtract', 'Multiply', 'Maximum', 'Minimum', 'Concatenate'].map((op) => [op, alone(op)]),
  ),
  NotEqual(s) {
    const number = s.number('number');
    return { of: ([x]) => x!.notEqual(number) };
  },
  Any(s) {
    if (s.whole('axis', -1, -1) !== -1) s.refuse('axis', 'is not supported: it must be -1');
    return { of: ([x]) => x!.notEqual(0).max(-1) };
  },
  LogicalOr: () => ({ of: (inputs) => inputs.map((x) => x.notEqual(0)).reduce((a, b) => a.maximum(b)) }),
  ExpandDims(s) {
    const axis = s.whole('axis', -1, -32);
    return { of: ([x]) => x!.expandDims(axis) };
  },
  ZerosLike: unary((x) => x.toFloat().zerosLike()),
  OnesLike: unary((x) => x.toFloat().onesLike()),
};

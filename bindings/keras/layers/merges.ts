// Layers that make one tensor of several.

import { check } from '../../errors.js';
import { concat } from '../../ops/slicing.js';
import type { Tensor } from '../../tensor.js';
import type { Merge, MergeRow } from './row.js';

const folded =
  (join: (a: Tensor, b: Tensor) => Tensor): MergeRow =>
  () =>
  (inputs) =>
    inputs.reduce(join);

const sum: Merge = (inputs) => inputs.reduce((a, b) => a.add(b));

/** By the names of their classes. */
export const MERGES: Readonly<Record<string, MergeRow>> = {
  Add: () => sum,
  Subtract: () => (inputs) => {
    check(inputs.length === 2, () => `it subtracts one of two, got ${inputs.length}`);
    return inputs[0]!.sub(inputs[1]!);
  },
  Multiply: folded((a, b) => a.mul(b)),
  Average: () => (inputs) => sum(inputs).div(inputs.length),
  Maximum: folded((a, b) => a.maximum(b)),
  Minimum: folded((a, b) => a.minimum(b)),
  Concatenate(s) {
    const axis = s.whole('axis', -1, -32);
    return (inputs) => concat(inputs, axis);
  },
};

/** Of these there are operators of the same name and meaning: x + y is an Add that is no layer. */
export const OPERATORS: ReadonlySet<string> = new Set(['Add', 'Subtract', 'Multiply', 'Maximum', 'Minimum']);

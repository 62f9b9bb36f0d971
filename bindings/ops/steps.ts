// writeSteps: how steps of sequences are added to those that are remembered. An effect, not an op of users: layers have
// it by decoding.ts (layers/).

import indexing from '#sides/indexing.wasm';
import { check } from '../errors.js';
import * as kernels from '../kernels/gather.js';
import { sizeOf } from '../shape.js';
import { Tensor } from '../tensor.js';
import type { AssignAttrs } from './movement.js';
import { defineOp } from './op.js';

/**
 * Writes steps x […, steps, width] to a leaf […, capacity, width], at the int32 positions [steps]. What is made of the
 * leaf after this op reads what was written. Inputs: the leaf, the positions, x; the planner may have the second input
 * of such an effect computed at the place of the first, which would be wrong for x.
 */
const writeStepsOp = defineOp<AssignAttrs>({
  name: 'writeSteps',
  mutates: 1,
  kernels: { scatter: kernels.scatter },
  side: indexing,
  infer: ([to, positions, x]) => {
    const steps = x!.shape.at(-2);
    check(steps === positions!.size, () => `writeSteps: ${positions!} are not the positions of the steps of ${x!}`);
    return to!;
  },
  emit: (e, { inputs: [to, positions, x] }) => {
    const [count, inner] = x!.shape.slice(-2) as [number, number];
    e.code('scatter', {
      out: e.at(to!),
      x: e.at(x!),
      indices: e.at(positions!),
      outer: sizeOf(x!.shape.slice(0, -2)),
      size: to!.shape.at(-2)!,
      count,
      inner,
      along: 0,
    });
  },
});

/** The effect that writes x to the steps of `to` at these positions. */
export const writeSteps = (to: Tensor, positions: Tensor, x: Tensor): Tensor =>
  new Tensor(writeStepsOp, [to, positions, x], { runsFirst: true });

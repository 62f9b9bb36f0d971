// assign, and what an update may do with it: each place is written once, with a value from before the step, by an
// assignment that the update returns.

import { check, checkIs } from '../errors.js';
import { inTrace } from '../scope.js';
import { assignTo, checkedTensor, Tensor, textOf } from '../tensor.js';
import type { Optimizer, UpdateInputs } from './optimizer.js';

/** The assignments of the update that is running. */
let made: Tensor[] | undefined;

/**
 * Writes `value` to `to`, a parameter or a slot: what an optimizer's `update` returns. All values are those from before the
 * step, in whatever order they are written.
 *
 * @throws outside of an optimizer's `update`, or if shape or type differ
 */
export function assign(to: Tensor, value: Tensor): Tensor {
  for (const t of [to, value]) checkedTensor('assign', t);
  check(made !== undefined, () => {
    return `assign works inside of an optimizer's update only: no other tensor can be changed`;
  });
  const assignment = assignTo(to, value);
  made.push(assignment);
  return assignment;
}

/** The ops that `optimizer` writes with. */
export function updatesOf(optimizer: Optimizer, inputs: UpdateInputs): readonly Tensor[] {
  const outer = made;
  made = [];
  try {
    const updates: unknown = inTrace(`the optimizer ${optimizer.name}`, () => optimizer.update(inputs));
    const what = `the optimizer ${optimizer.name}: the value of update`;
    checkIs(Array.isArray(updates), what, 'an array of assign(…)', updates);
    checkWrites(what, updates, inputs);
    check(
      made.every((assignment) => updates.includes(assignment)),
      () => `${what} lacks an assign(…) that was made`,
    );
    return updates as Tensor[];
  } finally {
    made = outer;
  }
}

/** An optimizer of a user may return anything. */
function checkWrites(what: string, updates: readonly unknown[], { param, slots }: UpdateInputs): void {
  const unwritten = new Set([param, ...Object.values(slots)]);
  for (const t of updates) {
    const places = t instanceof Tensor && t.op.mutates ? t.inputs.slice(0, t.op.mutates) : [];
    const fits = places.length > 0 && places.every((place) => unwritten.delete(place));
    check(fits, () => {
      return `${what} has ${textOf(t)} in it; expected assign(param or a slot, value), once for each: all values are from before the step`;
    });
  }
}

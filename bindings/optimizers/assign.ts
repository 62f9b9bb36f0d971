// assign: how the update of an optimizer writes. An update writes to each place at most once, all values are computed
// from what was there before the step, and every assignment is returned; all of this is checked here.

import { check, checkIs, show } from '../errors.js';
import { inTrace } from '../scope.js';
import { assignTo, checkedTensor, Tensor } from '../tensor.js';
import type { Optimizer, UpdateInputs } from './optimizer.js';

/** The assignments of the update that is running. */
let made: Tensor[] | undefined;

/**
 * Writes `value` to `to`, a parameter or a slot of an optimizer; `update` returns the assignments of a step. All values
 * are computed from what was there before the step, whatever the order of the assignments.
 *
 * @throws outside of an optimizer's `update`, or if shapes or types differ
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

/** Calls the update of an optimizer, and checks what it returns. */
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

/**
 * Throws unless all `updates` write to parameter or slots, each place once: an optimizer of a user may return anything.
 */
function checkWrites(what: string, updates: readonly unknown[], { param, slots }: UpdateInputs): void {
  const unwritten = new Set([param, ...Object.values(slots)]);
  for (const t of updates) {
    const places = t instanceof Tensor && t.op.mutates ? t.inputs.slice(0, t.op.mutates) : [];
    const fits = places.length > 0 && places.every((place) => unwritten.delete(place));
    check(fits, () => {
      return `${what} has ${show(t)} in it; expected assign(param or a slot, value), once for each: all values are from before the step`;
    });
  }
}

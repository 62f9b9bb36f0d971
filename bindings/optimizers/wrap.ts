// How an optimizer is wrapped by another that changes the gradients it gets, or what it writes. Not here: any wrapper.

import type { Tensor } from '../tensor.js';
import { elementwise, isElementwise, type Optimizer, type UpdateInputs } from './optimizer.js';

const inside = /*@__PURE__*/ new WeakMap<Optimizer, Optimizer>();

/** The optimizer that a wrapper wraps. */
export const insideOf = (wrapper: Optimizer): Optimizer => inside.get(wrapper) ?? wrapper;

/**
 * An optimizer whose updates are those that `change` makes of the updates of `inner`, and of each optimizer that it has
 * for a group.
 *
 * @param byNumber whether the new updates still treat every number by itself, if those of `inner` do
 */
export function wrapped(
  inner: Optimizer,
  change: (inputs: UpdateInputs, part: Optimizer) => readonly Tensor[],
  byNumber = true,
  more: (part: Optimizer) => Partial<Optimizer> = () => ({}),
): Optimizer {
  const known = new Map<Optimizer, Optimizer>();
  const wrap = (part: Optimizer): Optimizer => {
    const update = (inputs: UpdateInputs) => change(inputs, part);
    if (byNumber && isElementwise(part.update)) elementwise(update);
    const wrapper = { ...part, ...more(part), update };
    inside.set(wrapper, part);
    return wrapper;
  };
  const once = (part: Optimizer): Optimizer => {
    if (!known.has(part)) known.set(part, wrap(part));
    return known.get(part)!;
  };
  const { split } = inner;
  return split ? { ...wrap(inner), split: (all) => split.call(inner, all).map(once) } : wrap(inner);
}

// customVjp: a function with a gradient of your own in place of the chain rule's. Not here: gradients of functions as
// they are (autodiff.ts).

import { check, show } from '../errors.js';
import { reachable } from '../graph.js';
import { checkFunction } from '../objective.js';
import { concat, split } from '../ops/slicing.js';
import { sameShape } from '../shape.js';
import { type Tensor, withDerivative } from '../tensor.js';
import { buildTree, type Form, flattenTree, type Leaf, leafCount, leafTensor, leavesLike, type Tree } from '../tree.js';
import { type AnyFunction, calledOn, returned, type Trees } from './call.js';

/** What the function of `customVjp` returns. */
export interface Saving<Y, S> {
  /** Its value: a tensor, or a tree. */
  readonly value: Y;
  /** Anything that `back` needs. */
  readonly saved: S;
}

/** Gradients by the arguments, each in the form of its argument; null where there is none. */
export type GradsOf<A extends unknown[]> = { readonly [K in keyof A]: A[K] | null };

const isFloat = ({ dtype }: Tensor): boolean => dtype === 'float32';

/**
 * Makes a function with a gradient of your own: where the chain rule is unstable, or is to be something else, as in
 * clipped or straight-through gradients. `f` computes the value, and what `back` needs to know; `back` takes that and
 * g = dL/dvalue to dL/dargument for each argument. It is called when a gradient is asked for; if it is made of ops that
 * have derivatives, there are second ones.
 *
 * @param f    returns { value, saved }; tensors that it uses besides its arguments must be constants
 * @param back returns an array, a gradient or null for each argument
 * @example customVjp((x) => ({ value: x.exp(), saved: x }), (x, g) => [g.mul(x.exp()).minimum(1)])
 */
export function customVjp<A extends Trees<A> = Tensor[], Y extends Tree<Y> = Tensor, S = unknown>(
  f: (...args: A) => Saving<Y, S>,
  back: (saved: S, g: Y) => GradsOf<NoInfer<A>>,
): (...args: A) => Y {
  checkFunction('customVjp', f);
  checkFunction('customVjp: back', back);
  return (...args) => {
    const leaves: Leaf[] = [];
    const form = flattenTree('the arguments', args, leaves);
    const scope = { name: 'customVjp', active: false, reusable: false };
    const given = leaves.map((leaf) => leafTensor(leaf).identity(scope));
    const result = calledOn('customVjp', f as unknown as AnyFunction, form, leaves, given);
    const { value, saved } = checkedResult<S>(result);
    const { outputs, outputForm } = returned('the value that the function of customVjp returns', value);
    checkClosed(outputs, given);
    const pull = (parts: readonly Tensor[]): (Tensor | null)[] => {
      const g = buildTree(outputForm, parts.values()) as Y;
      return gradientsOf(back(saved, g), form!.parts, given);
    };
    return buildTree(outputForm, withPull(outputs, given, pull).values()) as Y;
  };
}

function checkedResult<S>(result: unknown): Saving<unknown, S> {
  const fits = typeof result === 'object' && result !== null && 'value' in result && 'saved' in result;
  check(fits, () => `customVjp: the function must return { value, saved }, got ${show(result)}`);
  return result as Saving<unknown, S>;
}

/** Throws if a gradient would be lost: that of a tensor which the values need, and which is no argument. */
function checkClosed(values: readonly Tensor[], given: readonly Tensor[]): void {
  const first = given[0]?.id ?? 0;
  const own = new Set(given);
  const isOutside = (t: Tensor): boolean => t.id < first;
  for (const t of reachable(values, (t) => (own.has(t) || isOutside(t) ? [] : t.inputs))) {
    if (isOutside(t)) t.checkSeen('a function of customVjp that uses more than its arguments');
  }
}

/**
 * The values with a derivative for all of them together: `pull` gets a gradient for each, 0 for those of int32. A node
 * has one gradient, so several values are one node for a while.
 */
function withPull(
  values: readonly Tensor[],
  given: readonly Tensor[],
  pull: (parts: readonly Tensor[]) => (Tensor | null)[],
): Tensor[] {
  const floats = values.filter(isFloat);
  const sizes = floats.map(({ size }) => size);
  const shaped = (parts: readonly Tensor[]): Tensor[] => {
    const next = parts.values();
    return values.map((t) => (isFloat(t) ? next.next().value!.reshape(t.shape) : t));
  };
  const zeroed = (t: Tensor): Tensor => (isFloat(t) ? t : t.toFloat().zerosLike());
  if (floats.length === 0 || given.length === 0) return [...values];
  if (floats.length === 1) return shaped([withDerivative(floats[0]!, given, (g) => pull(shaped([g]).map(zeroed)))]);
  const whole = concat(floats.map((t) => t.flatten()));
  const out = withDerivative(whole, given, (g) => pull(shaped(split(g, sizes)).map(zeroed)));
  return shaped(split(out, sizes));
}

/** What `back` returned, checked: a gradient for each leaf of the arguments. */
function gradientsOf(grads: unknown, forms: readonly Form[], given: readonly Tensor[]): (Tensor | null)[] {
  const fits = Array.isArray(grads) && grads.length === forms.length;
  check(
    fits,
    () => `customVjp: back must return an array of ${forms.length}, one for each argument, got ${show(grads)}`,
  );
  const leaves = forms.flatMap((form, i) => {
    const grad = (grads as unknown[])[i];
    if (grad === null) return new Array<null>(leafCount(form)).fill(null);
    return leavesLike(`customVjp: gradient ${i} that back returns`, grad, form, 'its argument');
  });
  return leaves.map((leaf, i) => {
    if (leaf === null || !isFloat(given[i]!)) return null;
    const g = leafTensor(leaf);
    const same = isFloat(g) && sameShape(g.shape, given[i]!.shape);
    check(same, () => `customVjp: back returns the gradient ${g} for an argument of ${given[i]}`);
    return g;
  });
}

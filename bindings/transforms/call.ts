// Calling a function of the user whose arguments and results are trees of tensors: what jit, vmap and customVjp share.

import { check } from '../errors.js';
import type { Tensor } from '../tensor.js';
import { buildTree, type Feed, type Form, flattenTree, type Leaf, leafTensor, type Tree, withHint } from '../tree.js';

export type AnyFunction = (...args: unknown[]) => unknown;

/** Arguments that are trees. */
export type Trees<A> = unknown[] & { readonly [K in keyof A]: Tree<A[K]> };

/** The arguments of `f`, numbers and typed arrays in place of tensors. */
export type FeedAll<A extends unknown[]> = Extract<{ [K in keyof A]: Feed<A[K]> }, unknown[]>;

/**
 * What a transform makes of a function: numbers and typed arrays may stand in place of tensors. Another transform,
 * whose argument it is, sees the last form.
 */
export interface Fed<A extends unknown[], Y> {
  (...args: FeedAll<A>): Y;
  (...args: A): Y;
}

/** What a function returned, taken apart. */
export interface Returned {
  readonly outputs: readonly Tensor[];
  readonly outputForm: Form;
}

/**
 * Calls `f` on `tensors`, which stand for the `leaves` of its arguments.
 *
 * @param form of the array of arguments
 */
export function calledOn(
  where: string,
  f: AnyFunction,
  form: Form,
  leaves: readonly Leaf[],
  tensors: readonly Tensor[],
): unknown {
  const run = () => f(...(buildTree(form, tensors.values()) as unknown[]));
  const arrays = { keys: [], parts: form!.parts }; // of the arguments: they are in one themselves
  const result = withHint(where, arrays, leaves, run);
  check(!(result instanceof Promise), () => `${where}: the function must not be async: it is traced in one go`);
  return result;
}

/** Takes apart what a function returned; `what` names it in errors. */
export function returned(what: string, result: unknown): Returned {
  const leaves: Leaf[] = [];
  const outputForm = flattenTree(what, result, leaves);
  return { outputs: leaves.map(leafTensor), outputForm };
}

// scan, in JAX's terms: a loop over the rows of tensors that carries values from turn to turn. Its function is traced
// once, so that a scan costs the same to trace, plan and encode however many turns it has. Not here: the op (loop.ts).

import { check, checkFunction, show } from '../errors.js';
import { flag, options, type Rules, whole } from '../options.js';
import { inTrace } from '../scope.js';
import { sameShape } from '../shape.js';
import { inputOf, type Tensor } from '../tensor.js';
import {
  buildTree,
  type Form,
  flattenTree,
  type Leaf,
  leafTensor,
  leavesLike,
  type Tensors,
  type Tree,
  withHint,
} from '../tree.js';
import { together } from './autodiff.js';
import { Body } from './body.js';
import { lastOf, loopOf, stackOf } from './loop.js';

/** Options of `scan`. */
export interface ScanOptions {
  /** The number of turns; needed if there are no xs to say it. */
  readonly length?: number | undefined;
  /** Goes from the last row to the first; row i of the ys still belongs to row i of the xs. */
  readonly reverse?: boolean | undefined;
}

const scanOptions = options({
  length: whole(undefined, 0, 2 ** 31 - 1),
  reverse: flag(false),
} satisfies Rules<ScanOptions>);

/** What a scan returns. */
export interface ScanResult<C, Y> {
  /** The carry after the last turn; `init` itself, as tensors, if there was no turn. */
  readonly carry: Tensors<C>;
  /** What the function returned besides the carry, each tensor with the values of all turns along a new first axis. */
  readonly ys: Y;
}

/** A tree taken apart, its leaves as tensors. */
export interface Flat {
  readonly form: Form;
  readonly leaves: readonly Leaf[];
  readonly tensors: readonly Tensor[];
}

/** Takes a tree apart. */
export function flat(where: string, tree: unknown): Flat {
  const leaves: Leaf[] = [];
  const form = flattenTree(where, tree, leaves);
  return { form, leaves, tensors: leaves.map(leafTensor) };
}

/**
 * Calls `f(carry, x)` for each row x of `xs`, where `carry` is what the call before returned, and `init` at first. `f`
 * returns [carry, y]. It is traced once and runs as a loop inside of the program: recurrent networks, filters, solvers
 * and simulations of any length. Differentiable, in forward and reverse, any number of times.
 *
 * The carry keeps its form, shapes and types: any nest of arrays and objects of tensors; a number in `init` is a scalar
 * tensor to `f`. `xs` is such a nest of tensors, too, with equal first axes, or null, with the number of turns as
 * `length`; y is one, or null. What `f` uses from outside is the same in all turns; what does not depend on its
 * arguments is computed once. Random numbers must be drawn outside.
 *
 * In the backward pass carried gradients below 2^-100 become 0: a gradient that fades away would be made of denormals
 * in the end, which are a hundred times as slow.
 *
 * @example scan((sum, x) => [sum.add(x), sum], 0, tensor([1, 2, 3])) // carry 6, ys [0, 1, 3]
 */
export function scan<C, X extends Tree<X> = Tensor, Y = unknown>(
  f: (carry: Tensors<C>, x: X) => readonly [carry: Tensors<NoInfer<C>>, y: Y],
  init: C,
  xs: X | null,
  options?: ScanOptions,
): ScanResult<C, Y> {
  checkFunction('scan', f);
  const { length: given, reverse } = scanOptions('scan', options);
  const first = flat('scan: the initial carry', init);
  const rows = xs === null || xs === undefined ? undefined : flat('scan: xs', xs);
  const length = turnsOf(rows?.tensors ?? [], given);

  const carries = first.tensors.map(({ shape, dtype }) => inputOf('the carry', shape, dtype));
  const xRows = (rows?.tensors ?? []).map(({ shape, dtype }) => inputOf('a row of xs', shape.slice(1), dtype));
  const carry = buildTree(first.form, carries.values()) as Tensors<C>;
  const x = (rows ? buildTree(rows.form, xRows.values()) : xs) as X;
  const run = () => inTrace('the function of scan', () => f(carry, x));
  const result: unknown = withHint('scan', first.form, first.leaves, run);
  check(!(result instanceof Promise), () => 'scan: the function must not be async: it is traced in one go');
  const isPair = Array.isArray(result) && result.length === 2;
  check(isPair, () => `scan: the function must return [carry, y], got ${show(result)}`);
  const [after, y] = result as [unknown, unknown];
  const next = alike('scan: the carry that the function returns', after, first.form, carries, 'the one that it gets');
  const each = y === null || y === undefined ? undefined : flat('scan: what the function returns as y', y);

  const body = new Body({ carries, xs: xRows, next, results: each?.tensors ?? [] });
  const inputs = [...first.tensors, ...(rows?.tensors ?? []), ...body.captured];
  const loop = loopOf(body, inputs, length, reverse);
  const last = carries.map((_, k) => lastOf(loop, k));
  const ys = (each?.tensors ?? []).map((t) => stackOf(loop, t));
  together([...last, ...ys]);
  return {
    carry: buildTree(first.form, last.values()) as Tensors<C>,
    ys: (each ? buildTree(each.form, ys.values()) : y) as Y,
  };
}

/** The number of turns, which the first axes of all xs and the option must agree on. */
function turnsOf(xs: readonly Tensor[], given: number | undefined): number {
  for (const t of xs) check(t.shape.length > 0, () => `scan: xs holds ${t}, a scalar, which has no rows`);
  const length = given ?? xs[0]?.shape[0];
  check(length !== undefined, () => 'scan: without xs the number of turns is needed: scan(f, init, null, { length })');
  for (const t of xs) {
    const what = given === undefined ? `${xs[0]!} has` : 'the length is';
    check(
      t.shape[0] === length,
      () => `scan: xs holds ${t}, but ${what} ${length} ${given === undefined ? 'rows' : ''}`,
    );
  }
  return length;
}

/** The leaves of `value`, as tensors; throws unless they have the form, shapes and types of what is `expected`. */
export function alike(where: string, value: unknown, form: Form, expected: readonly Tensor[], like: string): Tensor[] {
  const tensors = leavesLike(where, value, form, like).map(leafTensor);
  expected.forEach((t, k) => {
    const got = tensors[k]!;
    const fits = sameShape(got.shape, t.shape) && got.dtype === t.dtype;
    check(fits, () => `${where} must have the shapes and types of ${like}: got ${got}, expected ${t}`);
  });
  return tensors;
}

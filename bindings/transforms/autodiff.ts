// grad, valueAndGrad, vjp, jvp: transforms in JAX's terms, which take a function and differentiate it. They only make
// graph: nothing is computed until a value is read. Not here: the backward pass itself (grad.ts).

import { check, show } from '../errors.js';
import { pullback } from '../grad.js';
import { checkFunction, scalarLoss } from '../objective.js';
import { flag, options, type Rules } from '../options.js';
import { inScope, type Scope } from '../scope.js';
import { sameShape } from '../shape.js';
import { Tensor } from '../tensor.js';
import {
  buildTree,
  type Feed,
  type Form,
  flattenTree,
  type Leaf,
  leafTensor,
  leavesLike,
  type Same,
  type TensorTree,
  type Tree,
  withHint,
} from '../tree.js';

/** A function of a tree of tensors (and of more arguments, which are not differentiated by). */
export type TensorFunction<X, Y, R extends unknown[] = []> = (x: X, ...rest: R) => Y;

/** The gradient of a function. */
export interface Grads<G> {
  /** dL/dx, in the form of the argument: a number for a number, a tensor for a tensor. */
  readonly grads: G;
}

/** The value and the gradient of a function. */
export interface ValueAndGrad<V, G> extends Grads<G> {
  /** A number where the argument holds numbers only, else a tensor. */
  readonly value: V;
}

/** What a function with `hasAux` returned beside its value. */
export interface Aux<A> {
  readonly aux: A;
}

/** What `vjp` returns. */
export interface Pullback<X, Y> {
  /** f(x). */
  readonly value: Y;
  /** Takes a cotangent u, in the form of f(x), to uᵀ·∂f/∂x, in the form of x. */
  readonly pull: (cotangent: Feed<Y>) => X;
}

/** What `jvp` returns. */
export interface Pushforward {
  /** f(x). */
  readonly value: Tensor;
  /** ∂f/∂x·v, in the shape of f(x). */
  readonly tangent: Tensor;
}

/** With `hasAux` the function returns [loss, aux]. */
export interface GradOptions {
  readonly hasAux?: boolean | undefined;
}

const gradOptions = options({ hasAux: flag(false) } satisfies Rules<GradOptions>);

/** A number where all leaves of `P` are numbers, else a tensor. */
export type ValueOf<P> = TensorTree extends P
  ? Tensor | number
  : 'tensor' extends LeafKind<P>
    ? Tensor
    : LeafKind<P> extends 'number'
      ? number
      : Tensor | number;

type LeafKind<P> = [P] extends [number]
  ? 'number'
  : [P] extends [Tensor | ArrayBufferView]
    ? 'tensor'
    : [P] extends [Leaf]
      ? 'either'
      : P extends readonly unknown[]
        ? { [K in keyof P]: LeafKind<P[K]> }[number]
        : { [K in keyof P]: LeafKind<P[K]> }[keyof P];

/**
 * The argument of a transform, taken apart. Its leaves become new nodes: other uses of the same tensors are constants.
 */
interface Argument {
  readonly leaves: readonly Leaf[];
  readonly nodes: readonly Tensor[];
  readonly form: Form;
  readonly tree: TensorTree;
  readonly scope: Scope;
}

/** Runs the function of a transform on its argument. */
export function applied<T>({ scope, tree, leaves, form }: Argument, f: (tree: never) => T): T {
  checkFunction(scope.name, f);
  return withHint(scope.name, form, leaves, () => inScope(scope, () => f(tree as never)));
}

/**
 * Takes the argument of the transform `name` apart.
 *
 * @param reusable the transform may differentiate again when its function has ended
 */
export function argumentOf(name: string, x: unknown, reusable = false): Argument {
  const where = `the argument of ${name}`;
  const leaves: Leaf[] = [];
  const form = flattenTree(where, x, leaves);
  check(leaves.length > 0, () => `${where} holds no tensor or number to differentiate by`);
  const scope: Scope = { name, active: false, reusable };
  const nodes = leaves.map((leaf) => leafTensor(leaf).identity(scope));
  for (const { dtype } of nodes)
    check(dtype === 'float32', () => `${where}: cannot differentiate by an ${dtype} tensor; convert with toFloat()`);
  return { leaves, nodes, form, tree: buildTree(form, nodes.values()) as TensorTree, scope };
}

/**
 * Puts results into the form of the argument, with numbers where it has numbers. Inside of another transform or trace
 * they stay tensors, since they can't be read there.
 */
function likeArgument({ form, leaves }: Argument, results: readonly Tensor[]): unknown {
  const like = (t: Tensor, i: number) => (typeof leaves[i] === 'number' && !t.tracked ? t.item() : t);
  return buildTree(form, results.map(like).values());
}

/** Marks tensors as siblings: when one of them is read, one run computes all. */
export function together(tensors: readonly Tensor[]): void {
  for (const t of tensors) t.siblings = tensors;
}

/**
 * What `valueAndGrad` makes: with numbers and typed arrays in place of tensors, too. Another transform, whose argument
 * it is, sees the last form.
 */
export interface ValueAndGradFunction<X, R extends unknown[], More = unknown> {
  <P>(x: P & Feed<X>, ...rest: R): ValueAndGrad<ValueOf<P>, Same<P>> & More;
  (x: X, ...rest: R): ValueAndGrad<Tensor, X> & More;
}

/** The forms of `valueAndGrad`. */
export interface ValueAndGradTransform {
  <X extends Tree<X> = Tensor, A = unknown, R extends unknown[] = []>(
    f: TensorFunction<X, readonly [Tensor, A], R>,
    options: { readonly hasAux: true },
  ): ValueAndGradFunction<X, R, Aux<A>>;
  <X extends Tree<X> = Tensor, R extends unknown[] = []>(
    f: TensorFunction<X, Tensor, R>,
    options?: { readonly hasAux?: false | undefined },
  ): ValueAndGradFunction<X, R>;
}

/**
 * Makes a function that computes the value and the gradient of `f` by its first argument, any nest of arrays and
 * objects of tensors. A number in it is a scalar to `f`, and its gradient is a number, too.
 *
 * `f` must return a scalar; with `hasAux`, [scalar, aux], and the result has `aux`, too.
 *
 * @example valueAndGrad(({ w, b }) => w.mul(2).add(b.mul(3)).mul(b.mul(2).add(1)))({ w: 3, b: 4 })
 *   // { value: 162, grads: { w: 18, b: 63 } }
 */
export const valueAndGrad = ((f: LooseFunction, options?: GradOptions) =>
  differentiated('valueAndGrad', f, options, (value, grads, aux) => ({
    value,
    grads,
    ...aux,
  }))) as unknown as ValueAndGradTransform;

/** What `grad` makes, as `ValueAndGradFunction`. */
export interface GradFunction<X, R extends unknown[]> {
  <P>(x: P & Feed<X>, ...rest: R): Same<P>;
  (x: X, ...rest: R): X;
}

/** What `grad` makes with `hasAux`. */
export interface GradAuxFunction<X, R extends unknown[], A> {
  <P>(x: P & Feed<X>, ...rest: R): Grads<Same<P>> & Aux<A>;
  (x: X, ...rest: R): Grads<X> & Aux<A>;
}

/** The forms of `grad`. */
export interface GradTransform {
  <X extends Tree<X> = Tensor, A = unknown, R extends unknown[] = []>(
    f: TensorFunction<X, readonly [Tensor, A], R>,
    options: { readonly hasAux: true },
  ): GradAuxFunction<X, R, A>;
  <X extends Tree<X> = Tensor, R extends unknown[] = []>(
    f: TensorFunction<X, Tensor, R>,
    options?: { readonly hasAux?: false | undefined },
  ): GradFunction<X, R>;
}

/**
 * Makes a function that computes the gradient of `f` by its first argument, as `valueAndGrad`. grad of grad is the
 * second derivative.
 *
 * `f` must return a scalar; with `hasAux`, [scalar, aux], and { grads, aux } is returned.
 */
export const grad = ((f: LooseFunction, options?: GradOptions) =>
  differentiated('grad', f, options, (_value, grads, aux) =>
    aux ? { grads, ...aux } : grads,
  )) as unknown as GradTransform;

/** Any function: what it takes is checked when it is called. */
type LooseFunction = (x: never, ...rest: never[]) => unknown;

function differentiated(
  where: string,
  f: LooseFunction,
  options: GradOptions | undefined,
  result: (value: unknown, grads: unknown, aux: Aux<unknown> | undefined) => unknown,
): unknown {
  checkFunction(where, f);
  const { hasAux } = gradOptions(where, options);
  return (x: unknown, ...rest: unknown[]) => {
    const argument = argumentOf(where, x);
    const returned = applied(argument, (tree) => f(tree, ...(rest as never[])));
    check(!hasAux || Array.isArray(returned), () => {
      return `${where}: with hasAux the function must return [scalar, aux], got ${show(returned)}`;
    });
    const [first, aux] = hasAux ? (returned as [unknown, unknown]) : [returned, undefined];
    const loss = scalarLoss(where, first);
    const parts = pullback([loss], [loss.onesLike()], argument.nodes);
    const grads = parts.map((g, i) => g ?? argument.nodes[i]!.zerosLike());
    together([loss, ...grads]);
    const numbers = argument.leaves.every((leaf) => typeof leaf === 'number');
    const value = numbers && !loss.tracked ? loss.item() : loss;
    return result(value, likeArgument(argument, grads), hasAux ? { aux } : undefined);
  };
}

/**
 * Computes f(x) as `value`, and returns with it `pull`, the backward pass: it takes a cotangent u (a tensor in the
 * shape of f(x), or a tree in its form) to uᵀ·∂f/∂x, in the form of x. It may be called any number of times.
 */
export function vjp<X extends Tree<X> = Tensor, Y extends Tree<Y> = Tensor>(
  f: TensorFunction<X, Y>,
  x: Feed<NoInfer<X>>,
): Pullback<X, Y> {
  const argument = argumentOf('vjp', x as unknown, true);
  const outputs: Leaf[] = [];
  const form = flattenTree('what the function of vjp returns', applied(argument, f), outputs);
  const results = outputs.map(leafTensor);
  // Nodes of their own: those that pull differentiates keep all that they were made of.
  const read = { ...argument.scope, reusable: false };
  const value = buildTree(form, results.map((t) => t.identity(read)).values()) as Y;
  const pull = (cotangent: Feed<Y>): X => {
    const given = cotangentsOf('vjp: the cotangent', cotangent, form, results);
    const grads = pullback(results, given, argument.nodes).map((g, i) => g ?? argument.nodes[i]!.zerosLike());
    together(grads);
    return buildTree(argument.form, grads.values()) as X;
  };
  return { value, pull };
}

/** Cotangents or tangents for `like`, checked. */
function cotangentsOf(where: string, tree: unknown, form: Form, like: readonly Tensor[]): Tensor[] {
  return leavesLike(where, tree, form, 'what it belongs to').map((leaf, i) => {
    const t = leafTensor(leaf);
    check(sameShape(t.shape, like[i]!.shape), () => `${where} is ${t}, expected ${like[i]!}`);
    return t;
  });
}

/**
 * Computes f(x) as `value` and the derivative in a direction, ∂f/∂x·v, as `tangent`. It is made of reverse mode twice:
 * uᵀ·∂f/∂x is linear in u, so its derivative by u, pulled back from v, is ∂f/∂x·v.
 *
 * @param tangent v, in the form of x
 */
export function jvp<X extends Tree<X> = Tensor>(
  f: TensorFunction<X, Tensor>,
  x: Feed<NoInfer<X>>,
  tangent: Feed<NoInfer<X>>,
): Pushforward {
  const argument = argumentOf('jvp', x as unknown);
  const v = cotangentsOf('jvp: the tangent', tangent, argument.form, argument.nodes);
  const value = applied(argument, f);
  check(value instanceof Tensor, () => `jvp: the function must return a tensor, got ${show(value)}`);
  const u = value.onesLike().identity(argument.scope);
  const pulled = pullback([value], [u], argument.nodes);
  const used = pulled.flatMap((g, i) => (g ? [[g, v[i]!] as const] : []));
  const [derivative] = pullback(
    used.map(([g]) => g),
    used.map(([, t]) => t),
    [u],
  );
  const out = derivative ?? value.zerosLike();
  together([value, out]);
  return { value, tangent: out };
}

// Trees: nests of arrays and objects with tensors, numbers or typed arrays at their leaves, as the pytrees of JAX.
// Arguments and results of transforms are trees.

import { check, show, WasmgradError } from './errors.js';
import { checkDepth } from './nested.js';
import { constantOf, scalar, Tensor } from './tensor.js';
import { checkAlive, typedName } from './typed.js';

/** What a leaf may be: a number is a scalar, a typed array a vector; bytes are float32, 0 … 255. */
export type Leaf = Tensor | number | Float32Array | Int32Array | Uint8Array | Uint8ClampedArray;

/** Any nest of tensors. */
export type TensorTree = Tensor | readonly TensorTree[] | { readonly [key: string]: TensorTree };

/** Any nest of leaves. */
export type LeafTree = Leaf | readonly LeafTree[] | { readonly [key: string]: LeafTree };

/**
 * What a traced function may take and return: `X extends Tree<X>` holds for a tensor and for any nest of arrays,
 * tuples, objects and interfaces of tensors. (A mapped type may constrain itself; a conditional one, as `TreeOf`, may
 * not.)
 */
export type Tree<X> = { readonly [K in keyof X]: X extends Tensor ? X[K] : TreeOf<X[K]> } & NoFunction;

/** `X`, with a message in place of what is no tensor. */
export type TreeOf<X> = TensorTree extends X
  ? X
  : X extends Tensor | undefined
    ? X
    : X extends NoTree | number | ArrayBufferView
      ? { readonly error: 'a traced function sees tensors, in arrays and objects; this is'; readonly type: X }
      : { readonly [K in keyof X]: TreeOf<X[K]> };

/** Any nest of leaves: as `Tree`, with numbers and typed arrays, too. */
export type Nest<X> = { readonly [K in keyof X]: X extends Leaf ? X[K] : NestOf<X[K]> };

type NestOf<X> = LeafTree extends X
  ? X
  : X extends Leaf | undefined
    ? X
    : X extends NoTree
      ? { readonly error: 'a tree has tensors and numbers, in arrays and objects; this is'; readonly type: X }
      : { readonly [K in keyof X]: NestOf<X[K]> };

type NoTree = string | boolean | bigint | symbol | null | ((...args: never) => unknown);

/** Objects, but no functions, which a mapped type would let through. */
type NoFunction = object & { readonly [Symbol.hasInstance]?: never };

/** What may be passed where a function takes `X`: numbers and typed arrays in place of tensors. */
export type Feed<X> = TensorTree extends X
  ? LeafTree
  : X extends Tensor
    ? Leaf
    : X extends NoTree
      ? never
      : { readonly [K in keyof X]: Feed<X[K]> };

/** The type of a gradient by `P`: a tensor for a tensor or typed array, a number for a number. */
export type Same<P> = TensorTree extends P
  ? P
  : P extends number
    ? number
    : P extends Tensor | ArrayBufferView
      ? Tensor
      : { -readonly [K in keyof P]: Same<P[K]> };

/** `P` with tensors in place of all leaves: what a traced function gets for it. */
export type Tensors<P> = TensorTree extends P
  ? P
  : P extends Leaf
    ? Tensor
    : { -readonly [K in keyof P]: Tensors<P[K]> };

/** The form of a tree: what is left when its leaves are taken off. */
export type Form = null | { readonly keys: readonly string[] | null; readonly parts: readonly Form[] };

const isLeaf = (value: unknown): value is Leaf =>
  value instanceof Tensor ||
  typeof value === 'number' ||
  /^(Float32|Int32|Uint8|Uint8Clamped)Array$/.test(typedName(value) ?? '');

/**
 * Whether an object was made by {} or Object.create(null), in any realm; of a Map or a class the keys are not what it
 * holds.
 */
export function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (value === null || typeof value !== 'object') return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.hasOwn(prototype, 'isPrototypeOf');
}

/**
 * Takes a tree apart: appends its leaves to `leaves`, in order, and returns its form. `where` names the tree in errors.
 */
export function flattenTree(where: string, value: unknown, leaves: Leaf[], depth = 0): Form {
  if (isLeaf(value)) {
    checkAlive(where, value);
    leaves.push(value);
    return null;
  }
  checkDepth(where, depth);
  if (Array.isArray(value)) {
    // Not map, which would leave holes out.
    const parts = Array.from(value, (part, i) => flattenTree(`${where}[${i}]`, part, leaves, depth + 1));
    return { keys: null, parts };
  }
  check(isPlain(value), () => `${where} is ${show(value)}: expected tensors or numbers in arrays and plain objects`);
  const keys = Object.keys(value);
  const parts = keys.map((key) => flattenTree(`${where}.${key}`, value[key], leaves, depth + 1));
  return { keys, parts };
}

/** Makes a tree of a form and its leaves. */
export function buildTree(form: Form, leaves: Iterator<unknown>): unknown {
  if (form === null) return leaves.next().value;
  const parts = form.parts.map((part) => buildTree(part, leaves));
  return form.keys === null ? parts : Object.fromEntries(form.keys.map((key, i) => [key, parts[i]]));
}

/**
 * The same as flattenTree for a tree that should have a known form, but faster; false if its form is another. Keys may
 * come in another order.
 */
export function matchTree(form: Form, value: unknown, leaves: Leaf[]): boolean {
  if (form === null) return isLeaf(value) && leaves.push(value) > 0;
  const { keys, parts } = form;
  if (keys === null) {
    return (
      Array.isArray(value) &&
      value.length === parts.length &&
      parts.every((part, i) => matchTree(part, value[i], leaves))
    );
  }
  if (!isPlain(value)) return false;
  const own = Object.keys(value);
  if (own.length !== keys.length) return false;
  return keys.every(
    (key, i) => (own[i] === key || Object.hasOwn(value, key)) && matchTree(parts[i]!, value[key], leaves),
  );
}

/**
 * The leaves of a tree that must have this form, in its order. `where` names the tree in errors, `like` what has the
 * form.
 */
export function leavesLike(where: string, value: unknown, form: Form, like: string): Leaf[] {
  flattenTree(where, value, []); // what is no tree at all, it names
  const leaves: Leaf[] = [];
  check(matchTree(form, value, leaves), () => `${where} must have the form of ${like}`);
  return leaves;
}

/** How many leaves a tree of this form has. */
export const leafCount = (form: Form): number => form?.parts.reduce((sum, part) => sum + leafCount(part), 0) ?? 1;

/** The tensor that a leaf stands for. */
export function leafTensor(leaf: Leaf): Tensor {
  if (leaf instanceof Tensor) return leaf;
  if (typeof leaf === 'number') return scalar(leaf);
  const int = typedName(leaf) === 'Int32Array';
  return constantOf(new (int ? Int32Array : Float32Array)(leaf), [leaf.length], int ? 'int32' : 'float32');
}

/** Whether a tree of this form has an array of leaves. */
const hasRow = (form: Form): boolean =>
  form !== null && ((form.keys === null && form.parts.includes(null)) || form.parts.some(hasRow));

/** An array of numbers is a tree of scalars, not a tensor: the commonest reason for "x.sub is not a function". */
export function withHint<T>(where: string, form: Form, leaves: readonly Leaf[], run: () => T): T {
  try {
    return run();
  } catch (cause) {
    const numbers = leaves.some((leaf) => typeof leaf === 'number') && hasRow(form);
    if (!(cause instanceof TypeError) || !numbers) throw cause;
    const hint = 'what is given as an array, the function gets as an array of scalars; for one tensor pass tensor([…])';
    throw new WasmgradError(`${where}: the function failed with '${cause.message}'; ${hint}`, { cause });
  }
}

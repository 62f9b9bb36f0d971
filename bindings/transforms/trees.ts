// treeMap, treeLeaves and treeReduce: working with nests of tensors, such as the parameters of a function and their
// gradients. Not here: what a tree is (tree.ts).

import { checkFunction } from '../objective.js';
import type { Tensor } from '../tensor.js';
import {
  buildTree,
  flattenTree,
  type Leaf,
  type LeafTree,
  leafTensor,
  leavesLike,
  type Nest,
  type TensorTree,
} from '../tree.js';

/** The type of a tree in the form of `X` with a `U` in place of every leaf. */
export type MapTree<X, U> = TensorTree extends X
  ? TreeWith<U>
  : X extends Leaf
    ? U
    : { -readonly [K in keyof X]: MapTree<X[K], U> };

/** A tree in the form of `X` with any leaves. */
type LikeTree<X> = TensorTree extends X
  ? LeafTree
  : X extends Leaf
    ? Leaf
    : { readonly [K in keyof X]: LikeTree<X[K]> };

/** Any nest of these. */
type TreeWith<U> = U | readonly TreeWith<U>[] | { readonly [key: string]: TreeWith<U> };

/**
 * Makes a tree of the same form whose leaves are what `f` returns for those of `tree`. With more trees of this form `f`
 * gets a leaf of each. Numbers and typed arrays in a tree are tensors to `f`.
 *
 * @example treeMap((p, g) => p.sub(g.mul(0.1)), params, grads)
 */
export function treeMap<X extends Nest<X>, U = Tensor>(
  f: (leaf: Tensor, ...others: Tensor[]) => U,
  tree: X,
  ...rest: readonly LikeTree<NoInfer<X>>[]
): MapTree<X, U> {
  checkFunction('treeMap', f);
  const leaves: Leaf[] = [];
  const form = flattenTree('the tree of treeMap', tree, leaves);
  const others = rest.map((other, i) => leavesLike(`tree ${i + 2} of treeMap`, other, form, 'the first one'));
  const results = leaves.map((leaf, i) => f(leafTensor(leaf), ...others.map((other) => leafTensor(other[i]!))));
  return buildTree(form, results.values()) as MapTree<X, U>;
}

/** The leaves of a tree, in order, as tensors. */
export function treeLeaves<X extends Nest<X>>(tree: X): Tensor[] {
  const leaves: Leaf[] = [];
  flattenTree('the tree of treeLeaves', tree, leaves);
  return leaves.map(leafTensor);
}

/**
 * Combines the leaves of a tree, in order, into one value, starting from `initial`.
 *
 * @example treeReduce((total, g) => total.add(g.square().sum()), grads, tensor(0)).sqrt() // the norm of all gradients
 */
export function treeReduce<X extends Nest<X>, T>(f: (total: T, leaf: Tensor) => T, tree: X, initial: T): T {
  checkFunction('treeReduce', f);
  const leaves: Leaf[] = [];
  flattenTree('the tree of treeReduce', tree, leaves);
  return leaves.map(leafTensor).reduce(f, initial);
}

// jacobian and hessian: all first or second derivatives, with one backward pass for each element of the output, in one
// graph.

import { check, show } from '../errors.js';
import { pullback } from '../grad.js';
import { checkFunction } from '../objective.js';
import { concat } from '../ops/slicing.js';
import { constantOf, Tensor } from '../tensor.js';
import { buildTree, type TensorTree, type Tree } from '../tree.js';
import { applied, argumentOf, grad, type TensorFunction } from './autodiff.js';
import type { Fed } from './call.js';

/** The most elements of an output: each adds a backward pass to the graph. */
const MAX_ROWS = 4096;

/** The type of a Jacobian by `X`: a tensor for each tensor, in whose shape the dimensions of the output come first. */
export type JacobianOf<X> = X extends Tensor ? Tensor : { readonly [K in keyof X]: JacobianOf<X[K]> };

/**
 * Makes a function that computes all derivatives ∂f/∂x: for an output of shape [o…] and an x of shape [i…] a tensor of
 * shape [o…, i…]; if x is a tree, a tree of these.
 *
 * @param f returns one tensor of at most 4,096 elements
 */
export function jacobian<X extends Tree<X> = Tensor>(f: TensorFunction<X, Tensor>): Fed<[x: X], JacobianOf<X>> {
  checkFunction('jacobian', f);
  return (x: unknown) => {
    const argument = argumentOf('jacobian', x);
    const { nodes, form } = argument;
    const y = applied(argument, f);
    check(y instanceof Tensor, () => `jacobian: the function must return a tensor, got ${show(y)}`);
    const blocks = jacobianBlocks(y, nodes);
    return buildTree(form, blocks.values()) as JacobianOf<X>;
  };
}

function jacobianBlocks(y: Tensor, nodes: readonly Tensor[]): Tensor[] {
  check(
    y.size <= MAX_ROWS,
    () => `jacobian: the output ${y} has ${y.size} elements; at most ${MAX_ROWS} are differentiated`,
  );
  const rows = Array.from({ length: y.size }, (_, i) => pullback([y], [unit(y, i)], nodes));
  return nodes.map((node, k) => {
    const parts = rows.map((row) => (row[k] ?? node.zerosLike()).reshape([1, node.size]));
    const all = parts.length === 0 ? constantOf(new Float32Array(0), [0, node.size]) : concat(parts, 0);
    return all.reshape([...y.shape, ...node.shape]);
  });
}

/** 1 at element i, 0 elsewhere. */
function unit(y: Tensor, i: number): Tensor {
  const data = new Float32Array(y.size);
  data[i] = 1;
  return constantOf(data, y.shape);
}

/** The type of a Hessian by `X`: if X has the leaves a and b, { a: { a, b }, b: { a, b } }. */
export type HessianOf<X, Whole = X> = X extends Tensor
  ? JacobianOf<Whole>
  : { readonly [K in keyof X]: HessianOf<X[K], Whole> };

/**
 * Makes a function that computes all second derivatives of a scalar `f`: for an x of shape [i…] a tensor of shape [i…,
 * i…]; if x is a tree, a tree of trees.
 */
export function hessian<X extends Tree<X> = Tensor>(f: TensorFunction<X, Tensor>): Fed<[x: X], HessianOf<X>> {
  checkFunction('hessian', f);
  return (x: unknown) => {
    const argument = argumentOf('hessian', x);
    const { nodes, form } = argument;
    const leaves: Tensor[] = [];
    const gradients = applied(argument, (grad as (g: typeof f) => (at: TensorTree) => TensorTree)(f));
    collect(gradients, leaves);
    const blocks = leaves.map((g) => buildTree(form, jacobianBlocks(g, nodes).values()));
    return buildTree(form, blocks.values()) as HessianOf<X>;
  };
}

function collect(tree: TensorTree, into: Tensor[]): void {
  if (tree instanceof Tensor) into.push(tree);
  else for (const part of Object.values(tree)) collect(part, into);
}

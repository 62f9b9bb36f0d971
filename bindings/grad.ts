// grad: adds the backward pass to a graph. Reverse mode: from dL/dL = 1 back through the derivative that each op
// declares. The result is more graph, made of the same ops, so it can be differentiated again. Not here: what users
// call (transforms/).

import { check } from './errors.js';
import { graphOf, outputsOf } from './graph.js';
import type { OpDefinition } from './ops/op.js';
import { withOrigin } from './scope.js';
import type { Tensor } from './tensor.js';

/**
 * dL/dx for every x in `wrt`, each in the shape of its x; null where L does not depend on x.
 *
 * @param loss a scalar, shape []
 * @param wrt  tensors that the loss is made of, leaves or not
 */
export function gradients(loss: Tensor, wrt: readonly Tensor[]): (Tensor | null)[] {
  check(
    loss.shape.length === 0,
    () => `the gradient of ${loss}: only a scalar has one; reduce it, with mean() or sum()`,
  );
  return pullback([loss], [loss.onesLike()], wrt);
}

/**
 * Σ uᵢ·dyᵢ/dx for every x in `wrt`: what the cotangents u of the outputs y are at x; null where no y depends on x.
 *
 * @param cotangents one for each output, in its shape
 * @param ends       where the way back ends: no gradient goes on to what these were made of
 */
export function pullback(
  outputs: readonly Tensor[],
  cotangents: readonly Tensor[],
  wrt: readonly Tensor[],
  ends: readonly Tensor[] = [],
): (Tensor | null)[] {
  // A tensor older than every x can't depend on one, and is not looked at: otherwise a loop that goes on updating a
  // lazy tensor would take time quadratic in its turns.
  const oldest = wrt.reduce((id, x) => Math.min(id, x.id), Infinity);
  const stop = new Set(ends);
  const recent = (t: Tensor) => (stop.has(t) ? [] : t.inputs.filter(({ id }) => id >= oldest));
  const nodes = graphOf({ outputs, effects: [] }, recent).nodes.filter((t) => !stop.has(t));
  const needed = dependents(nodes, wrt, hasGradient);
  const grads = new Map<Tensor, Gradient>();
  const add = (t: Tensor, part: Tensor): void => {
    if (!needed.has(t)) return;
    const grad = grads.get(t) ?? new Gradient();
    grads.set(t, grad);
    grad.add(part);
  };
  const gradientsOf = (tensors: readonly Tensor[]) =>
    new Map(tensors.flatMap((t) => (grads.has(t) ? [[t, grads.get(t)!.sum()!]] : [])));
  outputs.forEach((output, i) => {
    add(output, cotangents[i]!);
  });
  for (const node of [...nodes].reverse()) {
    if (!node.inputs.some((input) => needed.has(input))) continue;
    const g = grads.get(node)?.sum();
    const several = node.op.pull && gradientsOf(outputsOf(node, nodes));
    const parts = withOrigin(node.origin && `the gradient of ${node.origin}`, () => {
      if (several?.size) return node.op.pull!(several, node, needed);
      return (g && node.op.derivative?.(g, node, node.attrs)) ?? [];
    });
    node.inputs.forEach((input, i) => {
      if (parts[i]) add(input, parts[i]);
    });
  }
  return wrt.map((x) => grads.get(x)?.sum() ?? null);
}

/** Adds up the gradient of one tensor: each use of the tensor contributes to it. */
class Gradient {
  /**
   * The sum so far. Contributions are added as they come: if they were kept, all of them would be in memory at the same
   * time.
   */
  #sum: Tensor | undefined;
  /** Contributions that are joined into one node at the end (`join` in ops/op.ts), by op and group. */
  #apart: Map<OpDefinition, Map<string, Tensor>> | undefined;

  add(part: Tensor): void {
    const { op, inputs, attrs } = part;
    const group = op.join?.group(part, attrs);
    if (group === undefined) {
      this.#sum = this.#sum?.add(part) ?? part;
      return;
    }
    this.#apart ??= new Map();
    const alike = this.#apart.get(op) ?? new Map<string, Tensor>();
    this.#apart.set(op, alike);
    const before = alike.get(group);
    const [first, ...others] = inputs as [Tensor, ...Tensor[]];
    alike.set(group, before ? part.rewrite(op, [before.inputs[0]!.add(first), ...others], attrs) : part);
  }

  /** The gradient, when all contributions were added; undefined if there was none. */
  sum(): Tensor | undefined {
    for (const [op, alike] of this.#apart ?? []) {
      const nodes = [...alike.values()];
      const joined = nodes.length === 1 ? nodes[0]! : op.join!.sum(nodes);
      this.#sum = this.#sum?.add(joined) ?? joined;
    }
    this.#apart = undefined;
    return this.#sum;
  }
}

/** Whether a gradient goes through it: by the rule of its op, or of the op whose output it is. */
const hasGradient = ({ op, inputs }: Tensor): boolean => (op.derivative ?? op.pull ?? inputs[0]?.op.pull) !== undefined;

/** The tensors of `wrt` and all that is made of them by ops that `through` says yes to. */
export function dependents(
  nodes: readonly Tensor[],
  wrt: Iterable<Tensor>,
  through = (_node: Tensor): boolean => true,
): Set<Tensor> {
  const found = new Set(wrt);
  for (const node of nodes) if (through(node) && node.inputs.some((input) => found.has(input))) found.add(node);
  return found;
}

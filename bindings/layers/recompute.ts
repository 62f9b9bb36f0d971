// recompute: a layer whose inside is computed again where its gradient is, in place of being kept (gradient
// checkpointing).

import { checkFunction, checkIs } from '../errors.js';
import { pullback } from '../grad.js';
import { reachableInOrder } from '../graph.js';
import { type CustomAttrs, constant, customGradient } from '../ops/movement.js';
import type { Pull } from '../ops/op.js';
import { scalar, Tensor, withDerivative } from '../tensor.js';
import { type Layer, layer } from './layer.js';
import { type NameOptions, nameOptions } from './named.js';

/**
 * A layer that trades time for memory: it computes what `of` does, and where gradients are computed it does so once
 * more, in place of keeping all values in between. Around blocks of a deep net it makes the memory of a training step
 * grow with the number of blocks, not of layers, at the price of one more forward pass. Random numbers are the same
 * both times, and layer states are updated once. (T. Chen et al., "Training deep nets with sublinear memory cost",
 * 2016.)
 *
 * @param of a layer, or a function that calls layers and any op: (x) => b(a(x).relu())
 */
export function recompute<In = Tensor>(of: (input: In) => Tensor, options?: NameOptions): Layer<In, Tensor> {
  checkFunction('recompute: the layer', of);
  const { name } = nameOptions('recompute', options);
  const signature = [recompute, of, { ...options }];
  return layer({ kind: 'recompute', name, signature, call: (input: In) => computedAgain(() => of(input)) });
}

/** What `compute` returns, with a derivative that makes all that it made once more. */
function computedAgain(compute: () => Tensor): Tensor {
  const { id: start } = scalar(0);
  const value = compute();
  checkIs(value instanceof Tensor, 'recompute: what the layer returns', 'one tensor', value);
  const isInside = ({ id, inputs }: Tensor): boolean => id > start && inputs.length > 0;
  const all = reachableInOrder([value], (t) => (isInside(t) ? t.inputs : []));
  const inside = all.filter(isInside);
  const outside = all.filter((t) => !isInside(t) && t.op !== constant);
  if (inside.length === 0) return value;
  return withDerivative(value, outside, (g) => {
    const again = remade(inside, new Map());
    return pullback([again.get(value)!], [g], outside, outside);
  });
}

/** Makes nodes anew, in their order, those of `made` being made already; returns what became of each. */
function remade(nodes: readonly Tensor[], made: ReadonlyMap<Tensor, Tensor>): Map<Tensor, Tensor> {
  const now = new Map(made);
  for (const node of nodes) {
    const inputs = node.inputs.map((t) => now.get(t) ?? t);
    const attrs = node.op === customGradient ? pullingOn(node.attrs as CustomAttrs, now) : node.attrs;
    now.set(node, node.rewrite(node.op, inputs, attrs));
  }
  return now;
}

/**
 * A derivative of one's own is made of tensors of the first run: what depends on them is made of those of the second.
 */
function pullingOn({ pull }: CustomAttrs, now: ReadonlyMap<Tensor, Tensor>): CustomAttrs {
  const again: Pull = (g) => {
    const grads = pull(g);
    const ends = grads.filter((t) => t !== null);
    const all = reachableInOrder(ends, (t) => (now.has(t) ? [] : t.inputs));
    const reads = new Set(now.keys());
    const dependent = all.filter((t) => {
      if (now.has(t) || !t.inputs.some((input) => reads.has(input))) return false;
      reads.add(t);
      return true;
    });
    const others = remade(dependent, now);
    return grads.map((t) => t && (others.get(t) ?? t));
  };
  return { pull: again };
}

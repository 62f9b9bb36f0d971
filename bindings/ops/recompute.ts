// recompute: what is computed again where its gradient is, in place of being kept (gradient checkpointing). Not here: the
// layer of this name (layers/recompute.ts).

import { checkFunction, checkIs } from '../errors.js';
import { pullback } from '../grad.js';
import { reachableInOrder } from '../graph.js';
import { checkedTensor, scalar, Tensor, withDerivative } from '../tensor.js';
import { type CustomAttrs, constant, customGradient } from './movement.js';
import type { Pull } from './op.js';

/**
 * f(x), with a derivative that computes it once more in place of keeping what it has computed on the way: less memory for
 * more time, around each block of a long function. Tensors that `f` uses from outside have their gradients, too. A key
 * that `f` draws from gives the same random numbers both times. (T. Chen et al., "Training deep nets with sublinear
 * memory cost", 2016.)
 *
 * @param f takes a tensor and returns one
 * @example
 * const step = jit((w, x) => grad((v) => recompute(x, (t) => t.matMul(v).tanh().matMul(v).tanh()).sum())(w));
 */
export function recompute(x: Tensor, f: (x: Tensor) => Tensor): Tensor {
  checkedTensor('recompute', x);
  checkFunction('recompute', f);
  return computedAgain('recompute: what the function returns', () => f(x));
}

/** What `compute` returns, `what` in errors, with a derivative that makes all that it made once more. */
export function computedAgain(what: string, compute: () => Tensor): Tensor {
  const { id: start } = scalar(0);
  const value = compute();
  checkIs(value instanceof Tensor, what, 'one tensor', value);
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

// fuse: rewrites a graph into a smaller one with the same values. Three rewrites, each paid for by a benchmark
// (docs/architecture.md has the numbers): a product also does the bias, the activation, or the activation's gradient
// that follows it (its epilogue); a broadcast operand is not written out if the op that reads it can broadcast; nothing
// is multiplied by 1. Which ops can do that they say themselves. Not here: where anything lies in memory (plan.ts).

import { type Graph, ownerOf, reachable, useCounts } from './graph.js';
import * as el from './ops/elementwise.js';
import { broadcastTo, type ConstantAttrs, constant, input as leaf } from './ops/movement.js';
import type { EpilogueAttrs } from './ops/op.js';
import { sameShape } from './shape.js';
import type { Tensor } from './tensor.js';

/** Rewrites the graph node by node, in its order, and drops the nodes that nothing needs any more. */
export function fuse(graph: Graph): Graph {
  const uses = useCounts(graph);
  const done = new Map<Tensor, Tensor>();
  const now = (t: Tensor): Tensor => done.get(t) ?? t;
  /** The rewritten `t`, if it is a product that only one op reads, and that takes an epilogue. */
  const soleProduct = (t: Tensor): Tensor | undefined =>
    uses.get(t) === 1 && now(t).op.takesEpilogue ? now(t) : undefined;
  for (const node of graph.nodes) {
    const other = rewritten(node, node.inputs.map(now), soleProduct);
    if (other !== node) done.set(node, other);
  }
  return withoutUnneeded({
    outputs: graph.outputs.map(now),
    effects: graph.effects.map(now),
    nodes: graph.nodes.map(now),
  });
}

function rewritten(node: Tensor, inputs: Tensor[], soleProduct: (t: Tensor) => Tensor | undefined): Tensor {
  const [first] = node.inputs;
  if (node.op === el.mul) {
    // Not a leaf or its alias: an effect may write to its place before the result is read.
    const stays = (t: Tensor) => ownerOf(t).op !== leaf && sameShape(t.shape, node.shape);
    const other = inputs.find((t, i) => isOne(inputs[1 - i]!) && stays(t));
    if (other) return other;
  }
  const into = first && soleProduct(first);
  const more = into && epilogueOf(node, into);
  if (more) return node.rewrite(into.op, [...into.inputs, ...inputs.slice(1)], { ...(into.attrs as object), ...more });
  // One after the other: if both inputs are broadcast, one of them has to keep the full shape.
  for (let i = 0; i < inputs.length; i++) inputs[i] = unrepeated(node, inputs, i);
  const same = inputs.every((input, i) => input === node.inputs[i]);
  return same ? node : node.rewrite(node.op, inputs, node.attrs);
}

/**
 * The attributes with which the product `into` also does the work of `node`, its only reader; undefined if it can't.
 */
function epilogueOf({ op, attrs, inputs }: Tensor, into: Tensor): EpilogueAttrs | undefined {
  const { epilogue, bias } = into.attrs as EpilogueAttrs;
  const [, second] = inputs;
  if (epilogue || (bias && second)) return undefined;
  if (op === el.add && sameShape(second!.shape, into.shape.slice(-1))) return { bias: true };
  if (!op.epilogue || (second && !sameShape(second.shape, into.shape))) return undefined;
  const { slope } = attrs as el.ElementwiseAttrs;
  return { epilogue: op.name as EpilogueAttrs['epilogue'] & string, gradient: Boolean(second), slope };
}

/** The constant 1, which the backward pass starts from. */
const isOne = ({ op, size, attrs }: Tensor): boolean =>
  op === constant && size === 1 && (attrs as ConstantAttrs).data[0] === 1;

/** Input i of `node`, or what it was before it was broadcast, if the kernel of `node` can broadcast by itself. */
function unrepeated(node: Tensor, inputs: readonly Tensor[], i: number): Tensor {
  const input = inputs[i]!;
  const source = input.inputs[0];
  if (input.op !== broadcastTo || !source) return input;
  const given = inputs.map((other, k) => (k === i ? source : other));
  return node.op.broadcasts?.(i, given, node) ? source : input;
}

/** The graph without the nodes that no goal needs, each of the others once. */
function withoutUnneeded({ outputs, effects, nodes }: Graph): Graph {
  const needed = reachable([...outputs, ...effects]);
  return { outputs, effects, nodes: nodes.filter((node) => needed.delete(node)) };
}

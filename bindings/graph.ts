// What a graph is: goals, and every tensor that they need, in the order in which it is computed. Not here: how a
// function becomes a graph (scope.ts, transforms/jit.ts), and anything that changes a graph (grad.ts, fuse.ts).

import { check } from './errors.js';
import type { AssignAttrs } from './ops/movement.js';
import type { Tensor } from './tensor.js';

/** What a program is to compute. */
export interface Goals {
  /** Values to be read when the program has run. */
  readonly outputs: readonly Tensor[];
  /**
   * Ops that write to leaves, in this order. They run when everything that has a value is computed; those that say
   * `runsFirst` before the values that only the other effects need.
   */
  readonly effects: readonly Tensor[];
}

/** Goals with every tensor they need, inputs before what is made of them. */
export interface Graph extends Goals {
  readonly nodes: readonly Tensor[];
}

/** The inputs of a tensor, or some of them. */
export type InputsOf = (t: Tensor) => readonly Tensor[];

const allInputs: InputsOf = ({ inputs }) => inputs;

/** `ends`, their inputs, the inputs of these and so on, in no order; `inputsOf` may leave some out. */
export function reachable(ends: Iterable<Tensor>, inputsOf = allInputs): Set<Tensor> {
  const found = new Set(ends);
  for (const t of found) for (const input of inputsOf(t)) found.add(input);
  return found;
}

const inOrder = (tensors: Iterable<Tensor>): Tensor[] => [...tensors].sort((a, b) => a.id - b.id);

/** The same in the order of creation: inputs before what is made of them. */
export const reachableInOrder = (ends: readonly Tensor[], inputsOf?: InputsOf): Tensor[] =>
  inOrder(reachable(ends, inputsOf));

/** The nodes that an op with several outputs computes. */
export const outputsOf = (maker: Tensor, nodes: readonly Tensor[]): Tensor[] =>
  nodes.filter(({ inputs }) => inputs[0] === maker);

/** The tensor whose memory `t` uses: `t` itself, unless it is an alias. */
export function ownerOf(t: Tensor): Tensor {
  let owner = t;
  while (owner.op.aliases) owner = owner.inputs[0]!;
  return owner;
}

/** Whether an effect runs before the values that only the other effects need: these may read what it writes. */
export const runsFirst = ({ attrs }: Tensor): boolean => (attrs as AssignAttrs).runsFirst === true;

/**
 * Collects what `goals` need, in the order in which it is computed: first what outputs and the effects that run first
 * need, these effects among it, then the values that only the other effects need, then these. Within each group the
 * order is that of creation, so that the forward pass comes before the backward pass.
 *
 * @param inputsOf may leave some inputs out
 */
export function graphOf(goals: Goals, inputsOf = allInputs): Graph {
  const { outputs, effects } = goals;
  const last = effects.filter((effect) => !runsFirst(effect));
  const first = reachable([...outputs, ...effects.filter(runsFirst)], inputsOf);
  const ends = last.flatMap(({ inputs }) => inputs);
  const values = [...inOrder(first), ...reachableInOrder(ends, inputsOf).filter((t) => !first.has(t))];
  outputs.forEach(checkValue);
  for (const { inputs } of values) inputs.forEach(checkValue);
  return { ...goals, nodes: [...values, ...last] };
}

function checkValue({ op }: Tensor): void {
  check(!op.mutates, () => `${op.name} has no value: use the tensor that it writes to`);
}

/** How often each tensor of the graph is read; an output counts as read once more. */
export function useCounts({ nodes, outputs }: Graph): Map<Tensor, number> {
  const uses = new Map<Tensor, number>();
  const count = (t: Tensor) => uses.set(t, (uses.get(t) ?? 0) + 1);
  for (const node of nodes) node.inputs.forEach(count);
  outputs.forEach(count);
  return uses;
}

/** The graph as text, a line for each tensor: `%3 = relu(%2)  float32[32, 128]`. */
export function graphText({ nodes }: Graph): string {
  const names = new Map(nodes.map((node, i) => [node, `%${i}`]));
  const line = (node: Tensor) => {
    const inputs = node.inputs.map((t) => names.get(t)).join(', ');
    return `${names.get(node)} = ${node.op.name}(${inputs})${attrsText(node)}  ${node}`;
  };
  return nodes.map(line).join('\n');
}

/** ` {transA, epilogue: relu}`: what is set, without what the type says anyway. */
function attrsText({ attrs }: Tensor): string {
  const shown = Object.entries(attrs as object)
    .filter(([key, value]) => value && key !== 'shape' && key !== 'dtype')
    .map(([key, value]) => attrText(key, value))
    .filter(Boolean);
  return shown.length ? ` {${shown.join(', ')}}` : '';
}

function attrText(key: string, value: unknown): string {
  if (value === true) return key;
  if (ArrayBuffer.isView(value)) return (value as Float32Array).length === 1 ? `${key}: ${value}` : '';
  return `${key}: ${Array.isArray(value) ? `[${value}]` : value}`;
}

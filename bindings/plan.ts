// plan: a place in one arena for every buffer of a graph, by lifetime. Buffers that are never alive together share
// memory. Pure: it knows bytes and moments, not addresses of the running machine.

import { type Graph, useCounts } from './graph.js';
import { assign, constant, input } from './ops/movement.js';
import type { Tensor } from './tensor.js';

/** Places start at multiples of this, a cache line. */
const ALIGNMENT = 64;

/** A stretch of the arena, alive from instruction `from` to instruction `to`, both included. */
export interface Buffer {
  readonly bytes: number;
  readonly from: number;
  to: number;
  /** Offset in the arena, in bytes. */
  offset: number;
  readonly label: string;
}

/** Where everything is. A tensor is in an arena buffer, or at the place of a leaf outside of the arena. */
export interface Plan {
  readonly buffers: readonly Buffer[];
  readonly bufferOf: ReadonlyMap<Tensor, Buffer>;
  /** Tensors that live in the place of a leaf (`at`): its aliases, and values computed right where they are assigned. */
  readonly outside: ReadonlyMap<Tensor, Tensor>;
  readonly scratchOf: ReadonlyMap<Tensor, Buffer>;
  /** Size of the arena in bytes. */
  readonly bytes: number;
  /** The most bytes of tensors that are alive at the same instruction, scratch apart: no plan can do with less. */
  readonly live: number;
}

const roundUp = (bytes: number): number => Math.ceil(Math.max(bytes, 1) / ALIGNMENT) * ALIGNMENT;

/**
 * @param placed  leaves that already have a place outside of the arena
 * @param threads each of them needs scratch memory of its own
 */
export function plan(graph: Graph, placed: ReadonlySet<Tensor>, threads = 1): Plan {
  const { nodes, outputs } = graph;
  const outside = outsideOf(graph, placed);
  const bufferOf = new Map<Tensor, Buffer>();
  const scratchOf = new Map<Tensor, Buffer>();
  const lastUse = lastUses(graph);
  nodes.forEach((node, i) => {
    const bytes = threads * (node.op.scratch?.(node, node.attrs) ?? 0);
    if (bytes > 0) scratchOf.set(node, { bytes, from: i, to: i, offset: 0, label: `scratch of ${node.op.name}` });
    if (outside.has(node) || node.op.mutates) return;
    const to = lastUse.get(node)!;
    const shared = reusable(node, i, bufferOf, outputs);
    if (shared) {
      shared.to = Math.max(shared.to, to);
      bufferOf.set(node, shared);
      return;
    }
    // What JavaScript writes must survive every run of the tape, from before its start.
    const permanent = node.op === constant || node.op === input;
    const from = permanent ? -1 : i;
    bufferOf.set(node, {
      bytes: node.size * 4,
      from,
      to: permanent ? nodes.length : to,
      offset: 0,
      label: node.op.name,
    });
  });
  const tensors = [...new Set(bufferOf.values())];
  const live = mostAlive(tensors);
  const buffers = [...tensors, ...scratchOf.values()];
  return { buffers, bufferOf, outside, scratchOf, bytes: place(buffers), live };
}

/** The most bytes alive at once. */
export function mostAlive(buffers: readonly Buffer[]): number {
  const changes = buffers.flatMap(({ from, to, bytes }) => [
    { at: from, bytes },
    { at: to + 1, bytes: -bytes },
  ]);
  changes.sort((a, b) => a.at - b.at || a.bytes - b.bytes);
  let [alive, most] = [0, 0];
  for (const { bytes } of changes) most = Math.max(most, (alive += bytes));
  return most;
}

/** The index of the last instruction that reads each tensor; outputs are read after the end. */
function lastUses({ nodes, outputs }: Graph): Map<Tensor, number> {
  const last = new Map<Tensor, number>();
  nodes.forEach((node, i) => {
    last.set(node, i);
    for (const input of node.inputs) last.set(input, i);
  });
  for (const output of outputs) last.set(output, nodes.length);
  return last;
}

/** The buffer of the first input (an alias), or of one that an elementwise op may overwrite because it ends here. */
function reusable(
  node: Tensor,
  i: number,
  bufferOf: ReadonlyMap<Tensor, Buffer>,
  outputs: readonly Tensor[],
): Buffer | undefined {
  if (node.op.aliases) return bufferOf.get(node.inputs[0]!);
  if (!node.op.elementwise) return undefined;
  for (const source of node.inputs) {
    const buffer = bufferOf.get(source);
    const dead = buffer && buffer.from >= 0 && buffer.to === i && !outputs.includes(source);
    if (dead && buffer.bytes === node.size * 4 && source.size === node.size) return buffer;
  }
  return undefined;
}

/**
 * What lives outside of the arena: placed leaves, their aliases, and values that are computed right at the place they
 * are assigned to. The last is safe only where nobody else reads that place and the value is an op's own result.
 */
function outsideOf(graph: Graph, placed: ReadonlySet<Tensor>): Map<Tensor, Tensor> {
  const outside = new Map<Tensor, Tensor>([...placed].map((leaf) => [leaf, leaf]));
  for (const node of graph.nodes) {
    const home = node.op.aliases && outside.get(node.inputs[0]!);
    if (home) outside.set(node, home);
  }
  const uses = useCounts(graph);
  for (const effect of graph.effects) {
    if (effect.op !== assign) continue;
    const [to, value] = effect.inputs as [Tensor, Tensor];
    const chain = aliasChain(value);
    const owner = chain.at(-1)!;
    const computed = owner.op.emit !== undefined && !owner.op.mutates && !outside.has(owner);
    if (computed && placed.has(to) && uses.get(to) === 1 && onlyRead(chain, uses))
      for (const t of chain) outside.set(t, to);
  }
  return outside;
}

/** `value`, what it is an alias of, and so on down to the op that computes it. */
function aliasChain(value: Tensor): Tensor[] {
  const chain = [value];
  while (chain.at(-1)!.op.aliases) chain.push(chain.at(-1)!.inputs[0]!);
  return chain;
}

/** Below the first, each alias must be the only reader of the next: another alias would be left in the arena. */
const onlyRead = (chain: readonly Tensor[], uses: ReadonlyMap<Tensor, number>): boolean => {
  return chain.every((t, i) => i === 0 || uses.get(t) === 1);
};

/** Gives every buffer its offset, largest first, each in the lowest gap; returns the arena's size. */
export function place(buffers: readonly Buffer[]): number {
  /** Those that have an offset, by it. */
  const placed: Buffer[] = [];
  let end = 0;
  for (const buffer of [...buffers].sort((a, b) => b.bytes - a.bytes)) {
    buffer.offset = lowestGap(placed, buffer);
    end = Math.max(end, buffer.offset + roundUp(buffer.bytes));
    const above = placed.findIndex(({ offset }) => offset > buffer.offset);
    placed.splice(above < 0 ? placed.length : above, 0, buffer);
  }
  return end;
}

/** The lowest offset at which `buffer` meets none of those that are alive with it. */
function lowestGap(placed: readonly Buffer[], buffer: Buffer): number {
  const bytes = roundUp(buffer.bytes);
  let offset = 0;
  for (const other of placed) {
    if (other.from > buffer.to || buffer.from > other.to) continue;
    if (other.offset - offset >= bytes) break;
    offset = Math.max(offset, other.offset + roundUp(other.bytes));
  }
  return offset;
}

/** The plan, a line a buffer. */
export function planText({ buffers, bytes }: Plan): string {
  const lines = [...buffers]
    .sort((a, b) => a.offset - b.offset || a.from - b.from)
    .map((b) => `@${b.offset} +${b.bytes}  alive ${b.from}..${b.to}  ${b.label}`);
  return [`arena of ${bytes} bytes`, ...lines].join('\n');
}

// plan: a place in one arena for every buffer of a graph, by lifetime. Buffers that are never alive together share
// memory. Pure: it knows bytes and moments, not addresses of the running machine.

import { type Graph, isEarly, ownerOf, useCounts } from './graph.js';
import type { Tensor } from './tensor.js';

/** Places start at multiples of this, a cache line. */
const ALIGNMENT = 64;

/** A stretch of memory, alive from instruction `from` to instruction `to`, both included. */
export interface Buffer {
  readonly bytes: number;
  readonly from: number;
  to: number;
  /** Offset in the arena, in bytes. */
  offset: number;
  /** It is not in the arena, but where this leaf lies. */
  readonly leaf?: Tensor;
}

/** Where everything is. */
export interface Plan {
  /** Those of the arena. */
  readonly buffers: readonly Buffer[];
  readonly bufferOf: ReadonlyMap<Tensor, Buffer>;
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
  const { nodes } = graph;
  const bufferOf = outsideOf(graph, placed);
  const scratchOf = new Map<Tensor, Buffer>();
  const lastUse = lastUses(graph);
  nodes.forEach((node, i) => {
    const { op, size } = node;
    const scratch = threads * (op.scratch?.(node, node.attrs) ?? 0);
    if (scratch > 0) scratchOf.set(node, { bytes: scratch, from: i, to: i, offset: 0 });
    if (bufferOf.has(node) || op.mutates) return;
    const bytes = size * 4;
    const sources = node.inputs.map((t) => bufferOf.get(t)!);
    // An elementwise op may overwrite an input that ends here.
    const shared = op.aliases ? sources[0] : sources.find((b) => op.elementwise && b.to === i && b.bytes === bytes);
    // What JavaScript writes, to a leaf, must survive every run of the tape, from before its start.
    const [from, to] = op.emit || shared ? [i, lastUse.get(node)!] : [-1, nodes.length];
    if (shared) shared.to = Math.max(shared.to, to);
    bufferOf.set(node, shared ?? { bytes, from, to, offset: 0 });
  });
  const tensors = [...new Set(bufferOf.values())].filter(({ leaf }) => !leaf);
  const buffers = [...tensors, ...scratchOf.values()];
  return {
    buffers,
    bufferOf,
    scratchOf,
    bytes: place(buffers),
    get live() {
      return mostAlive(tensors);
    },
  };
}

/** The most bytes alive at once: at the start of one of them. */
export function mostAlive(buffers: readonly Buffer[]): number {
  const alive = (at: number) =>
    buffers.reduce((sum, { from, to, bytes }) => sum + (from <= at && at <= to ? bytes : 0), 0);
  return Math.max(0, ...buffers.map(({ from }) => alive(from)));
}

/** The index of the last instruction that reads each tensor; outputs are read after the end. */
function lastUses({ nodes, outputs }: Graph): Map<Tensor, number> {
  const last = new Map<Tensor, number>();
  nodes.forEach((node, i) => {
    for (const t of [node, ...node.inputs]) last.set(t, i);
  });
  for (const output of outputs) last.set(output, nodes.length);
  return last;
}

/**
 * What lives outside of the arena: placed leaves, and values that are computed right at the place that they are early
 * assigned to. The last is safe only where nobody else reads that place and the value is an op's own result.
 */
function outsideOf(graph: Graph, placed: ReadonlySet<Tensor>): Map<Tensor, Buffer> {
  const uses = useCounts(graph);
  const outside = new Map<Tensor, Buffer>();
  for (const leaf of placed) outside.set(leaf, { bytes: 0, from: -1, to: graph.nodes.length, offset: 0, leaf });
  for (const { inputs } of graph.effects.filter(isEarly)) {
    const [to, value] = inputs as [Tensor, Tensor];
    const owner = ownerOf(value);
    if (uses.get(to) === 1 && owner.op.emit && !owner.op.mutates && placed.has(to) && !outside.has(owner))
      outside.set(owner, outside.get(to)!);
  }
  return outside;
}

/** Gives every buffer its offset, largest first, each in the lowest gap; returns the arena's size. */
export function place(buffers: readonly Buffer[]): number {
  /** Those that have an offset, by it. */
  const placed: Buffer[] = [];
  let end = 0;
  for (const buffer of [...buffers].sort((a, b) => b.bytes - a.bytes)) {
    const bytes = roundUp(buffer.bytes);
    buffer.offset = 0;
    for (const other of placed) {
      if (other.from > buffer.to || buffer.from > other.to) continue;
      if (other.offset >= buffer.offset + bytes) break;
      buffer.offset = Math.max(buffer.offset, other.offset + roundUp(other.bytes));
    }
    end = Math.max(end, buffer.offset + bytes);
    const above = placed.findIndex(({ offset }) => offset > buffer.offset);
    placed.splice(above < 0 ? placed.length : above, 0, buffer);
  }
  return end;
}

/** The plan, a line a buffer: it is called by the op that it was made for. */
export function planText({ buffers, bufferOf, scratchOf, bytes }: Plan): string {
  const labels = new Map([...bufferOf].reverse().map(([{ op }, buffer]) => [buffer, op.name]));
  for (const [{ op }, buffer] of scratchOf) labels.set(buffer, `scratch of ${op.name}`);
  const lines = [...buffers]
    .sort((a, b) => a.offset - b.offset || a.from - b.from)
    .map((b) => `@${b.offset} +${b.bytes}  alive ${b.from}..${b.to}  ${labels.get(b)}`);
  return [`arena of ${bytes} bytes`, ...lines].join('\n');
}

// plan: a place in one arena for every buffer of a graph, by lifetime. Buffers that are never alive together share
// memory. Pure: it knows bytes and moments, not addresses of the running machine.

import { type Graph, ownerOf, runsFirst, useCounts } from './graph.js';
import { FreeList, type Interval, indexAfter, sweep } from './intervals.js';
import { type ConstantAttrs, constant } from './ops/movement.js';
import type { Tensor } from './tensor.js';

/** Places start at multiples of this, a cache line. */
const ALIGNMENT = 64;

/** A stretch of memory, alive from instruction `from` to instruction `to`, both included. */
export interface Buffer extends Interval {
  readonly bytes: number;
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
  const constants = new Map<string, Buffer>();
  const tensors: Buffer[] = [];
  nodes.forEach((node, i) => {
    const { op, size } = node;
    const scratch = threads * (op.scratch?.(node, node.attrs) ?? 0);
    if (scratch > 0) scratchOf.set(node, { bytes: scratch, from: i, to: i, offset: 0 });
    if (bufferOf.has(node) || op.mutates) return;
    const bytes = size * 4;
    const sources = node.inputs.map((t) => bufferOf.get(t)!);
    // An elementwise op may overwrite an input that ends here.
    const before = op.aliases ? sources[0] : sources.find((b) => op.elementwise && b.to === i && b.bytes === bytes);
    const number = numberText(node);
    const shared = before ?? constants.get(number);
    // What JavaScript writes, to a leaf, must survive every run of the tape, from before its start.
    const [from, to] = op.emit || shared ? [i, lastUse.get(node)!] : [-1, nodes.length];
    if (shared) shared.to = Math.max(shared.to, to);
    const buffer = shared ?? { bytes, from, to, offset: 0 };
    if (!shared) tensors.push(buffer);
    bufferOf.set(node, buffer);
    if (number) constants.set(number, buffer);
  });
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

/** The most bytes alive at once. */
export function mostAlive(buffers: readonly Buffer[]): number {
  let [now, most] = [0, 0];
  sweep(
    buffers,
    ({ bytes }) => {
      now += bytes;
      most = Math.max(most, now);
    },
    ({ bytes }) => {
      now -= bytes;
    },
  );
  return most;
}

/** Equal for equal scalar constants, which share a place; '' for all other tensors. */
function numberText({ op, size, dtype, attrs }: Tensor): string {
  if (op !== constant || size !== 1) return '';
  const [value] = (attrs as ConstantAttrs).data;
  return `${dtype} ${value} ${1 / value!}`; // 0 and -0 differ
}

/** The index of the last instruction that reads each tensor; outputs are read after the end. */
function lastUses({ nodes, outputs }: Graph): Map<Tensor, number> {
  const last = new Map<Tensor, number>();
  nodes.forEach((node, i) => {
    last.set(node, i);
    for (const t of node.inputs) last.set(t, i);
  });
  for (const output of outputs) last.set(output, nodes.length);
  return last;
}

/**
 * What lies outside of the arena: leaves that have a place there, and gradients, each of which is computed directly in the
 * optimizer's buffer if nothing else reads that buffer and the gradient is an op's own result.
 */
function outsideOf(graph: Graph, placed: ReadonlySet<Tensor>): Map<Tensor, Buffer> {
  const outside = new Map<Tensor, Buffer>();
  for (const leaf of placed) outside.set(leaf, { bytes: 0, from: -1, to: graph.nodes.length, offset: 0, leaf });
  const stores = graph.effects.filter(runsFirst);
  const uses = stores.length > 0 ? useCounts(graph) : undefined;
  for (const { inputs } of stores) {
    const [to, value] = inputs as [Tensor, Tensor];
    const owner = ownerOf(value);
    if (uses?.get(to) === 1 && owner.op.emit && !owner.op.mutates && placed.has(to) && !outside.has(owner))
      outside.set(owner, outside.get(to)!);
  }
  return outside;
}

/** Gives every buffer its offset; returns the arena's size. */
export function place(buffers: readonly Buffer[]): number {
  let [first, last, bottom] = [Infinity, -Infinity, 0];
  for (const { from, to } of buffers) [first, last] = [Math.min(first, from), Math.max(last, to)];
  const others: Buffer[] = [];
  for (const buffer of buffers) {
    if (buffer.from > first || buffer.to < last) others.push(buffer);
    else bottom = put(buffer, bottom);
  }
  return others.length <= FEW ? largestFirst(others, bottom) : bestOf([inOrder, split], others, bottom);
}

/** Up to so many buffers all are compared with all, which wastes least: that takes 20 ms at most. */
const FEW = 2000;

/** Places buffers in an arena from `bottom` on; returns its end. */
type Placing = (buffers: readonly Buffer[], bottom: number) => number;

/** Returns where the buffer ends. */
function put(buffer: Buffer, offset: number): number {
  buffer.offset = offset;
  return offset + roundUp(buffer.bytes);
}

const bySize = (buffers: readonly Buffer[]): Buffer[] => [...buffers].sort((a, b) => b.bytes - a.bytes);

/** Largest first, each in the lowest gap. */
function largestFirst(buffers: readonly Buffer[], bottom: number): number {
  /** Those that have an offset, by it. */
  const placed: Buffer[] = [];
  let end = bottom;
  for (const buffer of bySize(buffers)) {
    let [offset, above] = [bottom, put(buffer, bottom)];
    for (const other of placed) {
      if (other.from > buffer.to || buffer.from > other.to) continue;
      if (other.offset >= above) break;
      offset = Math.max(offset, other.offset + roundUp(other.bytes));
      above = put(buffer, offset);
    }
    end = Math.max(end, above);
    placed.splice(
      indexAfter(placed, offset, (b) => b.offset),
      0,
      buffer,
    );
  }
  return end;
}

/** In the order of their birth, each in the lowest gap. */
function inOrder(buffers: readonly Buffer[], bottom: number): number {
  const free = new FreeList(bottom, Infinity);
  let end = bottom;
  sweep(
    buffers,
    (buffer) => {
      const bytes = roundUp(buffer.bytes);
      end = Math.max(end, put(buffer, free.take(free.find(bytes)!, bytes)));
    },
    ({ offset, bytes }) => free.release(offset, roundUp(bytes)),
  );
  return end;
}

/** The largest by size, and the others above them in the order of their birth: where few are large. */
function split(buffers: readonly Buffer[], bottom: number): number {
  const sorted = bySize(buffers);
  return inOrder(sorted.slice(FEW / 2), largestFirst(sorted.slice(0, FEW / 2), bottom));
}

/** Neither of these is good for every net, but one of them always was (docs/architecture.md). */
function bestOf(placings: readonly Placing[], buffers: readonly Buffer[], bottom: number): number {
  let best = Infinity;
  let offsets: number[] = [];
  for (const placing of placings) {
    const end = placing(buffers, bottom);
    if (end >= best) continue;
    best = end;
    offsets = buffers.map(({ offset }) => offset);
  }
  buffers.forEach((buffer, i) => {
    buffer.offset = offsets[i]!;
  });
  return best;
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

// plan: finds a place in the arena for every buffer of a graph. Buffers that are never in use at the same time share
// memory. Constants lie side by side in a block of the program's own. A pure function: it knows sizes and lifetimes,
// counted in instructions, and no addresses. Not here: memory itself (run/memory.ts), and what is written to the tape
// (program.ts).

import { type Graph, outputsOf, ownerOf, runsFirst, useCounts } from './graph.js';
import { FreeList, type Interval, indexAfter, sweep } from './intervals.js';
import { type ConstantAttrs, constant } from './ops/movement.js';
import type { Nested } from './ops/op.js';
import type { Tensor } from './tensor.js';

/** Places start at multiples of this, a cache line. */
const ALIGNMENT = 64;

/** A stretch of memory that is in use (alive) from instruction `from` to instruction `to`, both included. */
export interface Buffer extends Interval {
  readonly bytes: number;
  to: number;
  /** Offset in the arena, or that of a constant in the block of constants, in bytes. */
  offset: number;
  readonly constant?: boolean;
  /** Set if the buffer is in neither of them, but at the place of this leaf. */
  readonly leaf?: Tensor;
}

/** A place for every tensor of a graph, and for the scratch memory of its ops. */
export interface Plan {
  /** The buffers of the arena. */
  readonly buffers: readonly Buffer[];
  /** Those of constants. */
  readonly constants: readonly Buffer[];
  readonly bufferOf: ReadonlyMap<Tensor, Buffer>;
  readonly scratchOf: ReadonlyMap<Tensor, Buffer>;
  /** What is inside of ops. */
  readonly nestedOf: ReadonlyMap<Tensor, Nested>;
  /** How large an arena must be, in bytes. */
  readonly bytes: number;
  readonly constantBytes: number;
  /**
   * The most bytes of tensors in the arena that are alive at the same instruction, without scratch: no plan can do with
   * less.
   */
  readonly live: number;
}

const roundUp = (bytes: number): number => Math.ceil(Math.max(bytes, 1) / ALIGNMENT) * ALIGNMENT;

/**
 * Plans the memory of a graph.
 *
 * @param placed  leaves that have a place outside of the arena; in a loop's body also what is computed there
 * @param threads number of threads: each of them needs scratch memory of its own
 * @param carried in a loop's body: what becomes the value of which leaf, for the next turn
 */
export function plan(
  graph: Graph,
  placed: ReadonlySet<Tensor>,
  threads = 1,
  carried?: ReadonlyMap<Tensor, Tensor>,
): Plan {
  const { nodes } = graph;
  const bufferOf = outsideOf(graph, placed);
  const scratchOf = new Map<Tensor, Buffer>();
  const nestedOf = new Map<Tensor, Nested>();
  const lastUse = lastUses(graph);
  const numbers = new Map<string, Buffer>();
  const constants: Buffer[] = [];
  const carries = new Set(carried?.values());
  const tensors: Buffer[] = [];
  const end = nodes.length;
  /**
   * The buffer of an earlier tensor that `node`, which is computed by instruction i, can have; undefined if there is
   * none.
   */
  const reusable = (node: Tensor, i: number): Buffer | undefined => {
    const { op, size } = node;
    const sources = node.inputs.map((t) => bufferOf.get(t)!);
    if (op.aliases) return sources[0];
    const carry = carried?.get(node);
    const home = carry && bufferOf.get(carry);
    // An elementwise op may overwrite an input that is read for the last time; but what a loop keeps for the next turn
    // lies at no other leaf's place, which is written at the end of this one.
    const isFree = (b: Buffer) =>
      op.elementwise && b.to === i && b.bytes === size * 4 && (b === home || b.from >= 0 || lastUse.get(node)! < end);
    return home && (home.to < i || (sources.includes(home) && isFree(home))) ? home : sources.find(isFree);
  };
  /** Gives `node` a buffer: one that it can have, that of an equal number, or a new one. */
  const settle = (node: Tensor, i: number): void => {
    const { op, size } = node;
    if (bufferOf.has(node) || op.mutates) return;
    const number = numberText(node);
    const shared = reusable(node, i) ?? numbers.get(number);
    const last = lastUse.get(node)!;
    // A leaf is written by JavaScript, before the first run, and must keep its value through all steps of a run.
    const isLeaf = node.inputs.length === 0 && !op.emit && !shared;
    const [from, to] = isLeaf ? [-1, carries.has(node) ? last : end] : [i, last];
    const buffer = shared ?? { bytes: size * 4, from, to, offset: 0, constant: op === constant };
    if (shared) shared.to = Math.max(shared.to, to);
    else (buffer.constant ? constants : tensors).push(buffer);
    bufferOf.set(node, buffer);
    if (number) numbers.set(number, buffer);
  };
  nodes.forEach((node, i) => {
    const { op } = node;
    const outputs = op.nest ? outputsOf(node, nodes) : [];
    const nested = op.nest?.(node, outputs, threads);
    const scratch = nested?.bytes ?? threads * (op.scratch?.(node, node.attrs) ?? 0);
    if (scratch > 0) scratchOf.set(node, { bytes: scratch, from: i, to: i, offset: 0 });
    if (nested) nestedOf.set(node, nested);
    for (const t of nested ? outputs : [node]) settle(t, i);
  });
  for (const leaf of carries) bufferOf.get(leaf)!.to = nodes.length;
  const buffers = [...tensors, ...scratchOf.values()];
  return {
    buffers,
    constants,
    bufferOf,
    scratchOf,
    nestedOf,
    bytes: place(buffers),
    constantBytes: place(constants),
    live: mostAlive(tensors),
  };
}

/** The most bytes that are alive at the same time. */
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

/** A text that is the same for equal scalar constants, which share a place; '' for all other tensors. */
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
 * What lies outside of the arena: leaves that have a place there, and gradients, each of which is computed directly in
 * the optimizer's buffer if nothing else reads that buffer and the gradient is an op's own result.
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

/** Gives every buffer its offset in the arena; returns the size of the arena. */
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

/** Up to this many buffers, each is compared with all others, which wastes least memory and takes 20 ms at most. */
const FEW = 2000;

/** A way to give buffers their offsets, from `bottom` on; it returns where the last of them ends. */
type Placing = (buffers: readonly Buffer[], bottom: number) => number;

/** Gives a buffer its offset; returns where it ends. */
function put(buffer: Buffer, offset: number): number {
  buffer.offset = offset;
  return offset + roundUp(buffer.bytes);
}

const bySize = (buffers: readonly Buffer[]): Buffer[] => [...buffers].sort((a, b) => b.bytes - a.bytes);

/** Largest first, each in the lowest gap. */
function largestFirst(buffers: readonly Buffer[], bottom: number): number {
  /** The buffers that have an offset, in its order. */
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

/** In the order in which lifetimes begin, each buffer in the lowest gap. */
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

/** The largest by size, and above them the others in the order in which lifetimes begin: good where few are large. */
function split(buffers: readonly Buffer[], bottom: number): number {
  const sorted = bySize(buffers);
  return inOrder(sorted.slice(FEW / 2), largestFirst(sorted.slice(0, FEW / 2), bottom));
}

/** The best of several ways: none is good for every network, but one of them always was (docs/architecture.md). */
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

/** The plan as text, a line for each buffer, which is named by the op that it was made for. */
export function planText({ buffers, constants, bufferOf, scratchOf, bytes, constantBytes }: Plan): string {
  const labels = new Map([...bufferOf].reverse().map(([{ op }, buffer]) => [buffer, op.name]));
  for (const [{ op }, buffer] of scratchOf) labels.set(buffer, `scratch of ${op.name}`);
  const lines = (buffers: readonly Buffer[]) =>
    [...buffers]
      .sort((a, b) => a.offset - b.offset || a.from - b.from)
      .map((b) => `@${b.offset} +${b.bytes}  alive ${b.from}..${b.to}  ${labels.get(b)}`);
  const own = constants.length > 0 ? [`constants of ${constantBytes} bytes`, ...lines(constants)] : [];
  return [`arena of ${bytes} bytes`, ...lines(buffers), ...own].join('\n');
}

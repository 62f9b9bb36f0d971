// program: goals become a graph, fused and planned, and encoded as a tape of instructions in memory, ready to run. What
// comes before it deals with graphs, what comes after it with tapes (run/).

import { encode } from './encode.js';
import { check, WasmgradError } from './errors.js';
import { fuse } from './fuse.js';
import { type Goals, type Graph, graphOf } from './graph.js';
import { type ConstantAttrs, constant, type InputAttrs, input, isGiven } from './ops/movement.js';
import type { Emitted, Emitter } from './ops/op.js';
import { type Buffer, type Plan, plan } from './plan.js';
import type { Arena, Lease } from './run/arena.js';
import type { Block, Memory } from './run/memory.js';
import { forEachAddress } from './run/relocate.js';
import type { Brought, Run, Runner } from './run/runner.js';
import type { Tensor, TensorData } from './tensor.js';

/** Options of a program. */
export interface ProgramOptions {
  /** Addresses of the leaves that have a place outside of the arena: parameters, the state of a loop. */
  readonly places?: ReadonlyMap<Tensor, number>;
  /**
   * Leaves in the arena, which are written before a run. Any other leaf without a place belongs to another trace:
   * refused.
   */
  readonly inputs?: readonly Tensor[];
  /** Names the program in errors. */
  readonly what?: string;
  /** Default true; a benchmark compares. */
  readonly fused?: boolean;
}

/**
 * A graph that was planned and encoded for one runner, and can be run any number of times.
 *
 * All programs of a runner share its arena. So inputs are written, the program is run and outputs are read in one go:
 * when another program was made, written to or run in between, this throws.
 */
export class Program {
  /** Bytes that it holds for itself: constants and tape. */
  readonly bytes: number;
  /** Words of its tape. */
  readonly words: number;
  /** Bytes of the arena that a run needs: for inputs, activations, gradients and scratch memory. */
  readonly arenaBytes: number;
  /** How many of these are in use at the same time, at the most, scratch memory aside: no plan can do with less. */
  readonly live: number;
  /** Its last turn in the arena: the larger, the later. */
  turn: number;
  readonly #memory: Memory;
  readonly #arena: Arena;
  readonly #lease: Lease | undefined;
  /** The address of every input and output that has a place, in the arena or outside of it. */
  readonly #addresses = new Map<Tensor, number>();
  /** The tape is the last of them. None is left when the program was disposed. */
  readonly #blocks: Block[] = [];
  /** Where the leaves outside of the arena lie. */
  #places: ReadonlyMap<Tensor, number>;
  /** The words of the tape that are addresses in these leaves; found when they lie elsewhere for the first time. */
  #leafWords: readonly LeafWord[] | undefined;
  /** Whether it has inputs in the arena: these must be written in the turn of a run. */
  readonly #hasInputs: boolean;
  /** Where the arena was when the tape was encoded or moved. */
  #base: number;
  readonly #load: () => Run;
  #run: Run;

  constructor(
    runner: Runner,
    goals: Goals,
    { places = new Map(), inputs = [], what = 'a program', fused = true }: ProgramOptions = {},
  ) {
    const { memory, arena } = runner;
    this.#memory = memory;
    this.#arena = arena;
    this.#places = places;
    const traced = graphOf(goals);
    checkLeaves(traced, new Set([...places.keys(), ...inputs]), what);
    for (const t of [...goals.outputs, ...goals.effects]) t.checkSeen(what);
    const graph = fused ? fuse(traced) : traced;
    const planned = plan(graph, new Set(places.keys()), runner.threads);
    this.arenaBytes = planned.bytes;
    this.live = planned.live;
    try {
      this.#lease = arena.reserve(this.arenaBytes, what);
      this.#base = arena.address;
      const constants = planned.constantBytes > 0 ? this.#alloc(planned.constantBytes, what).address : 0;
      const addressOf = ({ leaf, constant, offset }: Buffer): number =>
        leaf ? places.get(leaf)! : offset + (constant ? constants : this.#base);
      const at = (t: Tensor): number => addressOf(planned.bufferOf.get(t)!);
      for (const t of graph.nodes) {
        if (t.op === constant) this.#view(t).set((t.attrs as ConstantAttrs).data, at(t) / 4);
      }
      const words: number[] = [];
      const code: Emitter['code'] = (name, operands) => encode(words, name, operands);
      const { ops, work } = emitGraph(graph, planned, addressOf, { code, words, record: runner.record });
      code('halt', {});
      const needed = inputs.filter((t) => planned.bufferOf.has(t));
      for (const t of needed) this.#addresses.set(t, at(t));
      goals.outputs.forEach((output, i) => void this.#addresses.set(output, at(graph.outputs[i]!)));
      this.#hasInputs = needed.some((t) => t.op === input && !places.has(t));
      this.words = words.length;
      const tape = this.#alloc(words.length * 4, what);
      memory.i.set(words, tape.address / 4);
      this.bytes = planned.constantBytes + tape.bytes;
      this.#load = loader(runner, tape, work >= LARGE, ops);
      this.#run = this.#load();
      this.turn = arena.take();
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  #alloc(bytes: number, what: string): Block {
    const block = this.#memory.alloc(bytes, what);
    this.#blocks.push(block);
    return block;
  }

  /**
   * Runs the tape up to `steps` times. It stops early, after the run in which the scalar output `watch` became NaN or
   * infinite.
   *
   * @returns the number of runs completed
   */
  run(steps = 1, watch?: Tensor): number {
    if (this.turn !== this.#arena.turn) {
      this.#checkTurn(!this.#hasInputs);
      this.#begin();
    }
    return this.#run(steps, watch ? this.address(watch) : 0);
  }

  /** Begins a turn: nothing in the arena is this program's any more. */
  #begin(): void {
    this.#checkTurn(this.#blocks.length > 0);
    if (this.#base !== this.#arena.address) this.#move(this.#arena.address);
    this.turn = this.#arena.take();
  }

  /** Moves all addresses that lie in the arena to where it is now. */
  #move(to: number): void {
    const from = this.#base;
    const moved = (address: number): number =>
      address >= from && address < from + this.arenaBytes ? address - from + to : address;
    for (const [t, address] of this.#addresses) this.#addresses.set(t, moved(address));
    forEachAddress(this.tape, (words, at) => {
      words[at] = moved(words[at]! >>> 0);
    });
    this.#base = to;
    this.#writeLeaves(); // a leaf may lie where the arena was
  }

  /**
   * Lets the leaves that have places lie elsewhere from now on: where another model has its parameters. For programs
   * none of whose outputs is such a leaf.
   */
  bind(places: ReadonlyMap<Tensor, number>): void {
    if (places === this.#places) return;
    // Found before the tape moves with the arena, which may then lie where these leaves were.
    this.#leafWords ??= wordsInLeaves(this.tape, this.#places);
    this.#places = places;
    this.#writeLeaves();
  }

  /** Writes the addresses of the leaves to the tape. */
  #writeLeaves(): void {
    for (const [word, leaf, offset] of this.#leafWords ?? []) this.#memory.i[word] = this.#places.get(leaf)! + offset;
    this.#run = this.#load();
  }

  /** Address of an input or output, until the program's next turn. */
  address(t: Tensor): number {
    const address = this.#addresses.get(t);
    check(address !== undefined, () => `internal error: ${t.op.name} has no place in this program`);
    return address;
  }

  /** Whether an input has a place in the program; one that nothing needs has none. */
  has(t: Tensor): boolean {
    return this.#addresses.has(t);
  }

  /** Copies values to an input, if the program needs it. */
  write(t: Tensor, data: ArrayLike<number>): void {
    // The buffer of a user's array may have been resized since it was checked; more values would overwrite another
    // tensor.
    if (data.length !== t.size) throw new WasmgradError(`${t}: expected ${t.size} values, got ${data.length}`);
    if (this.turn !== this.#arena.turn) this.#begin();
    const address = this.#addresses.get(t);
    if (address === undefined) return;
    this.#view(t).set(data, address / 4);
  }

  /** A copy of the values of an output or input. */
  read(t: Tensor): TensorData {
    const at = this.#at(t);
    return this.#view(t).slice(at, at + t.size);
  }

  /** Copies the values of an output to `target`, from index `offset` on. */
  copyTo(t: Tensor, target: TensorData, offset: number): void {
    const at = this.#at(t);
    const view = this.#view(t);
    if (t.size > FEW) target.set(view.subarray(at, at + t.size), offset);
    else for (let i = 0; i < t.size; i++) target[offset + i] = view[at + i]!; // a view would take longer
  }

  /** The only value of a scalar output. */
  scalar(t: Tensor): number {
    return this.#view(t)[this.#at(t)]!;
  }

  /** Index of the first element of a value that is to be read. */
  #at(t: Tensor): number {
    this.#checkTurn(this.turn === this.#arena.turn);
    return this.address(t) / 4;
  }

  /** Throws unless what a call asks for is still in the arena. */
  #checkTurn(isThere: boolean): void {
    if (isThere) return;
    throw new WasmgradError('internal error: another program ran before this one was read');
  }

  /** Gives the memory back now; otherwise it goes when the program is garbage. */
  dispose(): void {
    this.turn = 0;
    for (const block of this.#blocks.splice(0)) this.#memory.free(block);
    if (this.#lease) this.#arena.release(this.#lease);
  }

  /** The words of the tape; tapeText prints them. */
  get tape(): Int32Array {
    const start = this.#blocks.at(-1)!.address / 4;
    return this.#memory.i.subarray(start, start + this.words);
  }

  #view(t: Tensor): TensorData {
    return t.dtype === 'int32' ? this.#memory.i : this.#memory.f;
  }
}

/**
 * What prepares a tape for running, once more when it was moved: the TypeScript runner decodes it. A closure of the
 * constructor would keep the whole graph.
 */
const loader =
  (runner: Runner, tape: Block, large: boolean, ops: Emitted['ops']): (() => Run) =>
  () =>
    runner.load(tape, large, ops);

/** A word of memory that is an address in a leaf: its index, the leaf, and how far in it the address is. */
type LeafWord = readonly [word: number, leaf: Tensor, offset: number];

function wordsInLeaves(tape: Int32Array, places: ReadonlyMap<Tensor, number>): LeafWord[] {
  const found: LeafWord[] = [];
  forEachAddress(tape, (words, at) => {
    for (const [leaf, start] of places) {
      const offset = (words[at]! >>> 0) - start;
      if (offset >= 0 && offset < leaf.size * 4) found.push([words.byteOffset / 4 + at, leaf, offset]);
    }
  });
  return found;
}

/** Appends the instructions of a graph that was planned; `addressOf` says where its buffers lie. */
export function emitGraph(
  { nodes }: Graph,
  { bufferOf, scratchOf, nestedOf }: Plan,
  addressOf: (buffer: Buffer) => number,
  e: Omit<Emitter, 'at' | 'scratch'>,
): Emitted {
  const ops = new Set<Brought>();
  const at = (t: Tensor) => addressOf(bufferOf.get(t)!);
  let work = 0;
  for (const node of nodes) {
    const { op, attrs, size } = node;
    const nested = nestedOf.get(node);
    if (!nested && (!op.emit || (size === 0 && !op.mutates))) continue;
    const buffer = scratchOf.get(node);
    const from = e.words.length;
    const emitter = { ...e, at, scratch: buffer ? addressOf(buffer) : 0 };
    const inner = nested?.emit(emitter);
    op.emit?.(emitter, node, attrs);
    e.record?.(node, at, e.words, from);
    for (const brought of [op, ...(inner?.ops ?? [])]) ops.add(brought);
    work += inner?.work ?? op.work?.(node, attrs) ?? (op.flops?.(node, attrs) ?? size * FLOPS) / FLOPS;
  }
  return { ops, work };
}

/** Throws if an input belongs to another trace: nothing would write it, and it would be read as zeros. */
export function checkLeaves({ nodes }: Graph, given: ReadonlySet<Tensor>, what: string): void {
  const stranger = nodes.find((t) => isGiven(t) && !given.has(t));
  check(stranger === undefined, () => {
    const { name } = stranger!.attrs as InputAttrs;
    return `${what} uses ${stranger!} (${name}) of another trace, where it has no value: pass it as an argument`;
  });
}

/** So many values are copied faster one by one. */
const FEW = 16;

/** Floating-point operations of a product that take about as long as another op's element. */
const FLOPS = 32;

/**
 * From this much work on (see `work` in ops/op.ts), about 50 µs of it, a program is worth waking the other threads for.
 */
const LARGE = 100_000;

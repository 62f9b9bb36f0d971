// program: goals become a graph, fused and planned, and encoded as a tape of instructions in memory, ready to run. What
// comes before it deals with graphs, what comes after it with tapes (run/).

import { encode } from './encode.js';
import { check, WasmgradError } from './errors.js';
import { fuse } from './fuse.js';
import { type Goals, type Graph, graphOf } from './graph.js';
import { type ConstantAttrs, constant, type InputAttrs, isGiven } from './ops/movement.js';
import type { Emitter } from './ops/op.js';
import { type Buffer, type Plan, plan } from './plan.js';
import type { Block, Memory } from './run/memory.js';
import type { Kernels, Run, Runner } from './run/runner.js';
import type { Tensor, TensorData } from './tensor.js';

/** Options of a program. */
export interface ProgramOptions {
  /** Addresses of the leaves that have a place outside of the program's arena: parameters, the state of a loop. */
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

/** A graph that was planned and encoded for one runner, and can be run any number of times. */
export class Program {
  /** Runs the tape `steps` times; see Run. */
  readonly run: Run;
  readonly #memory: Memory;
  readonly #plan: Plan;
  /** The address of every tensor that has a place, in the arena or outside of it. */
  readonly #addresses = new Map<Tensor, number>();
  /** The arena, then the tape. */
  readonly #blocks: Block[] = [];
  readonly #words: number;

  constructor(
    runner: Runner,
    goals: Goals,
    { places = new Map(), inputs = [], what = 'a program', fused = true }: ProgramOptions = {},
  ) {
    this.#memory = runner.memory;
    const traced = graphOf(goals);
    checkLeaves(traced, new Set([...places.keys(), ...inputs]), what);
    for (const t of [...goals.outputs, ...goals.effects]) t.checkSeen(what);
    const graph = fused ? fuse(traced) : traced;
    this.#plan = plan(graph, new Set(places.keys()), runner.threads);
    try {
      const arena = this.#alloc(this.bytes, what);
      const addressOf = ({ leaf, offset }: Buffer) => (leaf ? places.get(leaf)! : arena.address + offset);
      for (const [t, buffer] of this.#plan.bufferOf) this.#addresses.set(t, addressOf(buffer));
      const { words, kernels, work } = this.#encode(graph, addressOf);
      goals.outputs.forEach((output, i) => void this.#addresses.set(output, this.address(graph.outputs[i]!)));
      this.#words = words.length;
      const tape = this.#alloc(words.length * 4, what);
      this.#memory.i.set(words, tape.address / 4);
      this.run = runner.load(tape, work >= LARGE, kernels);
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

  /** Writes the constants to the arena; returns the words of the tape, the kernels that its ops bring, and its work. */
  #encode({ nodes }: Graph, addressOf: (buffer: Buffer) => number) {
    const words: number[] = [];
    const kernels: Kernels = {};
    let work = 0;
    const at = (t: Tensor) => this.address(t);
    const code: Emitter['code'] = (name, operands) => encode(words, name, operands);
    for (const node of nodes) {
      const { op, attrs, size } = node;
      if (op === constant) this.write(node, (attrs as ConstantAttrs).data);
      if (!op.emit || (size === 0 && !op.mutates)) continue;
      const scratch = this.#plan.scratchOf.get(node);
      op.emit({ at, scratch: scratch ? addressOf(scratch) : 0, code }, node, attrs);
      Object.assign(kernels, op.kernels);
      work += op.work?.(node, attrs) ?? size;
    }
    code('halt', {});
    return { words, kernels, work };
  }

  /** Bytes of the arena: constants, inputs, activations and gradients. */
  get bytes(): number {
    return this.#plan.bytes;
  }

  /** How many of these are in use at the same time, at the most: no plan can do with less. */
  get live(): number {
    return this.#plan.live;
  }

  /** Address of an input or output. */
  address(t: Tensor): number {
    const address = this.#addresses.get(t);
    check(address !== undefined, () => `internal error: ${t.op.name} has no place in this program`);
    return address;
  }

  /** Whether a tensor has a place in the program; an input that nothing needs has none. */
  has(t: Tensor): boolean {
    return this.#addresses.has(t);
  }

  /** Copies values to an input, if the program needs it. */
  write(t: Tensor, data: TensorData | readonly number[]): void {
    // The buffer of a user's array may have been resized since it was checked; more values would overwrite another tensor.
    if (data.length !== t.size) throw new WasmgradError(`${t}: expected ${t.size} values, got ${data.length}`);
    if (this.has(t)) this.#view(t).set(data, this.address(t) / 4);
  }

  /** A copy of the values of an output or input. */
  read(t: Tensor): TensorData {
    const at = this.address(t) / 4;
    return this.#view(t).slice(at, at + t.size);
  }

  /** Copies the values of an output to `target`, from index `offset` on. */
  copyTo(t: Tensor, target: TensorData, offset: number): void {
    const at = this.address(t) / 4;
    target.set(this.#view(t).subarray(at, at + t.size), offset);
  }

  /** The only value of a scalar output. */
  scalar(t: Tensor): number {
    return this.#view(t)[this.address(t) / 4]!;
  }

  /** Gives the memory back now; otherwise it goes when the program is garbage. */
  dispose(): void {
    for (const block of this.#blocks) this.#memory.free(block);
  }

  /** The words of the tape; tapeText prints them. */
  get tape(): Int32Array {
    const start = this.#blocks[1]!.address / 4;
    return this.#memory.i.subarray(start, start + this.#words);
  }

  #view(t: Tensor): TensorData {
    return t.dtype === 'int32' ? this.#memory.i : this.#memory.f;
  }
}

/** Throws if an input belongs to another trace: nothing would write it, and it would be read as zeros. */
function checkLeaves({ nodes }: Graph, given: ReadonlySet<Tensor>, what: string): void {
  const stranger = nodes.find((t) => isGiven(t) && !given.has(t));
  check(stranger === undefined, () => {
    const { name } = stranger!.attrs as InputAttrs;
    return `${what} uses ${stranger!} (${name}) of another trace, where it has no value: pass it as an argument`;
  });
}

/** From this much work on (see `work` in ops/op.ts), about 50 µs of it, a program is worth waking the other threads for. */
const LARGE = 100_000;

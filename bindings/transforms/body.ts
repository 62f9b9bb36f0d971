// A body is what a loop repeats: a graph that goes from stand-ins to ends. Stand-ins are tensors in whose place the
// loop puts something in each turn: what is carried from turn to turn, a row of each x, and what the body uses from
// outside. Here: what is inside of it, its text, and how it is planned and encoded by itself, as a tape inside of the
// loop's instruction. Not here: the loop (loop.ts).

import { encode } from '../encode.js';
import { expressionText } from '../evaluate.js';
import { fuse } from '../fuse.js';
import { dependents } from '../grad.js';
import { type Graph, graphOf, ownerOf, reachableInOrder } from '../graph.js';
import { copy, input } from '../ops/movement.js';
import type { Emitted, Emitter } from '../ops/op.js';
import { type Buffer, type Plan, plan } from '../plan.js';
import { emitGraph } from '../program.js';
import { inputOf, type Tensor } from '../tensor.js';

/** What a body is made of. */
export interface BodyParts {
  /** Stand-ins for what is carried from turn to turn. */
  readonly carries: readonly Tensor[];
  /** Stand-ins for the rows of the xs. */
  readonly xs: readonly Tensor[];
  /** What each carry is in the next turn. */
  readonly next: readonly Tensor[];
  /** Tensors of the body whose values of all turns may be wanted. */
  readonly results: readonly Tensor[];
}

/** The graph of one turn of a loop. */
export class Body {
  readonly carries: readonly Tensor[];
  readonly xs: readonly Tensor[];
  readonly next: readonly Tensor[];
  /** What it uses from outside: the same in all turns. */
  readonly captured: readonly Tensor[];
  /** What depends on the turn: the stand-ins for carries and xs, and all that is computed in each turn. */
  readonly inside: ReadonlySet<Tensor>;
  /** Tensors of the body whose values of all turns are outputs of the loop; they are named by their number here. */
  readonly #results: Tensor[];

  constructor({ carries, xs, next, results }: BodyParts) {
    [this.carries, this.xs, this.next, this.#results] = [carries, xs, next, [...results]];
    const own = new Set([...carries, ...xs]);
    const ends = [...next, ...results];
    // What is older than all stand-ins does not depend on them.
    const oldest = Math.min(...[...own].map(({ id }) => id));
    const within = (t: Tensor) => (own.has(t) ? [] : t.inputs.filter(({ id }) => id >= oldest));
    const nodes = reachableInOrder(ends, within).filter((t) => !own.has(t));
    this.inside = dependents(nodes, own);
    const read = [...ends, ...nodes.filter((t) => this.inside.has(t)).flatMap(({ inputs }) => inputs)];
    this.captured = [...new Set(read.filter((t) => !this.inside.has(t)))];
  }

  /** All stand-ins, in the order of the loop's inputs. */
  get standIns(): readonly Tensor[] {
    return [...this.carries, ...this.xs, ...this.captured];
  }

  /**
   * Whether a tensor is computed in each turn: also an output of an inner loop that was made later, for a derivative.
   */
  has(t: Tensor): boolean {
    const [first] = t.inputs;
    return this.inside.has(t) || (first?.op.nest !== undefined && this.inside.has(first));
  }

  /** The number of a tensor of the body, for an output of the loop. */
  numberOf(t: Tensor): number {
    const known = this.#results.indexOf(t);
    return known < 0 ? this.#results.push(t) - 1 : known;
  }

  /** All tensors that have numbers. */
  get results(): readonly Tensor[] {
    return this.#results;
  }

  /** The tensor of that number. */
  result(number: number): Tensor {
    return this.#results[number]!;
  }

  /** The body as text, which is the same for bodies that compute the same from their stand-ins. */
  toJSON(): string {
    const { carries, xs, captured, next } = this;
    const ends = [...next, ...this.#results];
    const known = new Set(this.standIns);
    const computed = reachableInOrder(ends, (t) => (known.has(t) ? [] : t.inputs)).filter((t) => !known.has(t));
    const all = [...known, ...computed];
    return `${carries.length} ${xs.length} ${captured.length};${expressionText(ends, all, (t) => known.has(t))}`;
  }

  /** How graphs are printed. */
  toString(): string {
    return `${this.inside.size} tensors`;
  }
}

/** What a turn computes to be kept: for the next turn as the value of a carry, or else at a place outside. */
export interface End {
  readonly value: Tensor;
  readonly carry?: Tensor;
}

/** Whether nothing computes `t`: a stand-in of the copy. */
const isLeaf = ({ op }: Tensor): boolean => op === input;

/** The graph of one turn, planned: a copy of it in which stand-ins are inputs. */
export class PlannedBody {
  readonly #ends: readonly End[];
  /** The inputs, by what they stand in for. */
  readonly #leaves: ReadonlyMap<Tensor, Tensor>;
  readonly #graph: Graph;
  readonly #plan: Plan;

  /** @param carries the stand-ins that have a place in the arena, for all turns */
  constructor(ends: readonly End[], standIns: readonly Tensor[], carries: readonly Tensor[], threads: number) {
    this.#ends = ends;
    this.#leaves = new Map(standIns.map((t) => [t, inputOf('a stand-in', t.shape, t.dtype)]));
    const leaf = (t: Tensor) => this.#leaves.get(t)!;
    const graph = fuse(graphOf({ outputs: copied(ends, this.#leaves, new Set(carries)), effects: [] }));
    // A carry has its place even if nothing reads it before it is written.
    const unread = carries.map(leaf).filter((t) => !graph.nodes.includes(t));
    this.#graph = { ...graph, nodes: [...unread, ...graph.nodes] };
    const outside = new Set(standIns.filter((t) => !carries.includes(t)).map(leaf));
    const carried = new Map<Tensor, Tensor>();
    graph.outputs.forEach((value, i) => {
      const { carry } = ends[i]!;
      if (isLeaf(value)) return;
      if (carry) carried.set(value, leaf(carry));
      else outside.add(value);
    });
    this.#plan = plan(this.#graph, outside, threads, carried);
  }

  /** Size of its arena. */
  get bytes(): number {
    return this.#plan.bytes;
  }

  /** Address of a carry, if the arena lies at `arena`. */
  carryAt(carry: Tensor, arena: number): number {
    return arena + this.#plan.bufferOf.get(this.#leaves.get(carry)!)!.offset;
  }

  /**
   * Appends the instructions of one turn.
   *
   * @param arena where its arena lies
   * @param at    where the stand-ins lie that are no carries
   * @param endAt where the ends are wanted that are no carries
   */
  emit(e: Omit<Emitter, 'at' | 'scratch'>, arena: number, at: Places, endAt: (i: number) => number): Emitted {
    const { bufferOf } = this.#plan;
    const places = new Map<Tensor, number>();
    for (const [t, leaf] of this.#leaves) {
      const buffer = bufferOf.get(leaf);
      if (buffer) places.set(leaf, buffer.leaf ? at(t) : arena + buffer.offset);
    }
    const { outputs } = this.#graph;
    outputs.forEach((value, i) => {
      if (!this.#ends[i]!.carry && !places.has(value)) places.set(value, endAt(i));
    });
    const addressOf = ({ leaf, offset }: Buffer) => (leaf ? places.get(leaf)! : arena + offset);
    const valueAt = (t: Tensor) => addressOf(bufferOf.get(t)!);
    const emitted = emitGraph(this.#graph, this.#plan, addressOf, e);
    // What does not lie where it is wanted is copied there: to the places outside first, and then the carries, which
    // nothing reads any more.
    const move = (to: number, i: number) => {
      const [from, { size }] = [valueAt(outputs[i]!), outputs[i]!];
      if (from !== to && size > 0) e.code('copy', { out: to, x: from, n: size });
    };
    this.#ends.forEach(({ carry }, i) => void (carry || move(endAt(i), i)));
    this.#ends.forEach(({ carry }, i) => void (carry && move(this.carryAt(carry, arena), i)));
    return emitted;
  }
}

/** Where tensors lie. */
type Places = (t: Tensor) => number;

/**
 * The owners of the ends, in a copy of their graph with `leaves` in place of what these stand in for. What is the old
 * value of another carry is copied, while it is still there.
 */
function copied(ends: readonly End[], leaves: ReadonlyMap<Tensor, Tensor>, carries: ReadonlySet<Tensor>): Tensor[] {
  const copies = new Map(leaves);
  const now = (t: Tensor) => copies.get(t)!;
  const computed = reachableInOrder(
    ends.map(({ value }) => value),
    (t) => (leaves.has(t) ? [] : t.inputs),
  );
  for (const t of computed) if (!copies.has(t)) copies.set(t, t.rewrite(t.op, t.inputs.map(now), t.attrs));
  const places = new Map([...carries].map((t) => [now(t), t]));
  return ends.map(({ value, carry }) => {
    const owner = ownerOf(now(value));
    const place = places.get(owner);
    return place && place !== carry ? owner.rewrite(copy, [owner], {}) : owner;
  });
}

/** Numbers from here on stand for addresses that move: above all addresses, as those of wasm32 have 32 bits. */
const MOVING = 2 ** 32;

/**
 * A tape inside of an instruction, whose addresses the instruction moves after each turn. While it is encoded an
 * address that moves is a number of its own above all addresses, to which kernels' offsets may be added. Those of loops
 * around this one stay such numbers in its words, for these loops to find.
 */
export class NestedTape {
  readonly words: number[] = [];
  readonly #outer: number;
  readonly #record: Emitter['record'];
  readonly #places: { readonly base: number; readonly stride: number }[] = [];

  constructor({ moving = 0, record }: Pick<Emitter, 'moving' | 'record'>) {
    this.#outer = moving;
    this.#record = record;
  }

  /** An address that is `base` in the first turn and `stride` more after each. */
  moving(base: number, stride: number): number {
    return (this.#outer + this.#places.push({ base, stride })) * MOVING;
  }

  /** How instructions are appended; all addresses that move must have been asked for before. */
  get emitter(): Omit<Emitter, 'at' | 'scratch'> {
    return {
      moving: this.#outer + this.#places.length,
      words: this.words,
      record: this.#record,
      code: (name, operands) => encode(this.words, name, operands),
    };
  }

  /**
   * The list of the instruction: the count of words that move; of each the word, its first value and its stride; the
   * tape.
   */
  list(): number[] {
    this.emitter.code('halt', {});
    const moves: number[] = [];
    this.words.forEach((word, i) => {
      const place = this.#places[Math.floor(word / MOVING) - 1 - this.#outer];
      if (!place) return;
      moves.push(i, place.base + (word % MOVING), place.stride);
      this.words[i] = 0;
    });
    return [moves.length / 3, ...moves, ...this.words];
  }
}

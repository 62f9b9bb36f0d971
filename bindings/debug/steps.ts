// A program one instruction at a time: which instructions belong to which tensor, and how a tape is run from JavaScript
// instruction by instruction, loops and what is inside of them, too. Not here: what is done at each (profile.ts,
// nonfinite.ts).

import { opcodeOf } from '../encode.js';
import { INSTRUCTIONS, type Instruction, isAddress, type Kind, NAMES, type Row } from '../instructions.js';
import type { EpilogueAttrs } from '../ops/op.js';
import type { Block, Memory } from '../run/memory.js';
import type { Brought, Recorder, Runner } from '../run/runner.js';
import type { Tensor } from '../tensor.js';

/** Where a tensor lies: `offset` bytes before the address in word `word` of the tape, which is an operand's. */
export interface Place {
  readonly tensor: Tensor;
  readonly word: number;
  readonly offset: number;
  /** What the instruction does there. */
  readonly kind: Kind;
}

/** The instructions of a tensor: words `from` to `to` of a tape, that one excluded. */
export interface Step {
  readonly node: Tensor;
  readonly from: number;
  readonly to: number;
  /** How many instructions these are. */
  readonly count: number;
  /** Where it and its inputs lie, as far as its instructions have an address in them. */
  readonly places: readonly Place[];
}

/** What a tape has, by the words at which its instructions begin: the step of each, and the tapes inside of loops. */
export interface Steps {
  readonly stepAt: ReadonlyMap<number, Step>;
  readonly inner: ReadonlyMap<number, Steps>;
}

/** Words from here on stand for addresses that move (transforms/body.ts). */
const MOVING = 2 ** 32;

/** The word at which each instruction of a tape begins, `halt` aside. */
function* instructionsOf(words: ArrayLike<number>, from = 0, to = words.length): Iterable<number> {
  for (let at = from; at < to && words[at] !== HALT; at += words[at + 1]!) yield at;
}

const HALT = /*@__PURE__*/ opcodeOf('halt');
const LOOP = /*@__PURE__*/ opcodeOf('loop');

/** The name of the instruction that begins at a word. */
export const nameAt = (words: ArrayLike<number>, at: number): Instruction => NAMES[words[at]!]!;

/** The kind of each operand of the instruction at a word, and the word at which it begins. */
function* operandsOf(words: ArrayLike<number>, at: number): Iterable<readonly [kind: Kind, word: number]> {
  const row: Row = INSTRUCTIONS[nameAt(words, at)];
  let word = at + 2;
  for (const operand in row) {
    yield [row[operand]!, word];
    word += row[operand] === 'double' ? 2 : 1; // a list ends the instruction
  }
}

/** What a tensor is computed by: 'log', or 'matMul, bias, relu' where a product does that besides. */
export function opText({ op, attrs }: Tensor): string {
  const { bias, epilogue } = (op.takesEpilogue ? attrs : {}) as EpilogueAttrs;
  return [op.name, bias && 'bias', epilogue].filter(Boolean).join(', ');
}

/** The functions that make loops, by their ops. */
const LOOPS: Readonly<Record<string, string>> = { loop: 'scan', while: 'whileLoop', cond: 'cond' };

/** What made a loop. */
export const loopText = (node: Tensor | undefined): string => LOOPS[node?.op.name ?? ''] ?? 'a loop';

/** Learns which tensor each instruction is of, while programs are encoded. */
export class Recording {
  /** Of each tape, by its words. */
  readonly #tapes = new Map<readonly number[], Step[]>();
  readonly #known = new WeakMap<Block, Steps>();

  readonly record: Recorder = (node, at, words, from) => {
    const steps = this.#tapes.get(words) ?? [];
    this.#tapes.set(words, steps);
    const tensors = node.op.mutates || node.op.nest ? node.inputs : [node, ...node.inputs];
    const spans = [...new Set(tensors)].map((tensor) => ({ tensor, start: at(tensor) }));
    const places: Place[] = [];
    let count = 0;
    for (const instruction of instructionsOf(words, from)) {
      count++;
      for (const [kind, word] of operandsOf(words, instruction)) {
        if (!isAddress(kind)) continue;
        for (const { tensor, start } of spans) {
          const offset = words[word]! - start;
          if (offset >= 0 && offset < Math.max(4, tensor.size * 4)) places.push({ tensor, word, offset, kind });
        }
      }
    }
    steps.push({ node, from, to: words.length, count, places });
  };

  /** The steps of a tape that is loaded: for the first time after it was encoded, or again since it was moved. */
  stepsOf(tape: Block, { i }: Memory): Steps {
    const { address, bytes } = tape;
    const steps = this.#known.get(tape) ?? this.#of(i.subarray(address / 4, (address + bytes) / 4));
    this.#known.set(tape, steps);
    this.#tapes.clear();
    return steps;
  }

  #of(tape: Int32Array): Steps {
    const inner = new Map<number, Steps>();
    for (const at of instructionsOf(tape)) {
      if (tape[at] === LOOP) inner.set(at, this.#of(tape.subarray(at + nestedAt(tape, at))));
    }
    const stepAt = new Map<number, Step>();
    // Where one step is inside of another, as the condition of whileLoop, the inner one was recorded first.
    for (const step of this.#find(tape)) {
      for (const at of instructionsOf(tape, step.from, step.to)) if (!stepAt.has(at)) stepAt.set(at, step);
    }
    return { stepAt, inner };
  }

  /** Finds a tape by its words, `halt` included: each was recorded by itself, wherever it lies now. */
  #find(tape: Int32Array): readonly Step[] {
    for (const [words, steps] of this.#tapes) {
      if (!words.every((word, i) => word >= MOVING || (word | 0) === tape[i])) continue;
      this.#tapes.delete(words);
      return steps;
    }
    return [];
  }
}

/** How far the tape inside of a loop is from the loop's first word: see `loop` in the instruction table. */
const nestedAt = (words: Int32Array, at: number): number => 6 + 3 * words[at + 5]!;

/** An instruction that is to be run. */
export interface Visit {
  /** The word of the memory at which its tape begins. */
  readonly tape: number;
  /** Its first word on that tape. */
  readonly at: number;
  /** What it is of; undefined for what loops do beside the tensors in them, copies of carries. */
  readonly step: Step | undefined;
  /** The loops around it, the outermost first, and their turns, from 0. */
  readonly loops: readonly Turn[];
}

/** A loop at work. */
export interface Turn {
  readonly node: Tensor | undefined;
  readonly turn: number;
}

/** A program that is run one instruction at a time. */
export class Stepper {
  readonly memory: Memory;
  readonly #runner: Runner;
  readonly #tape: Block;
  readonly #large: boolean;
  readonly #ops: Iterable<Brought>;
  /** One instruction or more, with `halt` behind them. */
  #slot: Block;

  /** @param runner that loads the tape; its other arguments are those of its `load` */
  constructor(
    runner: Runner,
    tape: Block,
    large: boolean,
    ops: Iterable<Brought>,
    readonly steps: Steps,
  ) {
    [this.#runner, this.#tape, this.#large, this.#ops] = [runner, tape, large, ops];
    this.memory = runner.memory;
    this.#slot = this.memory.alloc(1024, 'one instruction');
  }

  /** Goes through the instructions in the order in which they run; `visit` is to run each of them. */
  walk(visit: (visit: Visit) => void): void {
    this.#walk(this.#tape.address / 4, this.steps, [], visit);
  }

  #walk(tape: number, { stepAt, inner }: Steps, loops: readonly Turn[], visit: (visit: Visit) => void): void {
    const words = (at: number): number => this.memory.i[tape + at]!; // a view of its own for each: memory may grow
    for (let at = 0; words(at) !== HALT; at += words(at + 1)) {
      const step = stepAt.get(at);
      if (words(at) === LOOP) this.#turns(tape + at, inner.get(at)!, loops, step?.node, visit);
      else visit({ tape, at, step, loops });
    }
  }

  /** As assembly/run.ts does it. */
  #turns(
    loop: number,
    steps: Steps,
    loops: readonly Turn[],
    node: Tensor | undefined,
    visit: (visit: Visit) => void,
  ): void {
    const { memory } = this;
    const tape = loop + nestedAt(memory.i, loop);
    const [turns, test] = [memory.i[loop + 2]!, memory.i[loop + 3]! >>> 2];
    const move = (put: (word: number, first: number, stride: number) => void) => {
      for (let m = loop + 6; m < tape; m += 3) put(tape + memory.i[m]!, memory.i[m + 1]!, memory.i[m + 2]!);
    };
    move((word, first) => void (memory.i[word] = first));
    for (let turn = 0; turn < turns && (test === 0 || memory.f[test] !== 0); turn++) {
      this.#walk(tape, steps, [...loops, { node, turn }], visit);
      move((word, _, stride) => void (memory.i[word]! += stride));
    }
  }

  /** The words of an instruction. */
  wordsOf({ tape, at }: Visit): Int32Array {
    const { i } = this.memory;
    return i.slice(tape + at, tape + at + i[tape + at + 1]!);
  }

  /** Prepares instructions for being run, any number of times, until others are. */
  load(words: Iterable<number>): (times: number) => void {
    const halted = [...words, HALT, 2];
    if (halted.length * 4 > this.#slot.bytes) this.#slot = this.memory.alloc(halted.length * 4, 'one instruction');
    this.memory.i.set(halted, this.#slot.address / 4);
    const run = this.#runner.load(this.#slot, this.#large, this.#ops);
    return (times) => void run(times, 0);
  }

  /** Where a tensor's values begin, as an index into the views of the memory. */
  indexOf({ tape }: Visit, { word, offset }: Place): number {
    return ((this.memory.i[tape + word]! >>> 0) - offset) / 4;
  }
}

// Checks a tape that comes from outside, word by word, before it may run: every instruction is known and complete,
// whatever it reads lies in the memory of its program, and whatever it writes in the arena, so not in weights,
// constants or the tape itself. So a tape also ends, since nothing that it could change says how often anything is
// repeated. What is in memory may be any bits. Not here: how much an instruction reads and writes (extents.ts).

import { checkFile } from '../files/fileerror.js';
import { INSTRUCTIONS, type Instruction, isAddress, MODULES, NAMES, type Row } from '../instructions.js';
import { type Extent, type Extents, extentsOf } from './extents.js';

/** The memory of a program, in bytes: what is read only, and behind it the arena. */
export interface Space {
  readonly start: number;
  readonly arena: number;
  readonly end: number;
}

/** What loops add to a word of a tape, and the word itself if they write it. */
interface Moved {
  readonly value: number;
  readonly from: number;
  readonly to: number;
}

/** A stretch of memory that an operand stands for. */
interface Used {
  readonly operand: string;
  readonly from: number;
  readonly to: number;
}

/** How often a body is run at most, in all loops around it together. */
export const MAX_TURNS = 2 ** 20;

/** So many loops may be around each other. */
const MAX_DEPTH = 16;

/**
 * Throws a FileError, which begins with `what`, unless the words are a tape that runs in this space. Opcodes are
 * replaced by those of `opcodes`, if there are any: who wrote the tape may have had others.
 *
 * @returns the instructions that are used
 */
export function verify(
  what: string,
  tape: Int32Array,
  space: Space,
  rules: Extents,
  opcodes?: ReadonlyMap<number, number>,
): ReadonlySet<Instruction> {
  const verifier = new Verifier(what, tape, space, rules, opcodes);
  verifier.tape(0, tape.length, 1, MAX_DEPTH);
  return verifier.used;
}

const WRONG_WORDS = 'has not the words that it should';
const WRONG_LOOP = 'is a loop that is not as it should be';

class Verifier {
  readonly used = new Set<Instruction>();
  readonly #moved = new Map<number, Moved>();

  constructor(
    readonly what: string,
    readonly words: Int32Array,
    readonly space: Space,
    readonly rules: Extents,
    readonly opcodes: ReadonlyMap<number, number> | undefined,
  ) {}

  #check(holds: boolean, at: number, does: string, what = 'it'): asserts holds {
    checkFile(holds, () => `${this.what} is damaged: at word ${at} of a program ${what} ${does}`);
  }

  /** The words [start, end) are instructions, the last of them `halt`; they are run up to `turns` times. */
  tape(start: number, end: number, turns: number, depth: number): void {
    let [at, last] = [start, -1];
    while (at < end) [at, last] = [this.#instruction(at, end, turns, depth), at];
    this.#check(this.words[last] === 0, start, 'does not end');
  }

  /** Returns where the next instruction begins. */
  #instruction(at: number, end: number, turns: number, depth: number): number {
    const { words } = this;
    const name = this.#name(at);
    const next = at + words[at + 1]!;
    this.#check(next <= end && (name !== 'halt' || next === end), at, WRONG_WORDS, name);
    const row: Row = INSTRUCTIONS[name];
    const numbers: Record<string, number> = {};
    let [list, word]: [readonly number[], number] = [[], at + 2];
    for (const operand in row) {
      const kind = row[operand]!;
      this.#check(word < next, at, WRONG_WORDS, name);
      if (kind === 'opcode' && words[word] !== 0) this.#name(word);
      const value = words[word++]!;
      numbers[operand] = isAddress(kind) ? value >>> 0 : value;
      if (kind === 'double') word++;
      if (kind === 'list') list = Array.from(words.subarray(word, next));
      if (kind === 'list' || kind === 'tape') word += value;
    }
    this.#check(word === next, at, WRONG_WORDS, name);
    if (name === 'halt') return next;
    if (name === 'loop') {
      this.#loop(at, next, turns, depth);
      return next;
    }
    if ('epilogue' in row) this.#epilogue(numbers, at);
    const rule = extentsOf(this.rules, name, row);
    this.#check(rule !== undefined, at, 'is no instruction of frozen programs', name);
    this.#places(row, at, rule(numbers, list));
    return next;
  }

  /** What is applied to a product is an elementwise instruction of the main module: of two inputs if there is y. */
  #epilogue({ epilogue, y }: Record<string, number>, at: number): void {
    if (epilogue === 0 && y === 0) return;
    const name = NAMES[epilogue!]!;
    const row: Row = name in MODULES.main ? INSTRUCTIONS[name] : {};
    const holds = 'slope' in row && (y ? 'aCol' in row : 'x' in row);
    this.#check(holds, at, "can't be applied to a product", name);
  }

  /** The instruction whose opcode is at that word. */
  #name(word: number): Instruction {
    const given = this.words[word]!;
    const opcode = this.opcodes ? this.opcodes.get(given) : given;
    const name = NAMES[opcode!];
    this.#check(name !== undefined, word, 'is no instruction', `${given}`);
    this.words[word] = opcode!;
    this.used.add(name);
    return name;
  }

  #places(row: Row, at: number, extents: Readonly<Record<string, Extent>>): void {
    const used: Used[] = [];
    let word = at + 2;
    for (const operand in row) {
      const kind = row[operand]!;
      const extent = extents[operand] ?? Number.NaN;
      if (isAddress(kind) && extent !== 0) used.push(this.#place(operand, kind, word, extent));
      word += kind === 'double' ? 2 : 1;
    }
    // What a kernel keeps in its scratch memory are places, too.
    const scratch = used.find(({ operand }) => operand === 'scratch');
    for (const { operand, from, to } of scratch ? used : []) {
      const apart = operand === 'scratch' || to <= scratch!.from || scratch!.to <= from;
      this.#check(apart, at, 'lies in its scratch memory', operand);
    }
  }

  /** Where an operand lies in any turn. */
  #place(operand: string, kind: string, word: number, extent: Extent): Used {
    const [first, last] = typeof extent === 'number' ? [0, extent] : extent;
    const { value, from, to } = this.#take(word);
    const low = (value >>> 0) + from + 4 * first;
    const high = (value >>> 0) + to + 4 * last;
    const { start, arena, end } = this.space;
    const isIn = value % 4 === 0 && low >= (kind.startsWith('read') ? start : arena) && high <= end;
    this.#check(isIn, word, 'reaches beyond its memory', operand);
    return { operand, from: low, to: high };
  }

  /**
   * A loop, whose body is run in all turns of those around it: [opcode, words, turns, test, words of the body, the
   * body …].
   */
  #loop(at: number, end: number, around: number, depth: number): void {
    const { words } = this;
    const own = words[at + 2]!;
    const holds = own > 0 && own * around <= MAX_TURNS && depth > 0;
    this.#check(holds, at, WRONG_LOOP);
    if (words[at + 3] !== 0) this.#place('test', 'read float32', at + 3, 1);
    const list = at + 6;
    const moves = words[at + 5]!;
    const tape = list + 3 * moves;
    this.#check(list <= end && moves >= 0 && tape <= end, at, WRONG_LOOP);
    for (let move = list; move < tape; move += 3) {
      const [target, stride] = [tape + words[move]!, words[move + 2]!];
      const holds = target >= tape && target < end && !this.#moved.has(target) && stride % 4 === 0;
      this.#check(holds, move, WRONG_LOOP);
      // What this one moves from may be moved by those around it.
      const { value, from, to } = this.#take(move + 1);
      const far = stride * (own - 1);
      this.#moved.set(target, { value, from: from + Math.min(far, 0), to: to + Math.max(far, 0) });
    }
    this.tape(tape, end, own * around, depth - 1);
    const left = [...this.#moved.keys()].some((word) => word >= tape && word < end);
    this.#check(!left, at, WRONG_LOOP);
  }

  /** The value of a word that is an address, and what loops add to it. */
  #take(word: number): Moved {
    const moved = this.#moved.get(word);
    this.#moved.delete(word);
    return moved ?? { value: this.words[word]!, from: 0, to: 0 };
  }
}

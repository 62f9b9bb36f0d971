// Reads a pickle of numbers, text, lists, tuples and dictionaries, and of those objects that its caller allows by name.
// Nothing is executed: a name stands for a function of ours, and any other name is refused. Not here: which names a
// state dict needs (torchfile.ts). (The machine of Python's pickletools, as far as torch.save uses it, protocols 2 to
// 5.)

import type { Cursor } from '../files/cursor.js';
import { checkFile } from '../files/fileerror.js';

/** A value of a pickle. Lists and tuples are arrays, dictionaries are maps, whole numbers beyond 2⁵³ are bigints. */
export type Pickled = null | boolean | number | bigint | string | Allowed | readonly Pickled[] | PickledMap | object;

/** A dictionary, in the order in which it was written. */
export type PickledMap = Map<Pickled, Pickled>;

/** What stands for a global name of Python. */
export interface Allowed {
  /** What calling it with these arguments gives; absent if it is only passed on, as a type is. */
  readonly call?: ((args: readonly Pickled[]) => Pickled) | undefined;
}

/** What a pickle may refer to. */
export interface PickleRules {
  /** By 'module.name'. */
  readonly globals: ReadonlyMap<string, Allowed>;
  /** What a persistent id is: of torch.save a storage. */
  persistent(id: Pickled): Pickled;
}

/** So many values may be open at once: torch.save writes a thousand items of a dictionary at a time. */
const MAX_STACK = 10_000;

/**
 * So many lists, tuples and dictionaries: a tensor takes about eight. Each may be one byte of the file, and is far more
 * here.
 */
const MAX_CONTAINERS = 100_000;

/** So many values may be remembered, to be referred to later. */
const MAX_MEMO = 250_000;

/** The value that a pickle holds. Throws a FileError for what is not allowed, or is no pickle. */
export function readPickle(cursor: Cursor, rules: PickleRules): Pickled {
  return new Machine(cursor, rules).run();
}

class Machine {
  #stack: Pickled[] = [];
  /** The stacks below the open marks. */
  readonly #outer: Pickled[][] = [];
  readonly #memo = new Map<number, Pickled>();
  #open = 0;
  #containers = 0;

  constructor(
    readonly cursor: Cursor,
    readonly rules: PickleRules,
  ) {}

  run(): Pickled {
    const { cursor } = this;
    for (;;) {
      const at = cursor.at;
      const opcode = cursor.u8();
      if (opcode === STOP) {
        const value = this.#pop();
        this.#require(this.#stack.length === 0 && this.#outer.length === 0, 'it ends in the middle of something');
        return value;
      }
      const step = STEPS[opcode];
      checkFile(step !== undefined, () => {
        return `${cursor.what}: the pickle has the instruction 0x${opcode.toString(16).padStart(2, '0')} at byte ${at}, which no state dict needs`;
      });
      step.call(this, cursor);
    }
  }

  #require(condition: boolean, message: string): asserts condition {
    checkFile(condition, () => `${this.cursor.what}: the pickle is damaged before byte ${this.cursor.at}: ${message}`);
  }

  push(value: Pickled): void {
    this.#require(++this.#open <= MAX_STACK, `more than ${MAX_STACK} values are open at once`);
    this.#stack.push(value);
  }

  #pop(): Pickled {
    this.#require(this.#stack.length > 0, 'a value is missing');
    this.#open--;
    return this.#stack.pop()!;
  }

  /** Counts a list, a tuple or a dictionary. */
  made<T extends Pickled>(container: T): T {
    this.#require(++this.#containers <= MAX_CONTAINERS, `it has more than ${MAX_CONTAINERS} lists and dictionaries`);
    return container;
  }

  mark(): void {
    this.#require(++this.#open <= MAX_STACK, `more than ${MAX_STACK} values are open at once`);
    this.#outer.push(this.#stack);
    this.#stack = [];
  }

  /** All values since the last mark. */
  marked(): Pickled[] {
    this.#require(this.#outer.length > 0, 'a mark is missing');
    const values = this.#stack;
    this.#open -= values.length + 1;
    this.#stack = this.#outer.pop()!;
    return values;
  }

  /** A tuple of the last values. */
  tuple(count: number): void {
    const values = Array.from({ length: count }, () => this.#pop()).reverse();
    this.push(this.made(values));
  }

  #top(): Pickled {
    this.#require(this.#stack.length > 0, 'a value is missing');
    return this.#stack.at(-1)!;
  }

  put(index: number): void {
    this.#memo.set(index, this.#top());
    this.#require(this.#memo.size <= MAX_MEMO, `it remembers more than ${MAX_MEMO} values`);
  }

  putNext(): void {
    this.put(this.#memo.size);
  }

  get(index: number): void {
    this.#require(this.#memo.has(index), `nothing was remembered as ${index}`);
    this.push(this.#memo.get(index)!);
  }

  append(values: readonly Pickled[]): void {
    const list = this.#top();
    this.#require(Array.isArray(list), 'what is appended to is no list');
    for (const value of values) list.push(value);
  }

  appendOne(): void {
    const value = this.#pop();
    this.append([value]);
  }

  setItems(values: readonly Pickled[]): void {
    const map = this.#top();
    this.#require(map instanceof Map && values.length % 2 === 0, 'what is written to is no dictionary');
    for (let i = 0; i < values.length; i += 2) map.set(values[i]!, values[i + 1]!);
  }

  setOne(): void {
    const value = this.#pop();
    this.setItems([this.#pop(), value]);
  }

  global(module: string, name: string): void {
    const known = this.rules.globals.get(`${module}.${name}`);
    checkFile(known !== undefined, () => {
      return `${this.cursor.what}: the pickle refers to ${`${module}.${name}`.slice(0, 80)}, which no state dict needs and is not called; save model.state_dict(), not the model`;
    });
    this.push(known);
  }

  stackGlobal(): void {
    const [name, module] = [this.#pop(), this.#pop()];
    this.#require(typeof name === 'string' && typeof module === 'string', 'the name of a global is no text');
    this.global(module, name);
  }

  reduce(): void {
    const args = this.#pop();
    const called = this.#pop() as Allowed | null;
    this.#require(Array.isArray(args) && typeof called?.call === 'function', 'what is called is no function');
    this.push(this.made(called.call(args) as object));
  }

  /** Attributes of an object: a state dict has its versions there, which are not needed. */
  build(): void {
    this.#pop();
    this.#require(this.#top() instanceof Map, 'only a dictionary may have attributes');
  }

  persistent(): void {
    this.push(this.made(this.rules.persistent(this.#pop()) as object));
  }
}

const STOP = 0x2e;

type Step = (this: Machine, cursor: Cursor) => void;

/** A line of text, which ends with a line feed. */
function line(cursor: Cursor): string {
  const end = cursor.bytes.indexOf(0x0a, cursor.at);
  const text = cursor.text(end < 0 ? cursor.left + 1 : end - cursor.at);
  cursor.u8();
  return text;
}

/** A whole number of up to eight bytes, in two's complement. */
function long(cursor: Cursor): number | bigint {
  const bytes = cursor.take(cursor.u8());
  checkFile(bytes.length <= 8, () => `${cursor.what}: the pickle has a number of ${bytes.length} bytes`);
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  value = BigInt.asIntN(8 * bytes.length, value);
  const near = Number(value);
  return Number.isSafeInteger(near) ? near : value;
}

/** A float64, whose bytes are in the other order. */
function float(cursor: Cursor): number {
  const bytes = cursor.take(8);
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0);
}

/** The instructions by opcode; the names are those of pickletools. */
const STEPS: Readonly<Record<number, Step>> = {
  // PROTO: the protocol. FRAME: how many bytes follow, for who reads a stream.
  128(cursor) {
    const version = cursor.u8();
    checkFile(version >= 2 && version <= 5, () => {
      return `${cursor.what}: the pickle has protocol ${version}, 2 to 5 are read`;
    });
  },
  149: (cursor) => void cursor.take(8),
  // NONE, NEWTRUE, NEWFALSE
  78() {
    this.push(null);
  },
  136() {
    this.push(true);
  },
  137() {
    this.push(false);
  },
  // BININT, BININT1, BININT2, LONG1, BINFLOAT
  74(cursor) {
    this.push(cursor.i32());
  },
  75(cursor) {
    this.push(cursor.u8());
  },
  77(cursor) {
    this.push(cursor.u16());
  },
  138(cursor) {
    this.push(long(cursor));
  },
  71(cursor) {
    this.push(float(cursor));
  },
  // BINUNICODE, SHORT_BINUNICODE
  88(cursor) {
    this.push(cursor.text(cursor.u32()));
  },
  140(cursor) {
    this.push(cursor.text(cursor.u8()));
  },
  // EMPTY_LIST, EMPTY_TUPLE, EMPTY_DICT
  93() {
    this.push(this.made([]));
  },
  41() {
    this.push(this.made([]));
  },
  125() {
    this.push(this.made(new Map()));
  },
  // MARK, TUPLE, TUPLE1, TUPLE2, TUPLE3
  40() {
    this.mark();
  },
  116() {
    this.push(this.made(this.marked()));
  },
  133() {
    this.tuple(1);
  },
  134() {
    this.tuple(2);
  },
  135() {
    this.tuple(3);
  },
  // APPEND, APPENDS, SETITEM, SETITEMS
  97() {
    this.appendOne();
  },
  101() {
    this.append(this.marked());
  },
  115() {
    this.setOne();
  },
  117() {
    this.setItems(this.marked());
  },
  // BINPUT, LONG_BINPUT, MEMOIZE, BINGET, LONG_BINGET
  113(cursor) {
    this.put(cursor.u8());
  },
  114(cursor) {
    this.put(cursor.u32());
  },
  148() {
    this.putNext();
  },
  104(cursor) {
    this.get(cursor.u8());
  },
  106(cursor) {
    this.get(cursor.u32());
  },
  // GLOBAL, STACK_GLOBAL, REDUCE, BUILD, BINPERSID
  99(cursor) {
    this.global(line(cursor), line(cursor));
  },
  147() {
    this.stackGlobal();
  },
  82() {
    this.reduce();
  },
  98() {
    this.build();
  },
  81() {
    this.persistent();
  },
};

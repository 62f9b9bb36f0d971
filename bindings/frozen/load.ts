// Runs a frozen program: puts it into a memory of its own, in an instance of its own, which can reach nothing else. Not
// here: what is in the file and whether it is sound (read.ts, verify.ts), and where the kernels come from (the
// entries).

import { check, checkIs, isRecord, messageOf, WasmgradError } from '../errors.js';
import { type FileSource, readFile } from '../files/source.js';
import { BEYOND_SLIM, type Instruction, MODULES, NAMES } from '../instructions.js';
import type { WasmModule } from '../run/modules.js';
import { forEachAddress } from '../run/relocate.js';
import type { SideModule } from '../run/runner.js';
import type { Exports } from '../run/wasm.js';
import { EXTENTS, type Extents } from './extents.js';
import { ALIGNMENT, type FrozenSpec, roundUp } from './format.js';
import { type Given, read, type Values } from './input.js';
import { type Frozen, open, unseal } from './read.js';

/** Options of `loadFrozen`. */
export interface LoadFrozenOptions {
  /** 'wasm', 'js' (TypeScript kernels), or 'auto' (default): wasm where it can run. */
  readonly backend?: 'auto' | 'wasm' | 'js' | undefined;
  /** A compiled module of the kernels, `wasmgrad/core.wasm`, for a platform that compiles none at run time. */
  readonly module?: WasmModule | undefined;
  /** What the file may have at most, and the memory that it runs in, in bytes; default 256 MiB. */
  readonly maxBytes?: number | undefined;
}

/** The default of `maxBytes`. */
const MAX_BYTES = 2 ** 28;

/** Throws unless it is a compiled module, of any realm. */
export function checkModule(what: string, given: unknown): void {
  const isModule = Object.prototype.toString.call(given) === '[object WebAssembly.Module]';
  checkIs(isModule, what, 'a compiled WebAssembly.Module', given);
}

/** The options, with defaults. Not by options.ts, which would be a twentieth of what this entry may weigh. */
export function readOptions(where: string, given: LoadFrozenOptions = {}) {
  checkIs(isRecord(given), `${where}: options`, 'an object', given);
  const { backend = 'auto', module, maxBytes = MAX_BYTES, ...rest } = given;
  const [unknown] = Object.keys(rest);
  check(unknown === undefined, () => {
    return `unknown option of ${where} '${unknown}' (known: backend, module, maxBytes)`;
  });
  checkIs(BACKENDS.includes(backend), `${where}: backend`, "'auto', 'wasm' or 'js'", backend);
  if (module !== undefined) checkModule(`${where}: module`, module);
  checkIs(
    Number.isSafeInteger(maxBytes) && maxBytes > 0,
    `${where}: maxBytes`,
    'a whole number of at least 1',
    maxBytes,
  );
  return { backend, module, maxBytes };
}

const BACKENDS: readonly unknown[] = ['auto', 'wasm', 'js'];

/** Where the kernels of an entry come from. */
export interface Kernels {
  /**
   * The main module that has what most networks need, and the one that has all of it; a complete one can stand for
   * both.
   */
  slim(): Main;
  full(): Main;
  /** The side modules, by name; an entry whose module is complete has none. */
  readonly sides: Readonly<Record<string, () => Promise<{ readonly default: SideModule }>>>;
  /** The rules of what is in the slim module, and of all. */
  extents(): Promise<{ readonly ALL_EXTENTS: Extents }>;
  twins(): Promise<typeof import('./twins.js')>;
}

type Main = WebAssembly.Module | Promise<WebAssembly.Module>;

/** A memory with a program in it. */
export interface Machine {
  readonly f: Float32Array;
  readonly i: Int32Array;
  /** By how much addresses are larger than in the file. */
  readonly moved: number;
  /** Runs the tape of that number. */
  run(tape: number): void;
}

/** What is kept of a file when its program is in memory. */
type Kept = Pick<Frozen, 'inputs' | 'outputs' | 'programs'>;

/** A program that was loaded: it computes what `predict` of the frozen model computes. */
export class FrozenModel<Out = Float32Array> {
  /** Which kernels run. */
  readonly backend: 'wasm' | 'js';
  /** Name, shape of one sample and type of each input; an input that is alone has no name. */
  readonly inputs: readonly FrozenSpec[];
  /** The same of the outputs. */
  readonly outputs: readonly FrozenSpec[];
  /** For how many samples there are programs. */
  readonly batches: readonly number[];
  readonly #programs: Kept['programs'];
  readonly #machine: Machine;

  /** @internal */
  constructor({ inputs, outputs, programs }: Kept, machine: Machine, backend: 'wasm' | 'js') {
    this.#programs = programs;
    this.#machine = machine;
    this.backend = backend;
    this.inputs = inputs;
    this.outputs = outputs;
    this.batches = programs.map(({ batch }) => batch);
  }

  /**
   * The outputs for samples: a Float32Array, [n, …shape] without gaps; of a model with several outputs an object of
   * such by name.
   *
   * Samples are computed by the largest program that has no more of them, again and again; those that are fewer than
   * the smallest has are filled up with copies of the last one, whose outputs are dropped.
   *
   * @param x the samples: a typed array or nested arrays, of one sample or more; of several inputs an object of such by
   *   name
   * @throws if the numbers are not those of whole samples
   */
  predict(x: Given | Readonly<Record<string, Given>>): Out {
    const { inputs, outputs } = this;
    const { count, values } = read(inputs, x);
    const results = outputs.map(({ shape }) => new Float32Array(count * sizeOf(shape)));
    for (let from = 0; from < count; ) {
      const left = count - from;
      const tape = best(this.batches, left);
      const { batch, inputs: at, outputs: to } = this.#programs[tape]!;
      const n = Math.min(batch, left);
      inputs.forEach((spec, i) => {
        if (at[i]) this.#write(spec, at[i]!, values[i]!, from, n, batch);
      });
      this.#machine.run(tape);
      outputs.forEach((spec, i) => void this.#read(spec, to[i]!, results[i]!, from, n));
      from += n;
    }
    return byName(outputs, results) as Out;
  }

  #write({ shape, dtype }: FrozenSpec, address: number, values: Values, from: number, n: number, batch: number): void {
    const { f, i, moved } = this.#machine;
    const size = sizeOf(shape);
    const view = dtype === 'int32' ? i : f;
    const start = (address + moved) / 4;
    view.set(values.subarray(from * size, (from + n) * size), start);
    for (let row = n; row < batch; row++) view.copyWithin(start + row * size, start + (n - 1) * size, start + n * size);
  }

  #read({ shape }: FrozenSpec, address: number, result: Float32Array, from: number, n: number): void {
    const { f, moved } = this.#machine;
    const size = sizeOf(shape);
    const start = (address + moved) / 4;
    result.set(f.subarray(start, start + n * size), from * size);
  }
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, n) => size * n, 1);

/** The number of the largest batch of at most `count`, or of the smallest. */
function best(batches: readonly number[], count: number): number {
  let found = 0;
  batches.forEach((batch, i) => {
    const now = batches[found]!;
    if (now > count ? batch < now : batch <= count && batch > now) found = i;
  });
  return found;
}

const byName = (specs: readonly FrozenSpec[], values: readonly Float32Array[]): unknown =>
  specs[0]!.name === undefined ? values[0] : Object.fromEntries(specs.map(({ name }, i) => [name, values[i]]));

/** Bytes that a program needs from its start on. */
export const bytesOf = ({ data, arena, tapes }: Frozen): number =>
  data + arena + tapes.reduce((sum, tape) => sum + roundUp(4 * tape.length), 0);

/** Puts a program into memory from address `base` on; returns where its tapes lie. */
export function place({ bytes, data, arena, tapes }: Frozen, words: Int32Array, base: number): number[] {
  new Uint8Array(words.buffer).set(bytes, base);
  let at = base + data + arena;
  return tapes.map((tape) => {
    forEachAddress(tape, (word, index) => {
      if (word[index] !== 0) word[index]! += base - ALIGNMENT;
    });
    words.set(tape, at / 4);
    const address = at;
    at += roundUp(4 * tape.length);
    return address;
  });
}

const PAGE = 65536;

/** A program in the memory of an instance that nothing else uses. */
export function wasmMachine(frozen: Frozen, exports: Exports): Machine {
  const { memory, run } = exports;
  const base = roundUp(exports.heapBase() >>> 0);
  const missing = base + bytesOf(frozen) - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  const { buffer } = memory;
  const i = new Int32Array(buffer);
  const tapes = place(frozen, i, base);
  return { f: new Float32Array(buffer), i, moved: base - ALIGNMENT, run: (tape) => void run(tapes[tape]!, 1, 0) };
}

const isBeyondSlim = (name: Instruction): boolean => BEYOND_SLIM.includes(name as never);

/** Puts the kernels of a side module into the table. */
function addSide(table: WebAssembly.Table, kernels: WebAssembly.Exports): void {
  for (const name in kernels) {
    const opcode = NAMES.indexOf(name as Instruction);
    if (table.length <= opcode) table.grow(opcode + 1 - table.length);
    table.set(opcode, kernels[name]);
  }
}

async function onWasm(kernels: Kernels, frozen: Frozen, module: WasmModule | undefined): Promise<Machine> {
  const { used } = frozen;
  const main = module ?? (await (used.some(isBeyondSlim) ? kernels.full() : kernels.slim()));
  const exports = exportsOf(await WebAssembly.instantiate(main as WebAssembly.Module));
  const { table } = exports;
  const sides = exports.complete.value ? {} : kernels.sides;
  for (const side in sides) {
    if (!used.some((name) => name in MODULES[side as keyof typeof MODULES])) continue;
    const { default: bytes } = await sides[side]!();
    const made = await WebAssembly.instantiate(bytes(), { env: exports, main: exports } as never);
    addSide(table, made.instance.exports);
  }
  return wasmMachine(frozen, exports);
}

export function exportsOf({ exports }: WebAssembly.Instance): Exports {
  const ours = 'run' in exports && 'complete' in exports;
  check(ours, () => 'the module is none of this version of wasmgrad');
  return exports as unknown as Exports;
}

/** Makes `loadFrozen` of an entry with these kernels. */
export function loaderOf(kernels: Kernels) {
  return async <Out>(from: FileSource, given?: LoadFrozenOptions): Promise<FrozenModel<Out>> => {
    const { backend, module, maxBytes } = readOptions('loadFrozen', given);
    const { what, bytes } = await readFile('loadFrozen', from, maxBytes);
    const sealed = unseal(what, bytes, maxBytes);
    const isSlim = sealed.used.every((name) => name in MODULES.main && !isBeyondSlim(name));
    const frozen = open(sealed, isSlim ? EXTENTS : (await kernels.extents()).ALL_EXTENTS);
    if (backend !== 'js') {
      try {
        return new FrozenModel<Out>(frozen, await onWasm(kernels, frozen, module), 'wasm');
      } catch (cause) {
        const why = `loadFrozen: WebAssembly with SIMD cannot run here: ${messageOf(cause)}`;
        if (backend === 'wasm' || module) throw new WasmgradError(why, { cause });
      }
    }
    return new FrozenModel<Out>(frozen, (await kernels.twins()).machineOf(frozen), 'js');
  };
}

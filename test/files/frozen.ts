// Damaged frozen programs: whole files, and tapes alone, which must be refused, or touch nothing but what is theirs.

import coreBytes from '#core.wasm';
import { ALL_EXTENTS } from '../../bindings/frozen/allextents.js';
import { ALIGNMENT, roundUp } from '../../bindings/frozen/format.js';
import { open, unseal } from '../../bindings/frozen/read.js';
import { type Space, verify } from '../../bindings/frozen/verify.js';
import { init } from '../../bindings/index.js';
import { freeze } from '../../bindings/io/freeze.js';
import { forEachAddress } from '../../bindings/run/relocate.js';
import type { Exports } from '../../bindings/run/wasm.js';
import { loadFrozen } from '../../bindings/run.js';
import { sizeOf } from '../../bindings/shape.js';
import { FROZEN_CASES } from '../frozencases.js';

/** So much memory a mutant may ask for. */
const MAX_BYTES = 1 << 18;

/** Models whose programs have different instructions, as files. */
export async function frozenFiles(): Promise<Uint8Array[]> {
  await init({ seed: 1 });
  return Promise.all(FROZEN_CASES.map(({ make }) => freeze(make(), { batch: [1, 3] })));
}

/** Loads a file, on one back end or the other, and predicts. */
export async function readFrozenFile(bytes: Uint8Array): Promise<void> {
  const backend = bytes.length % 4 === 0 ? 'wasm' : 'js';
  const loaded = await loadFrozen(bytes, { backend, maxBytes: MAX_BYTES });
  const some = loaded.inputs.map(({ shape, dtype }) => {
    return new (dtype === 'int32' ? Int32Array : Float32Array)(2 * sizeOf(shape)).fill(1);
  });
  const named = loaded.inputs[0]!.name !== undefined;
  loaded.predict(named ? Object.fromEntries(loaded.inputs.map(({ name }, i) => [name, some[i]!])) : some[0]!);
}

/** The memory of a program, in an instance of its own, with a pattern where nothing of it lies. */
interface Place {
  readonly space: Space;
  readonly tape: Int32Array;
  readonly memory: Uint8Array;
  readonly before: Uint8Array;
  /** Where its data and its arena begin, where that ends, and where tapes are put. */
  readonly data: number;
  readonly arena: number;
  readonly end: number;
  readonly code: number;
  run(code: number, steps: number, watch: number): number;
}

const PATTERN = 0xa5;
const PAGE = 65536;
const CODE_BYTES = PAGE;

async function placeOf(file: Uint8Array, module: WebAssembly.Module): Promise<Place[]> {
  const { bytes, tapes, data, arena } = open(unseal('a file', file, MAX_BYTES), ALL_EXTENTS);
  const places = tapes.map(async (tape) => {
    const { memory, heapBase, run } = (await WebAssembly.instantiate(module)).exports as unknown as Exports;
    const start = roundUp(heapBase() >>> 0);
    const end = start + data + arena;
    const code = roundUp(end + PAGE);
    memory.grow(Math.ceil((code + CODE_BYTES + PAGE) / PAGE));
    const all = new Uint8Array(memory.buffer);
    all.fill(PATTERN, start);
    all.set(bytes, start);
    const space = { start: ALIGNMENT, arena: ALIGNMENT + data, end: ALIGNMENT + data + arena };
    const place = { space, tape, memory: all, before: all.slice(), data: start, arena: start + data, end, code, run };
    return place;
  });
  return Promise.all(places);
}

let made: Promise<Place[]> | undefined;

async function makePlaces(): Promise<Place[]> {
  const module = await WebAssembly.compile(coreBytes());
  return (await Promise.all((await frozenFiles()).map((file) => placeOf(file, module)))).flat();
}

const places = (): Promise<Place[]> => {
  made ??= makePlaces();
  return made;
};

/** Tapes as bytes: the number of a place, and the words. */
export async function tapes(): Promise<Uint8Array[]> {
  return (await places()).map(({ tape }, i) => new Uint8Array(Int32Array.of(i, ...tape).buffer));
}

/** Checks a tape and runs it; throws an error of another kind if it touched what it must not. */
export async function readTape(bytes: Uint8Array): Promise<void> {
  const words = new Int32Array(bytes.slice(0, bytes.length - (bytes.length % 4)).buffer);
  const all = await places();
  const place = all[(words[0]! >>> 0) % all.length] ?? all[0]!;
  const tape = words.slice(1, 1 + CODE_BYTES / 4);
  verify('a tape', tape, place.space, ALL_EXTENTS);
  forEachAddress(tape, (list, at) => {
    if (list[at] !== 0) list[at]! += place.data - ALIGNMENT;
  });
  const { memory, before, arena, end, code } = place;
  memory.set(new Uint8Array(tape.buffer), code);
  place.run(code, 1, 0);
  memory.fill(PATTERN, code, code + tape.byteLength); // a loop moves words of its own
  const same = (from: number, to: number): boolean =>
    Buffer.compare(memory.subarray(from, to), before.subarray(from, to)) === 0;
  if (!same(0, arena) || !same(end, memory.length)) throw new Error('it wrote outside of its arena');
}

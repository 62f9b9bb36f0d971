// A runner that does every instruction in parts, as threads do, but one after the other on one thread, however small it
// is.

import { instantiate } from '@assemblyscript/loader';
import wasmBytes from '#core.wasm';
import { opcodeOf } from '../bindings/encode.js';
import { Arena } from '../bindings/run/arena.js';
import { Memory } from '../bindings/run/memory.js';
import type { Runner } from '../bindings/run/runner.js';

type Exports = {
  readonly memory: WebAssembly.Memory;
  setLeast(elements: number): void;
  runPart(tape: number, part: number, parts: number): void;
  heapBase(): number;
};

const { exports } = await instantiate<Exports>(wasmBytes() as BufferSource);
const memory = new Memory(exports.heapBase(), (bytes) => {
  const missing = bytes - exports.memory.buffer.byteLength;
  if (missing > 0) exports.memory.grow(Math.ceil(missing / 65536));
  return { f: new Float32Array(exports.memory.buffer), i: new Int32Array(exports.memory.buffer) };
});
const arena = new Arena(memory);

/** Instructions of at least this many elements are done in parts; 0 is all of them. */
export const setLeast = (elements: number): void => exports.setLeast(elements);

/** Runs a tape up to its first `halt`, one part of each instruction. */
export const runPart = (tape: number, part: number, parts: number): void => exports.runPart(tape, part, parts);

const HALT = opcodeOf('halt');

/** Runs each instruction as `parts` parts, the last one first; the tape is cut off behind it meanwhile. */
export const inParts = (parts: number): Runner => ({
  backend: 'wasm',
  Floats: Float32Array,
  threads: parts,
  memory,
  arena,
  load: ({ address }) => {
    const once = (): void => {
      const { i } = memory; // another view after memory has grown
      for (let at = address / 4; i[at] !== HALT; ) {
        const next = at + i[at + 1]!;
        const op = i[next]!;
        i[next] = HALT;
        for (let part = parts - 1; part >= 0; part--) runPart(at * 4, part, parts);
        i[next] = op;
        at = next;
      }
    };
    return (steps) => {
      for (let step = 0; step < steps; step++) once();
      return steps;
    };
  },
});

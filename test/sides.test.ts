// Side modules: which ops bring which, when they are compiled, and what happens where they can't be.

import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import attention from '#sides/attention.wasm';
import chance from '#sides/chance.wasm';
import columns from '#sides/columns.wasm';
import convolution from '#sides/convolution.wasm';
import curves from '#sides/curves.wasm';
import indexing from '#sides/indexing.wasm';
import linalg from '#sides/linalg.wasm';
import normalization from '#sides/normalization.wasm';
import pooling from '#sides/pooling.wasm';
import recurrence from '#sides/recurrence.wasm';
import smallBytes from '#small.wasm';
import { encode } from '../bindings/encode.js';
import { init, tensor } from '../bindings/index.js';
import { MODULES, NAMES } from '../bindings/instructions.js';
import { cumSum, sin } from '../bindings/ops.js';
import { KERNELS } from '../bindings/run/js.js';
import { compile } from '../bindings/run/modules.js';
import noSide from '../bindings/run/noside.js';
import { createWasmRunner } from '../bindings/run/wasm.js';
import { checkSide, sectionsOf } from '../scripts/side.mjs';
import { opsOfCases } from './places.js';

afterEach(() => void vi.restoreAllMocks());

const { main, ...sides } = MODULES;
const SOURCES = {
  attention,
  chance,
  columns,
  convolution,
  curves,
  indexing,
  linalg,
  normalization,
  pooling,
  recurrence,
} satisfies Record<keyof typeof sides, unknown>;
const exportsOf = (bytes: Uint8Array<ArrayBuffer>) =>
  WebAssembly.Module.exports(new WebAssembly.Module(bytes)).map(({ name }) => name);

describe('a side module', () => {
  it.each(Object.entries(SOURCES))('%s exports the kernels of its instructions, and nothing else', (name, source) => {
    expect(exportsOf(source()).sort()).toEqual(Object.keys(sides[name as keyof typeof sides]).sort());
  });

  it('comes with the ops whose instructions it has', () => {
    const ops = opsOfCases();
    for (const { name, kernels = {}, side } of ops) {
      const instructions = Object.keys(kernels);
      const expected = Object.entries(SOURCES).find(([module]) => instructions[0]! in sides[module as 'curves']);
      expect(side, name).toBe(expected?.[1]);
      const module = expected ? sides[expected[0] as 'curves'] : main;
      for (const instruction of instructions) expect(module, name).toHaveProperty(instruction);
    }
    const brought = Object.assign({}, ...ops.map(({ kernels }) => kernels));
    // What the tape loop carries out itself is brought by the ops of loops, which are no cases.
    const control = ['halt', 'loop'];
    expect(NAMES.filter((name) => !control.includes(name) && !(name in KERNELS) && !(name in brought))).toEqual([]);
    expect(Object.keys(KERNELS).filter((name) => !(name in main))).toEqual([]);
  });

  it('has no data and no elements', () => {
    const module = (...sections: number[]) => Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections);
    expect(sectionsOf(module(1, 1, 0, 0, 0x82, 0, 7, 7, 11, 1, 0))).toEqual([1, 0, 11]);
    expect(() => checkSide('x', module(1, 1, 0))).not.toThrow();
    expect(() => checkSide('x', module(1, 1, 0, 11, 1, 0))).toThrow("the side module 'x' must have no static data");
    expect(() => checkSide('x', module(9, 1, 0))).toThrow("the side module 'x' must have no elements of a table");
    for (const [name, source] of Object.entries(SOURCES)) expect(() => checkSide(name, source())).not.toThrow();
  });
});

describe('the small main module', () => {
  const runner = async () => createWasmRunner(await compile(smallBytes()));

  it('stops at an instruction whose side module is not there', async () => {
    const { memory, load } = await runner();
    const words: number[] = [];
    const x = memory.alloc(64, 'x').address;
    encode(words, 'sin', { out: x, x, n: 1, slope: 0 });
    encode(words, 'halt', {});
    const tape = memory.alloc(words.length * 4, 'a tape');
    memory.i.set(words, tape.address / 4);
    expect(() => load(tape, false, [])(1, 0)).toThrow(WebAssembly.RuntimeError);
    // Another side module, at higher opcodes, leaves a hole.
    expect(() => load(tape, false, [{ side: indexing }])(1, 0)).toThrow(WebAssembly.RuntimeError);
    load(tape, false, [{ side: curves }])(1, 0);
    expect(() => load(tape, false, [{ side: noSide }])).toThrow(
      /imported from 'wasmgrad\/js' .* import it from 'wasmgrad' or 'wasmgrad\/ops'/,
    );
  });

  it('compiles a side module once, when the first program needs it; a complete one never', async () => {
    const set = vi.spyOn(WebAssembly.Table.prototype, 'set');
    const [inCurves, inIndexing] = [sides.curves, sides.indexing].map((rows) => Object.keys(rows).length) as [
      number,
      number,
    ];
    await init({ backend: 'wasm', module: readFileSync('build/core.wasm') });
    const expected = sin(tensor([0, 1, 1e30])).toArray();
    expect(expected).toEqual([0, Math.sin(1), Math.sin(Math.fround(1e30))].map((x) => expect.closeTo(x, 6)));
    expect(set).not.toHaveBeenCalled();
    await init({ backend: 'wasm' });
    expect(tensor([1, 2]).mul(2).toArray()).toEqual([2, 4]);
    expect(set).not.toHaveBeenCalled();
    expect(sin(tensor([0, 1, 1e30])).toArray()).toEqual(expected);
    expect(sin(tensor([0, 0, 0])).toArray()).toEqual([0, 0, 0]);
    expect(set).toHaveBeenCalledTimes(inCurves);
    expect(cumSum(tensor([1, 2, 3])).toArray()).toEqual([1, 3, 6]);
    expect(set).toHaveBeenCalledTimes(inCurves + inIndexing);
  });

  it('says what helps where a side module may not be compiled, and goes on with the rest', async () => {
    const fresh = await runner();
    vi.spyOn(WebAssembly, 'Module').mockImplementation(function refuse() {
      throw new WebAssembly.CompileError('Wasm code generation disallowed by embedder');
    });
    const tape = fresh.memory.alloc(64, 'a tape');
    const load = () => fresh.load(tape, false, [{ side: curves }]);
    const why = 'some kernels of this program cannot be compiled here: Wasm code generation disallowed by embedder';
    expect(load).toThrow(`${why}; call init({ module }) with wasmgrad/core.wasm, which has all of them`);
    fresh.load(tape, false, [{}])(1, 0);
    await init({ backend: 'wasm', module: await WebAssembly.compile(readFileSync('build/core.wasm')) });
    expect(sin(tensor([0])).toArray()).toEqual([0]);
    vi.restoreAllMocks();
    load(); // once it may
  });
});

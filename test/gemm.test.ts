// The matrix product in wasm, bit for bit: every sum in float32, in the order of k, whatever the path, the block, the
// tile and the number of parts that share the output. Past the edges of tiles and blocks, with guards around
// everything.

import { instantiate } from '@assemblyscript/loader';
import { beforeAll, describe, expect, it } from 'vitest';
import wasmBytes from '#core.wasm';
import { gemmScratch, KC, MC, NC, TURNED_COLUMNS } from '../assembly/blocks.js';
import { encode, opcodeOf } from '../bindings/encode.js';
import { Numbers } from './numbers.js';

interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transA: boolean;
  readonly transB: boolean;
  readonly bias?: boolean;
  readonly epilogue?: 'relu' | 'leakyReluGrad';
  /** So many products, which may have one factor in common. */
  readonly batch?: number;
  readonly shares?: 'a' | 'b';
}

/** Bits that no product in this file gives: what a guard holds. */
const GUARD = 0x7fc0dead | 0;
const GUARD_WORDS = 16;
const SLOPE = 0.25;
const PARTS = [1, 2, 3, 5];
const FORMS = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const;

type Exports = {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;
  runPart(tape: number, part: number, parts: number): void;
};

let f: Float32Array;
let i: Int32Array;
let start: number;
let runPart: Exports['runPart'];

beforeAll(async () => {
  const { memory, heapBase, ...exports } = (await instantiate<Exports>(wasmBytes() as BufferSource)).exports;
  memory.grow(512);
  f = new Float32Array(memory.buffer);
  i = new Int32Array(memory.buffer);
  start = heapBase() / 4;
  runPart = exports.runPart;
});

/** Places one after the other, with guards before, between and after. */
class Layout {
  end = start;
  place(words: number, fill?: () => number): number {
    const at = (this.end + GUARD_WORDS + 3) & ~3;
    const last = at + words;
    i.fill(GUARD, this.end, last + GUARD_WORDS);
    if (fill) for (let w = at; w < last; w++) f[w] = fill();
    this.end = last + GUARD_WORDS;
    return at;
  }
}

const { fround } = Math;

/** An element, each operation rounded to float32. */
function element(
  { m, n, k, transA, transB, bias, epilogue }: Product,
  at: Places,
  row: number,
  column: number,
): number {
  let sum = 0;
  for (let p = 0; p < k; p++) {
    const x = f[at.a + (transA ? p * m + row : row * k + p)]!;
    const y = f[at.b + (transB ? column * k + p : p * n + column)]!;
    sum = fround(sum + fround(x * y));
  }
  if (bias) sum = fround(sum + f[at.bias + column]!);
  if (epilogue === 'relu') return Math.max(sum, 0);
  if (epilogue === 'leakyReluGrad') return f[at.y + row * n + column]! > 0 ? sum : fround(SLOPE * sum);
  return sum;
}

interface Places {
  readonly a: number;
  readonly b: number;
  readonly bias: number;
  readonly y: number;
}

function check(product: Product): void {
  const { m, n, k, transA, transB, epilogue, batch = 1, shares } = product;
  const [aStep, bStep] = [shares === 'a' ? 0 : m * k, shares === 'b' ? 0 : k * n];
  const layout = new Layout();
  const random = new Numbers(m + 7 * n + 31 * k);
  const value = () => random.uniform() * 2 - 1;
  const at = {
    a: layout.place(aStep ? batch * m * k : m * k, value),
    b: layout.place(bStep ? batch * k * n : k * n, value),
    bias: layout.place(n, value),
    y: layout.place(m * n, value),
  };
  const size = batch * m * n;
  const expected = new Float32Array(size);
  for (let t = 0; t < batch; t++) {
    const of = { ...at, a: at.a + t * aStep, b: at.b + t * bStep };
    for (let row = 0; row < m; row++)
      for (let column = 0; column < n; column++)
        expected[(t * m + row) * n + column] = element(product, of, row, column);
  }
  const out = layout.place(size);
  const scratchWords = gemmScratch(m, n, k) / 4;
  const scratch = layout.place(scratchWords * Math.max(...PARTS));
  const tape: number[] = [];
  const operands = { out: out * 4, a: at.a * 4, b: at.b * 4, m, n, k, transA: +transA, transB: +transB };
  if (product.batch !== undefined) {
    encode(tape, 'batchMatMul', { ...operands, scratch: scratch * 4, dimsAndStrides: [batch, aStep, bStep] });
  } else
    encode(tape, 'matMul', {
      ...operands,
      bias: product.bias ? at.bias * 4 : 0,
      epilogue: epilogue ? opcodeOf(epilogue) : 0,
      y: epilogue === 'leakyReluGrad' ? at.y * 4 : 0,
      slope: SLOPE,
      scratch: scratch * 4,
    });
  encode(tape, 'halt', {});
  const tapeAt = layout.place(tape.length);
  i.set(tape, tapeAt);
  const before = i.slice(start, layout.end);
  for (const parts of PARTS) {
    const where = `${JSON.stringify(product)} in ${parts} parts`;
    i.fill(GUARD, out, out + size);
    for (let part = 0; part < parts; part++) runPart(tapeAt * 4, part, parts);
    expect(firstUnequal(f.subarray(out, out + size), expected), where).toBe(-1);
    i.fill(GUARD, out, out + size);
    i.fill(GUARD, scratch, scratch + scratchWords * parts);
    expect(firstUnequal(i.subarray(start, layout.end), before), `${where}: wrote outside`).toBe(-1);
  }
}

/** Where two arrays differ, or -1. */
function firstUnequal(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  for (let at = 0; at < expected.length; at++) if (!Object.is(actual[at], expected[at])) return at;
  return -1;
}

describe.each(FORMS)('transA %s, transB %s', (transA, transB) => {
  const form = { transA, transB };
  const small = [0, 1, 3, 4, 5, 8, 9, 15, 16, 17];

  it('gives the bits of the formula at every small size', () => {
    for (const m of small) for (const n of small) for (const k of small) check({ m, n, k, ...form });
  });

  it('at every number of rows, and of columns, that tiles come in', () => {
    for (let size = 1; size <= 24; size++) {
      check({ m: size, n: 43, k: 90, ...form });
      check({ m: 43, n: size, k: 90, ...form });
    }
  });

  it('past the edges of blocks', () => {
    check({ m: 3, n: NC + 13, k: 2 * KC + 3, ...form });
    check({ m: MC + 1, n: 21, k: KC + 1, ...form });
    check({ m: 2 * MC + 1, n: TURNED_COLUMNS - 1, k: KC + 2, ...form });
    check({ m: 2 * MC + 5, n: 1, k: 35, ...form });
    check({ m: 1, n: 203, k: KC + 5, ...form });
    check({ m: 35, n: 66, k: KC + 1, ...form });
    check({ m: 5, n: 600, k: 37, ...form });
    check({ m: 59, n: 60, k: 11, ...form });
    check({ m: 600, n: 70, k: 9, ...form });
  });

  it('of many small matrices', () => {
    for (const m of [1, 2]) for (const n of small) for (const k of [0, 1, 6, 17]) check({ m, n, k, ...form, batch: 7 });
    for (const n of [2, 8, 13])
      for (const shares of ['a', 'b'] as const) check({ m: 1, n, k: 6, ...form, batch: 9, shares });
    check({ m: 1, n: 7, k: 16, ...form, batch: 600 }); // enough to be divided
  });

  it('with a bias and an activation, or an activation’s gradient', () => {
    for (const [m, n, k] of [
      [1, 100, 400],
      [3, 5, 2],
      [37, 10, 128],
      [300, 3, 60],
      [200, 30, 400],
      [30, 800, 400],
    ] as const) {
      check({ m, n, k, ...form, bias: true });
      check({ m, n, k, ...form, bias: true, epilogue: 'relu' });
      check({ m, n, k, ...form, epilogue: 'leakyReluGrad' });
    }
  });
});

// The scratch memory of convolutions by squares, and of channels by themselves: each part stays within its own, and
// what lies there before changes no bit.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { encode } from '../bindings/encode.js';
import { type ConvolutionKind, squaresOf, stripBytes } from '../bindings/strip.js';
import { Numbers } from './numbers.js';
import { inParts, runPart, setLeast } from './parts.js';

beforeAll(() => setLeast(0));
afterAll(() => setLeast(4096));

const { memory } = inParts(1);
const MARK = 0x7fa0beef;
/** Words between places: four rows, the most that a tile is beyond its results, of the most filters. */
const APART = 4 * 8192;

const ones = { kh: 3, kw: 3, strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, groups: 1 };
type Sizes = Record<'n' | 'h' | 'w' | 'c' | 'o' | 'oh' | 'ow' | 'top' | 'left', number> & { groups?: number };

/**
 * What the kernel computes in so many parts, over scratch memory full of `before`; throws if it writes anywhere else.
 */
function run(kind: ConvolutionKind, sizes: Sizes, rows: number, parts: number, before: number): Int32Array {
  const it = { ...ones, ...sizes };
  const { n, h, w, c, o, oh, ow } = sizes;
  const bytes = stripBytes(kind, it, rows);
  const [x, y, kernel] = [n * h * w * c, n * oh * ow * o, (9 * c * o) / it.groups];
  const [out, a, b] = {
    convolution: [y, x, kernel],
    convolutionInput: [x, y, kernel],
    convolutionKernel: [kernel, x, y],
  }[kind] as [number, number, number];
  const lengths = [a, b, out, ...new Array<number>(parts).fill(bytes / 4)];
  const total = lengths.reduce((sum, length) => sum + length + APART, APART);
  const block = memory.alloc(4 * total, 'places');
  const tape = memory.alloc(1024, 'a tape');
  const { i, f } = memory;
  const start = block.address / 4;
  i.fill(MARK, start, start + total);
  let end = start;
  const places = lengths.map((length) => {
    const from = end + APART;
    end = from + length;
    return [from, end] as const;
  });
  const random = new Numbers(3);
  for (const [from, to] of places.slice(0, 2)) for (let k = from; k < to; k++) f[k] = 2 * random.uniform() - 1;
  for (const [from, to] of places.slice(3)) i.fill(before, from, to);
  const [atA, atB, atOut, scratch] = places.map(([from]) => 4 * from) as [number, number, number, number];
  const words: number[] = [];
  const own = { out: atOut, a: atA, b: atB, bias: 0, epilogue: 0, y: 0, slope: 0 };
  encode(words, kind, { ...it, ...own, rows, scratch, bytes: bytes + 4 * APART });
  encode(words, 'halt', {});
  i.set(words, tape.address / 4);
  for (let part = 0; part < parts; part++) runPart(tape.address, part, parts);
  const result = i.slice(...places[2]!);
  for (const [from, to] of places) i.fill(MARK, from, from >= places[2]![0] ? to : from);
  for (const [from] of places) expect(i.subarray(from - APART, from).every((word) => word === MARK)).toBe(true);
  expect(i.subarray(end, start + total).every((word) => word === MARK)).toBe(true);
  for (const one of [block, tape]) memory.free(one);
  return result;
}

const KINDS = ['convolution', 'convolutionInput', 'convolutionKernel'] as const;
const least = { n: 1, h: 4, w: 4, oh: 4, ow: 4, top: 1, left: 1 };
/** As few squares as the largest kernels ask for. */
const enough = { ...least, h: 15, w: 15, oh: 15, ow: 15 };

it.each<[string, Sizes]>([
  ['two squares in a row', { ...least, c: 8, o: 16 }],
  ['the most channels', { ...enough, c: 8192, o: 8 }],
  ['the most filters', { ...enough, c: 8, o: 8192 }],
  ['the largest kernel that is as wide as high', { ...enough, c: 256, o: 256 }],
  ['a wide image, and results far from it', { n: 3, h: 5, w: 121, oh: 4, ow: 130, top: 9, left: -3, c: 24, o: 8 }],
  ['one channel', { n: 3, h: 5, w: 121, oh: 5, ow: 131, top: 9, left: -3, c: 1, o: 12 }],
  ['one channel, its results wider than it is', { n: 2, h: 6, w: 4, oh: 4, ow: 40, top: -1, left: 30, c: 1, o: 16 }],
  ['few channels by themselves', { n: 3, h: 5, w: 2, oh: 4, ow: 130, top: 1, left: 9, c: 12, o: 12, groups: 12 }],
  ['many of them', { n: 2, h: 5, w: 3, oh: 4, ow: 6, top: 9, left: -1, c: 68, o: 68, groups: 68 }],
])('%s', (_, sizes) => {
  for (const kind of KINDS) {
    const usual = Math.ceil(48 / (squaresOf(kind, { ...ones, ...sizes }) ?? 12));
    const expected = run(kind, sizes, usual, 1, 0);
    for (const [rows, parts, before] of [
      [1, 1, 0x7fc00001],
      [1, 3, 0x7f800000],
      [usual, 9, 0x7fc00001],
    ] as const) {
      expect(run(kind, sizes, rows, parts, before).every((word, k) => word === expected[k])).toBe(true);
    }
  }
});

it('what has few squares for its kernels, or eight channels and eight filters, is summed up directly, which is faster', () => {
  const goes = (c: number, o: number, of = least) => squaresOf('convolution', { ...of, ...ones, c, o }) !== undefined;
  expect([goes(8, 8), goes(8, 16), goes(16, 8)]).toEqual([false, true, true]);
  expect([goes(64, 64), goes(64, 72), goes(256, 256, enough), goes(256, 264, enough)]).toEqual([
    true,
    false,
    true,
    false,
  ]);
  expect(goes(256, 256, { ...enough, oh: 14 })).toBe(false);
});

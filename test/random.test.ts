// Random numbers: Philox against known answers and against a definition with BigInt, the same bits from both back ends
// in any number of parts, distributions, and keys. Every seed is fixed, so that nothing here passes by chance alone.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Domain, Draw } from '../assembly/draws.js';
import * as wg from '../bindings/index.js';
import { initializerOf } from '../bindings/initializers/initializers.js';
import { erf } from '../bindings/kernels/math/erf.js';
import { Shuffler } from '../bindings/model/shuffle.js';
import { dropout } from '../bindings/ops/dropout.js';
import { type RandomAttrs, random } from '../bindings/ops/random.js';
import * as ops from '../bindings/ops.js';
import type { Runner } from '../bindings/run/runner.js';
import { keyWords, nextStream } from '../bindings/seed.js';
import { constantOf, inputOf, Tensor, type TensorData } from '../bindings/tensor.js';
import { js, js64, release, trace, wasm } from './harness.js';
import { inParts, setLeast } from './parts.js';
import { wordsOf } from './philox.js';

beforeAll(async () => {
  await wg.init({ backend: 'wasm' });
});
afterEach(release);

const keysOf = (...words: number[]): Tensor => constantOf(Int32Array.from(words), [words.length / 4, 4], 'int32');
const ints = (...values: number[]): Tensor => constantOf(Int32Array.from(values), [values.length], 'int32');

const A_KEY = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];

/** What a runner draws, an instruction at a time between guards. */
function drawn(runner: Runner, attrs: Partial<RandomAttrs>, keys = keysOf(...A_KEY), first?: Tensor): TensorData {
  const all: RandomAttrs = { shape: [4], domain: Domain.draw, draw: Draw.words, ...attrs };
  const node = new Tensor(random, first ? [keys, first] : [keys], all);
  return trace(runner, [node], new Map()).at(-1)!.values[0]!;
}

const runners = [
  ['wasm', wasm],
  ['js', js],
  ['float64', js64],
] as const;

describe('philox 4x32-10', () => {
  // The known answers of the authors' Random123 library.
  const ANSWERS: [counter: number[], key: number[], words: number[]][] = [
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ];

  describe.each(runners)('on %s', (_, runner) => {
    it.each(ANSWERS)('of %j under the key %j is %j', ([c0, c1, c2, c3], [k0, k1], expected) => {
      const words = drawn(runner, { domain: c1! | 0 }, keysOf(k0!, k1!, c2!, c3!), ints(c0!));
      expect(Array.from(words, (word) => word >>> 0)).toEqual(expected);
    });
  });

  it('of a definition with BigInt is the same, in a million words', () => {
    const n = 1_000_001;
    const expected = wordsOf(A_KEY, Domain.draw, 0, n);
    for (const [name, runner] of runners) {
      expect(
        Buffer.compare(Buffer.from(drawn(runner, { shape: [n] }).buffer), Buffer.from(expected.slice().buffer)),
        name,
      ).toBe(0);
      release();
    }
  });
});

const KINDS: [string, Partial<RandomAttrs>][] = [
  ['words', { draw: Draw.words }],
  ['integers', { draw: Draw.integers, a: -7, b: 4_000_000_001 }],
  ['uniform', { draw: Draw.uniform, a: 0, b: 2 ** -24, c: 1 }],
  ['uniform in 1.1 … 3.3', { draw: Draw.uniform, a: Math.fround(1.1), b: Math.fround(2.2 / 2 ** 24), c: 3.25 }],
];
/** Every remainder of a vector, of eight and of a group of blocks, and past the ends of what is drawn at a time. */
const SIZES = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 511, 512, 513, 1023, 1024, 1025, 1543];
const KEYS = keysOf(...A_KEY, 0, 0, 0, 0, -1, -1, -1, -1, 5, 6, 7, 8);

const normal = wg.randomNormal([1], { key: wg.randomKey(1) }).op;
const drawnNormal = (runner: Runner, attrs: object): TensorData =>
  trace(runner, [new Tensor(normal, [KEYS], attrs)], new Map()).at(-1)!.values[0]!;

const bitsOf = (values: TensorData): number[] => [...new Int32Array(values.slice().buffer)];

describe('the same bits', () => {
  beforeAll(() => setLeast(0));
  afterAll(() => setLeast(4096));

  it.each(KINDS)('of %s on both back ends, in 1, 2, 3 and 7 parts, at every size and for several keys', (_, attrs) => {
    for (const n of SIZES) {
      const once = (runner: Runner): TensorData =>
        drawn(runner, { ...attrs, shape: [n] }, KEYS, ints(0, 1, -1, 2 ** 30));
      const expected = once(js);
      const where = `${n} numbers`;
      expect(bitsOf(once(wasm)), where).toEqual(bitsOf(expected));
      expect([...once(js64)], where).toEqual([...expected]); // the very float32 values
      for (const parts of [1, 2, 3, 7])
        expect(bitsOf(once(inParts(parts))), `${where}, ${parts} parts`).toEqual(bitsOf(expected));
      release();
    }
  });

  it.each([
    [0, 1],
    [3, 0.1],
  ])('of normal numbers of mean %d and deviation %d, the same way', (mean, std) => {
    for (const n of SIZES) {
      const once = (runner: Runner): TensorData => drawnNormal(runner, { mean, std, shape: [n] });
      const expected = once(js);
      const where = `${n} numbers`;
      expect([...once(js64)], where).toEqual([...expected]);
      for (const runner of [wasm, ...[1, 2, 3, 7].map(inParts)])
        expect(bitsOf(once(runner)), where).toEqual(bitsOf(expected));
      release();
    }
  });

  it('in a million normal numbers', () => {
    const [ours, theirs] = [wasm, js].map((runner) => drawnNormal(runner, { mean: 0, std: 1, shape: [1 << 20] }));
    expect(Buffer.compare(Buffer.from(ours!.buffer), Buffer.from(theirs!.buffer))).toBe(0);
  });

  it('of dropout and of its gradient', () => {
    for (const n of SIZES) {
      const x = inputOf('x', [3, n]);
      const feeds = new Map([[x, Float32Array.from({ length: 3 * n }, (_, i) => i - n)]]);
      const [key] = [constantOf(Int32Array.from(A_KEY), [4], 'int32')];
      const once = (runner: Runner): TensorData => trace(runner, [dropout(x, 0.3, { key })], feeds).at(-1)!.values[0]!;
      const expected = once(js);
      expect([...once(js64)].map(Math.fround)).toEqual([...expected]);
      for (const runner of [wasm, ...[1, 2, 3, 7].map(inParts)])
        expect(bitsOf(once(runner)), `${n}`).toEqual(bitsOf(expected));
      release();
    }
  });

  it('of permutations', () => {
    const key = constantOf(Int32Array.from(A_KEY), [4], 'int32');
    for (const n of SIZES) {
      const once = (runner: Runner): TensorData =>
        trace(runner, [wg.permutation(n, { key })], new Map()).at(-1)!.values[0]!;
      const expected = once(js);
      expect([...expected].sort((a, b) => a - b)).toEqual([...Array(n).keys()]);
      for (const runner of [wasm, ...[1, 2, 3, 7].map(inParts)])
        expect([...once(runner)], `${n}`).toEqual([...expected]);
      release();
    }
  });
});

it('a row for each key is what the key gives alone', () => {
  for (const [, attrs] of KINDS) {
    const all = drawn(wasm, { ...attrs, shape: [37] }, KEYS);
    const rows = [A_KEY, [0, 0, 0, 0], [-1, -1, -1, -1], [5, 6, 7, 8]];
    rows.forEach((key, r) => {
      const alone = drawn(wasm, { ...attrs, shape: [37] }, keysOf(...key));
      expect(bitsOf(all.subarray(37 * r, 37 * r + 37))).toEqual(bitsOf(alone));
    });
    release();
  }
});

describe('a million draws', () => {
  const n = 1_000_000;
  const key = wg.randomKey(20);
  const phi = (x: number): number => (1 + erf(x / Math.SQRT2)) / 2;
  /** The largest distance between the distribution of the sample and the one expected. */
  function distance(sample: ArrayLike<number>, cdf: (x: number) => number): number {
    const sorted = Float64Array.from(sample).sort();
    let most = 0;
    sorted.forEach((x, i) => {
      const p = cdf(x);
      most = Math.max(most, p - i / n, (i + 1) / n - p);
    });
    return most;
  }
  const cut = phi(2) - phi(-2);
  const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  const cutVariance = 1 - (4 * density(2)) / cut;

  it.each<[string, () => Tensor, number, number, ((x: number) => number) | undefined]>([
    ['uniform', () => wg.randomUniform([n], { key, low: -1, high: 3 }), 1, 16 / 12, (x) => (x + 1) / 4],
    ['normal', () => wg.randomNormal([n], { key, mean: 1, std: 2 }), 1, 4, (x) => phi((x - 1) / 2)],
    ['truncated', () => wg.truncatedNormal([n], { key }), 0, cutVariance, (x) => (phi(x) - phi(-2)) / cut],
    ['bernoulli', () => wg.bernoulli([n], { key, p: 0.25 }), 0.25, 0.1875, undefined],
    ['randomInt', () => wg.randomInt([n], { key, low: -5, high: 6 }), 0, 10, undefined],
    ['dropped', () => ops.dropout(wg.ones([n]), 0.75, { key }), 1, 3, undefined],
  ])('%s: mean, variance, Kolmogorov-Smirnov and serial correlation', (_, make, mean, variance, cdf) => {
    const sample = make().data();
    const deviation = Math.sqrt(variance);
    let [sum, squares] = [0, 0];
    for (const x of sample) {
      sum += x - mean;
      squares += (x - mean) ** 2;
    }
    // Within four standard errors; that of the variance is at most √2 of it over √n here.
    expect(Math.abs(sum / n)).toBeLessThan((4 * deviation) / Math.sqrt(n));
    expect(Math.abs(squares / n / variance - 1)).toBeLessThan((4 * Math.SQRT2) / Math.sqrt(n));
    if (cdf) expect(distance(sample, cdf) * Math.sqrt(n)).toBeLessThan(1.63); // one in a hundred is above
    // Lags within a block, between partners of a normal pair, and between what two vectors hold.
    for (const lag of [1, 2, 3, 4, 7, 8, 16, 512]) {
      let products = 0;
      for (let i = lag; i < n; i++) products += (sample[i]! - mean) * (sample[i - lag]! - mean);
      expect(Math.abs(products / n / variance), `lag ${lag}`).toBeLessThan(4 / Math.sqrt(n));
    }
  });

  it('no two numbers of a pair depend on each other: squares of normal ones', () => {
    const sample = wg.randomNormal([n], { key }).data();
    let products = 0;
    for (let i = 0; i < n; i += 8)
      for (let j = 0; j < 4; j++) products += (sample[i + j]! ** 2 - 1) * (sample[i + j + 4]! ** 2 - 1);
    expect(Math.abs(products / (n / 2))).toBeLessThan((4 * 2) / Math.sqrt(n / 2));
  });

  it('categories come as often as softmax says, and never where a logit is -Infinity', () => {
    const logits = wg.tensor([0, 1, -Infinity, 2]);
    const p = [1, Math.E, 0, Math.E ** 2].map((e) => e / (1 + Math.E + Math.E ** 2));
    const counts = [0, 0, 0, 0];
    for (const c of wg.categorical(logits, { key, shape: [200_000] }).data()) counts[c]!++;
    counts.forEach((count, i) => {
      expect(Math.abs(count / 200_000 - p[i]!)).toBeLessThanOrEqual(4 * Math.sqrt((p[i]! * (1 - p[i]!)) / 200_000));
    });
  });

  it('a permutation has every number equally often in every place', () => {
    const counts = new Int32Array(25);
    for (const k of wg.splitKeys(key, 20_000).toArray<number[][]>()) {
      const order = wg.permutation(5, { key: wg.tensor(k, undefined, 'int32') }).data();
      order.forEach((x, place) => void counts[5 * place + x]!++);
    }
    for (const count of counts) expect(Math.abs(count - 4000)).toBeLessThan(4 * Math.sqrt(4000 * 0.8));
  });
});

describe('bounds', () => {
  const key = wg.randomKey(3);

  it.each([
    [0, 1],
    [1, 2],
    [-1, 0],
    [1e8, 1e8 + 16],
    [0.1, 0.3],
    [-3, 1e-45],
  ])('uniform numbers from %d on are never as large as %d, where rounding would make them so', (low, high) => {
    const x = wg.randomUniform([1 << 20], { key, low, high });
    expect(x.max().item()).toBeLessThan(high);
    expect(x.min().item()).toBeGreaterThanOrEqual(Math.fround(low));
  });

  it('truncated numbers are within two standard deviations', () => {
    expect(
      wg
        .truncatedNormal([1 << 20], { key })
        .abs()
        .max()
        .item(),
    ).toBeLessThan(2);
  });
});

describe('keys', () => {
  const words = (key: Tensor): string => key.data().join();

  it('no block is used twice, by numbers or by keys', () => {
    // A key's blocks are told apart by their domain, and what is made in a domain by its number.
    const root = wg.randomKey(1);
    const blocks = new Set<string>();
    let count = 0;
    const use = (key: Tensor, domain: Domain, n: number): void => {
      for (let i = 0; i < n; i++) blocks.add(`${words(key)} ${domain} ${i}`);
      count += n;
    };
    const keys = [root, ...wg.splitKey(root, 50), ...Array.from({ length: 50 }, (_, i) => wg.foldIn(root, i))];
    for (const key of keys.slice(1)) keys.push(...wg.splitKey(key, 3), wg.foldIn(key, 7));
    for (const key of keys) for (const domain of [Domain.draw, Domain.split, Domain.fold]) use(key, domain, 3);
    // The streams of a seed, its own key among them, which all have the seed in their first half.
    wg.setSeed(1);
    const streams = Array.from({ length: 100 }, () => keyWords(...nextStream()));
    for (const stream of streams) use(wg.tensor(stream, undefined, 'int32'), Domain.draw, 3);
    expect(new Set(keys.map(words)).size).toBe(keys.length);
    expect(blocks.size).toBe(count);
  });

  it('differ wherever seeds do, up to the largest', () => {
    const seeds = [
      0,
      1,
      -1,
      2 ** 32,
      -(2 ** 32),
      2 ** 32 + 1,
      Number.MAX_SAFE_INTEGER,
      Number.MIN_SAFE_INTEGER,
      2 ** 31,
      -(2 ** 31),
    ];
    expect(new Set(seeds.map((seed) => words(wg.randomKey(seed)))).size).toBe(seeds.length);
  });

  it('of splitKey are the rows of splitKeys, however many there are, and the blocks of their domain', () => {
    const key = wg.randomKey(9);
    const rows = wg.splitKeys(key, 5).toArray<number[][]>();
    expect(wg.splitKey(key, 3).map((k) => [...k.data()])).toEqual(rows.slice(0, 3));
    expect(wg.splitKey(key).length).toBe(2);
    expect(rows.flat()).toEqual([...wordsOf([...key.data()], Domain.split, 0, 20)]);
    expect([...wg.foldIn(key, -3).data()]).toEqual([...wordsOf([...key.data()], Domain.fold, -3, 4)]);
  });

  it('go through jit: other numbers for another key, without a new trace', () => {
    let traces = 0;
    const f = wg.jit((key: wg.Tensor, step: wg.Tensor) => {
      traces++;
      const [a, b] = wg.splitKey(wg.foldIn(key, step));
      return wg.randomNormal([3], { key: a }).add(ops.dropout(wg.ones([3]), 0.5, { key: b }));
    });
    const step = (i: number) => wg.tensor(i, [], 'int32');
    const [one, other] = [wg.randomKey(1), wg.randomKey(2)];
    const first = f(one, step(0)).data();
    expect(f(other, step(0)).data()).not.toEqual(first);
    expect(f(one, step(1)).data()).not.toEqual(first);
    expect(f(one, step(0)).data()).toEqual(first);
    expect(traces).toBe(1);
  });

  it('have no gradient, and what is drawn inside of grad is a constant', () => {
    const key = wg.randomKey(4);
    const noise = wg.randomNormal([5], { key }).data();
    expect(
      wg
        .grad((x: wg.Tensor) => x.mul(wg.randomNormal([5], { key })).sum())(wg.tensor([1, 2, 3, 4, 5]))
        .data(),
    ).toEqual(noise);
    expect(wg.grad((x: wg.Tensor) => x.mul(wg.randomNormal([5])).sum())(wg.tensor([1, 2, 3, 4, 5])).size).toBe(5);
  });
});

describe('dropout', () => {
  const key = wg.randomKey(11);

  it('has the gradient that differences have, and that of the gradient', async () => {
    const x = wg.randomNormal([40], { key: wg.randomKey(1) });
    expect(wg.gradCheck((t: wg.Tensor) => ops.dropout(t.square(), 0.4, { key }).square().sum(), x).ok).toBe(true);
    const second = wg.grad((t: wg.Tensor) =>
      wg
        .grad((u: wg.Tensor) => ops.dropout(u, 0.5, { key }).square().sum())(t)
        .sum(),
    );
    const mask = ops.dropout(wg.ones([40]), 0.5, { key }).data();
    expect([...second(x).data()]).toEqual([...mask].map((m) => 2 * m * m));
  });

  it('scales what it keeps, and makes zeros even of NaN', () => {
    const kept = ops.dropout(wg.full([1000], 3), 0.25, { key }).data();
    expect(new Set(kept)).toEqual(new Set([0, 4]));
    const dropped = ops.dropout(wg.full([1000], Number.NaN), 0.25, { key }).data();
    expect([...dropped].map((x) => (x === 0 ? 0 : 4))).toEqual([...kept]);
  });

  it('drops next to nothing or next to everything at the ends', () => {
    expect(
      ops
        .dropout(wg.ones([1 << 16]), 0, { key })
        .sum()
        .item(),
    ).toBe(1 << 16);
    const most = ops
      .dropout(wg.ones([1 << 20]), 1 - 2 ** -20, { key })
      .notEqual(0)
      .sum()
      .item();
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(60);
  });
});

describe('initial values', () => {
  const KERNEL = [5, 4, 30, 50];
  const [fanIn, fanOut] = [600, 1000];

  it.each([
    ['glorotUniform', 'glorotUniform', 2 / (fanIn + fanOut), Math.sqrt(6 / (fanIn + fanOut))],
    ['heUniform', 'heUniform', 2 / fanIn, Math.sqrt(6 / fanIn)],
    ['glorotNormal', wg.glorotNormal, 2 / (fanIn + fanOut), 10],
    ['heNormal', wg.heNormal, 2 / fanIn, 10],
  ] as const)('%s has the variance of its formula, and no number beyond its limit', (_, by, variance, limit) => {
    const initializer = typeof by === 'string' ? initializerOf(by) : by;
    const values = Float64Array.from(initializer(KERNEL, wg.randomKey(5)).data());
    const mean = values.reduce((sum, v) => sum + v / values.length, 0);
    const square = values.reduce((sum, v) => sum + (v * v) / values.length, 0);
    expect(Math.abs(mean)).toBeLessThan(4 * Math.sqrt(variance / values.length));
    expect(Math.abs(square / variance - 1)).toBeLessThan(4 * Math.sqrt(2 / values.length));
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(Math.fround(limit));
  });
});

describe('the order of rows', () => {
  it('is by the words of the next stream', () => {
    wg.setSeed(7);
    const key = keyWords(7, 0);
    const shuffler = new Shuffler();
    const orders = [0, 1].map(() => {
      const items = Int32Array.from({ length: 700 }, (_, i) => i);
      shuffler.shuffle(items);
      return [...items];
    });
    const words = wordsOf([...key], Domain.draw, 0, 2 * 699);
    const expected = [0, 699].map((from) => {
      const items = Array.from({ length: 700 }, (_, i) => i);
      for (let i = 699; i > 0; i--) {
        const j = Number((BigInt(words[from + 699 - i]! >>> 0) * BigInt(i + 1)) >> 32n);
        [items[i], items[j]] = [items[j]!, items[i]!];
      }
      return items;
    });
    expect(orders).toEqual(expected);
  });

  it('has every element equally often in every place', () => {
    const counts = [0, 0, 0, 0, 0];
    const shuffler = new Shuffler();
    for (let i = 0; i < 5000; i++) {
      const items = Int32Array.of(0, 1, 2, 3, 4);
      shuffler.shuffle(items);
      expect([...items].sort()).toEqual([0, 1, 2, 3, 4]);
      counts[items.indexOf(0)]!++;
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(130);
  });
});

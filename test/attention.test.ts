// Layers of transformers: outputs and gradients against their formulas in float64, masks, what they share, and what
// they refuse.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import * as ops from '../bindings/ops.js';
import { attend } from './attentionreference.js';
import { checkLayer, type Values } from './layercheck.js';
import { Numbers } from './numbers.js';
import { THOROUGH } from './thorough.js';

type Matrix = readonly (readonly number[])[];

const rowsOf = (x: readonly number[], width: number): Matrix =>
  Array.from({ length: x.length / width }, (_, r) => x.slice(r * width, (r + 1) * width));

/** x·W + b for each row. */
function linear(x: readonly number[], kernel: readonly number[], bias: readonly number[] | undefined, width: number) {
  const units = kernel.length / width;
  return rowsOf(x, width).flatMap((row) =>
    Array.from({ length: units }, (_, j) =>
      row.reduce((sum, v, i) => sum + v * kernel[i * units + j]!, bias?.[j] ?? 0),
    ),
  );
}

interface Sizes {
  readonly n: number;
  readonly time: number;
  readonly width: number;
  readonly heads: number;
  readonly keyDim: number;
  readonly shared?: number;
  readonly valueDim?: number;
  readonly causal?: boolean;
  readonly rotary?: boolean;
  /** Of what is read, if it is not the sequence itself. */
  readonly steps?: number;
}

/** [n, time, heads, width] as [n, heads, time, width]. */
function byHead(x: readonly number[], n: number, time: number, heads: number): number[] {
  const width = x.length / (n * time * heads);
  const out: number[] = [];
  for (let b = 0; b < n; b++)
    for (let h = 0; h < heads; h++)
      for (let t = 0; t < time; t++)
        for (let c = 0; c < width; c++) out.push(x[((b * time + t) * heads + h) * width + c]!);
  return out;
}

function turned(x: readonly number[], time: number, width: number): number[] {
  const half = width / 2;
  return x.map((v, i) => {
    const [c, t] = [i % width, Math.floor(i / width) % time];
    const angle = t / 10_000 ** ((c % half) / half);
    const other = c < half ? -x[i + half]! : x[i - half]!;
    return v * Math.cos(angle) + other * Math.sin(angle);
  });
}

/** What multiHeadAttention computes; names of parameters have `prefix`. */
function attention(x: readonly number[], from: readonly number[], values: Values, sizes: Sizes, prefix = ''): number[] {
  const {
    n,
    time,
    width,
    heads,
    keyDim,
    shared = heads,
    valueDim = keyDim,
    causal = false,
    rotary,
    steps = time,
  } = sizes;
  const of = (part: string, input: readonly number[], inner: number) =>
    linear(input, values[`${prefix}${part}Kernel`]!, values[`${prefix}${part}Bias`], inner);
  const turn = (y: number[], count: number) => (rotary ? turned(y, count, keyDim) : y);
  const read = from.length / (n * steps);
  const q = { x: turn(byHead(of('query', x, width), n, time, heads), time), shape: [n, heads, time, keyDim] };
  const k = { x: turn(byHead(of('key', from, read), n, steps, shared), steps), shape: [n, shared, steps, keyDim] };
  const v = { x: byHead(of('value', from, read), n, steps, shared), shape: [n, shared, steps, valueDim] };
  return of('output', byHead(attend(q, k, v, { causal }), n, heads, time), heads * valueDim);
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

function layerNorm(x: readonly number[], values: Values, name: string, width: number): number[] {
  const [gamma, beta] = [values[`${name}.gamma`]!, values[`${name}.beta`]!];
  return rowsOf(x, width).flatMap((row) => {
    const m = mean(row);
    const root = Math.sqrt(mean(row.map((v) => (v - m) ** 2)) + 1e-5);
    return row.map((v, i) => ((v - m) / root) * gamma[i]! + beta[i]!);
  });
}

function rmsNorm(x: readonly number[], values: Values, name: string, width: number): number[] {
  const gamma = values[`${name}.gamma`]!;
  return rowsOf(x, width).flatMap((row) => {
    const root = Math.sqrt(mean(row.map((v) => v ** 2)) + 2 ** -23);
    return row.map((v, i) => (v / root) * gamma[i]!);
  });
}

const sum = (a: readonly number[], b: readonly number[]): number[] => a.map((v, i) => v + b[i]!);
const silu = (z: number): number => z / (1 + Math.exp(-z));
/** z·Φ(z), by the series of erf, which is exact to a few units for numbers as small as here. */
const gelu = (z: number): number => {
  let [term, total] = [z / Math.SQRT2, z / Math.SQRT2];
  for (let n = 1; Math.abs(term) > 1e-18; n++) {
    term *= -(z * z) / 2 / n;
    total += term / (2 * n + 1);
  }
  return (z / 2) * (1 + (2 / Math.sqrt(Math.PI)) * total);
};
const relu = (z: number): number => Math.max(0, z);

function feedForward(x: readonly number[], values: Values, width: number, activation: string): number[] {
  const of = (name: string, input: readonly number[], inner: number) =>
    linear(input, values[`${name}.kernel`]!, values[`${name}.bias`], inner);
  const hidden = of('hidden', x, width);
  const f = { relu, gelu, silu }[activation];
  const inner = f ? hidden.map(f) : of('gate', x, width).map((g, i) => silu(g) * hidden[i]!);
  return of('projection', inner, values['projection.kernel']!.length / width);
}

/** The ops have both back ends in npm test. */
const BACKENDS = THOROUGH ? (['wasm', 'js'] as const) : (['wasm'] as const);

describe.each(BACKENDS)('on %s', (backend) => {
  beforeAll(() => wg.init({ backend, seed: 1 }));

  it.each<Sizes>([
    { n: 2, time: 5, width: 6, heads: 3, keyDim: 2 },
    { n: 1, time: 1, width: 3, heads: 1, keyDim: 5 },
    { n: 3, time: 7, width: 5, heads: 2, keyDim: 4, causal: true },
    { n: 2, time: 4, width: 4, heads: 4, keyDim: 2, shared: 2, valueDim: 3, rotary: true, causal: true },
  ])('multiHeadAttention of %o is its formula', (sizes) => {
    const { n, time, width, heads, keyDim, shared, valueDim, causal, rotary } = sizes;
    const options = { numKeyValueHeads: shared, valueDim, causal, rotary };
    checkLayer({
      layer: wg.multiHeadAttention(heads, keyDim, options) as wg.Layer,
      shape: [n, time, width],
      spread: 0.6,
      reference: (x, values) => attention(x, x, values, sizes),
    });
  });

  it('multiHeadAttention reads another sequence, has no bias if it is to have none, and another width', () => {
    const sizes = { n: 2, time: 3, width: 4, heads: 2, keyDim: 3, steps: 5 };
    const attend = wg.multiHeadAttention(2, 3, { useBias: false, outputDim: 7 });
    const memory = wg.tensor(
      Array.from({ length: 2 * 5 * 3 }, (_, i) => Math.fround(Math.sin(i))),
      [2, 5, 3],
    );
    const reads = wg.layer({ kind: 'reads', call: (x: wg.Tensor) => attend({ query: x, value: memoryOf(x) }) });
    // The batch of the first run is 3.
    const memoryOf = (x: wg.Tensor) => (x.shape[0] === 2 ? memory : wg.zeros([x.shape[0]!, 5, 3]));
    checkLayer({
      layer: reads,
      shape: [2, 3, 4],
      spread: 0.6,
      reference: (x, values) => attention(x, [...memory.data()], values, sizes, 'multiHeadAttention.'),
    });
  });

  it('multiHeadAttention is a function, too, of the parameters that a layer has, with its bits', () => {
    const [heads, shared] = [4, 2];
    const options = { numKeyValueHeads: shared, causal: true, rotary: true, biasInitializer: 'ones' } as const;
    const attend = wg.multiHeadAttention(heads, 6, { ...options, valueDim: 3, outputDim: 5 });
    const net = wg.model({ query: [3, 4], key: [7, 2], value: [7, 5], mask: [3, 7] }, (given) => attend(given));
    const draw = (seed: number, ...shape: number[]) => wg.randomNormal(shape, { key: wg.randomKey(seed) });
    const from = { query: draw(1, 2, 3, 4), key: draw(2, 2, 7, 2), value: draw(3, 2, 7, 5) };
    const mask = draw(4, 2, 3, 7).greater(-0.5);
    const prefix = 'multiHeadAttention.';
    const entries = Object.entries(net.parameters());
    const named = entries.map(([name, t]) => [name.slice(prefix.length), t] as const);
    const parameters = Object.fromEntries(named) as unknown as ops.AttentionParameters;
    const how = { numKeyValueHeads: shared, causal: true, rotary: true, mask };
    const op = (p: ops.AttentionParameters, { query, key, value }: typeof from) =>
      ops.multiHeadAttention(query, key, value, p, heads, how);
    const layer = (p: ops.AttentionParameters, given: typeof from) =>
      net.apply(Object.fromEntries(Object.entries(p).map(([name, t]) => [prefix + name, t])), { ...given, mask });
    expect(op(parameters, from).toArray()).toEqual(net.predict({ ...from, mask }).toArray());
    const slopes = (f: typeof op) =>
      wg.grad((all: [ops.AttentionParameters, typeof from]) =>
        f(...all)
          .square()
          .sum(),
      );
    const numbers = (f: typeof op) =>
      wg.treeLeaves(wg.jit(slopes(f))([parameters, from])).map((t) => (t as wg.Tensor).toArray());
    expect(numbers(op)).toEqual(numbers(layer));
  });

  it('which draws the zeros of its dropout from a key, and is itself under vmap', () => {
    const draw = (seed: number, ...shape: number[]) => wg.randomNormal(shape, { key: wg.randomKey(seed) });
    const [x, w] = [draw(1, 3, 2, 5, 4), draw(2, 4, 4)];
    const kernels = { queryKernel: w, keyKernel: w.mul(2), valueKernel: w.neg(), outputKernel: w };
    const read = (t: wg.Tensor, seed: number) =>
      ops.multiHeadAttention(t, t, t, kernels, 2, { dropout: 0.5, key: wg.randomKey(seed) });
    const plain = (t: wg.Tensor) => ops.multiHeadAttention(t, t, t, kernels, 2);
    const one = ops.slice(x, [0]);
    expect(read(one, 7).toArray()).toEqual(read(one, 7).toArray());
    expect(read(one, 8).toArray()).not.toEqual(read(one, 7).toArray());
    const slope = (t: wg.Tensor) => wg.grad((s) => plain(s).square().sum())(t);
    const all = wg.vmap(slope)(x);
    [0, 1, 2].forEach((i) => {
      const [many, single] = [ops.slice(all, [i]).data(), slope(ops.slice(x, [i])).data()];
      many.forEach((value, j) => {
        expect(value).toBeCloseTo(single[j]!, 5);
      });
    });
  });

  it.each([
    ['relu', false, 'layerNorm'],
    ['gelu', true, 'layerNorm'],
    ['swiglu', true, 'rmsNorm'],
    ['silu', false, 'rmsNorm'],
  ] as const)('transformerEncoder with %s, normFirst %s and %s is its formula', (activation, normFirst, norm) => {
    const [width, heads] = [6, 2];
    const normalised = { layerNorm, rmsNorm }[norm];
    checkLayer({
      layer: wg.transformerEncoder({ numHeads: heads, intermediateDim: 5, activation, normFirst, norm }) as wg.Layer,
      shape: [2, 4, width],
      spread: 0.5,
      // A row of which rmsNorm takes the root, or relu a kink, is not smooth everywhere: the numbers drawn are.
      reference: (x, values) => {
        const sizes = { n: 2, time: 4, width, heads, keyDim: 3 };
        const first = (y: readonly number[]) => attention(y, y, values, sizes, 'attention.');
        const second = (y: readonly number[]) => feedForward(y, values, width, activation);
        const [one, two] = [
          (y: readonly number[]) => normalised(y, values, 'attentionNorm', width),
          (y: readonly number[]) => normalised(y, values, 'feedForwardNorm', width),
        ];
        if (!normFirst) {
          const y = one(sum(x, first(x)));
          return two(sum(y, second(y)));
        }
        const y = sum(x, first(one(x)));
        return sum(y, second(two(y)));
      },
    });
  });

  it('transformerDecoder is causal, and reads what an encoder has made', () => {
    const width = 4;
    const block = wg.transformerDecoder({ numHeads: 2, intermediateDim: 3, activation: 'gelu' });
    const decodes = wg.layer({ kind: 'decodes', call: (x: wg.Tensor) => block({ sequence: x, encoded: x.mul(0.5) }) });
    checkLayer({
      layer: decodes,
      shape: [2, 5, width],
      spread: 0.5,
      reference: (x, all) => {
        const values = Object.fromEntries(
          Object.entries(all).map(([name, v]) => [name.replace('transformerDecoder.', ''), v]),
        );
        const sizes = { n: 2, time: 5, width, heads: 2, keyDim: 2 };
        const half = x.map((v) => v / 2);
        const norm = (y: readonly number[], name: string) => layerNorm(y, values, name, width);
        const one = norm(sum(x, attention(x, x, values, { ...sizes, causal: true }, 'attention.')), 'attentionNorm');
        const two = norm(sum(one, attention(one, half, values, sizes, 'crossAttention.')), 'crossAttentionNorm');
        return norm(sum(two, feedForward(two, values, width, 'gelu')), 'feedForwardNorm');
      },
    });
  });

  it('a step that may read nothing reads 0, with gradients of 0, and others are as they were', () => {
    const layer = wg.multiHeadAttention(2, 3, { useBias: false });
    const net = wg.model({ x: [4, 5], mask: [4] }, ({ x, mask }) => layer({ query: x, value: x, mask }));
    const plain = wg.model([4, 5], (x) => layer(x));
    plain.setWeights(net.getWeights());
    const x = wg.randomNormal([3, 4, 5], { key: wg.randomKey(1) });
    const mask = wg.tensor([
      [0, 0, 0, 0],
      [1, 1, 1, 1],
      [1, 0, 1, 1],
    ]);
    const parameters = net.parameters();
    const loss = (at: wg.Tensor) => (net.apply(parameters, { x: at, mask }) as wg.Tensor).square().sum();
    const output = net.apply(net.parameters(), { x, mask }) as wg.Tensor;
    const g = wg.grad(loss)(x).data();
    expect(output.data().slice(0, 20)).toEqual(new Float32Array(20));
    expect(g.slice(0, 20)).toEqual(new Float32Array(20));
    const whole = plain.predict(x).data().slice(20, 40);
    output
      .data()
      .slice(20, 40)
      .forEach((v, i) => {
        expect(v).toBeCloseTo(whole[i]!, 6);
      });
    expect([...output.data(), ...g].every(Number.isFinite)).toBe(true);
    const other = x.add(wg.tensor([0, 1, 0, 0]).reshape([4, 1])); // only the step that nobody may read
    const moved = net.apply(net.parameters(), { x: other, mask }) as wg.Tensor;
    const [a, b] = [output.data().slice(40), moved.data().slice(40)];
    expect([...a.slice(0, 5), ...a.slice(10)]).toEqual([...b.slice(0, 5), ...b.slice(10)]);
    expect([...a.slice(5, 10)]).not.toEqual([...b.slice(5, 10)]);
  });

  it('a bias of -infinity excludes as a mask does, and is 0 where it excludes all', () => {
    const [q, k, v] = [1, 2, 3].map((seed) => wg.randomNormal([2, 3, 4], { key: wg.randomKey(seed) }));
    const open = wg.tensor([
      [1, 0, 1],
      [0, 0, 0],
      [1, 1, 1],
    ]);
    const bias = ops.where(open, 0, -Infinity);
    const byMask = ops.scaledDotProductAttention(q!, k!, v!, { mask: open });
    expect(ops.scaledDotProductAttention(q!, k!, v!, { bias }).data()).toEqual(byMask.data());
    expect(byMask.data().slice(4, 8)).toEqual(new Float32Array(4));
    const nan = ops.scaledDotProductAttention(q!, k!, v!, { bias: wg.full([3, 3], Number.NaN) });
    expect(nan.data().every(Number.isNaN)).toBe(true);
  });

  it('embedding: the padding row starts at 0 and gets no gradient; the others get one for each time they are read', () => {
    const tokens = wg.embedding(5, 3, { paddingIndex: 1, embeddingsInitializer: 'ones' });
    const net = wg.sequential({ shape: [4], dtype: 'int32' }, [tokens]);
    const x = wg.tensor([[1, 2, 2, 0]], undefined, 'int32');
    expect(net.getWeights()[0]!.toArray()).toEqual([
      [1, 1, 1],
      [0, 0, 0],
      [1, 1, 1],
      [1, 1, 1],
      [1, 1, 1],
    ]);
    const loss = (p: Record<string, wg.Tensor>) => (net.apply(p, x) as wg.Tensor).sum();
    const grads = wg.grad(loss as never)(net.parameters() as never) as unknown as Record<string, wg.Tensor>;
    const { 'embedding.embeddings': g } = grads;
    expect(g!.toArray()).toEqual([
      [1, 1, 1],
      [0, 0, 0],
      [2, 2, 2],
      [0, 0, 0],
      [0, 0, 0],
    ]);
    const start = wg
      .sequential({ shape: [4], dtype: 'int32' }, [wg.embedding(50, 20)])
      .getWeights()[0]!
      .data();
    expect(Math.max(...start.map(Math.abs))).toBeLessThanOrEqual(Math.fround(0.05));
    expect(Math.max(...start)).toBeGreaterThan(0.045);
  });

  it('an embedding refuses tokens of data that have no row, before anything is changed', async () => {
    const words = wg.embedding(5, 3);
    const inputs = { x: { shape: [2], dtype: 'int32' }, more: { shape: [2], dtype: 'int32' } } as const;
    const net = wg.model(inputs, ({ x, more }) =>
      wg.dense(1)(
        words(x)
          .add(wg.embedding(9, 3)(x))
          .add(words(ops.mod(more, 5)))
          .mean(1),
      ),
    );
    net.compile({ optimizer: wg.sgd(0.1), loss: 'mse' });
    const before = net.getWeights().map((w) => [...w.data()]);
    const more = [
      [7, -3],
      [0, 99],
    ];
    const high = {
      x: [
        [0, 4],
        [3, 5],
      ],
      more,
    };
    const message = 'x.x: sample 1 has the token 5, and embedding(5, 3) has rows for 0 … 4';
    expect(() => net.trainOnBatch(high, [1, 2])).toThrow(message);
    await expect(net.fit(high, [1, 2])).rejects.toThrow(message);
    await expect(wg.fitBatches(net, () => [[high, [1, 2]]])).rejects.toThrow(message);
    expect(() => net.predict(high)).toThrow(message);
    expect(() => net.evaluate(high, [1, 2])).toThrow(message);
    expect(() => net.predict({ x: new Int32Array([-1, 0]), more: [0, 0] })).toThrow('sample 0 has the token -1');
    expect(() => net.clone().predict(high)).toThrow(message);
    expect(net.getWeights().map((w) => [...w.data()])).toEqual(before);
    expect(
      net.trainOnBatch(
        {
          ...high,
          x: [
            [0, 4],
            [3, 2],
          ],
        },
        [1, 2],
      ),
    ).toBeGreaterThan(0);
  });

  it('the model around a model refuses them, too', () => {
    const inner = wg.sequential({ shape: [2], dtype: 'int32' }, [wg.embedding(5, 3), wg.flatten()]);
    const net = wg.sequential({ shape: [2], dtype: 'int32' }, [inner.asLayer(), wg.dense(1)]);
    expect(() => net.predict([[0, 5]])).toThrow('x: sample 0 has the token 5, and embedding(5, 3) has rows for 0 … 4');
  });

  it('tiedOutput scores by the table of the embedding: one parameter, with the gradients of both uses', () => {
    const tokens = wg.embedding(5, 3);
    const logits = wg.tiedOutput(tokens);
    const net = wg.model({ shape: [2], dtype: 'int32' }, (x) => logits(tokens(x)));
    expect(Object.keys(net.parameters())).toEqual(['embedding.embeddings']);
    const x = wg.tensor([[1, 4]], undefined, 'int32');
    const table = net.parameters()['embedding.embeddings']!;
    const by = (f: (t: wg.Tensor) => wg.Tensor) => wg.grad((t: wg.Tensor) => f(t).square().sum())(table);
    const g = by((t) => net.apply({ 'embedding.embeddings': t }, x) as wg.Tensor);
    const looked = by((t) => ops.take(t, x).matMul(table, { transB: true }));
    const scored = by((t) => ops.take(table, x).matMul(t, { transB: true }));
    const both = looked.add(scored).data();
    g.data().forEach((v, i) => {
      expect(v).toBeCloseTo(both[i]!, 6);
    });
  });

  it('positions: learned rows are trained, sinusoidal ones are no parameters', () => {
    const learned = wg.sequential([4, 3], [wg.positionalEmbedding(6)]);
    expect(learned.parameters()['positionalEmbedding.embeddings']!.shape).toEqual([6, 3]);
    const waves = wg.sequential([4, 3], [wg.positionalEmbedding(6, { type: 'sinusoidal' })]);
    expect(waves.parameterCount).toBe(0);
    const x = wg.zeros([1, 4, 3]);
    expect(waves.predict(x).data()).toEqual(ops.positionalEmbedding(x).data());
    const rotary = wg.sequential([2, 4, 6], [wg.rotaryEmbedding({ base: 50 })]);
    const heads = wg.randomNormal([2, 2, 4, 6], { key: wg.randomKey(4) });
    expect(rotary.predict(heads).data()).toEqual(ops.rotaryEmbedding(heads, { base: 50 }).data());
  });

  it('dropout of weights: none in predict, and as often as asked in training', () => {
    const layer = wg.multiHeadAttention(2, 4, { dropout: 0.5 });
    const net = wg.model([6, 8], (x) => layer(x));
    const x = wg.randomNormal([2, 6, 8], { key: wg.randomKey(2) });
    const key = wg.randomKey(7);
    const run = (options: object) => (net.apply(net.parameters(), x, options) as wg.Tensor).data();
    expect(run({})).toEqual(net.predict(x).data());
    expect(run({ training: true, key })).toEqual(run({ training: true, key }));
    expect(run({ training: true, key })).not.toEqual(run({}));
    const q = wg.zeros([1, 64, 1]);
    const weights = wg.eye(64).reshape([1, 64, 64]);
    const read = ops.scaledDotProductAttention(q, q, weights, { dropout: 0.25, key }).data();
    const dropped = read.filter((v) => v === 0).length / read.length;
    expect(dropped).toBeGreaterThan(0.22);
    expect(dropped).toBeLessThan(0.28);
  });

  it('under vmap and jit it is what it is for each example', () => {
    const layer = wg.transformerEncoder({ numHeads: 2, intermediateDim: 4, rotary: true, causal: true });
    const net = wg.model([3, 4], (x) => layer(x));
    const x = wg.randomNormal([2, 3, 3, 4], { key: wg.randomKey(3) });
    const parameters = net.parameters();
    const run = (at: wg.Tensor) => net.apply(parameters, at) as wg.Tensor;
    const each = [0, 1].flatMap((i) => [...run(ops.slice(x, [i])).data()]);
    for (const f of [wg.vmap(run), wg.jit(wg.vmap(run))])
      f(x)
        .data()
        .forEach((v: number, i: number) => {
          expect(v).toBeCloseTo(each[i]!, 5);
        });
    expect(wg.gradCheck((at: wg.Tensor) => run(at).square().sum(), ops.slice(x, [0])).ok).toBe(true);
  });

  it('inspect shows the weights, and a language model learns to count', async () => {
    const [vocabulary, time] = [6, 5];
    const tokens = wg.embedding(vocabulary, 8);
    const places = wg.positionalEmbedding(time);
    const block = wg.transformerDecoder({ numHeads: 2, intermediateDim: 16, activation: 'gelu', normFirst: true });
    const logits = wg.tiedOutput(tokens);
    const next = wg.model({ shape: [time], dtype: 'int32' }, (x) => logits(block(places(tokens(x)))));
    const x = wg.tensor(
      Array.from({ length: vocabulary }, (_, start) =>
        Array.from({ length: time }, (_, t) => (start + t) % vocabulary),
      ),
      undefined,
      'int32',
    );
    const y = x.add(1).toFloat();
    const target = y.sub(y.equal(vocabulary).mul(vocabulary)).toInt();
    next.compile({ optimizer: wg.adam(0.02), loss: 'softmaxCrossEntropy', metrics: ['accuracy'] });
    const shown = next.inspect(x, target).layers['transformerDecoder.attention']!.shown['attention']!;
    expect(shown.shape).toEqual([vocabulary, 2, time, time]);
    expect([...shown.data().slice(0, 2)]).toEqual([1, 0]); // the first step reads itself
    for (const total of shown.sum(-1).data()) expect(total).toBeCloseTo(1, 6);
    const { history } = await next.fit(x, target, { epochs: 60, batchSize: 3 });
    expect(history.loss.at(-1)).toBeLessThan(0.1);
    expect(history.accuracy!.at(-1)).toBe(1);
  });
});

describe('training a transformer', () => {
  const STEPS = THOROUGH ? 50 : 20;

  /** The losses of so many steps from given weights: a language model of two blocks. */
  async function losses(options: wg.InitOptions): Promise<number[]> {
    await wg.init({ seed: 1, ...options });
    const [vocabulary, time, width, batch] = [11, 12, 16, 4];
    const [tokens, places, norm] = [wg.embedding(vocabulary, width), wg.positionalEmbedding(time), wg.layerNorm()];
    const shape = { numHeads: 4, intermediateDim: 32, normFirst: true, activation: 'gelu' } as const;
    const blocks = [
      wg.transformerDecoder(shape),
      wg.transformerDecoder({ ...shape, numKeyValueHeads: 2, rotary: true }),
    ];
    const logits = wg.tiedOutput(tokens);
    const net = wg.model({ shape: [time], dtype: 'int32' }, (x) =>
      logits(norm(blocks.reduce((y, block) => block(y) as wg.Tensor, places(tokens(x))))),
    );
    const random = new Numbers(5);
    const given = (t: wg.Tensor) => Array.from({ length: t.size }, () => Math.fround(0.4 * (random.uniform() - 0.5)));
    net.setWeights(
      Object.fromEntries(
        Object.entries(net.parameters()).map(([name, t]) => [
          name,
          wg.tensor(name.endsWith('gamma') ? given(t).map((v) => 1 + v) : given(t), t.shape),
        ]),
      ),
    );
    net.compile({ optimizer: wg.adam(0.003), loss: 'softmaxCrossEntropy' });
    // Each token is followed by one of two.
    const text = [0];
    while (text.length < 200) text.push((2 * text.at(-1)! + 1 + random.below(2) * 3) % vocabulary);
    return Array.from({ length: STEPS }, (_, step) => {
      const from = (i: number) => (step * 7 + i * 31) % (text.length - time - 1);
      const rows = (shift: number) =>
        wg.tensor(
          Array.from({ length: batch }, (_, i) => text.slice(from(i) + shift, from(i) + shift + time)),
          undefined,
          'int32',
        );
      return net.trainOnBatch(rows(0), rows(1));
    });
  }

  it(`of ${STEPS} steps stays within 2e-6 (1 + |loss|) of the float64 runner`, async () => {
    const exact = await losses({ precision: 'float64' });
    expect(exact.at(-1)).toBeLessThan((THOROUGH ? 0.7 : 0.9) * exact[0]!);
    for (const backend of BACKENDS) {
      const got = await losses({ backend });
      const worst = Math.max(...got.map((loss, i) => Math.abs(loss - exact[i]!) / (1 + exact[i]!)));
      expect(worst, backend).toBeLessThan(2e-6);
    }
  });
});

describe('what does not fit is refused in words', () => {
  beforeAll(() => wg.init({ seed: 1 }));
  const heads = (n: number, time: number, width: number) => wg.ones([1, n, time, width]);

  it.each([
    [
      'widths',
      () => ops.scaledDotProductAttention(heads(1, 2, 3), heads(1, 2, 4), heads(1, 2, 4)),
      'q and k differ in width',
    ],
    [
      'values',
      () => ops.scaledDotProductAttention(heads(1, 2, 3), heads(1, 2, 3), heads(1, 3, 3)),
      'there must be a value for each key',
    ],
    [
      'heads of values',
      () => ops.scaledDotProductAttention(heads(4, 2, 3), heads(2, 2, 3), heads(4, 2, 3)),
      'k and v differ in heads',
    ],
    [
      'groups',
      () => ops.scaledDotProductAttention(heads(3, 2, 3), heads(2, 2, 3), heads(2, 2, 3)),
      'scaledDotProductAttention',
    ],
    [
      'a vector',
      () => ops.scaledDotProductAttention(wg.ones([3]), heads(1, 2, 3), heads(1, 2, 3)),
      'q must be […, time, width], got float32[3]',
    ],
    [
      'a mask',
      () => ops.scaledDotProductAttention(heads(1, 2, 3), heads(1, 2, 3), heads(1, 2, 3), { mask: wg.ones([3, 3]) }),
      'the mask',
    ],
    [
      'a mask that is one to be added',
      () => {
        const mask = wg.tensor([0, -Infinity, 0, 0], [2, 2]);
        return ops.scaledDotProductAttention(heads(1, 2, 3), heads(1, 2, 3), heads(1, 2, 3), { mask });
      },
      'the mask must be 1 where a query may read a key, else 0, got -Infinity; what is added to scores is the bias',
    ],
    [
      'heads that do not divide',
      () => ops.scaledDotProductAttention(heads(3, 2, 2), heads(2, 2, 2), heads(2, 2, 2)),
      'the 3 heads of q do not divide by the 2 of k and v',
    ],
    ...(
      [
        ['multiHeadAttention(1, 2)', { query: 1, value: 1, masks: 1 }, "'masks'; did you mean 'mask'?"],
        ['multiHeadAttention(1, 2)', { query: 1, values: 1 }, "'values'; did you mean 'value'?"],
        ['transformerEncoder', { sequence: 1, masks: 1 }, "'masks'; did you mean 'mask'?"],
        ['transformerDecoder', { sequence: 1, encoder: 1 }, "'encoder'; did you mean 'encoded'?"],
      ] as const
    ).map(([name, input, message]): [string, () => unknown, string] => [
      `names in what ${name} is called with: ${Object.keys(input)}`,
      () => {
        const how = { numHeads: 1, intermediateDim: 3 };
        const layer = name.startsWith('multi')
          ? wg.multiHeadAttention(1, 2)
          : (name === 'transformerEncoder' ? wg.transformerEncoder : wg.transformerDecoder)(how);
        return wg.model([3, 2], (x) => layer(Object.fromEntries(Object.keys(input).map((key) => [key, x])) as never));
      },
      `unknown option of ${name} ${message}`,
    ]),
    [
      'a mask of what is not there',
      () => {
        const block = wg.transformerDecoder({ numHeads: 1, intermediateDim: 3 });
        return wg.model({ x: [3, 2], m: [4] }, ({ x, m }) => block({ sequence: x, encodedMask: m } as never));
      },
      'transformerDecoder: encodedMask is of no use without encoded',
    ],
    [
      'a block without a sequence',
      () => wg.model([3, 2], (x) => wg.transformerEncoder({ numHeads: 1, intermediateDim: 3 })({ mask: x } as never)),
      'attention of 1 heads: the sequence: expected a Tensor, got undefined',
    ],
    [
      'floats as tokens',
      () => ops.embedding(wg.ones([2]), wg.ones([3, 4])),
      'embedding: the indices must be int32, got float32',
    ],
    [
      'a token',
      () => ops.embedding(wg.tensor([3], undefined, 'int32'), wg.ones([3, 4])),
      'embedding: index 3 is out of range for an axis of 3',
    ],
    [
      'a table',
      () => ops.embedding(wg.tensor([0], undefined, 'int32'), wg.ones([3])),
      'embedding: the table must be [vocabulary, width], got float32[3]',
    ],
    [
      'positions',
      () => ops.positionalEmbedding(wg.ones([4, 2]), { table: wg.ones([3, 2]) }),
      'steps 0 … 3 are more than the 3 positions',
    ],
    ['an odd width', () => ops.rotaryEmbedding(wg.ones([4, 3])), 'rotaryEmbedding: [4, 3] has an odd width'],
    ['an odd head', () => wg.multiHeadAttention(2, 3, { rotary: true }), 'rotary wants an even keyDim, got 3'],
    [
      'shared heads',
      () => wg.multiHeadAttention(4, 3, { numKeyValueHeads: 3 }),
      '4 heads do not divide by numKeyValueHeads 3',
    ],
    ...(
      [
        ['heads of it', {}, {}, 3, 'the 4 columns of queryKernel do not divide by 3 heads'],
        ['shared heads of it', {}, { numKeyValueHeads: 3 }, 4, '4 heads do not divide by numKeyValueHeads 3'],
        ['no heads of it', {}, {}, 0, 'multiHeadAttention: numHeads must be a whole number of at least 1, got 0'],
        ['an odd head of it', {}, { rotary: true }, 4, 'multiHeadAttention: rotary wants an even keyDim, got 1'],
        [
          'a kernel',
          { keyKernel: wg.ones([3, 4]) },
          {},
          2,
          'multiHeadAttention: keyKernel must have 4 rows, for key [2, 3, 4], got float32[3, 4]',
        ],
        ['no kernel', { valueKernel: undefined }, {}, 2, 'multiHeadAttention: valueKernel: expected a Tensor'],
        [
          'the last kernel',
          { outputKernel: wg.ones([2, 4]) },
          {},
          2,
          'outputKernel must have 4 rows, for what the heads read [2, 3, 4], got float32[2, 4]',
        ],
        [
          'another width of keys',
          { keyKernel: wg.ones([4, 6]) },
          {},
          2,
          'queryKernel makes heads of 2 numbers, keyKernel of 3',
        ],
        ['a bias of it', { keyBias: wg.ones([3]) }, {}, 2, 'multiHeadAttention: keyBias: expected [4], got float32[3]'],
        [
          'a misspelt parameter',
          { keyBais: wg.ones([4]) },
          {},
          2,
          "multiHeadAttention: the parameters 'keyBais'; did you mean 'keyBias'?",
        ],
        [
          'a mask of it',
          {},
          { mask: wg.ones([3, 3]) },
          2,
          'the mask must be [n, steps], [n, time, steps] or [n, heads, time, steps], that is [2, 3], [2, 3, 3], [2, 2, 3, 3], got float32[3, 3]',
        ],
        ['a bias of its scores', {}, { bias: wg.ones([4]) }, 2, 'multiHeadAttention: the bias'],
      ] as const
    ).map(([name, other, options, heads, message]): [string, () => unknown, string] => [
      name,
      () => {
        const [x, w] = [wg.ones([2, 3, 4]), wg.ones([4, 4])];
        const kernels = { queryKernel: w, keyKernel: w, valueKernel: w, outputKernel: w, ...other };
        return ops.multiHeadAttention(x, x, x, kernels as never, heads, options);
      },
      message,
    ]),
    [
      'sequences of several lengths',
      () => {
        const [x, w] = [wg.ones([2, 3, 4]), wg.ones([4, 4])];
        const kernels = { queryKernel: w, keyKernel: w, valueKernel: w, outputKernel: w };
        return ops.multiHeadAttention(x, x, wg.ones([2, 5, 4]), kernels, 2);
      },
      'multiHeadAttention of query [2, 3, 4], key [2, 3, 4], value [2, 5, 4]: there must be a value for each key',
    ],
    [
      'rows',
      () => wg.sequential([3], [wg.multiHeadAttention(1, 2)]),
      'expected samples of shape [time, width], got [3] as query',
    ],
    [
      'heads of a block',
      () => wg.sequential([3, 5], [wg.transformerEncoder({ numHeads: 2, intermediateDim: 3 })]),
      'attention of 2 heads: expected samples',
    ],
    ['no heads', () => wg.transformerEncoder({ intermediateDim: 3 } as never), 'transformerEncoder: numHeads'],
    [
      'floats for a layer',
      () => wg.sequential([3], [wg.embedding(4, 2)]),
      "expected int32 tokens, got float32; an input may be { shape: [time], dtype: 'int32' }",
    ],
    [
      'a padding',
      () => wg.embedding(4, 2, { paddingIndex: 4 }),
      'paddingIndex must be one of the 4 tokens 0 … 3, got 4',
    ],
    ['a long sample', () => wg.sequential([5, 2], [wg.positionalEmbedding(4)]), 'with up to 4 steps, got [5, 2]'],
    ['what is tied', () => wg.tiedOutput(wg.dense(3)), 'tiedOutput: of must be a layer that embedding made, got dense'],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});

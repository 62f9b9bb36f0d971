// Recurrent ops and layers against loops in float64, written from PyTorch's formulas: outputs, states and gradients.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import * as ops from '../bindings/ops.js';
import { ATOL, firstDifference, RTOL } from './harness.js';
import { Numbers } from './numbers.js';

type Kind = 'simpleRnn' | 'lstm' | 'gru';
const GATES: Readonly<Record<Kind, number>> = { simpleRnn: 1, lstm: 4, gru: 3 };
const KINDS = Object.keys(GATES) as Kind[];
const OPS: Readonly<Record<Kind, typeof ops.gru>> = { simpleRnn: ops.simpleRnn, lstm: ops.lstm as never, gru: ops.gru };
const LAYERS: Readonly<Record<Kind, typeof wg.gru>> = { simpleRnn: wg.simpleRnn, lstm: wg.lstm as never, gru: wg.gru };

interface Sizes {
  readonly n: number;
  readonly time: number;
  readonly features: number;
  readonly units: number;
}

/** Flat numbers of all that a recurrent op takes. */
type Arrays = Readonly<Record<string, readonly number[]>>;

interface Loop {
  /** [n, time, units] */
  readonly ys: number[];
  readonly h: number[];
  readonly c: number[];
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** The loop: one sample, one step and one unit after the other. */
function loop(
  kind: Kind,
  { n, time, features, units }: Sizes,
  a: Arrays,
  mask?: readonly number[],
  back = false,
): Loop {
  const gates = GATES[kind];
  const columns = gates * units;
  const ys = new Array<number>(n * time * units).fill(0);
  const [hs, cs] = [[...a['h']!], [...(a['c'] ?? [])]];
  for (let s = 0; s < n; s++) {
    for (let turn = 0; turn < time; turn++) {
      const t = back ? time - 1 - turn : turn;
      const h = hs.slice(s * units, (s + 1) * units);
      const c = cs.slice(s * units, (s + 1) * units);
      const input = (j: number): number => {
        let sum = a['bias']?.[j] ?? 0;
        for (let f = 0; f < features; f++)
          sum += a['x']![(s * time + t) * features + f]! * a['kernel']![f * columns + j]!;
        return sum;
      };
      const inner = (j: number): number => {
        let sum = a['recurrentBias']?.[j] ?? 0;
        for (let u = 0; u < units; u++) sum += h[u]! * a['recurrentKernel']![u * columns + j]!;
        return sum;
      };
      const both = (gate: number, u: number): number => input(gate * units + u) + inner(gate * units + u);
      const counts = mask ? mask[s * time + t] !== 0 : true;
      for (let u = 0; u < units; u++) {
        let next = h[u]!;
        if (counts && kind === 'simpleRnn') next = Math.tanh(both(0, u));
        if (counts && kind === 'lstm') {
          const cell = sigmoid(both(1, u)) * c[u]! + sigmoid(both(0, u)) * Math.tanh(both(2, u));
          cs[s * units + u] = cell;
          next = sigmoid(both(3, u)) * Math.tanh(cell);
        }
        if (counts && kind === 'gru') {
          const [r, z] = [sigmoid(both(0, u)), sigmoid(both(1, u))];
          const candidate = Math.tanh(input(2 * units + u) + r * inner(2 * units + u));
          next = (1 - z) * candidate + z * h[u]!;
        }
        hs[s * units + u] = next;
        ys[(s * time + t) * units + u] = next;
      }
    }
  }
  return { ys, h: hs, c: cs };
}

const random = new Numbers(5);
const draw = (n: number, scale = 1): number[] =>
  Array.from({ length: n }, () => Math.fround(scale * (2 * random.uniform() - 1)));

function arraysOf(kind: Kind, { n, time, features, units }: Sizes, hasBias = true): Arrays {
  const columns = GATES[kind] * units;
  return {
    x: draw(n * time * features),
    kernel: draw(features * columns),
    recurrentKernel: draw(units * columns, 0.8),
    ...(hasBias && { bias: draw(columns), recurrentBias: draw(columns) }),
    h: draw(n * units),
    ...(kind === 'lstm' && { c: draw(n * units) }),
  };
}

function shapesOf(kind: Kind, { n, time, features, units }: Sizes): Record<string, number[]> {
  const columns = GATES[kind] * units;
  return {
    x: [n, time, features],
    kernel: [features, columns],
    recurrentKernel: [units, columns],
    bias: [columns],
    recurrentBias: [columns],
    h: [n, units],
    c: [n, units],
  };
}

type Tensors = Record<string, wg.Tensor>;
type Result = { output: wg.Tensor; state: wg.Tensor | { h: wg.Tensor; c: wg.Tensor } };

/** The op, on tensors by their names. */
function called(kind: Kind, t: Tensors, more: object = {}, options: object = {}): Result {
  const { x, h, c, ...parameters } = t;
  const initialState = c ? { h, c } : h;
  const how = { returnSequences: true, returnState: true, ...options };
  return OPS[kind]({ x, initialState, ...more } as never, parameters as never, how as never) as never;
}

const statesOf = ({ state }: Result): wg.Tensor[] => ('h' in state ? [state.h, state.c] : [state]);

/** Weights of a sum, so that every output counts differently. */
const weightOf = (i: number): number => Math.fround(0.5 + ((i * 7) % 11) / 11);
const total = (ys: readonly number[]): number => ys.reduce((sum, y, i) => sum + y * weightOf(i), 0);
const totalOf = (y: wg.Tensor): wg.Tensor =>
  y
    .mul(
      wg.tensor(
        Float32Array.from({ length: y.size }, (_, i) => weightOf(i)),
        y.shape,
      ),
    )
    .sum();

type ValueAndGrads = { value: wg.Tensor; grads: Tensors };

/** The outputs at all steps, by `scan` of a cell that is written with methods of tensors. */
function scanned(kind: Kind, t: Tensors): wg.Tensor {
  const { x, kernel, recurrentKernel, bias, recurrentBias, h, c } = t as Record<string, wg.Tensor>;
  const parts = (z: wg.Tensor): wg.Tensor[] => ops.split(z, GATES[kind], 1) as wg.Tensor[];
  const cell = (state: wg.Tensor[], row: wg.Tensor): [wg.Tensor[], wg.Tensor] => {
    const [z, p] = [
      parts(row.matMul(kernel!).add(bias!)),
      parts(state[0]!.matMul(recurrentKernel!).add(recurrentBias!)),
    ];
    const sum = (i: number): wg.Tensor => z[i]!.add(p[i]!);
    if (kind === 'simpleRnn') return [[sum(0).tanh()], sum(0).tanh()];
    if (kind === 'gru') {
      const [r, u] = [sum(0).sigmoid(), sum(1).sigmoid()];
      const next = state[0]!.mul(u).add(z[2]!.add(r.mul(p[2]!)).tanh().mul(wg.tensor(1).sub(u)));
      return [[next], next];
    }
    const kept = sum(1)
      .sigmoid()
      .mul(state[1]!)
      .add(sum(0).sigmoid().mul(sum(2).tanh()));
    const next = sum(3).sigmoid().mul(kept.tanh());
    return [[next, kept], next];
  };
  const { ys } = wg.scan(cell as never, (c ? [h, c] : [h]) as never, x!.transpose([1, 0, 2])) as never as {
    ys: wg.Tensor;
  };
  return ys.transpose([1, 0, 2]);
}

const SIZES: readonly Sizes[] = [
  { n: 1, time: 1, features: 1, units: 1 },
  { n: 3, time: 5, features: 4, units: 5 },
  { n: 2, time: 1, features: 3, units: 4 },
  { n: 5, time: 3, features: 2, units: 9 },
];

function toTensors(kind: Kind, sizes: Sizes, a: Arrays): Tensors {
  const shapes = shapesOf(kind, sizes);
  return Object.fromEntries(Object.entries(a).map(([name, values]) => [name, wg.tensor([...values], shapes[name]!)]));
}

/** Compares values and gradients of the op with the loop; `mask` by step. */
function compare(kind: Kind, sizes: Sizes, a: Arrays, mask?: readonly number[], more: object = {}, back = false): void {
  const what = `${kind} of ${JSON.stringify(sizes)}`;
  const expected = loop(kind, sizes, a, mask, back);
  const tensors = toTensors(kind, sizes, a);
  const options = { goBackwards: back };
  const inTime = (y: wg.Tensor): wg.Tensor => (back ? ops.flip(y, 1) : y);
  const result = called(kind, tensors, more, options);
  expect(firstDifference(inTime(result.output).data(), expected.ys, RTOL, ATOL), what).toBeUndefined();
  const states = statesOf(result);
  expect(firstDifference(states[0]!.data(), expected.h, RTOL, ATOL), `${what}: h`).toBeUndefined();
  if (states[1]) expect(firstDifference(states[1].data(), expected.c, RTOL, ATOL), `${what}: c`).toBeUndefined();

  const loss = (t: Tensors): wg.Tensor => {
    const r = called(kind, t, more, options);
    return statesOf(r).reduce((sum, s) => sum.add(totalOf(s)), totalOf(inTime(r.output)));
  };
  const lossOf = (at: Arrays): number => {
    const { ys, h, c } = loop(kind, sizes, at, mask, back);
    return total(ys) + total(h) + total(c);
  };
  const grads = wg.grad(loss as never)(tensors as never) as unknown as Tensors;
  for (const [name, values] of Object.entries(a)) {
    const slopes = values.map((value, i) => {
      const at = (d: number) => lossOf({ ...a, [name]: values.with(i, value + d) });
      const h = 1e-4;
      return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
    });
    expect(firstDifference(grads[name]!.data(), slopes, RTOL, ATOL), `${what} by ${name}`).toBeUndefined();
  }
}

describe('a recurrent kernel that is copied for many samples', () => {
  beforeAll(() => wg.init({ backend: 'wasm', seed: 1 }));

  const BOUNDS: readonly [Kind, number, number, number][] = [
    ['lstm', 4, 32, 64],
    ['lstm', 32, 4, 67],
    ['lstm', 33, 4, 64],
    ['gru', 5, 26, 86],
    ['gru', 31, 5, 75],
    ['simpleRnn', 7, 19, 129],
    ['simpleRnn', 4, 32, 260],
    ['simpleRnn', 4, 31, 128],
  ];

  it.each(BOUNDS)(
    '%s of %i samples, %i steps, %i units gives each the bits that it has alone',
    (kind, n, time, units) => {
      const sizes = { n, time, features: 1, units };
      const a = arraysOf(kind, sizes);
      const small = a['recurrentKernel']!.map((x) => x / Math.sqrt(units));
      const tensors = toTensors(kind, sizes, { ...a, recurrentKernel: small });
      const { ys } = loop(kind, sizes, { ...a, recurrentKernel: small });
      expect(firstDifference(called(kind, tensors).output.data(), ys, RTOL, ATOL)).toBeUndefined();
      const own = kind === 'lstm' ? ['x', 'h', 'c'] : ['x', 'h'];
      const all = (mine: Tensors): number[][] => {
        const of = (t: Tensors): wg.Tensor =>
          called(kind, { ...tensors, ...t })
            .output.square()
            .sum();
        const grads = wg.grad(of as never)(mine as never) as unknown as Tensors;
        return [called(kind, { ...tensors, ...mine }).output, ...own.map((name) => grads[name]!)].map((y) => [
          ...y.data(),
        ]);
      };
      const mine = Object.fromEntries(own.map((name) => [name, tensors[name]!]));
      const last = Object.fromEntries(own.map((name) => [name, ops.slice(tensors[name]!, [[n - 1, n]])]));
      const alone = all(last);
      expect(all(mine).map((y, i) => y.slice(-alone[i]!.length))).toEqual(alone);
    },
  );
});

describe.each(['wasm', 'js'] as const)('on %s', (backend) => {
  beforeAll(() => wg.init({ backend, seed: 1 }));

  describe.each(KINDS)('%s', (kind) => {
    it('is the loop of its formulas, with all gradients, at any size and in both directions', () => {
      for (const sizes of SIZES) compare(kind, sizes, arraysOf(kind, sizes));
      compare(kind, SIZES[1]!, arraysOf(kind, SIZES[1]!, false));
      compare(kind, SIZES[3]!, arraysOf(kind, SIZES[3]!), undefined, {}, true);
    });

    it('is a scan of its cell, in values and gradients', () => {
      const sizes = { n: 3, time: 7, features: 2, units: 5 };
      const tensors = toTensors(kind, sizes, arraysOf(kind, sizes));
      const weighed = (f: (t: Tensors) => wg.Tensor) =>
        (wg.valueAndGrad(((t: Tensors) => totalOf(f(t))) as never) as never as (t: Tensors) => ValueAndGrads)(tensors);
      const ours = weighed((t) => called(kind, t).output);
      const theirs = weighed((t) => scanned(kind, t));
      expect(firstDifference(ours.value.data(), [...theirs.value.data()], RTOL, ATOL)).toBeUndefined();
      for (const [name, g] of Object.entries(theirs.grads)) {
        expect(firstDifference(ours.grads[name]!.data(), [...g.data()], RTOL, ATOL), name).toBeUndefined();
      }
    });

    it('leaves out what the mask or the lengths say: nothing, everything, ends of all lengths', () => {
      const sizes = { n: 4, time: 4, features: 2, units: 3 };
      const lengths = [0, 1, 3, 4];
      const prefix = lengths.flatMap((length) => [0, 1, 2, 3].map((t) => +(t < length)));
      const masks = [
        prefix,
        [...prefix].reverse(),
        prefix.map((_, i) => i % 3 && 1),
        prefix.map(() => 0),
        prefix.map(() => 1),
      ];
      for (const mask of masks) {
        for (const back of [false, true]) {
          compare(kind, sizes, arraysOf(kind, sizes), mask, { mask: wg.tensor([...mask], [4, 4]) }, back);
        }
      }
      compare(kind, sizes, arraysOf(kind, sizes), prefix, { lengths: wg.tensor(lengths, [4], 'int32') });
    });

    it('a length that only a program knows makes its sequence NaN if it is out of range, and its gradients', () => {
      const sizes = { n: 4, time: 4, features: 2, units: 3 };
      const tensors = toTensors(kind, sizes, arraysOf(kind, sizes));
      const all = wg.jit(((t: Tensors, lengths: wg.Tensor) => called(kind, t, { lengths })) as never) as never as (
        t: Tensors,
        lengths: wg.Tensor,
      ) => Result;
      const right = all(tensors, wg.tensor([4, 0, 2, 1], [4], 'int32'));
      const wrong = all(tensors, wg.tensor([5, -1, 2, 2 ** 31 - 1], [4], 'int32'));
      const ends = (it: Result) => [it.output, ...statesOf(it)];
      ends(wrong).forEach((t, k) => {
        const rows = [t.data(), ends(right)[k]!.data()].map((data) =>
          [0, 1, 2, 3].map((s) => [...data.subarray((s * t.size) / 4, ((s + 1) * t.size) / 4)]),
        );
        for (const s of [0, 1, 3]) expect(rows[0]![s]!.every(Number.isNaN)).toBe(true);
        expect(rows[0]![2]).toEqual(rows[1]![2]);
      });
      const slope = wg.jit(((t: Tensors, lengths: wg.Tensor) =>
        (
          wg.grad(((u: Tensors) => called(kind, u, { lengths }).output.square().sum()) as never) as never as (
            t: Tensors,
          ) => Tensors
        )(t)) as never);
      const grads = (slope as never as (t: Tensors, l: wg.Tensor) => Tensors)(
        tensors,
        wg.tensor([5, 0, 2, 1], [4], 'int32'),
      );
      expect(grads['kernel']!.data().every(Number.isNaN)).toBe(true);
    });

    it('returns the last output, starts from zeros, and takes no steps and no samples', () => {
      const sizes = { n: 2, time: 3, features: 2, units: 3 };
      const a = {
        ...arraysOf(kind, sizes),
        h: new Array<number>(6).fill(0),
        ...(kind === 'lstm' && { c: new Array(6).fill(0) }),
      };
      const { x, h: _h, c: _c, ...parameters } = toTensors(kind, sizes, a);
      const last = (OPS[kind] as (...args: unknown[]) => wg.Tensor)(x, parameters);
      expect(firstDifference(last.data(), loop(kind, sizes, a).h, RTOL, ATOL)).toBeUndefined();
      const none = OPS[kind](wg.zeros([2, 0, 2]), parameters as never, { returnSequences: true, returnState: true });
      expect(none.output.shape).toEqual([2, 0, 3]);
      expect(statesOf(none as never)[0]!.toArray()).toEqual([
        [0, 0, 0],
        [0, 0, 0],
      ]);
      expect(OPS[kind](wg.zeros([0, 3, 2]), parameters as never).shape).toEqual([0, 3]);
    });

    it('maps over sequences, parameters and both, and goes through jit', () => {
      const sizes = { n: 2, time: 3, features: 2, units: 3 };
      const all = [1, 2, 3].map(() => toTensors(kind, sizes, arraysOf(kind, sizes)));
      const stacked = Object.fromEntries(
        Object.keys(all[0]!).map((name) => [name, ops.stack(all.map((t) => t[name]!))]),
      );
      const loss = (t: Tensors): wg.Tensor => totalOf(called(kind, t).output);
      const valueAndGrad = wg.valueAndGrad(loss as never) as unknown as (t: Tensors) => {
        value: wg.Tensor;
        grads: Tensors;
      };
      const own = ['x', 'h', 'c'];
      for (const isMapped of [
        () => true,
        (name: string) => own.includes(name),
        (name: string) => !own.includes(name),
      ]) {
        const axes = Object.fromEntries(Object.keys(stacked).map((name) => [name, isMapped(name) ? 0 : null]));
        const given = Object.fromEntries(
          Object.keys(stacked).map((name) => [name, isMapped(name) ? stacked[name]! : all[0]![name]!]),
        );
        const mapped = wg.vmap(valueAndGrad as never, { inAxes: [axes] }) as unknown as typeof valueAndGrad;
        const { value, grads } = (wg.jit(mapped as never) as unknown as typeof valueAndGrad)(given);
        all.forEach((one, i) => {
          const at = Object.fromEntries(
            Object.keys(one).map((name) => [name, isMapped(name) ? one[name]! : all[0]![name]!]),
          );
          const expected = valueAndGrad(at);
          expect(firstDifference([value.data()[i]!], expected.value.data(), RTOL, ATOL)).toBeUndefined();
          for (const [name, g] of Object.entries(grads)) {
            const row = g.data().slice((i * g.size) / 3, ((i + 1) * g.size) / 3);
            expect(firstDifference(row, expected.grads[name]!.data(), RTOL, ATOL), name).toBeUndefined();
          }
        });
      }
    });

    it('has second derivatives', () => {
      const sizes = { n: 2, time: 3, features: 2, units: 2 };
      const tensors = toTensors(kind, sizes, arraysOf(kind, sizes));
      const mask = { mask: wg.tensor([1, 1, 0, 0, 1, 1], [2, 3]) };
      const slope = (t: Tensors): wg.Tensor => {
        const g = wg.grad(((s: Tensors) => totalOf(called(kind, s, mask).output.square())) as never)(
          t as never,
        ) as unknown as Tensors;
        return Object.values(g).reduce((sum, part) => sum.add(totalOf(part)), wg.tensor(0));
      };
      const check = wg.gradCheck(slope as never, tensors as never);
      expect(check).toMatchObject({ ok: true });
    });

    it('drops the same features and the same part of the state at all steps, by a key', () => {
      const sizes = { n: 3, time: 4, features: 5, units: 4 };
      const tensors = toTensors(kind, sizes, arraysOf(kind, sizes));
      const key = wg.randomKey(3);
      const plain = called(kind, tensors).output.toArray();
      const by = (options: object): unknown => called(kind, tensors, {}, options).output.toArray();
      const dropped = by({ dropout: 0.5, key });
      expect(dropped).not.toEqual(plain);
      expect(by({ dropout: 0.5, key })).toEqual(dropped);
      const factors = ops.dropout(wg.ones([3, 1, 5]), 0.5, { key: wg.foldIn(key, 0) });
      expect(called(kind, { ...tensors, x: tensors['x']!.mul(factors) }).output.toArray()).toEqual(dropped);
      expect(by({ recurrentDropout: 0.5, key })).not.toEqual(plain);
      // All of the state but for some 2^-16 of it: only biases and inputs are left of the product.
      const without = { ...tensors, recurrentKernel: tensors['recurrentKernel']!.zerosLike() };
      const most = called(kind, tensors, {}, { recurrentDropout: 1 - 2 ** -16, key }).output;
      expect(firstDifference(most.data(), called(kind, without).output.data(), RTOL, ATOL)).toBeUndefined();
    });
  });

  it('a layer starts as Keras does, and is its op', () => {
    for (const kind of KINDS) {
      const net = wg.sequential([4, 3], [LAYERS[kind](5)]);
      const { [`${kind}.recurrentKernel`]: r, [`${kind}.bias`]: bias, ...others } = net.parameters() as Tensors;
      expect(Object.keys(others)).toEqual([`${kind}.kernel`, `${kind}.recurrentBias`]);
      expect([...bias!.data()]).toEqual(new Array(5 * GATES[kind]).fill(0));
      expect(firstDifference(r!.matMul(r!, { transB: true }).data(), wg.eye(5).data(), RTOL, ATOL)).toBeUndefined();
      const x = wg.tensor(draw(24), [2, 4, 3]);
      const parameters = { kernel: others[`${kind}.kernel`]!, recurrentKernel: r!, bias: bias!, recurrentBias: bias! };
      expect(net.predict(x).toArray()).toEqual(OPS[kind](x, parameters).toArray());
    }
    const net = wg.sequential([4, 3], [wg.lstm(2, { unitForgetBias: true, biasInitializer: 'zeros' })]);
    expect([...(net.parameters() as Tensors)['lstm.bias']!.data()]).toEqual([0, 0, 1, 1, 0, 0, 0, 0]);
    expect([...(net.parameters() as Tensors)['lstm.recurrentBias']!.data()]).toEqual(new Array(8).fill(0));
    expect(Object.keys(wg.sequential([4, 3], [wg.gru(2, { useBias: false })]).parameters())).toEqual([
      'gru.kernel',
      'gru.recurrentKernel',
    ]);
  });

  it('layers are stacked, take masks and states in a function, and drop in training only', () => {
    const first = wg.lstm(4, { returnSequences: true, dropout: 0.3, recurrentDropout: 0.3 });
    const second = wg.lstm(3, { returnState: true });
    const net = wg.model({ tokens: [5, 2], lengths: { shape: [], dtype: 'int32' } }, ({ tokens, lengths }) => {
      const { output, state } = second({ x: first({ x: tokens, lengths }), lengths });
      return { output, cell: state.c };
    });
    const x = wg.tensor(draw(30), [3, 5, 2]);
    const lengths = wg.tensor([5, 2, 0], [3], 'int32');
    const { output, cell } = net.predict({ tokens: x, lengths });
    expect(output.shape).toEqual([3, 3]);
    expect(cell.toArray<number[][]>()[2]).toEqual([0, 0, 0]);
    const other = ops.where(wg.tensor([1, 1, 0, 0, 0]).expandDims(1), x, 7);
    expect(net.predict({ tokens: other, lengths }).output.toArray<number[][]>()[1]).toEqual(
      output.toArray<number[][]>()[1],
    );
    const trained = net.apply(net.parameters(), { tokens: x, lengths } as never, {
      training: true,
      key: wg.randomKey(1),
    });
    expect((trained as { output: wg.Tensor }).output.toArray()).not.toEqual(output.toArray());
  });

  it('bidirectional is both directions, its merges those of their outputs', () => {
    const x = wg.tensor(draw(24), [2, 4, 3]);
    const all = { returnSequences: true } as const;
    for (const mergeMode of ['concat', 'sum', 'mul', 'ave'] as const) {
      const net = wg.sequential([4, 3], [wg.bidirectional(wg.gru(2, all), { mergeMode })]);
      const p = net.parameters() as Tensors;
      const part = (name: string) => ({
        kernel: p[`bidirectional.${name}.kernel`]!,
        recurrentKernel: p[`bidirectional.${name}.recurrentKernel`]!,
        bias: p[`bidirectional.${name}.bias`]!,
        recurrentBias: p[`bidirectional.${name}.recurrentBias`]!,
      });
      const there = ops.gru(x, part('gru'), all);
      const back = ops.flip(ops.gru(ops.flip(x, 1), part('gru_1'), all), 1);
      const merges = {
        concat: () => ops.concat([there, back], -1),
        sum: () => there.add(back),
        mul: () => there.mul(back),
        ave: () => there.add(back).mul(0.5),
      };
      expect(firstDifference(net.predict(x).data(), merges[mergeMode]().data(), RTOL, ATOL), mergeMode).toBeUndefined();
    }
    const net = wg.model([4, 3], (x) => {
      const { output, state } = wg.bidirectional(wg.lstm(2, { returnState: true, name: 'own' }))(x);
      return { output, there: state.forward.h, back: state.backward.h };
    });
    const { output, there, back } = net.predict(x);
    expect(ops.concat([there, back], -1).toArray()).toEqual(output.toArray());
    expect(() => wg.bidirectional(wg.gru(2), { backward: wg.gru(2) })).toThrow(
      'bidirectional: gru and backward go in the same direction: one of them is to have goBackwards',
    );
    expect(() => wg.bidirectional(wg.dense(2))).toThrow(/dense/);
  });

  it('timeDistributed does the same at every step', () => {
    const net = wg.sequential([4, 3], [wg.timeDistributed(wg.dense(2, { activation: 'tanh' }))]);
    const x = wg.tensor(draw(24), [2, 4, 3]);
    const p = net.parameters() as Tensors;
    const y = x
      .reshape([8, 3])
      .matMul(p['dense.kernel'] ?? p['timeDistributed.dense.kernel']!)
      .tanh();
    expect(firstDifference(net.predict(x).data(), y.data(), RTOL, ATOL)).toBeUndefined();
    expect(ops.timeDistributed(x, (row) => row.sum(1)).shape).toEqual([2, 4]);
    expect(() => ops.timeDistributed(x, (row) => row.sum())).toThrow('the function must keep the 8 samples');
    const inner = wg.sequential([3], [wg.dense(2)]);
    expect(() => wg.timeDistributed(inner as never)).toThrow(
      'timeDistributed must be a layer, a function, or a model by its asLayer(), got',
    );
    const outer = wg.sequential([4, 3], [wg.timeDistributed(inner.asLayer())]);
    const rows = inner
      .predict(x.reshape([8, 3]))
      .reshape([2, 4, 2])
      .toArray();
    expect(outer.predict(x).toArray()).toEqual(rows);
  });

  it('rnn repeats a cell of one’s own, with any state', () => {
    const cell = {
      stateShape: { sum: [3], count: [] },
      build: ({ shape }: { shape: readonly number[] }) => ({
        parameters: { scale: { shape, initializer: 'ones' as const } },
      }),
      call: (x: wg.Tensor, { sum, count }: { sum: wg.Tensor; count: wg.Tensor }, { scale }: { scale: wg.Tensor }) => {
        const next = { sum: sum.add(x.mul(scale)), count: count.add(1) };
        return { output: next.sum.div(next.count.expandDims(1)), state: next };
      },
    };
    const layer = wg.rnn(cell, { returnSequences: true, returnState: true });
    const net = wg.model({ x: [4, 3], mask: [4] }, (sequences) => {
      const { output, state } = layer(sequences);
      return { output, count: state.count };
    });
    const x = draw(24);
    const mask = [1, 1, 0, 1, 0, 0, 1, 0];
    const { output, count } = net.predict({ x: wg.tensor(x, [2, 4, 3]), mask: wg.tensor(mask, [2, 4]) });
    expect(count.toArray()).toEqual([3, 1]);
    const expected: number[] = [];
    for (let s = 0; s < 2; s++) {
      let [sum, seen, mean] = [[0, 0, 0], 0, [0, 0, 0]];
      for (let t = 0; t < 4; t++) {
        if (mask[4 * s + t]) {
          sum = sum.map((v, f) => v + x[(4 * s + t) * 3 + f]!);
          seen++;
          mean = sum.map((v) => v / seen);
        }
        expected.push(...mean);
      }
    }
    expect(firstDifference(output.data(), expected, RTOL, ATOL)).toBeUndefined();
    // The same as an op, and as lstm.
    const sizes = { n: 2, time: 3, features: 2, units: 3 };
    const { x: steps, h, c, ...p } = toTensors('lstm', sizes, arraysOf('lstm', sizes));
    const own = ops.rnn(
      { x: steps!, initialState: { h: h!, c: c! } },
      {
        stateShape: { h: [3], c: [3] },
        call: (row, state) => {
          const next = ops.lstm({ x: row.expandDims(1), initialState: state }, p as never, { returnState: true });
          return next as never;
        },
      },
      {},
    );
    const ours = ops.lstm({ x: steps!, initialState: { h: h!, c: c! } }, p as never);
    expect(firstDifference(own.data(), ours.data(), RTOL, ATOL)).toBeUndefined();
  });

  it('orthogonal has orthonormal rows or columns', () => {
    for (const shape of [
      [4, 4],
      [3, 7],
      [7, 3],
      [2, 2, 3],
    ]) {
      const m = wg.orthogonal(shape, wg.randomKey(2));
      const flat = m.reshape([-1, shape.at(-1)!]);
      const [rows, columns] = flat.shape as [number, number];
      const product = rows < columns ? flat.matMul(flat, { transB: true }) : flat.matMul(flat, { transA: true });
      expect(m.shape).toEqual(shape);
      expect(firstDifference(product.data(), wg.eye(Math.min(rows, columns)).data(), RTOL, ATOL)).toBeUndefined();
    }
  });
});

it("a cell of one's own has NaN where a length that only a program knows is out of range", () => {
  const cell = {
    stateShape: { sum: [2] },
    call: (x: wg.Tensor, { sum }: { sum: wg.Tensor }) => ({ output: x, state: { sum: sum.add(x) } }),
  };
  const run = wg.jit(
    (x: wg.Tensor, lengths: wg.Tensor) =>
      ops.rnn({ x, lengths }, cell as never, {}, { returnSequences: true, returnState: true }) as never,
  ) as never as (x: wg.Tensor, lengths: wg.Tensor) => { output: wg.Tensor; state: { sum: wg.Tensor } };
  const { output, state } = run(wg.ones([3, 2, 2]), wg.tensor([-1, 2, 3], [3], 'int32'));
  expect(state.sum.toArray()).toEqual([
    [NaN, NaN],
    [2, 2],
    [NaN, NaN],
  ]);
  expect(output.toArray<number[][][]>().slice(0, 2)).toEqual([
    [
      [NaN, NaN],
      [NaN, NaN],
    ],
    [
      [1, 1],
      [1, 1],
    ],
  ]);
});

it('what does not fit is said', () => {
  const p = { kernel: wg.zeros([2, 3]), recurrentKernel: wg.zeros([3, 3]) };
  const x = wg.zeros([2, 4, 2]);
  const bad = (value: unknown): never => value as never;
  expect(() => ops.simpleRnn(wg.zeros([2, 3]), p)).toThrow(
    'simpleRnn: expected x [n, time, features], got float32[2, 3]',
  );
  expect(() => ops.lstm(x, p)).toThrow('lstm: the recurrent kernel: expected [3, 12], got float32[3, 3]');
  expect(() => ops.simpleRnn(wg.zeros([2, 4, 3]), p)).toThrow(
    'simpleRnn: the kernel: expected [3, 3], got float32[2, 3]',
  );
  expect(() => ops.simpleRnn({ x, mask: wg.zeros([4, 2]) }, p)).toThrow('the mask: expected [2, 4], got float32[4, 2]');
  expect(() => ops.simpleRnn({ x, lengths: wg.zeros([2]) }, p)).toThrow('simpleRnn: lengths must be int32, got');
  expect(() => ops.simpleRnn({ x, lengths: wg.tensor([1, 5], [2], 'int32') }, p)).toThrow(
    'simpleRnn: length 5 is out of range: expected 0 … 4',
  );
  expect(() => ops.simpleRnn({ x, mask: wg.ones([2, 4]), lengths: wg.tensor([1, 1], [2], 'int32') }, p)).toThrow(
    'simpleRnn: mask and lengths say the same: give one of them',
  );
  expect(() => ops.simpleRnn({ x, initialState: wg.zeros([2, 2]) }, p)).toThrow(
    'simpleRnn: the initial state: expected [2, 3], got float32[2, 2]',
  );
  const state = wg.tensor([1, 2, 3, 4, 5, 6], [2, 3], 'int32');
  expect(() => ops.simpleRnn({ x, initialState: state }, p)).toThrow(
    'the initial state needs float32 tensors, got int32',
  );
  const gated = { kernel: wg.zeros([2, 12]), recurrentKernel: wg.zeros([3, 12]) };
  expect(() => ops.lstm({ x, initialState: bad({ h: wg.zeros([2, 3]) }) }, gated)).toThrow(
    'lstm: c of the initial state: expected a Tensor, got undefined',
  );
  const cellOf = (state: unknown) => ({ stateShape: { s: [2] }, call: (row: wg.Tensor) => ({ output: row, state }) });
  expect(() => ops.rnn(x, bad(cellOf({ s: wg.zeros([2, 3]) })), {})).toThrow(
    'rnn: the state that the cell returns: s: expected [2, 2], got float32[2, 3]',
  );
  expect(() => ops.rnn(x, bad(cellOf(wg.zeros([2, 2]))), {})).toThrow(
    'the cell returns must be an object, as stateShape',
  );
  const inBoth =
    (...of: [never, object?]) =>
    () =>
      wg.sequential([3, 2], [wg.bidirectional(...of) as wg.Layer]);
  expect(inBoth(bad(wg.dense(2)))).toThrow('bidirectional: dense is not made by simpleRnn, lstm, gru or rnn');
  const back = { goBackwards: true };
  expect(inBoth(bad(wg.gru(2)), { backward: wg.gru(3, back), mergeMode: 'sum' })).toThrow(
    "bidirectional: forward returns float32[3, 2], and backward float32[3, 3]: mergeMode 'sum' can't bring these together",
  );
  expect(inBoth(bad(wg.gru(2)), { backward: wg.gru(2, { ...back, returnSequences: true }) })).toThrow(
    "and backward float32[3, 3, 2]: mergeMode 'concat' can't",
  );
  expect(() => wg.sequential([3, 2], [wg.bidirectional(wg.gru(2), { backward: wg.gru(3, back) })])).not.toThrow();
  expect(() => ops.simpleRnn(bad({ x, masks: x }), p)).toThrow(/masks/);
  expect(() => wg.sequential([3], [wg.lstm(2)])).toThrow(
    'lstm(2): expected samples of shape [time, features], got [3]; a recurrent layer before it needs { returnSequences: true }, tokens an embedding',
  );
  expect(() => wg.sequential([4, 2, 2], [wg.gru(2)])).toThrow(/got \[4, 2, 2\]$/);
  expect(() => wg.lstm(2, bad({ resetAfter: true }))).toThrow(/unknown option of lstm 'resetAfter'/);
});

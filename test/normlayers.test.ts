// Layers that normalise: outputs, gradients and running statistics against their formulas, and what they refuse.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import { batchNorm, layerNorm } from '../bindings/ops.js';
import { checkLayer, type Values } from './layercheck.js';
import { Numbers } from './numbers.js';

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const spread = (values: readonly number[], about = mean(values)): number => mean(values.map((v) => (v - about) ** 2));

/** The elements with the same number of a group, standardised together. */
function grouped(x: readonly number[], groupOf: (i: number) => number, epsilon: number, about?: number): number[] {
  const groups = new Map<number, number[]>();
  x.forEach((v, i) => {
    groups.set(groupOf(i), [...(groups.get(groupOf(i)) ?? []), v]);
  });
  return x.map((v, i) => {
    const group = groups.get(groupOf(i))!;
    const m = about ?? mean(group);
    return (v - m) / Math.sqrt(spread(group, m) + epsilon);
  });
}

const affine = (y: readonly number[], { gamma, beta }: Values): number[] =>
  y.map((v, i) => v * (gamma ? gamma[i % gamma.length]! : 1) + (beta ? beta[i % beta.length]! : 0));

/** Values of one channel. */
const channel = (x: readonly number[], channels: number, c: number): number[] => x.filter((_, i) => i % channels === c);

describe.each(['wasm', 'js'] as const)('on %s', (backend) => {
  beforeAll(() => wg.init({ backend, seed: 1 }));

  it('keeps the digits of rows and columns whose first elements are far from the others', () => {
    const rows = 6;
    for (const n of [6, 64, 127, 700]) {
      const first = n > 300 ? 16 : 4;
      const far = (r: number, c: number): number => (r % 2 && c < first ? 1e4 : 0) + Math.sin(7 * r + c * c);
      const x = Array.from({ length: rows * n }, (_, i) => Math.fround(far(Math.floor(i / n), i % n)));
      const expected = grouped(x, (i) => Math.floor(i / n), 1e-5);
      const matrix = wg.tensor(x).reshape([rows, n]);
      const most = Math.max(...expected.map(Math.abs));
      for (const y of [layerNorm(matrix), batchNorm(matrix.transpose()).transpose()]) {
        const errors = (y.flatten().toArray() as number[]).map((v, i) => Math.abs(v - expected[i]!) / most);
        expect(Math.max(...errors), `${n}`).toBeLessThan(1e-6);
      }
    }
  });

  it('batchNorm takes the moments of the batch in training, and collects them', () => {
    for (const shape of [
      [5, 3],
      [2, 3, 2, 4],
      [3, 5, 1],
    ]) {
      const channels = shape.at(-1)!;
      let x: readonly number[] = [];
      const start = (name: string, n: number) =>
        Array.from({ length: n }, (_, i) => (name === 'movingMean' ? i : 2 + i));
      const next = checkLayer({
        layer: wg.batchNorm({ momentum: 0.25, epsilon: 1e-3 }),
        shape,
        training: true,
        state: start,
        reference: (at, values) => {
          if (x.length === 0) x = at;
          return affine(
            grouped(at, (i) => i % channels, 1e-3),
            values,
          );
        },
      });
      const each = Array.from({ length: channels }, (_, c) => channel(x, channels, c));
      const n = each[0]!.length;
      each.forEach((values, c) => {
        expect(next['movingMean']![c]).toBeCloseTo(0.75 * c + 0.25 * mean(values), 5);
        expect(next['movingVariance']![c]).toBeCloseTo(0.75 * (2 + c) + (0.25 * spread(values) * n) / (n - 1), 5);
      });
    }
  });

  it('batchNorm takes the running moments elsewhere, and where it is frozen, and keeps them', () => {
    const running = (x: readonly number[], values: Values) =>
      affine(
        x.map((v, i) => (v - values['movingMean']![i % 3]!) / Math.sqrt(values['movingVariance']![i % 3]! + 1e-5)),
        values,
      );
    const state = (name: string, n: number) =>
      Array.from({ length: n }, (_, i) => (name === 'movingMean' ? i - 1 : 0.5 + i));
    for (const frozen of [false, true]) {
      const layer = wg.batchNorm({ trainable: !frozen });
      const next = checkLayer({ layer, shape: [4, 3], training: frozen, reference: running, state });
      expect(next).toEqual({ movingMean: [-1, 0, 1], movingVariance: [0.5, 1.5, 2.5] });
    }
    const inner = wg.sequential([3], [wg.batchNorm()]);
    const trunk = inner.asLayer({ trainable: false });
    const net = wg.model([3], (x) => trunk(x));
    const x = wg.tensor([
      [1, 2, 3],
      [4, 5, 7],
    ]);
    const before = net.state();
    const applied = net.apply(net.parameters(), x, { training: true, state: before }) as {
      output: wg.Tensor;
      state: typeof before;
    };
    expect(applied.output.data()[0]).toBeCloseTo(1, 4);
    for (const [name, t] of Object.entries(applied.state)) expect(t.toArray()).toEqual(before[name]!.toArray());
  });

  it('batchNorm of one value a channel is refused in training', () => {
    const net = wg.sequential([2], [wg.batchNorm()]);
    const given = { training: true, state: net.state() };
    expect(() => net.apply(net.parameters(), wg.zeros([1, 2]), given)).toThrow(
      'batchNorm: expected more than one value for each channel in training, got float32[1, 2]',
    );
    expect(net.predict([[1, 2]]).shape).toEqual([1, 2]);
    expect(() => wg.batchNorm({ momentum: 2 })).toThrow(
      'batchNorm: momentum must be a finite number from 0 to 1, got 2',
    );
  });

  it('layerNorm, rmsNorm, groupNorm, instanceNorm and localResponseNorm look at one sample', () => {
    const rows = (each: number) => (i: number) => Math.floor(i / each);
    checkLayer({
      layer: wg.layerNorm(),
      shape: [3, 2, 5],
      reference: (x, values) => affine(grouped(x, rows(5), 1e-5), values),
    });
    checkLayer({
      layer: wg.layerNorm({ axis: 1, center: false }),
      shape: [3, 2, 5],
      reference: (x, values) => affine(grouped(x, rows(10), 1e-5), values),
    });
    checkLayer({
      layer: wg.rmsNorm({ epsilon: 0.1 }),
      shape: [3, 7],
      reference: (x, values) => affine(grouped(x, rows(7), 0.1, 0), values),
    });
    const groupOf = (i: number, each: number) => Math.floor(i / 24) * 10 + Math.floor((i % 4) / each);
    checkLayer({
      layer: wg.groupNorm(2),
      shape: [2, 3, 2, 4],
      reference: (x, values) =>
        affine(
          grouped(x, (i) => groupOf(i, 2), 1e-5),
          values,
        ),
    });
    checkLayer({
      layer: wg.instanceNorm({ scale: true }),
      shape: [2, 3, 2, 4],
      reference: (x, values) =>
        affine(
          grouped(x, (i) => groupOf(i, 1), 1e-5),
          values,
        ),
    });
    expect(Object.keys(wg.sequential([4, 2], [wg.instanceNorm()]).parameters())).toEqual([]);
    checkLayer({
      layer: wg.localResponseNorm(3, { alpha: 0.3, k: 2 }),
      shape: [2, 5],
      reference: (x) =>
        x.map((v, i) => {
          const near = [i - 1, i, i + 1].filter((j) => j >= 0 && Math.floor(j / 5) === Math.floor(i / 5) && j < 10);
          return v / (2 + 0.1 * near.reduce((sum, j) => sum + x[j]! ** 2, 0)) ** 0.75;
        }),
    });
    expect(() => wg.sequential([4], [wg.layerNorm({ axis: 0 })])).toThrow(
      'layerNorm: axis 0 of samples [4] is the batch',
    );
    expect(() => wg.sequential([4, 3], [wg.groupNorm(2)])).toThrow('3 channels of [3, 4, 3] do not divide by 2 groups');
  });

  it('an MLP with batchNorm trains as the float64 runner trains it, step by step', async () => {
    const random = new Numbers(3);
    const x = Array.from({ length: 40 }, () => Array.from({ length: 6 }, () => random.uniform() - 0.5));
    const y = x.map((row) => [Math.sin(3 * row[0]! + row[1]!)]);
    const losses = async (precision: 'float32' | 'float64') => {
      await wg.init(precision === 'float64' ? { precision, seed: 4 } : { backend, seed: 4 });
      const layers = [wg.dense(8), wg.batchNorm(), wg.activation('relu'), wg.dense(5), wg.layerNorm(), wg.dense(1)];
      const net = wg.sequential([6], layers).compile({ optimizer: wg.sgd(0.05), loss: 'mse' });
      const seen: number[] = [];
      for (let step = 0; step < 50; step++) seen.push(await net.trainOnBatch(x, y));
      return { seen, running: Object.values(net.state()).map((t) => [...t.data()]) };
    };
    const exact = await losses('float64');
    const ours = await losses('float32');
    ours.seen.forEach((loss, step) => {
      expect(Math.abs(loss - exact.seen[step]!), `step ${step}`).toBeLessThan(2e-6 * (1 + Math.abs(exact.seen[step]!)));
    });
    ours.running.flat().forEach((value, i) => {
      expect(value).toBeCloseTo(exact.running.flat()[i]!, 4);
    });
    expect(ours.seen.at(-1)!).toBeLessThan(ours.seen[0]! / 2);
    await wg.init({ backend, seed: 1 });
  });
});

// precision: 'float64' is a reference: nothing is rounded to float32 on the way in, in between, or on the way out.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import { dropout } from '../bindings/ops.js';

const X = [
  [0.1, 0.2],
  [0.3, -0.7],
  [1 / 3, 0.9],
];
const Y = [0.4, -0.2, 1.1];
const W = [[0.15], [-0.35]];
const b = 0.05;

const predicted = X.map(([p, q]) => p! * W[0]![0]! + q! * W[1]![0]! + b);

function linear(): wg.Sequential {
  const model = wg.sequential([2], [wg.dense(1)]);
  model.compile({ optimizer: wg.sgd(0.5), loss: 'meanSquaredError' });
  model.setWeights([W, [b]]);
  return model;
}

describe("precision: 'float64'", () => {
  beforeAll(() => wg.init({ precision: 'float64', seed: 1 }));
  afterAll(() => wg.init());

  it.each<[string, () => wg.Tensor, number]>([
    ['a number', () => wg.tensor(0.1), 0.1],
    ['nested arrays', () => wg.tensor([[0.1], [0.2]]).sum(), 0.1 + 0.2],
    ['a Float64Array', () => wg.tensor(Float64Array.of(0.1, 0.2)).sum(), 0.1 + 0.2],
    ['full', () => wg.full([2], 0.1).sum(), 0.2],
    ['linspace', () => wg.linspace(0, 0.3, 4).sum(), 0 + 0.1 + 0.2 + 0.3],
    ['the slope of leakyRelu', () => wg.tensor(-1).leakyRelu(0.3), -0.3],
    [
      'the slope of leakyRelu in a gradient',
      () => wg.grad((x: wg.Tensor) => x.leakyRelu(0.3).sum())(wg.tensor([-1])),
      0.3,
    ],
    ['the scale of dropout', () => dropout(wg.ones([99]), 0.3).max(), 1 / 0.7],
    ['jit', () => wg.jit((x: wg.Tensor) => x.mul(3))(wg.tensor(0.1)), 0.1 * 3],
    ['jit of a number', () => wg.jit((x: wg.Tensor) => x.mul(3))(0.1), 0.1 * 3],
    ['a gradient', () => wg.grad((x: wg.Tensor) => x.square().sum())(wg.tensor([0.1])), 2 * 0.1],
  ])('keeps %s', (_, make, expected) => {
    expect(make().item()).toBeCloseTo(expected, 15);
    expect(make().toArray<number[]>()).not.toBe(Math.fround(expected));
  });

  it('predicts, evaluates and trains in doubles', () => {
    const model = linear();
    expect(model.getWeights().map((w) => w.toArray())).toEqual([W, [b]]);
    const out = model.predict(X).toArray<number[][]>();
    out.forEach(([v], i) => void expect(v).toBeCloseTo(predicted[i]!, 15));
    for (const x of [wg.tensor(X), Float64Array.from(X.flat())]) {
      expect(model.predict(x).toArray()).toEqual(out);
    }
    const errors = predicted.map((p, i) => p - Y[i]!);
    const loss = errors.reduce((sum, e) => sum + e * e, 0) / 3;
    expect(model.evaluate(X, Y).loss).toBeCloseTo(loss, 15);
    model.trainOnBatch(X, Y);
    const slope = (k: number) => errors.reduce((sum, e, i) => sum + (2 * e * X[i]![k]!) / 3, 0);
    const [w] = model.getWeights() as [wg.Tensor];
    w.toArray<number[][]>().forEach(([v], k) => void expect(v).toBeCloseTo(W[k]![0]! - 0.5 * slope(k), 15));
  });

  it('trains through fit as through trainOnBatch, to the last bit', async () => {
    const [one, other] = [linear(), linear()];
    await one.fit(X, Y, { batchSize: 'full', shuffle: false });
    other.trainOnBatch(X, Y);
    expect(one.getWeights().map((w) => w.toArray())).toEqual(other.getWeights().map((w) => w.toArray()));
  });

  it('searches in doubles', () => {
    const f = (x: wg.Tensor) => x.sub(0.1).square();
    expect(wg.minimize(f, 1, { optimizer: wg.sgd(0.5), steps: 2 }).point).toBeCloseTo(0.1, 15);
    expect(wg.newton(f, 1).point).toBeCloseTo(0.1, 15);
    expect(wg.lbfgs(f, 1, { tolerance: 1e-14 }).point).toBeCloseTo(0.1, 14);
  });
});

// learningRateFinder: the rate that it suggests where the good one is known, and that it leaves the model as it was.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import * as ops from '../bindings/ops.js';
import { Numbers } from './numbers.js';

/** Wrong on purpose: what TypeScript would refuse, JavaScript passes. */
// biome-ignore lint/suspicious/noExplicitAny: the point of these tests
const any = (value: unknown): any => value;

const numbers = new Numbers(11);
/** About normal: the sum of twelve uniform numbers. */
const normal = (): number => Array.from({ length: 12 }, () => numbers.uniform()).reduce((sum, u) => sum + u, -6);

const X = Array.from({ length: 256 }, () => [normal(), normal(), normal()]);
const y = (scale: number) => X.map(([a, b, c]) => [scale * (a! - 2 * b! + 3 * c!) + normal() / 10]);

function regression(optimizer: wg.Optimizer, scale = 1, useBias = true): wg.Model {
  const model = wg.sequential([3], [wg.rescaling(scale), wg.dense(1, { kernelInitializer: 'zeros', useBias })]);
  model.compile({ optimizer, loss: 'mse' });
  return model;
}

const bits = (model: wg.Model) => model.getWeights().map((w) => [...new Uint32Array(w.data().buffer)]);

/** A loop of the same sweep by hand, on all samples at once: the loss before each step. */
function lossesByHand(rates: readonly number[], labels: readonly number[][]): number[] {
  const w = [0, 0, 0, 0];
  return rates.map((rate) => {
    const errors = X.map((row, i) => row.reduce((sum, v, k) => sum + v * w[k]!, w[3]!) - labels[i]![0]!);
    const mean = (f: (e: number, i: number) => number) => errors.reduce((sum, e, i) => sum + f(e, i), 0) / X.length;
    const grads = w.map((_, k) => mean((e, i) => 2 * e * (k < 3 ? X[i]![k]! : 1)));
    const loss = mean((e) => e * e);
    for (let k = 0; k < 4; k++) w[k]! -= rate * grads[k]!;
    return loss;
  });
}

describe.each(['wasm', 'js'] as const)('learningRateFinder on %s', (backend) => {
  beforeAll(() => wg.init({ backend, seed: 1 }));

  it('makes the steps of the sweep', async () => {
    const labels = y(1);
    const given = { batchSize: 256, steps: 60, smoothing: 0, minLearningRate: 1e-4, maxLearningRate: 1 };
    const { rates, losses } = await wg.learningRateFinder(regression(wg.sgd(0.01)), X, labels, given);
    const expected = Array.from({ length: 60 }, (_, k) => 1e-4 * 1e4 ** (k / 59));
    rates.forEach((rate, k) => void expect(rate / expected[k]!).toBeCloseTo(1, 12));
    const byHand = lossesByHand(rates, labels);
    expect(losses.length).toBeGreaterThan(40);
    losses.forEach((loss, k) => void expect(loss / byHand[k]!, `step ${k}`).toBeCloseTo(1, k < 45 ? 4 : 1));
    const smoothed = (await wg.learningRateFinder(regression(wg.sgd(0.01)), X, labels, { ...given, smoothing: 0.8 }))
      .losses;
    let mean = 0;
    losses.slice(0, 30).forEach((loss, k) => {
      mean = 0.8 * mean + 0.2 * loss;
      expect(smoothed[k]! / (mean / (1 - 0.8 ** (k + 1)))).toBeCloseTo(1, 4);
    });
  });

  // The curvature of the loss is 2 scale² in all directions: gradient descent needs rates below 1 / scale², and is best
  // at half of that.
  it.each([1, 10, 0.1])('finds a rate that is good where the inputs have the scale %f', async (scale) => {
    const labels = y(scale);
    for (const batchSize of [16, 256]) {
      const options = { batchSize, minLearningRate: 1e-6 / scale ** 2, maxLearningRate: 10 / scale ** 2 };
      const { suggestion } = await wg.learningRateFinder(regression(wg.sgd(0.01), scale, false), X, labels, options);
      expect(suggestion * scale ** 2).toBeGreaterThan(0.005);
      expect(suggestion * scale ** 2).toBeLessThan(0.5);
    }
  });

  it('suggests a rate that trains, for a network and several optimizers', async () => {
    const classes = X.map(([a, b, c]) => (a! - 2 * b! + 3 * c! > 0 ? 1 : 0));
    for (const optimizer of [wg.sgd(1e-9), wg.sgd(1e-9, { momentum: 0.9 }), wg.adam(1e-9), wg.sgd(() => 1e-9)]) {
      wg.setSeed(5);
      const model = wg.sequential([3], [wg.dense(16, { activation: 'tanh' }), wg.dense(2)]);
      model.compile({ optimizer, loss: 'softmaxCrossEntropy' });
      const { suggestion } = await wg.learningRateFinder(model, X, classes);
      model.learningRateScale = suggestion / 1e-9;
      const { history } = await model.fit(X, classes, { epochs: 30 });
      expect(history.loss.at(-1)! / history.loss[0]!, `${optimizer.name} ${suggestion}`).toBeLessThan(0.6);
    }
  });

  it('leaves weights, states, optimizer and random numbers as they were', async () => {
    const make = () => {
      wg.setSeed(2);
      const drop = wg.layer({
        kind: 'drop',
        call: (x: wg.Tensor, _p, { training, key }) => (training ? ops.dropout(x, 0.3, { key }) : x),
      });
      const count = wg.layer({
        kind: 'count',
        build: () => ({ state: { seen: { shape: [], initializer: 'zeros' } } }),
        call: (x: wg.Tensor, _p, { state, update }) => {
          update('seen', state['seen']!.add(1));
          return x;
        },
      });
      const model = wg.sequential([3], [wg.dense(8), any(drop), any(count), wg.dense(1)]);
      model.compile({ optimizer: wg.adam(0.01), loss: 'mse' });
      return model;
    };
    const labels = y(1);
    const [searched, plain] = [make(), make()];
    await searched.fit(X, labels, { epochs: 1, shuffle: false });
    await wg.learningRateFinder(searched, X, labels);
    await plain.fit(X, labels, { epochs: 1, shuffle: false });
    expect([searched.learningRate, searched.learningRateScale]).toEqual([plain.learningRate, 1]);
    expect(bits(searched)).toEqual(bits(plain));
    for (const model of [searched, plain]) {
      wg.setSeed(9);
      await model.fit(X, labels, { epochs: 2 });
    }
    expect(bits(searched)).toEqual(bits(plain));
  });
});

describe('learningRateFinder', () => {
  beforeAll(() => wg.init({ seed: 1 }));

  it('draws nothing of the seed, and gives the same again', async () => {
    const labels = y(1);
    const sweep = () => wg.learningRateFinder(regression(wg.sgd(0.01)), X, labels);
    wg.setSeed(4);
    const before = wg.randomUniform([1]).item();
    wg.setSeed(4);
    const model = regression(wg.sgd(0.01));
    wg.setSeed(4);
    const first = await wg.learningRateFinder(model, X, labels);
    expect(wg.randomUniform([1]).item()).toBe(before);
    expect(await sweep()).toEqual(first);
  });

  it('ends where the loss explodes, and says nothing where it never falls', async () => {
    const { rates, losses } = await wg.learningRateFinder(regression(wg.sgd(0.01)), X, y(1), {
      smoothing: 0,
      maxLearningRate: 1e9,
    });
    expect(rates.length).toBeLessThan(100);
    expect(rates).toHaveLength(losses.length);
    expect(losses.every(Number.isFinite)).toBe(true);
    const flat = wg.sequential([1], [wg.dense(1, { useBias: false })]);
    flat.compile({ optimizer: wg.sgd(0.01), loss: 'mse' });
    expect((await wg.learningRateFinder(flat, [0, 0], [1, 1])).suggestion).toBeNaN();
  });

  it('restores the model if it fails in the middle', async () => {
    let calls = 0;
    const model = regression(wg.sgd(() => (calls++ > 5 ? Number.NaN : 0.1)));
    const before = bits(model);
    await expect(wg.learningRateFinder(model, X, y(1))).rejects.toThrow(/learning rate/);
    expect(bits(model)).toEqual(before);
    model.dispose(); // it is not busy any more
  });

  it.each<[string, object, RegExp]>([
    [
      'rates the wrong way round',
      { minLearningRate: 1, maxLearningRate: 0.1 },
      /minLearningRate 1 must be below maxLearningRate 0.1/,
    ],
    ['no rate', { minLearningRate: 0 }, /minLearningRate must be a positive finite number, got 0/],
    ['too few steps', { steps: 3 }, /steps must be a whole number of at least 10, got 3/],
    ['a typo', { batchsize: 3 }, /unknown option of learningRateFinder 'batchsize'; did you mean 'batchSize'\?/],
  ])('refuses %s', async (_, options, message) => {
    await expect(wg.learningRateFinder(regression(wg.sgd(0.01)), X, y(1), any(options))).rejects.toThrow(message);
  });

  it('refuses what is no model, is not compiled, or has no rate to scale', async () => {
    await expect(wg.learningRateFinder(any({}), X, y(1))).rejects.toThrow('the first argument must be a model');
    const bare = wg.sequential([3], [wg.dense(1)]);
    await expect(wg.learningRateFinder(bare, X, y(1))).rejects.toThrow('learningRateFinder: call model.compile');
    await expect(wg.learningRateFinder(regression(wg.sgd(0)), X, y(1))).rejects.toThrow(
      'learningRateFinder: the learning rate of step 0 is 0, and no factor makes another one of it: compile with a number above 0',
    );
    const ends = regression(wg.sgd(wg.cosineDecay(1, { decaySteps: 10 })));
    await expect(wg.learningRateFinder(ends, X, y(1))).rejects.toThrow('the learning rate of step 10 is 0');
  });
});

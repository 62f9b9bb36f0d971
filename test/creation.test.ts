// Creation functions: values, types, and randomness by seed.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';

beforeAll(async () => {
  await wg.init();
});

describe('creation', () => {
  it.each<[string, () => wg.Tensor, wg.NestedArray, string]>([
    [
      'zeros',
      () => wg.zeros([2, 2]),
      [
        [0, 0],
        [0, 0],
      ],
      'float32[2, 2]',
    ],
    ['ones of int32', () => wg.ones([2], 'int32'), [1, 1], 'int32[2]'],
    ['full, a scalar', () => wg.full([], 2.5), 2.5, 'float32[]'],
    ['zeros without elements', () => wg.zeros([0, 2]), [], 'float32[0, 2]'],
    ['arange', () => wg.arange(3), [0, 1, 2], 'float32[3]'],
    ['arange backwards', () => wg.arange(3, 0, -2), [3, 1], 'float32[2]'],
    ['arange of nothing', () => wg.arange(2, 1), [], 'float32[0]'],
    ['arange of int32', () => wg.arange(1, 3, 1, 'int32'), [1, 2], 'int32[2]'],
    ['linspace', () => wg.linspace(-1, 1, 5), [-1, -0.5, 0, 0.5, 1], 'float32[5]'],
    ['linspace of one', () => wg.linspace(2, 3, 1), [2], 'float32[1]'],
    [
      'eye',
      () => wg.eye(2, 3),
      [
        [1, 0, 0],
        [0, 1, 0],
      ],
      'float32[2, 3]',
    ],
    [
      'oneHot',
      () => wg.oneHot(wg.tensor([1, 0], [2], 'int32'), 2),
      [
        [0, 1],
        [1, 0],
      ],
      'float32[2, 2]',
    ],
  ])('%s', (_, make, values, text) => {
    expect(make().toArray()).toEqual(values);
    expect(String(make())).toBe(text);
  });

  it.each<[string, () => unknown, RegExp]>([
    ['a step of 0', () => wg.arange(0, 1, 0), /the step is 0/],
    ['a fraction in int32', () => wg.arange(0, 1, 0.5, 'int32'), /are not all whole/],
    ['a probability above 1', () => wg.bernoulli([1], { p: 2 }), /p must be a finite number from 0 to 1/],
    ['a misspelt option', () => wg.randomNormal([1], { sdt: 1 } as object), /did you mean 'std'/],
    ['a shape that is none', () => wg.zeros([-1]), /dimension -1/],
  ])('%s is refused', (_, make, message) => {
    expect(make).toThrow(message);
  });
});

describe('random tensors', () => {
  const kinds: [string, (options?: wg.RandomOptions) => wg.Tensor][] = [
    ['randomUniform', (o) => wg.randomUniform([1000], { low: -1, high: 3, ...o })],
    ['randomNormal', (o) => wg.randomNormal([1000], { mean: 1, std: 2, ...o })],
    ['truncatedNormal', (o) => wg.truncatedNormal([1000], o)],
    ['bernoulli', (o) => wg.bernoulli([1000], { p: 0.25, ...o })],
    ['permutation', (o) => wg.permutation(1000, o)],
  ];
  it.each(kinds)('%s depends on the seed only, or on the calls since setSeed', (_, make) => {
    expect(make({ seed: 7 }).data()).toEqual(make({ seed: 7 }).data());
    expect(make({ seed: 7 }).data()).not.toEqual(make({ seed: 8 }).data());
    wg.setSeed(1);
    const [a, b] = [make().data(), make().data()];
    expect(a).not.toEqual(b);
    wg.setSeed(1);
    expect(make().data()).toEqual(a);
  });

  it.each<[string, wg.Tensor, number, number, number, number]>([
    ['randomUniform', wg.randomUniform([20000], { low: -1, high: 3, seed: 1 }), -1, 3, 1, 16 / 12],
    ['randomNormal', wg.randomNormal([20000], { mean: 1, std: 2, seed: 1 }), -Infinity, Infinity, 1, 4],
    // The variance of a normal distribution cut at 2 is 0.774.
    ['truncatedNormal', wg.truncatedNormal([20000], { seed: 1 }), -2, 2, 0, 0.774],
    ['bernoulli', wg.bernoulli([20000], { p: 0.25, seed: 1 }), 0, 1, 0.25, 0.1875],
  ])('%s has its bounds, mean and variance', (_, x, low, high, mean, spread) => {
    expect(x.min().item()).toBeGreaterThanOrEqual(low);
    expect(x.max().item()).toBeLessThanOrEqual(high);
    expect(Math.abs(x.mean().item() - mean)).toBeLessThan(0.05);
    expect(Math.abs(wg.variance(x).item() - spread)).toBeLessThan(0.1);
  });

  it('a permutation has every number once', () => {
    expect([...wg.permutation(50, { seed: 3 }).data()].sort((a, b) => a - b)).toEqual([...Array(50).keys()]);
  });
});

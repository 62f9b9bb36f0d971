// Creation functions: values, types, and randomness by seed.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import * as ops from '../bindings/ops.js';

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
      () => ops.oneHot(wg.tensor([1, 0], [2], 'int32'), 2),
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
    ['an empty range', () => wg.randomUniform([1], { low: 1, high: 1 }), /high must be above low/],
    ['a range that overflows', () => wg.randomUniform([1], { low: -3e38, high: 3e38 }), /and float32/],
    [
      'a range that is too wide',
      () => wg.randomInt([1], { low: -(2 ** 31), high: 2 ** 31 }),
      /from -2147483648 up to but without 2147483648 are more than 2\^32 - 1 numbers/,
    ],
    ['an empty range of int32', () => wg.randomInt([1], { low: 3, high: 3 }), /no int32 from 3 up to but without 3/],
    ['a range of int32 without an end', () => wg.randomInt([1], {} as never), /high must be a whole number/],
    ['what is no key', () => wg.randomNormal([1], { key: wg.tensor([1, 2, 3, 4]) }), /must be a key, int32\[4\]/],
    ['a number as key', () => wg.splitKey(3 as never), /splitKey: the key must be a key.*got 3/],
    ['a fraction to fold in', () => wg.foldIn(wg.randomKey(1), 0.5), /i must be an int32/],
    ['a rate of 1', () => ops.dropout(wg.ones([2]), 1), /the rate must be a number in \[0, 1\)/],
    ['a permutation of a scalar', () => wg.permutation(wg.tensor(1)), /has no rows/],
    [
      'a shape that does not end with that of the logits',
      () => wg.categorical(wg.zeros([2, 3]), { shape: [3] }),
      /the shape \[3\] must end with that of the logits without axis -1, \[2\]/,
    ],
    ['a misspelt option', () => wg.randomNormal([1], { sdt: 1 } as object), /did you mean 'std'/],
    ['a shape that is none', () => wg.zeros([-1]), /dimension -1/],
  ])('%s is refused', (_, make, message) => {
    expect(make).toThrow(message);
  });
});

it('data(dtype) is of that type, or throws', () => {
  expect(wg.tensor([1.5]).data('float32')).toEqual(Float32Array.of(1.5));
  expect(wg.tensor([1, 3]).argMax().data('int32')).toEqual(Int32Array.of(1));
  expect(() => wg.tensor([1, 3]).argMax().data('float32')).toThrow(
    "data('float32') of int32[]: toFloat() and toInt() convert",
  );
  expect(() => wg.zeros([2]).data('float64' as 'float32')).toThrow("data('float64') of float32[2]");
});

describe('random tensors', () => {
  const kinds: [string, (options?: wg.RandomOptions) => wg.Tensor][] = [
    ['randomUniform', (o) => wg.randomUniform([1000], { low: -1, high: 3, ...o })],
    ['randomNormal', (o) => wg.randomNormal([1000], { mean: 1, std: 2, ...o })],
    ['truncatedNormal', (o) => wg.truncatedNormal([1000], o)],
    ['bernoulli', (o) => wg.bernoulli([1000], { p: 0.25, ...o })],
    ['permutation', (o) => wg.permutation(1000, o)],
    ['randomInt', (o) => wg.randomInt([1000], { low: -3, high: 100, ...o })],
    ['categorical', (o) => wg.categorical(wg.zeros([1000, 5]), o)],
    ['dropout', (o) => ops.dropout(wg.ones([1000]), 0.5, o)],
  ];
  it.each(kinds)('%s depends on the key only, or on the calls since setSeed', (_, make) => {
    expect(make({ key: wg.randomKey(7) }).data()).toEqual(make({ key: wg.randomKey(7) }).data());
    expect(make({ key: wg.randomKey(7) }).data()).not.toEqual(make({ key: wg.randomKey(8) }).data());
    wg.setSeed(1);
    const [a, b] = [make().data(), make().data()];
    expect(a).not.toEqual(b);
    wg.setSeed(1);
    expect(make().data()).toEqual(a);
  });

  it('of other shapes than numbers: probabilities, rows, batches of logits', () => {
    const key = wg.randomKey(2);
    const p = wg.tensor([0, 1]);
    expect(wg.bernoulli([3, 2], { key, p }).toArray()).toEqual([
      [0, 1],
      [0, 1],
      [0, 1],
    ]);
    const rows = wg.tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    const order = wg.permutation(3, { key }).data();
    expect(wg.permutation(rows, { key }).toArray()).toEqual([...order].map((i) => [2 * i + 1, 2 * i + 2]));
    const sure = wg.tensor([
      [0, 1000, 0],
      [1000, 0, 0],
    ]);
    expect(wg.categorical(sure, { key }).toArray()).toEqual([1, 0]);
    expect(wg.categorical(sure.transpose(), { key, axis: 0, shape: [2, 2] }).toArray()).toEqual([
      [1, 0],
      [1, 0],
    ]);
  });

  it('a permutation has every number once', () => {
    expect([...wg.permutation(50, { key: wg.randomKey(3) }).data()].sort((a, b) => a - b)).toEqual([
      ...Array(50).keys(),
    ]);
  });
});

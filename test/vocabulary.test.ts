// Ops whose results are read when they are called, and values that tensors are made of.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import * as ops from '../bindings/ops.js';

beforeAll(() => wg.init({ seed: 1 }));

describe('unique', () => {
  it('has the different elements, from the smallest up, where they were and how often', () => {
    const x = wg.tensor([
      [3, 1, -2],
      [1, 3, 3],
    ]);
    const { values, inverse, counts } = ops.unique(x);
    expect(values.toArray()).toEqual([-2, 1, 3]);
    expect(counts.toArray()).toEqual([1, 2, 3]);
    expect(inverse.toArray()).toEqual([
      [2, 1, 0],
      [1, 2, 2],
    ]);
    expect(ops.take(values, inverse).toArray()).toEqual(x.toArray());
    expect([inverse.dtype, counts.dtype]).toEqual(['int32', 'int32']);
  });

  it('keeps the type of int32, takes 0 and -0 as equal and every NaN as different, which come last', () => {
    const ints = ops.unique(wg.tensor([5, -7, 5], undefined, 'int32')).values;
    expect([ints.dtype, ints.toArray()]).toEqual(['int32', [-7, 5]]);
    const { values, counts } = ops.unique(wg.tensor([Number.NaN, 0, -0, Infinity, Number.NaN, -Infinity]));
    expect(values.toArray()).toEqual([-Infinity, 0, Infinity, Number.NaN, Number.NaN]);
    expect(counts.toArray()).toEqual([1, 2, 1, 1, 1]);
  });

  it('of nothing is nothing, and of a scalar one value', () => {
    expect(ops.unique(wg.zeros([0, 3])).values.shape).toEqual([0]);
    expect(ops.unique(wg.tensor(4)).values.toArray()).toEqual([4]);
  });

  it('is refused inside of jit and grad', () => {
    const f = (x: wg.Tensor) => ops.unique(x).values.sum();
    expect(() => wg.jit(f)(wg.tensor([1, 2]))).toThrow(/unique of float32\[2\]: how many values differ is not known/);
    expect(() => wg.grad(f)(wg.tensor([1, 2]))).toThrow(/call it outside of jit and grad/);
  });
});

describe('tensor', () => {
  it('of true and false is 1 and 0, of either type', () => {
    expect(wg.tensor([true, false]).toArray()).toEqual([1, 0]);
    const mask = wg.tensor(
      [
        [true, 2],
        [false, 3],
      ],
      undefined,
      'int32',
    );
    expect([mask.dtype, mask.toArray()]).toEqual([
      'int32',
      [
        [1, 2],
        [0, 3],
      ],
    ]);
    expect(wg.tensor(true).item()).toBe(1);
  });
});

describe('crossEntropy of any rank', () => {
  it('trains on sequences: its mean has the gradient (softmax - onehot) / n', () => {
    const logits = wg.randomNormal([2, 3, 4], { key: wg.randomKey(2) });
    const labels = wg.tensor(
      [
        [0, 1, 3],
        [2, 2, 0],
      ],
      undefined,
      'int32',
    );
    const slopes = wg.grad((z) => z.crossEntropy(labels).mean())(logits);
    const expected = logits.softmax().sub(ops.oneHot(labels, 4)).div(6);
    expect(slopes.sub(expected).abs().max().item()).toBeLessThan(1e-7);
  });
});

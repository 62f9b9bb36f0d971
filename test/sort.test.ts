// Sorting by definition: what argSort, sort and topK give, of sizes around those at which the kernels change their way,
// of numbers that are often equal, and of those that have no order of their own. On both back ends.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import * as ops from '../bindings/ops.js';
import { Numbers } from './numbers.js';

const EDGES = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1e-45, -1e-45, 3.4e38, -3.4e38];
const INTS = [2 ** 31 - 1, -(2 ** 31), 0, -1, 16777217, 16777216];

/** NaN is the largest; -0 is 0. */
const rank = (a: number, b: number): number => {
  if (Number.isNaN(a) || Number.isNaN(b)) return +Number.isNaN(a) - +Number.isNaN(b);
  return a === b ? 0 : a < b ? -1 : 1;
};

const indicesOf = (values: readonly number[], sign: number): number[] =>
  values.map((_, i) => i).sort((p, q) => sign * rank(values[p]!, values[q]!) || p - q);

describe.each(['wasm', 'js'] as const)('sorting on %s', (backend) => {
  beforeAll(() => wg.init({ backend }));
  const numbers = new Numbers(5);

  const drawn = (n: number, dtype: wg.Tensor['dtype']): number[] =>
    Array.from({ length: n }, () => {
      const edges = dtype === 'int32' ? INTS : EDGES;
      const at = Math.floor(numbers.uniform() * 4 * edges.length);
      if (at < edges.length) return edges[at]!;
      return dtype === 'int32' ? Math.round(numbers.uniform() * 9 - 4) : Math.round(numbers.uniform() * 40 - 20) / 4;
    });

  it.each([1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65, 100, 1000, 1025])('of %i numbers', (n) => {
    for (const dtype of ['float32', 'int32'] as const) {
      const values = [...wg.tensor(drawn(n, dtype), [n], dtype).values()];
      const x = wg.tensor(values, [n], dtype);
      const [up, down] = [indicesOf(values, 1), indicesOf(values, -1)];
      expect(ops.argSort(x).toArray()).toEqual(up);
      expect(ops.argSort(x, 0, { descending: true }).toArray()).toEqual(down);
      expect([...ops.sort(x).values()]).toEqual(up.map((i) => values[i]!));
      for (const k of new Set(
        [1, 2, Math.floor(n / 2), Math.ceil(n / 2), n - 1, n].filter((few) => few > 0 && few <= n),
      )) {
        const { values: largest, indices } = ops.topK(x, k);
        expect(indices.toArray(), `${k} of ${n}`).toEqual(down.slice(0, k));
        expect([...largest.values()]).toEqual(down.slice(0, k).map((i) => values[i]!));
      }
    }
  });

  it('of numbers that are in order, or in the opposite one, each of which is among the largest for a while', () => {
    const rising = Array.from({ length: 777 }, (_, i) => i - 300);
    for (const values of [rising, [...rising].reverse(), rising.map(() => 1)])
      for (const k of [1, 3, 100, 388, 389])
        expect(ops.topK(wg.tensor(values), k).indices.toArray()).toEqual(indicesOf(values, -1).slice(0, k));
  });

  it('along any axis, mapped, jitted and with gradients', () => {
    const x = wg.tensor(
      drawn(6 * 21 * 5, 'float32').map((v) => (Number.isFinite(v) ? v : 0)),
      [6, 21, 5],
    );
    const last = x.transpose([0, 2, 1]);
    for (const k of [1, 4, 20]) {
      const { values, indices } = ops.topK(x, k, 1);
      expect([values.shape, indices.shape]).toEqual([
        [6, k, 5],
        [6, k, 5],
      ]);
      expect(indices.transpose([0, 2, 1]).toArray()).toEqual(ops.topK(last, k).indices.toArray());
      expect(
        wg
          .vmap((rows: wg.Tensor) => ops.topK(rows, k, 0).indices)(x)
          .toArray(),
      ).toEqual(indices.toArray());
      expect(wg.vmap((row: wg.Tensor) => ops.topK(row, k, 1).indices, { inAxes: 2 })(x).shape).toEqual([5, 6, k]);
      const largest = (t: wg.Tensor) => ops.topK(t, k, 1).values.sum();
      expect(wg.jit(wg.grad(largest))(x).sum().item()).toBe(6 * 5 * k);
      const counted = ops.scatterAlongAxis(x.zerosLike(), indices, wg.ones([6, k, 5]), 1);
      expect(wg.grad(largest)(x).toArray()).toEqual(counted.toArray());
    }
  });

  it('takes none of them', () => {
    const { values, indices } = ops.topK(wg.tensor([3, 1, 2]), 0);
    expect([values.shape, indices.shape, [...indices.values()]]).toEqual([[0], [0], []]);
  });
});

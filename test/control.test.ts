// whileLoop and cond in a batch, against a loop over the examples; which branch gives which result.

import { beforeAll, describe, expect, it } from 'vitest';
import type { Tensor } from '../bindings/index.js';
import * as wg from '../bindings/index.js';
import * as ops from '../bindings/ops.js';

const { tensor } = wg;

/** The results of one example after the other. */
const oneByOne = (f: (...examples: Tensor[]) => Tensor, ...batches: Tensor[]): unknown[] =>
  Array.from({ length: batches[0]!.shape[0]! }, (_, k) =>
    f(...batches.map((batch) => ops.take(batch, tensor(k, [], 'int32')))).toArray(),
  );

describe.each(['wasm', 'js'] as const)('on %s', (backend) => {
  beforeAll(() => wg.init({ backend, seed: 1 }));

  const flags = () => tensor([1, 0, -2, 0, Number.NaN]);
  const rows = () =>
    tensor([
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
      [10, 11, 12],
      [13, 14, 15],
    ]);
  const ints = () => tensor([5, 4, 3, 2, 1], [5], 'int32');

  it('has no gradient to refuse where stopGradient stands before it', () => {
    const loop = (x: Tensor) =>
      x.mul(
        wg.whileLoop(
          (u: Tensor) => u.less(10),
          (u: Tensor) => u.mul(2),
          x.stopGradient(),
        ),
      );
    expect(wg.grad(loop)(3)).toBe(12);
    const branch = (x: Tensor) =>
      x.mul(
        wg.cond(
          x.stopGradient().greater(0),
          () => tensor(2),
          () => tensor(5),
        ),
      );
    expect(wg.grad(branch)(3)).toBe(2);
    expect(() =>
      wg.grad((x: Tensor) =>
        wg.whileLoop(
          (u: Tensor) => u.less(10),
          (u: Tensor) => u.mul(2),
          x,
        ),
      )(3),
    ).toThrow('runs forward only');
  });

  describe('cond', () => {
    it('gives each result by its place, also if a branch returns a tensor twice', () => {
      const twice = (flag: number) =>
        wg.cond(
          flag,
          (x: Tensor) => [x, x],
          (x: Tensor) => [x.add(1), x.add(2)],
          tensor(5),
        );
      expect(twice(1).map((t) => t.item())).toEqual([5, 5]);
      expect(twice(0).map((t) => t.item())).toEqual([6, 7]);
      const [a, b] = wg.vmap((x: Tensor) =>
        wg.cond(
          0,
          (y: Tensor) => [y, y],
          (y: Tensor) => [y, y.neg()],
          x,
        ),
      )(rows());
      expect(b!.toArray()).toEqual(a!.neg().toArray());
    });

    it('chooses for each example where the predicate differs', () => {
      const k = tensor([10, 20, 30]);
      const f = (flag: Tensor, x: Tensor, n: Tensor) => {
        const outside = x.mul(3);
        const [y, m] = wg.cond(
          flag,
          (t: Tensor, i: Tensor) => [t.add(k).mul(outside), i.mul(2)] as const,
          (t: Tensor, i: Tensor) => [t.neg(), i.neg()] as const,
          x,
          n,
        );
        return y.add(m.toFloat());
      };
      const expected = oneByOne(f, flags(), rows(), ints());
      expect(wg.vmap(f)(flags(), rows(), ints()).toArray()).toEqual(expected);
      expect(
        wg
          .jit((a, b, c) => wg.vmap(f)(a, b, c))(flags(), rows(), ints())
          .toArray(),
      ).toEqual(expected);
      const row = tensor([7, 8, 9]);
      const shared = (flag: Tensor) => f(flag, row, tensor(2, [], 'int32'));
      expect(wg.vmap(shared)(flags()).toArray()).toEqual(oneByOne(shared, flags()));
    });

    it('gives no NaN of the branch that an example does not take, and its gradient', () => {
      const f = (x: Tensor) =>
        wg.cond(
          x.greater(0),
          (t: Tensor) => t.log(),
          (t: Tensor) => t.mul(2),
          x,
        );
      const batch = tensor([1, -3, 0]);
      expect(wg.vmap(f)(batch).toArray()).toEqual([0, -6, 0]);
      const slopes = wg.grad((t: Tensor) => wg.vmap(f)(t).sum())(tensor([4, -3, -1]));
      expect(slopes.toArray()).toEqual([0.25, 2, 2]);
    });

    it('stays a cond where the predicate is the same for all', () => {
      const f = (flag: Tensor, x: Tensor) =>
        wg.cond(
          flag,
          (t: Tensor) => t.matMul(tensor([[1], [2], [3]])),
          (t: Tensor) => tensor([1]).add(t.sum()),
          x,
        );
      const mapped = wg.vmap(f, { inAxes: [null, 0] });
      for (const flag of [1, 0, Number.NaN]) {
        expect(mapped(flag, rows()).toArray()).toEqual(oneByOne((x) => f(tensor(flag), x), rows()));
      }
      expect(() => wg.grad((t: Tensor) => mapped(1, t).sum())(rows())).toThrow(/the gradient of cond/);
      const constant = wg.vmap((x: Tensor) =>
        wg.cond(
          x.sum(),
          () => tensor([1, 2]),
          () => tensor([3, 4]),
        ),
      );
      expect(constant(tensor([0, 1])).toArray()).toEqual([
        [3, 4],
        [1, 2],
      ]);
    });

    it('nests, in other maps and in loops', () => {
      const inner = (x: Tensor, y: Tensor) =>
        wg.cond(
          x.greater(2),
          (a: Tensor, b: Tensor) =>
            wg.cond(
              b.less(5),
              (c: Tensor) => c.mul(10),
              (c: Tensor) => c.add(100),
              a,
            ),
          (_a: Tensor, b: Tensor) => b,
          x,
          y,
        );
      const xs = tensor([1, 2, 3, 4, 5]);
      const table = wg.vmap((x: Tensor) => wg.vmap((y: Tensor) => inner(x, y))(tensor([4, 6])))(xs);
      expect(table.toArray()).toEqual([
        [4, 6],
        [4, 6],
        [30, 103],
        [40, 104],
        [50, 105],
      ]);
      const walk = (x: Tensor) =>
        wg.scan(
          (c: Tensor, step: Tensor) => {
            const next = wg.cond(
              c.greater(3),
              (t: Tensor) => t.sub(step),
              (t: Tensor) => t.mul(2),
              c,
            );
            return [next, next];
          },
          x,
          tensor([1, 2, 3]),
        ).ys;
      expect(wg.vmap(walk)(xs).toArray()).toEqual(oneByOne(walk, xs));
    });
  });

  describe('whileLoop', () => {
    const doubled = (limit: Tensor) => (x: Tensor) =>
      wg.whileLoop(
        ({ v }: { v: Tensor; n: Tensor }) => v.sum().less(limit),
        ({ v, n }) => ({ v: v.mul(2), n: n.add(1) }),
        { v: x, n: tensor(0, [], 'int32') },
      );

    it('turns for each example as often as alone', () => {
      const f = doubled(tensor(100));
      const batch = tensor([
        [1, 2],
        [90, 30],
        [0.5, 0.25],
        [99, 0.5],
      ]);
      const { v, n } = wg.vmap(f)(batch);
      expect(v.toArray()).toEqual(oneByOne((x) => f(x).v, batch));
      expect(n.toArray()).toEqual(oneByOne((x) => f(x).n, batch));
      expect([n.dtype, n.toArray()]).toEqual(['int32', [6, 0, 8, 1]]);
      const jitted = wg.jit((t: Tensor) => wg.vmap(f)(t));
      for (let k = 0; k < 2; k++) expect(jitted(batch).n.toArray()).toEqual([6, 0, 8, 1]);
      expect(
        wg
          .vmap(f)(ops.slice(batch, [[0, 0]]))
          .n.toArray(),
      ).toEqual([]);
    });

    it('takes limits that differ, captured from outside or mapped twice', () => {
      const limits = tensor([3, 50, 7]);
      const x = tensor([1, 2]);
      const f = (limit: Tensor) => doubled(limit)(x).v;
      expect(wg.vmap(f)(limits).toArray()).toEqual(oneByOne(f, limits));
      const table = wg.vmap((limit: Tensor) => wg.vmap((y: Tensor) => doubled(limit)(y).n)(tensor([1, 10])))(limits);
      expect(table.toArray()).toEqual([
        [2, 0],
        [6, 3],
        [3, 0],
      ]);
    });

    it('has a condition that is the same for all, and what is not in the batch has no batch axis', () => {
      const f = (x: Tensor) =>
        wg.whileLoop(
          ({ k }: { x: Tensor; k: Tensor; sum: Tensor }) => k.less(4),
          ({ x: v, k, sum }) => ({ x: v.mul(1.5), k: k.add(1), sum: sum.add(v.sum()) }),
          { x, k: 0, sum: 0 },
        );
      const { x, k, sum } = wg.vmap(f)(rows());
      expect(x.toArray()).toEqual(oneByOne((t) => f(t).x, rows()));
      expect(sum.toArray()).toEqual(oneByOne((t) => f(t).sum, rows()));
      expect(k.toArray()).toEqual([4, 4, 4, 4, 4]);
      expect(wg.vmap((t: Tensor) => f(t).k, { outAxes: 0 })(rows()).shape).toEqual([5]);
    });

    it('keeps what an example carries that has stopped, whatever others compute on the way', () => {
      // Newton's root; what has converged must not be moved by turns of others.
      const root = (a: Tensor) =>
        wg.whileLoop(
          (y: Tensor) => y.square().sub(a).abs().greater(a.mul(1e-5)),
          (y: Tensor) => y.add(a.div(y)).div(2),
          a,
        );
      const batch = tensor([1, 2, 1e6, 1e-3, 9]);
      expect(wg.vmap(root)(batch).toArray()).toEqual(oneByOne(root, batch));
      const swapped = (n: Tensor) =>
        wg.whileLoop(
          ([, , left]: Tensor[]) => left!.greater(0),
          ([a, b, left]: Tensor[]) => [b!, a!, left!.sub(1)],
          [tensor([1, 2]), tensor([3, 4]), n],
        )[0]!;
      const counts = tensor([0, 1, 2, 5]);
      expect(wg.vmap(swapped)(counts).toArray()).toEqual(oneByOne(swapped, counts));
    });
  });

  describe('order of int32', () => {
    const least = -(2 ** 31);
    const most = 2 ** 31 - 1;
    const x = () =>
      tensor(
        [
          [most - 1, most, 5, most, least, least + 1],
          [16777217, 16777216, 16777217, -3, -3, -4],
        ],
        undefined,
        'int32',
      );

    it('is exact where float32 is not', () => {
      expect(x().argMax().toArray()).toEqual([1, 0]);
      expect(x().argMin().toArray()).toEqual([4, 5]);
      expect(x().argMax(0, { keepDims: true }).toArray()).toEqual([[0, 0, 1, 0, 1, 1]]);
      expect(x().argMin(0).toArray()).toEqual([1, 1, 0, 1, 0, 0]);
      expect(ops.argSort(x()).toArray()).toEqual([
        [4, 5, 2, 0, 1, 3],
        [5, 3, 4, 1, 0, 2],
      ]);
      const sorted = ops.sort(x(), -1, { descending: true });
      expect([sorted.dtype, sorted.toArray()]).toEqual([
        'int32',
        [
          [most, most, most - 1, 5, least + 1, least],
          [16777217, 16777217, 16777216, -3, -3, -4],
        ],
      ]);
      const { values, indices } = ops.topK(x(), 2);
      expect([values.dtype, values.toArray()]).toEqual([
        'int32',
        [
          [most, most],
          [16777217, 16777217],
        ],
      ]);
      expect(indices.toArray()).toEqual([
        [1, 3],
        [0, 2],
      ]);
      expect(
        wg
          .vmap((row: Tensor) => row.argMin())(x())
          .toArray(),
      ).toEqual([4, 5]);
      expect(
        wg
          .vmap((row: Tensor) => ops.sort(row), { inAxes: 1 })(x())
          .toArray(),
      ).toEqual(ops.sort(x(), 0).transpose().toArray());
    });

    it('of scalars, and the largest of a scalar', () => {
      const seven = tensor(7, [], 'int32');
      expect([seven.argMax().item(), seven.argMin().item(), ops.argSort(seven).item()]).toEqual([0, 0, 0]);
      expect([ops.sort(seven).dtype, ops.sort(seven).item(), seven.max().item(), seven.sum(0).item()]).toEqual([
        'int32',
        7,
        7,
        7,
      ]);
      for (const t of [seven, tensor(2.5)]) {
        const { values, indices } = ops.topK(t, 1);
        expect([values.shape, values.item(), indices.shape, indices.item()]).toEqual([[], t.item(), [], 0]);
        expect([values.dtype, indices.dtype]).toEqual([t.dtype, 'int32']);
      }
      expect(() => ops.topK(tensor(2.5), 2)).toThrow('topK of []: axis -1 has 1 elements, not 2');
      expect(() => ops.topK(tensor(2.5), 0)).toThrow('topK of []: axis -1 has 1 elements, not 0');
      expect(() => ops.topK(tensor(2.5), 1, 1)).toThrow('topK: axis 1 is out of range');
    });

    it('is refused where a result could not be whole, with the way out', () => {
      for (const f of [ops.variance, ops.norm, ops.logSumExp, (t: Tensor) => t.mean(), (t: Tensor) => t.softmax()]) {
        expect(() => f(x())).toThrow(/float32 tensors, got int32; convert with toFloat\(\)/);
      }
    });
  });
});

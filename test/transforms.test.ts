// grad, valueAndGrad, vjp, jvp, jacobian, hessian and jit: values, forms of arguments and results.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import { sin } from '../bindings/ops/curves.js';
import { runner } from '../bindings/run/runtime.js';
import { firstDifference } from './harness.js';

const flat = (t: wg.Tensor): number[] => [...t.data()];

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, rtol = 2e-5): void {
  expect(firstDifference(actual, expected, rtol, 1e-5)).toBeUndefined();
}

const z = ({ w, b }: { w: wg.Tensor; b: wg.Tensor }) => w.mul(2).add(b.mul(3)).mul(b.mul(2).add(1));

/** Goes down from [1, 2] without reading anything; also how often it was looked at what the positions are made of. */
function descend(turns: number): [x: wg.Tensor, looks: () => number] {
  let looks = 0;
  let x = wg.tensor([1, 2]);
  const slope = wg.grad((y: wg.Tensor) => y.square().sum());
  for (let k = 0; k < turns; k++) {
    x = x.sub(slope(x).mul(0.001));
    let { inputs } = x;
    Object.defineProperty(x, 'inputs', {
      get: () => {
        looks++;
        return inputs;
      },
      set: (others) => {
        inputs = others;
      },
    });
  }
  return [x, () => looks];
}

describe.each(['wasm', 'js'] as const)('on %s', (backend) => {
  beforeAll(() => wg.init({ backend, seed: 1 }));

  describe('valueAndGrad', () => {
    it('gives numbers for numbers, in the form of the argument', () => {
      expect(wg.valueAndGrad(z)({ w: 3, b: 4 })).toEqual({ value: 162, grads: { w: 18, b: 63 } });
    });

    it('gives tensors for tensors, also nested, and zeros where nothing depends', () => {
      const x = wg.tensor([1, 2, 3]);
      const { value, grads } = wg.valueAndGrad((p: { a: readonly [wg.Tensor, wg.Tensor] }) => p.a[0].square().sum())({
        a: [x, wg.tensor([5, 5])],
      });
      expect((value as wg.Tensor).item()).toBe(14);
      expect(flat(grads.a[0])).toEqual([2, 4, 6]);
      expect(flat(grads.a[1])).toEqual([0, 0]);
    });

    it('passes more arguments on and returns what is auxiliary', () => {
      const f = (x: wg.Tensor, k: number) => [x.mul(k), { k }] as const;
      expect(wg.valueAndGrad(f, { hasAux: true })(2, 5)).toStrictEqual({ value: 10, grads: 5, aux: { k: 5 } });
      expect(wg.grad(f, { hasAux: true })(2, 5)).toStrictEqual({ grads: 5, aux: { k: 5 } });
      expect(wg.valueAndGrad((x: wg.Tensor) => f(x, 5)[0])(2)).toStrictEqual({ value: 10, grads: 5 });
    });

    it('does not differentiate by another use of the same tensor', () => {
      const x = wg.tensor([2]);
      expect(flat(wg.grad((y: wg.Tensor) => y.mul(x).sum())(x))).toEqual([2]);
    });

    it('lets the function look at values that it says are constants', () => {
      const f = (x: wg.Tensor) => (x.stopGradient().item() > 0 ? x.square() : x.mul(3));
      expect(wg.grad(f)(2)).toBe(4);
      expect(wg.grad(f)(-2)).toBe(3);
    });
  });

  it('grad of grad of grad is the third derivative', () => {
    const d = (f: (x: wg.Tensor) => wg.Tensor) => wg.grad(f) as unknown as (x: wg.Tensor) => wg.Tensor;
    const f = (x: wg.Tensor) => x.mul(2).exp();
    expect(wg.grad(d(d(f)))(0.5)).toBeCloseTo(8 * Math.exp(1), 3);
    const g = (x: wg.Tensor) => x.tanh().mul(x.sigmoid());
    const h = 1e-3;
    const [up, down] = [wg.grad(g)(0.3 + h), wg.grad(g)(0.3 - h)];
    expect(wg.grad(d(g))(0.3)).toBeCloseTo((up - down) / (2 * h), 3);
  });

  it('lets go of what a tensor was made of when it is read, but not of what is differentiated', () => {
    const read = wg.tensor([1, 2]).mul(3).add(1);
    expect([...read.data()]).toEqual([4, 7]);
    expect(read.inputs).toEqual([]);
    const cube = wg.grad((x: wg.Tensor) => {
      const y = x.square();
      expect(y.stopGradient().item()).toBe(4);
      return y.mul(x);
    });
    expect(cube(2)).toBe(12);
  });

  it('stopGradient lets the value through and no gradient', () => {
    const f = (x: wg.Tensor) => x.mul(x.stopGradient());
    expect(wg.valueAndGrad(f)(3)).toEqual({ value: 9, grads: 3 });
  });

  describe('vjp and jvp', () => {
    const A = [
      [1, 2, 3],
      [4, 5, 6],
    ];
    const f = (x: wg.Tensor) =>
      wg
        .tensor(A)
        .matMul(x.reshape([3, 1]))
        .reshape([2])
        .square();
    // y = (A·x)², J = 2·diag(A·x)·A
    const x = [0.5, -1, 2];
    const y = A.map((row) => row.reduce((sum, a, i) => sum + a * x[i]!, 0));
    const J = A.map((row, r) => row.map((a) => 2 * y[r]! * a));

    it('vjp is uᵀ·J', () => {
      const { value, pull } = wg.vjp(f, wg.tensor(x));
      expectClose(
        flat(value),
        y.map((v) => v * v),
      );
      const u = [0.3, -0.7];
      expectClose(
        flat(pull(wg.tensor(u)) as wg.Tensor),
        [0, 1, 2].map((i) => u[0]! * J[0]![i]! + u[1]! * J[1]![i]!),
      );
    });

    it('jvp is J·v', () => {
      const v = [1, 0.5, -2];
      const { value, tangent } = wg.jvp(f, wg.tensor(x), wg.tensor(v));
      expectClose(
        flat(value),
        y.map((a) => a * a),
      );
      expectClose(
        flat(tangent),
        J.map((row) => row.reduce((sum, a, i) => sum + a * v[i]!, 0)),
      );
    });

    it('jacobian is J, of a tree too', () => {
      expectClose(flat(wg.jacobian(f)(wg.tensor(x))), J.flat());
      const of = wg.jacobian(({ a, b }: { a: wg.Tensor; b: wg.Tensor }) => a.mul(b))({ a: wg.tensor([2, 3]), b: 4 });
      expect(of.a.toArray()).toEqual([
        [4, 0],
        [0, 4],
      ]);
      expect(of.b.toArray()).toEqual([2, 3]);
    });

    it('hessian holds all second derivatives', () => {
      const cubic = (t: wg.Tensor) => t.square().mul(t).sum();
      expect(
        wg
          .hessian(cubic)(wg.tensor([1, 2]))
          .toArray(),
      ).toEqual([
        [6, 0],
        [0, 12],
      ]);
      const mixed = wg.hessian(({ a, b }: { a: wg.Tensor; b: wg.Tensor }) => a.mul(b).sum())({
        a: wg.tensor([1, 2]),
        b: 3,
      });
      expect(mixed.a.b.toArray()).toEqual([1, 1]);
      expect(mixed.b.a.toArray()).toEqual([1, 1]);
      expect(mixed.a.a.toArray()).toEqual([
        [0, 0],
        [0, 0],
      ]);
    });
  });

  describe('jit', () => {
    it('traces once for each shape, and gives what the function gives', () => {
      let traces = 0;
      const f = (a: wg.Tensor, b: wg.Tensor) => {
        traces++;
        return { sum: a.add(b), products: [a.mul(b)] };
      };
      const g = wg.jit(f);
      for (let k = 0; k < 3; k++) {
        const { sum, products } = g(wg.tensor([1, k]), 2);
        expect(sum.toArray()).toEqual([3, k + 2]);
        expect(products[0]!.toArray()).toEqual([2, 2 * k]);
      }
      expect(traces).toBe(1);
      expect(g(new Float32Array([1, 2, 3]), 1).sum.toArray()).toEqual([2, 3, 4]);
      expect(traces).toBe(2);
      g(wg.tensor([5, 5]), 1);
      expect(traces).toBe(2);
    });

    it('composes with grad, inside and outside', () => {
      const f = (x: wg.Tensor) => sin(x).mul(x).sum();
      const x = wg.tensor([0.5, 1.5]);
      const expected = flat(wg.grad(f)(x));
      expectClose(flat(wg.jit((t: wg.Tensor) => wg.grad(f)(t))(x)), expected);
      expectClose(flat(wg.grad((t: wg.Tensor) => wg.jit(f)(t))(x)), expected);
    });

    it('keeps results apart from later calls', () => {
      const g = wg.jit((a: wg.Tensor) => a.mul(2));
      const first = g(wg.tensor([1]));
      g(wg.tensor([5]));
      expect(first.item()).toBe(2);
    });

    it('refuses to read what does not exist yet', () => {
      expect(() => wg.jit((a: wg.Tensor) => a.add(a.sum().item()))(wg.tensor([1, 2]))).toThrow(
        /cannot be read inside of a jitted function, before the program runs/,
      );
    });

    it('leaves memory where it was after ten thousand calls', () => {
      const g = wg.jit((a: wg.Tensor, b: wg.Tensor) => a.mul(b).sum());
      g(wg.tensor([1, 2]), 1);
      const { used } = runner().memory;
      for (let k = 0; k < 10_000; k++) g(wg.tensor([1, 2]), k);
      expect(runner().memory.used).toBe(used);
    });
  });

  describe('lazy values', () => {
    it('are computed when read, together with their siblings, and only once', () => {
      const a = wg.tensor([1, 2, 3]);
      const b = a.add(1);
      expect(b.known).toBeUndefined();
      expect(b.toArray()).toEqual([2, 3, 4]);
      expect(b.known).toBeDefined();
      expect(b.mul(2).toArray()).toEqual([4, 6, 8]);
      const { value, grads } = wg.valueAndGrad((x: wg.Tensor) => x.square().sum())(a);
      value.item();
      expect(grads.known).toBeDefined();
    });

    it('find their program again: the same expression of other values takes no more memory', () => {
      const read = (k: number) =>
        wg
          .tensor([k, 2])
          .mul(3)
          .add(wg.tensor([1, k]))
          .sum()
          .item();
      expect(read(1)).toBe(11);
      const { used } = runner().memory;
      for (let k = 2; k < 200; k++) expect(read(k)).toBe(4 * k + 7);
      expect(runner().memory.used).toBe(used);
    });

    it('of ever new expressions hold a bounded number of programs', () => {
      for (let k = 1; k < 200; k++) wg.zeros([k]).add(1).sum().item();
      const { used } = runner().memory;
      for (let k = 200; k < 400; k++) wg.zeros([k]).add(1).sum().item();
      expect(runner().memory.used).toBeLessThan(used + 64 * 8192);
    });

    it('are updated in a loop that reads nothing', () => {
      const [x] = descend(1000);
      expectClose(flat(x), [0.998 ** 1000, 2 * 0.998 ** 1000], 1e-4);
    });

    it('are looked at equally often in each turn of such a loop, and when it is read', () => {
      const looks = (turns: number): number => {
        const [x, count] = descend(turns);
        flat(x);
        return count();
      };
      const [short, long] = [looks(150), looks(300)];
      expect(short).toBeGreaterThan(150);
      expect(long / short).toBeLessThan(2.1);
    });

    it('stand a chain of twenty thousand ops', () => {
      let x = wg.tensor(0);
      for (let k = 0; k < 20_000; k++) x = x.add(1);
      expect(x.item()).toBe(20_000);
    });
  });

  it.each<[string, (x: wg.Tensor) => wg.Tensor, number[], boolean, boolean]>([
    ['at a kink', (x) => x.relu().sum(), [1, 0], false, true],
    ['nearer to a kink than epsilon', (x) => x.abs().sum(), [1, 3e-6], false, true],
    ['far from one', (x) => x.relu().sum(), [1, -1], true, false],
    ['where only the gradient is wrong', (x) => x.exp().mul(x.stopGradient()).mul(1000).sum(), [1, 2], false, false],
  ])('gradCheck tells a kink from a wrong gradient: %s', (_, f, at, ok, kink) => {
    expect(wg.gradCheck(f, wg.tensor(at))).toMatchObject({ ok, kink });
  });

  it('gradCheck passes a right gradient and finds a wrong one', () => {
    const f = ({ w, x }: { w: wg.Tensor; x: wg.Tensor }) => w.matMul(x).tanh().sum();
    const at = {
      w: wg.tensor([
        [0.1, -0.2],
        [0.3, 0.4],
      ]),
      x: wg.tensor([[0.5], [-0.6]]),
    };
    expect(wg.gradCheck(f, at).ok).toBe(true);
    const report = wg.gradCheck((x: wg.Tensor) => x.mul(x.stopGradient()).sum(), wg.tensor([1, 2, 3]));
    expect(report.ok).toBe(false);
    expect(report).toMatchObject({ index: 2, derivative: 3 });
    expect(report.difference).toBeCloseTo(6, 5);
  });
});

describe('what is used wrongly is refused:', () => {
  beforeAll(() => wg.init());
  // biome-ignore lint/suspicious/noExplicitAny: wrong on purpose
  const any = (value: unknown): any => value;
  it.each<[string, () => unknown, RegExp]>([
    ['grad of no function', () => wg.grad(any(3)), /grad: expected a function, got 3/],
    [
      'a loss that is no scalar',
      () => wg.grad((x: wg.Tensor) => x)(wg.tensor([1, 2])),
      /must return a scalar, got float32\[2\]/,
    ],
    ['a loss that is no tensor', () => wg.grad(any(() => 'x'))(1), /must return a scalar tensor, got 'x'/],
    ['nothing to differentiate by', () => wg.grad(any(() => 1))(any({})), /holds no tensor or number/],
    [
      'int32',
      () => wg.grad((x: wg.Tensor) => x.toFloat().sum())(wg.tensor([1], [1], 'int32')),
      /differentiate by an int32/,
    ],
    ['a word in a tree', () => wg.grad(z)(any({ w: 1, b: 'x' })), /argument of grad\.b is 'x'/],
    [
      'a cotangent of another shape',
      () => wg.vjp((x: wg.Tensor) => x, wg.tensor([1, 2])).pull(wg.tensor([1])),
      /is float32\[1\], expected float32\[2\]/,
    ],
    ['jit of no function', () => wg.jit(any(null)), /jit: expected a function, got null/],
    ['an option of grad', () => wg.grad(z, any({ hasaux: true })), /did you mean 'hasAux'/],
  ])('%s', (_, act, message) => {
    expect(act).toThrow(message);
  });
});

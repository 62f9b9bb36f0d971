// Inside of a trace or a transform, nothing silently becomes a constant or zeros: it is inlined, or refused.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import * as ops from '../bindings/ops.js';

const { tensor } = wg;

// biome-ignore lint/suspicious/noExplicitAny: functions of functions, whose types are not the point here
const any = (value: unknown): any => value;

/** `value`, once `act` is done. */
function after<T>(act: () => unknown, value: T): T {
  act();
  return value;
}

function compiled(loss: wg.LossFunction | wg.LossName = 'meanSquaredError', layers = [wg.dense(1)]): wg.Sequential {
  const model = wg.sequential([1], layers);
  model.compile({ optimizer: wg.sgd(0.1), loss });
  return model;
}

describe.each(['wasm', 'js'] as const)('on %s', (backend) => {
  beforeAll(() => wg.init({ backend, seed: 1 }));

  describe('a placeholder of another trace', () => {
    it('is seen by a jitted function that is called inside of another', () => {
      const outer = wg.jit((x: wg.Tensor) => wg.jit((y: wg.Tensor) => y.mul(x))(tensor(2)));
      expect(outer(tensor(3)).item()).toBe(6);
      expect(outer(tensor(5)).item()).toBe(10);
    });

    it('is seen by a jitted function inside of a loss', () => {
      const scaled = wg.jit((yTrue: wg.Tensor, yPred: wg.Tensor) => yPred.sub(yTrue).square().mean());
      const [jitted, plain] = [compiled((t, p) => scaled(t, p)), compiled('meanSquaredError')];
      jitted.setWeights([[[2]], [1]]);
      plain.setWeights([[[2]], [1]]);
      for (const model of [jitted, plain]) expect(model.trainOnBatch([3], [1])).toBe(36);
      expect(jitted.getWeights().map((w) => w.toArray())).toEqual(plain.getWeights().map((w) => w.toArray()));
    });

    it.each([
      ['minimize', (x: wg.Tensor) => wg.minimize((p: wg.Tensor) => p.sub(x).square(), 0, { steps: 3 }).point],
      ['gradCheck', (x: wg.Tensor) => wg.gradCheck((p: wg.Tensor) => p.sub(x).square(), 0).error],
      ['newton', (x: wg.Tensor) => wg.newton((p: wg.Tensor) => p.sub(x).square(), 0).point],
      ['lbfgs', (x: wg.Tensor) => wg.lbfgs((p: wg.Tensor) => p.sub(x).square(), 0).point],
    ])('is refused by %s inside of jit', (name, f) => {
      const traced = wg.jit((x: wg.Tensor) => tensor(f(x)));
      expect(() => traced(tensor(3))).toThrow(`${name} uses float32[] (argument 0) of another trace`);
      expect(() => traced(tensor(3))).toThrow(wg.WasmgradError);
    });

    it('is refused when it was kept from an earlier trace', () => {
      let kept: wg.Tensor | undefined;
      const first = wg.jit((x: wg.Tensor) => {
        kept = x;
        return x.mul(2);
      });
      expect(first(tensor(1)).item()).toBe(2);
      expect(() => wg.jit((y: wg.Tensor) => y.mul(kept!))(tensor(2))).toThrow(/argument 0\) of another trace/);
      expect(() => kept!.item()).toThrow(/cannot be read outside of the trace that it was made in/);
      expect(() => compiled((t, p) => p.sub(t).mul(kept!).sum()).trainOnBatch([1], [1])).toThrow(/of another trace/);
    });

    it('is refused when it was kept from a batch of another size', async () => {
      let kept: wg.Tensor | undefined;
      const model = compiled((t, p) => {
        kept ??= p;
        return p.sub(t).add(kept.mean()).square().mean();
      });
      const before = model.getWeights().map((w) => w.toArray());
      await expect(model.fit([1, 2, 3], [1, 2, 3], { batchSize: 2 })).rejects.toThrow(
        'a program for a batch of 1 uses float32[2, 1] (x) of another trace',
      );
      expect(model.getWeights().map((w) => w.toArray())).toEqual(before);
    });
  });

  describe('inside of grad', () => {
    const f = { grad: wg.grad, valueAndGrad: wg.valueAndGrad };

    it('a jitted function is seen through, whatever it closes over', () => {
      const g = (x: wg.Tensor) => wg.jit((y: wg.Tensor) => y.mul(x))(tensor(2));
      expect(f.valueAndGrad(g)(3)).toEqual({ value: 6, grads: 2 });
      expect(f.grad((x: wg.Tensor) => wg.jit((y: wg.Tensor) => y.square())(x))(3)).toBe(6);
    });

    it('a gradient by something else stays a tensor where it depends on the argument', () => {
      // d/dx (x · d(y·x)/dy) = 2x
      expect(f.grad((x: wg.Tensor) => x.mul(any(wg.grad((y: wg.Tensor) => y.mul(x))(2))))(5)).toBe(10);
      expect(f.grad((x: wg.Tensor) => x.mul(wg.grad((y: wg.Tensor) => y.square())(2)))(5)).toBe(4);
    });

    it('a part of an inner gradient that does not depend on the argument can be read', () => {
      const inner = wg.grad(({ a, b }: { a: wg.Tensor; b: wg.Tensor }) => a.square().add(b.square()));
      const g = (x: wg.Tensor) => {
        const { a, b } = inner({ a: x, b: tensor(3) });
        return a.mul(b.item());
      };
      expect(f.grad(g)(5)).toBe(12);
      expect(f.grad((x: wg.Tensor) => any(inner({ a: x, b: 3 })).a)(5)).toBe(2);
    });

    it.each<[string, (x: wg.Tensor) => wg.Tensor]>([
      ['item', (x) => tensor(x.item()).mul(2)],
      ['data', (x) => tensor(x.data()).sum()],
      ['toArray', (x) => tensor(x.mul(2).toArray())],
      ['JSON', (x) => tensor(JSON.parse(JSON.stringify(x.square())))],
      ['a nested transform', (x) => x.mul(wg.grad((y: wg.Tensor) => y.mul(x.item()))(2))],
    ])('values of the argument are not read: %s', (_, g) => {
      expect(() => f.grad(g)(3)).toThrow(
        /reading values inside of grad would lose the gradient of float32\[\]: if it is a constant, use x\.stopGradient\(\)/,
      );
    });

    it('what does not depend on the argument is read, and constants are declared', () => {
      const c = tensor([1, 2, 3]);
      expect(f.grad((x: wg.Tensor) => x.mul(c.sum().item()))(1)).toBe(6);
      expect(f.grad((x: wg.Tensor) => x.mul(x.square().stopGradient().item()))(3)).toBe(9);
      const read = (x: wg.Tensor) => {
        const y = x.square();
        for (let k = 0; k < 4; k++) expect(y.mul(2).stopGradient().item()).toBe(18);
        return y;
      };
      expect(f.grad(read)(3)).toBe(6);
    });

    it.each<[string, (model: wg.Sequential) => (x: wg.Tensor) => wg.Tensor]>([
      ['predict', (model) => (x) => model.predict(x.reshape([1, 1])).sum()],
      ['evaluate', (model) => (x) => tensor(model.evaluate(x.reshape([1, 1]), [1]).loss)],
      ['trainOnBatch', (model) => (x) => tensor(model.trainOnBatch(x.reshape([1, 1]), [1]))],
      [
        'setWeights',
        (model) => (x) => {
          model.setWeights([x.reshape([1, 1]), [0]]);
          return model.predict([1]).sum();
        },
      ],
    ])('a model is not differentiated through %s', (_, f) => {
      const model = compiled();
      const before = model.getWeights().map((w) => w.toArray());
      expect(() => wg.grad(f(model))(2)).toThrow(
        /passing .* to a model inside of grad would lose the gradient of float32/,
      );
      expect(model.getWeights().map((w) => w.toArray())).toEqual(before);
    });

    it('minimize does not hide what it was given', () => {
      const inner = (x: wg.Tensor) => tensor(wg.minimize((p: wg.Tensor) => p.sub(x).square(), 0, { steps: 2 }).point);
      expect(() => wg.grad(inner)(3)).toThrow(/minimize inside of grad would lose the gradient of float32\[\]/);
    });

    it('a function of an array of numbers learns how to pass a tensor', () => {
      const sum = any((p: wg.Tensor) => p.sub(1).square().sum());
      const part = any(({ w }: { w: wg.Tensor }) => sum(w));
      const hint = /gets as an array of scalars; for one tensor pass tensor\(\[…\]\)/;
      for (const transform of ['grad', 'valueAndGrad', 'jacobian', 'hessian', 'jit']) {
        expect(() => any(wg)[transform](sum)([1, 2])).toThrow(hint);
        expect(() => any(wg)[transform](part)({ w: [1, 2] })).toThrow(hint);
      }
      for (const transform of ['vjp', 'minimize', 'newton', 'lbfgs', 'gradCheck']) {
        expect(() => any(wg)[transform](sum, [1, 2])).toThrow(hint);
        expect(() => any(wg)[transform](part, { w: [1, 2] })).toThrow(hint);
      }
      expect(() => any(wg.grad)(() => any(null).x)([1])).toThrow(wg.WasmgradError);
      expect(() => any(wg.jit)(() => any(null).x)(1)).toThrow(TypeError);
    });
  });

  describe('inside of a trace, what would be frozen is refused:', () => {
    const places: Record<string, (act: () => unknown) => unknown> = {
      jit: (act) => wg.jit((x: wg.Tensor) => after(act, x))(tensor(1)),
      'jit inside of grad': (act) => wg.grad((x: wg.Tensor) => wg.jit((y: wg.Tensor) => after(act, y))(x))(1),
      minimize: (act) => wg.minimize((x: wg.Tensor) => after(act, x.square()), 1, { steps: 1 }),
      gradCheck: (act) => wg.gradCheck((x: wg.Tensor) => after(act, x.square()), 1),
      'a loss': (act) => compiled((t, p) => after(act, p.sub(t).square().mean())).trainOnBatch([1], [1]),
      'a layer': (act) => {
        wg.sequential([1], [wg.layer({ kind: 'mine', call: (x) => after(act, x) })]).predict([1]);
      },
      'an activation': (act) =>
        compiled('meanSquaredError', [wg.dense(1, { activation: (z) => after(act, z) })]).predict([1]),
      'a metric': (act) => {
        const model = wg.sequential([1], [wg.dense(1)]);
        const metrics = [(_: wg.Tensor, p: wg.Tensor) => after(act, p.mean())];
        model.compile({ optimizer: wg.sgd(), loss: 'meanSquaredError', metrics });
        model.evaluate([1], [1]);
      },
      'an optimizer': (act) => {
        const update: wg.Optimizer['update'] = ({ param, grad }) => after(act, [wg.assign(param, param.sub(grad))]);
        wg.minimize((x: wg.Tensor) => x.square(), 1, {
          optimizer: { name: 'mine', learningRate: 1, slots: [], update },
          steps: 1,
        });
      },
    };
    const other = (): wg.Sequential => compiled();

    it.each(Object.keys(places))('random numbers in %s', (place) => {
      for (const draw of [
        () => wg.randomNormal([2]),
        () => wg.randomUniform([2]),
        () => wg.truncatedNormal([2]),
        () => wg.bernoulli([2]),
        () => wg.permutation(4),
        () => wg.randomInt([2], { high: 4 }),
        () => wg.categorical(wg.zeros([2])),
        () => ops.dropout(wg.zeros([2]), 0.5),
      ]) {
        expect(() => places[place]!(draw)).toThrow(
          /without a key inside of .* only once, when it is traced; pass { key }/,
        );
      }
      places[place]!(() => wg.randomNormal([2], { key: wg.randomKey(1) })); // constants by its own words
    });

    it.each(Object.keys(places))('methods of a model in %s', (place) => {
      const model = other();
      for (const act of [
        () => model.predict([1]),
        () => model.getWeights(),
        () => model.setWeights([[[1]], [1]]),
        () => model.evaluate([1], [1]),
        () => model.trainOnBatch([1], [1]),
        () => model.inspect([1], [1]),
        () => model.learningRate,
        () => model.dispose(),
      ]) {
        expect(() => places[place]!(act)).toThrow(/happens only once, when it is traced; call it before/);
      }
      expect(model.predict([1]).size).toBe(1);
    });

    it('but not in grad, which runs its function each time', () => {
      expect(wg.grad((x: wg.Tensor) => x.mul(wg.randomUniform([]).stopGradient()))(1)).not.toBe(
        wg.grad((x: wg.Tensor) => x.mul(wg.randomUniform([])))(1),
      );
      const model = compiled();
      model.setWeights([[[4]], [0]]);
      expect(wg.grad((x: wg.Tensor) => x.mul(model.getWeights()[0]!).sum())(1)).toBe(4);
    });
  });

  describe('jit', () => {
    it('refuses an async function, and what is no tree', () => {
      expect(() => wg.jit(any(async (x: wg.Tensor) => x))(tensor(1))).toThrow(/jit: the function must not be async/);
    });

    it('gives tensors for numbers that its function returns, inside of another trace, too', () => {
      const f = any(wg.jit(any((x: wg.Tensor) => ({ x, two: 2 }))));
      expect(f(tensor(1)).two.item()).toBe(2);
      expect(wg.grad((x: wg.Tensor) => f(x).x.mul(f(x).two))(1)).toBe(2);
    });
  });

  describe('a tensor that was read', () => {
    it('keeps nothing of the step that made it', () => {
      const f = (x: wg.Tensor) => x.square().sum();
      const { value } = wg.valueAndGrad(f)(tensor([1, 2])) as { value: wg.Tensor };
      expect(value.item()).toBe(5);
      expect(value.inputs).toEqual([]);
    });

    it('is not kept by what was computed with it', () => {
      const { value, grads } = wg.valueAndGrad((x: wg.Tensor) => x.square().sum())(tensor([1, 2]));
      expect(grads.data()).toEqual(Float32Array.of(2, 4));
      expect(value.siblings).toBe(undefined);
    });

    it('stays differentiable for a vjp that can be pulled again, and what its function kept, too', () => {
      let inner: wg.Tensor | undefined;
      const f = (x: wg.Tensor) => {
        inner = x.mul(3);
        return inner.square();
      };
      const { value, pull } = wg.vjp(f, tensor([1, 2]));
      expect(value.toArray()).toEqual([9, 36]);
      expect(inner!.toArray()).toEqual([3, 6]);
      for (let k = 0; k < 2; k++) expect(any(pull(tensor([1, 1]))).toArray()).toEqual([18, 36]);
      expect(value.inputs).toEqual([]);
    });

    it('is a loop that is linear in its steps: each step has as many instructions as the one before', () => {
      const g = wg.valueAndGrad((p: wg.Tensor) => p.square().sum());
      let [p, m] = [tensor([1, 2]), tensor([0, 0])];
      const depths: number[] = [];
      for (let step = 0; step < 30; step++) {
        const { value, grads } = g(p) as unknown as { value: wg.Tensor; grads: wg.Tensor };
        m = m.mul(0.9).add(grads);
        p = p.sub(m.mul(0.01));
        value.item();
        depths.push(depthOf(p));
      }
      expect(new Set(depths.slice(3)).size).toBe(1);
      let [q, v] = [1, 0];
      for (let step = 0; step < 30; step++) {
        v = 0.9 * v + 2 * q;
        q -= 0.01 * v;
      }
      expect(p.toArray<number[]>()[0]).toBeCloseTo(q, 4);
    });
  });
});

/** How many ops stand between a tensor and what is known. */
function depthOf(t: wg.Tensor): number {
  const seen = new Set([t]);
  for (const node of seen) if (!node.known) for (const input of node.inputs) seen.add(input);
  return seen.size;
}

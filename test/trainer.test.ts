// trainer: any loss of a tree of parameters, or of a model.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import * as ops from '../bindings/ops.js';
import { runner } from '../bindings/run/runtime.js';

const X = wg.tensor([
  [1, 2],
  [3, 4],
  [0, 1],
]);
const Y = wg.tensor([[1], [2], [0]]);
const start = () => ({ w: wg.tensor([[0.1], [-0.2]]), b: 0.5 });

type Linear = { w: wg.Tensor; b: wg.Tensor };
const squared = ({ w, b }: Linear, x: wg.Tensor, y: wg.Tensor) => x.matMul(w).add(b).sub(y).square().mean();

describe.each(['wasm', 'js'] as const)('a trainer on %s', (backend) => {
  beforeAll(() => wg.init({ backend, seed: 1 }));

  it('makes the steps that grad and the formula of the optimizer make', () => {
    const t = wg.trainer(squared, start(), { optimizer: wg.sgd(0.05) });
    let { w, b } = { w: start().w, b: wg.tensor(0.5) };
    for (let step = 0; step < 5; step++) {
      const { value, grads } = wg.valueAndGrad((p: Linear) => squared(p, X, Y))({ w, b });
      expect(t.step(X, Y)).toBeCloseTo(value.item(), 6);
      [w, b] = [w.sub(grads.w.mul(0.05)), b.sub(grads.b.mul(0.05))];
    }
    const { parameters } = t;
    expect(typeof parameters.b).toBe('number');
    expect(parameters.b).toBeCloseTo(b.item(), 6);
    parameters.w.data().forEach((v, i) => void expect(v).toBeCloseTo(w.data()[i]!, 6));
    expect(t.evaluate(X, Y)).toBeCloseTo(squared({ w, b }, X, Y).item(), 6);
    expect(t.parameters.w.toArray()).toEqual(parameters.w.toArray());
  });

  it('makes a program for each form of its batch, of numbers, arrays and trees', () => {
    const t = wg.trainer(
      (p: { a: wg.Tensor }, batch: { x: wg.Tensor; scale: wg.Tensor }) => batch.x.mul(p.a).mul(batch.scale).sum(),
      { a: 2 },
      { optimizer: wg.sgd(0) },
    );
    expect(t.step({ x: Float32Array.of(1, 2), scale: 3 })).toBe(18);
    expect(t.step({ x: Float32Array.of(1, 2, 3), scale: 0.5 })).toBe(6);
    expect(t.step({ scale: wg.tensor(1), x: wg.tensor([1, 1]).add(1) })).toBe(8);
  });

  it('returns what the loss returns beside itself', () => {
    const t = wg.trainer(
      (p: Linear, x: wg.Tensor, y: wg.Tensor) => ({
        loss: squared(p, x, y),
        aux: { out: x.matMul(p.w), n: [y.sum()] as const },
      }),
      start(),
      { optimizer: wg.adam() },
    );
    const { loss, aux } = t.step(X, Y);
    expect(loss).toBeGreaterThan(0);
    expect([aux.out.shape, aux.n[0].item()]).toEqual([[3, 1], 3]);
  });

  it.each(['sgd', 'adam'] as const)(
    'goes on from a saved state with the bits of a run without a break: %s with dropout',
    (name) => {
      const make = () =>
        wg.trainer(
          (p: Linear, key: wg.Tensor, x: wg.Tensor, y: wg.Tensor) => squared(p, ops.dropout(x, 0.5, { key }), y),
          start(),
          { optimizer: name === 'sgd' ? wg.sgd(0.1, { momentum: 0.9 }) : wg.adam(0.1), key: wg.randomKey(7) },
        );
      const [whole, broken, resumed] = [make(), make(), make()];
      const losses = Array.from({ length: 8 }, () => whole.step(X, Y));
      expect(new Set(losses).size).toBe(8);
      const first = Array.from({ length: 4 }, () => broken.step(X, Y));
      const saved = broken.save();
      broken.step(X, Y);
      resumed.restore(saved);
      expect([...first, ...Array.from({ length: 4 }, () => resumed.step(X, Y))]).toEqual(losses);
      expect(resumed.parameters.w.toArray()).toEqual(whole.parameters.w.toArray());
    },
  );

  it('trains a model where it lies, its states, penalties and regularizers included', () => {
    const count = wg.layer({
      kind: 'count',
      build: () => ({ state: { steps: { shape: [], initializer: 'zeros' } } }),
      call: (x, _, { training, state, update, penalty }) => {
        if (training) update('steps', state.steps.add(1));
        penalty(wg.tensor(2));
        return x;
      },
    });
    const net = wg.sequential([2], [count, wg.dense(1, { kernelRegularizer: wg.l2(0.5), kernelInitializer: 'ones' })]);
    const t = wg.trainer(
      (p, x: wg.Tensor) =>
        net
          .apply(p, x, { training: true })
          .sum()
          .mul(0)
          .add(net.apply(p, x, { training: true }).sum().mul(0)),
      net,
      { optimizer: wg.sgd(0.1) },
    );
    expect(t.step(X)).toBe(2 + 2 + 0.5 * 2);
    expect(net.state()['count.steps']!.item()).toBe(2);
    expect(net.parameters()['dense.kernel']!.toArray()).toEqual([[Math.fround(0.9)], [Math.fround(0.9)]]);
    expect(t.parameters['dense.kernel']!.toArray()).toEqual(net.parameters()['dense.kernel']!.toArray());
    t.evaluate(X);
    expect(net.state()['count.steps']!.item()).toBe(2);
  });

  it('trains parts of one game against each other, each on parameters of its own', () => {
    const [g, d] = [wg.sequential([1], [wg.dense(1)]), wg.sequential([1], [wg.dense(1)])];
    const z = wg.tensor([[1], [2]]);
    const forD = wg.trainer((p, fake: wg.Tensor) => d.apply(p, fake).sum(), d, { optimizer: wg.sgd(0.1) });
    const forG = wg.trainer((p, q: wg.NamedTensors, noise: wg.Tensor) => d.apply(q, g.apply(p, noise)).sum().neg(), g, {
      optimizer: wg.sgd(0.1),
    });
    const before = [g, d].map((m) => m.getWeights().map((w) => w.toArray()));
    forD.step(g.predict(z));
    expect(g.getWeights().map((w) => w.toArray())).toEqual(before[0]);
    const trained = d.getWeights().map((w) => w.toArray());
    expect(trained).not.toEqual(before[1]);
    forG.step(d.parameters(), z);
    expect(d.getWeights().map((w) => w.toArray())).toEqual(trained);
    expect(g.getWeights().map((w) => w.toArray())).not.toEqual(before[0]);
  });

  it('waits for the fit of its model, or of a model inside of that', async () => {
    const inner = wg.sequential([2], [wg.dense(1)]).compile({ optimizer: wg.sgd(0.01), loss: 'mse' });
    const outer = wg.sequential([2], [inner.asLayer()]).compile({ optimizer: wg.sgd(0.01), loss: 'mse' });
    for (const trained of [inner, outer]) {
      const t = wg.trainer((p, x: wg.Tensor) => trained.apply(p, x).mean(), trained, { optimizer: wg.sgd(0.01) });
      const onEpochEnd = () => void t.step(X);
      const message = 'step: the model is at work in fit; await it first';
      await expect(inner.fit(X, Y, { callbacks: [{ onEpochEnd }] })).rejects.toThrow(message);
      t.step(X);
    }
  });

  it('gives its memory back, and keeps that of its model', () => {
    wg.sequential([2], [wg.dense(100)]).dispose(); // makes the program of initial values, which is kept
    const { used } = runner().memory;
    const net = wg.sequential([2], [wg.dense(100)]);
    const t = wg.trainer((p, x: wg.Tensor) => net.apply(p, x).sum(), net, { optimizer: wg.adam() });
    t.step(X);
    net.dispose();
    t.step(X);
    t.dispose();
    t.dispose();
    expect(() => t.step(X)).toThrow('step: the trainer was disposed');
    const tree = wg.trainer(squared, start(), { optimizer: wg.adam() });
    tree.step(X, Y);
    tree.dispose();
    expect(runner().memory.used).toBeLessThanOrEqual(used);
  });

  const any = (value: unknown) => value as never;
  it.each<[string, () => unknown, RegExp]>([
    [
      'no function',
      () => wg.trainer(any(3), start(), { optimizer: wg.sgd() }),
      /trainer: loss must be a function, got 3/,
    ],
    ['no optimizer', () => wg.trainer(squared, start(), any({})), /trainer: optimizer must be made by sgd/],
    ['no parameters', () => wg.trainer(() => wg.tensor(1), {}, { optimizer: wg.sgd() }), /holds no tensor or number/],
    [
      'a parameter in words',
      () => wg.trainer(() => wg.tensor(1), any({ w: 'x' }), { optimizer: wg.sgd() }),
      /trainer: parameters.w is 'x'/,
    ],
    [
      'int32 parameters',
      () => wg.trainer(() => wg.tensor(1), Int32Array.of(1), { optimizer: wg.sgd() }),
      /parameters must be float32/,
    ],
    [
      'a loss of many numbers',
      () => wg.trainer((p: Linear, x: wg.Tensor) => x.mul(p.b), start(), { optimizer: wg.sgd() }).step(X),
      /trainer: the function must return a scalar, got float32\[3, 2\]/,
    ],
    [
      'a loss without parameters',
      () => wg.trainer((_: Linear, x: wg.Tensor) => x.sum(), start(), { optimizer: wg.sgd() }).step(X),
      /trainer: the loss does not depend on the parameters/,
    ],
    [
      'an async loss',
      () =>
        wg
          .trainer(
            any(async () => wg.tensor(1)),
            start(),
            { optimizer: wg.sgd() },
          )
          .step(),
      /trainer: the function must not be async/,
    ],
    [
      'the state of other parameters',
      () => {
        const t = wg.trainer(squared, start(), { optimizer: wg.sgd() });
        t.restore(wg.trainer(() => wg.tensor(1), { w: 1 }, { optimizer: wg.sgd() }).save());
      },
      /restore: the state is of 'parameter 0 float32\[\]', this trainer has parameter 0 float32\[2, 1\], parameter 1 float32\[\]/,
    ],
    [
      'the state of another optimizer',
      () =>
        wg
          .trainer(squared, start(), { optimizer: wg.sgd() })
          .restore(wg.trainer(squared, start(), { optimizer: wg.adam() }).save()),
      /restore: the state is that of another optimizer or backend/,
    ],
    [
      'parameters of another shape',
      () => {
        const t = wg.trainer(squared, start(), { optimizer: wg.sgd() });
        t.parameters = { w: wg.tensor([1]), b: 1 };
      },
      /trainer: a parameter is float32\[2, 1\], got float32\[1\] for it/,
    ],
    [
      'a step inside of a loss',
      () => {
        const t = wg.trainer(squared, start(), { optimizer: wg.sgd() });
        wg.trainer(() => wg.tensor(t.step(X, Y)), start(), { optimizer: wg.sgd() }).step();
      },
      /step inside of the loss of a trainer happens only once/,
    ],
  ])('refuses %s', (_, run, message) => {
    expect(run).toThrow(message);
    expect(run).toThrow(wg.WasmgradError);
  });
});

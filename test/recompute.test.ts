// recompute: the same values, gradients and states as without it, the same random numbers both times, in less memory.

import { beforeAll, describe, expect, it } from 'vitest';
import { gradients } from '../bindings/grad.js';
import * as wg from '../bindings/index.js';
import { dropout, recompute } from '../bindings/ops.js';
import { Program } from '../bindings/program.js';
import { runner } from '../bindings/run/runtime.js';
import { inputOf } from '../bindings/tensor.js';

type Named = Record<string, wg.Tensor>;
type Applied = { output: wg.Tensor; state: Named };

/** A net of blocks, which `around` may wrap. */
function deep(blocks: number, around: (block: (x: wg.Tensor) => wg.Tensor) => (x: wg.Tensor) => wg.Tensor) {
  const parts = Array.from({ length: blocks }, () => {
    const [first, norm, drop, second] = [wg.dense(8), wg.batchNorm(), wg.dropout(0.25), wg.dense(8)];
    return around((x) => second(drop(norm(first(x)).tanh())).add(x));
  });
  const head = wg.dense(1);
  return wg.model([8], (x) => head(parts.reduce((t, part) => part(t), x)));
}

const plain = (block: (x: wg.Tensor) => wg.Tensor) => block;
const again = (block: (x: wg.Tensor) => wg.Tensor) => wg.recompute(block);

const values = (tensors: Named) => Object.values(tensors).map((t) => [...t.data()]);

describe.each(['wasm', 'js'] as const)('recompute on %s', (backend) => {
  beforeAll(() => wg.init({ backend, seed: 2 }));

  it('has the gradient of what it computes, with dropout and batchNorm in it', () => {
    const net = deep(3, again);
    expect(Object.keys(net.parameters())[0]).toBe('recompute.dense.kernel');
    const x = wg.randomNormal([5, 8], { key: wg.randomKey(1) });
    const state = net.state();
    const start = net.parameters() as Named;
    const named = Object.fromEntries(
      Object.entries(start).map(([name, { shape }], i) => [name, wg.randomNormal(shape, { key: wg.randomKey(i) })]),
    );
    const f = (p: Named) => {
      const { output } = net.apply(p, x, { training: true, state, key: wg.randomKey(3) }) as Applied;
      return output.square().mean();
    };
    expect(wg.gradCheck(f as never, named as never).ok).toBe(true);
  });

  it('gives the bits of the net without it', () => {
    const make = (around: typeof plain) => {
      const parts = Array.from({ length: 3 }, (_, i) => {
        const [first, norm, second] = [wg.dense(6), wg.batchNorm(), wg.dense(6)];
        return wg.layer({
          kind: `block${i}`,
          call: (x: wg.Tensor) => around((t) => second(norm(first(t)).tanh()).add(t))(x),
        });
      });
      return wg.model([6], (x) => parts.reduce((t, part) => part(t), x));
    };
    const [one, other] = [make(plain), make((block) => wg.recompute(block))];
    const x = wg.randomNormal([4, 6], { key: wg.randomKey(1) });
    const given = Object.values(one.parameters()).map((t, i) => wg.randomNormal(t.shape, { key: wg.randomKey(i) }));
    const named = (net: typeof one) =>
      Object.fromEntries(Object.keys(net.parameters()).map((name, i) => [name, given[i]!]));
    const run = (net: typeof one, p: Named) => net.apply(p, x, { training: true, state: net.state() }) as Applied;
    const slopes = (net: typeof one) => wg.grad((p: Named) => run(net, p).output.square().sum())(named(net)) as Named;
    expect(values(slopes(other))).toEqual(values(slopes(one)));
    expect(values(run(other, named(other)).state)).toEqual(values(run(one, named(one)).state));
    const steep = (net: typeof one) =>
      wg.grad((p: Named) => {
        const inner = wg.grad((q: Named) => run(net, q).output.square().sum())(p) as Named;
        return Object.values(inner).reduce((sum, t) => sum.add(t.square().sum()), wg.tensor(0));
      })(named(net)) as Named;
    const [steeper, exact] = [values(steep(other)).flat(), values(steep(one)).flat()];
    const largest = Math.max(...exact.map(Math.abs));
    steeper.forEach((value, i) => {
      expect(Math.abs(value - exact[i]!)).toBeLessThan(1e-5 * largest);
    });
  });

  it('draws the same numbers both times, and trains', async () => {
    const net = wg.sequential([4], [wg.recompute(wg.dropout(0.5)), wg.dense(1, { kernelInitializer: 'ones' })]);
    const f = (x: wg.Tensor) =>
      (net.apply(net.parameters(), x, { training: true, key: wg.randomKey(9) }) as wg.Tensor).sum();
    const x = wg.tensor([
      [1, 2, 4, 8],
      [16, 32, 64, 128],
    ]);
    const slopes = wg.grad(f)(x);
    // f is linear: its value is that of the slopes, if both dropped the same elements.
    expect(f(x).item()).toBe(slopes.mul(x).sum().item());
    const trained = deep(4, again).compile({ optimizer: wg.adam(0.01), loss: 'mse' });
    const inputs = Array.from({ length: 32 }, (_, i) => Array.from({ length: 8 }, (_, k) => Math.sin(i + k)));
    const { history } = await trained.fit(
      inputs,
      inputs.map((row) => [row[0]!]),
      { epochs: 30, batchSize: 16 },
    );
    expect(history.loss.at(-1)).toBeLessThan(history.loss[0]! / 2);
  });

  it('takes less memory: a deep net needs less than half of it', () => {
    const bytes = (around: typeof plain) => {
      const blocks = 16;
      const parts = Array.from({ length: blocks }, () => {
        const layers = Array.from({ length: 4 }, () => wg.dense(16, { activation: 'tanh' }));
        return around((x) => layers.reduce((t, one) => one(t), x));
      });
      const net = wg.model([16], (x) => parts.reduce((t, part) => part(t), x));
      const shapes = Object.entries(net.parameters());
      const inputs = shapes.map(([name, { shape }]) => inputOf(name, shape));
      const x = inputOf('x', [512, 16]);
      const named = Object.fromEntries(shapes.map(([name], i) => [name, inputs[i]!]));
      const loss = (net.apply(named, x) as wg.Tensor).square().sum();
      const outputs = gradients(loss, inputs) as wg.Tensor[];
      const program = new Program(runner(), { outputs, effects: [] }, { inputs: [...inputs, x] });
      const { arenaBytes } = program;
      program.dispose();
      return arenaBytes;
    };
    expect(bytes(again)).toBeLessThan(bytes(plain) / 2);
  });

  it('is a function, too, of a tensor and of what it uses from outside', () => {
    const [x, w] = [
      wg.randomNormal([4, 6], { key: wg.randomKey(1) }),
      wg.randomNormal([6, 6], { key: wg.randomKey(2) }),
    ];
    const inside = (t: wg.Tensor, v: wg.Tensor, key: wg.Tensor) => dropout(t.matMul(v).tanh(), 0.5, { key }).matMul(v);
    const once = (v: wg.Tensor, t: wg.Tensor, key: wg.Tensor) => inside(t, v, key).square().sum();
    const twice = (v: wg.Tensor, t: wg.Tensor, key: wg.Tensor) =>
      recompute(t, (y) => inside(y, v, key))
        .square()
        .sum();
    const slopes = (f: typeof once) => wg.jit((v: wg.Tensor, key: wg.Tensor) => wg.grad((p) => f(p, x, key))(v));
    for (const seed of [3, 4]) {
      const key = wg.randomKey(seed);
      expect(slopes(twice)(w, key).toArray()).toEqual(slopes(once)(w, key).toArray());
      expect(
        wg
          .grad((t) => twice(w, t, key))(x)
          .toArray(),
      ).toEqual(
        wg
          .grad((t) => once(w, t, key))(x)
          .toArray(),
      );
    }
    const each = (f: typeof once) =>
      wg.vmap((t: wg.Tensor) => wg.grad((v) => f(v, t.expandDims(0), wg.randomKey(5)))(w));
    expect(each(twice)(x).toArray()).toEqual(each(once)(x).toArray());
  });

  it('takes less memory as a function', () => {
    const bytes = (around: typeof recompute) => {
      const [x, w] = [inputOf('x', [256, 16]), inputOf('w', [16, 16])];
      const block = (t: wg.Tensor) => Array.from({ length: 8 }).reduce((y: wg.Tensor) => y.matMul(w).tanh(), t);
      const y = Array.from({ length: 8 }).reduce((t: wg.Tensor) => around(t, block), x);
      const outputs = gradients(y.sum(), [w]) as wg.Tensor[];
      const program = new Program(runner(), { outputs, effects: [] }, { inputs: [x, w] });
      const { arenaBytes } = program;
      program.dispose();
      return arenaBytes;
    };
    expect(bytes(recompute)).toBeLessThan(bytes((t, block) => block(t)) / 2);
  });

  it('refuses what it cannot wrap', () => {
    expect(() => recompute(wg.ones([2]), 3 as never)).toThrow('recompute must be a function, got 3');
    expect(() => recompute(wg.ones([2]), (t) => [t] as never)).toThrow(
      'recompute: what the function returns must be one tensor',
    );
    expect(() => wg.recompute(3 as never)).toThrow('recompute: the layer must be a function, got 3');
    const two = wg.recompute((x: wg.Tensor) => ({ x }) as never);
    expect(() => wg.model([2], (x) => two(x))).toThrow('recompute: what the layer returns must be one tensor');
  });
});

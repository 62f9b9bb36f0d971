// What an optimizer of a user is given, and what it may write.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import * as ops from '../bindings/ops.js';

type Update = wg.Optimizer['update'];

/** An optimizer of a user. */
const mine = (update: Update, slots: readonly string[] = []): wg.Optimizer => ({
  name: 'mine',
  learningRate: 0.1,
  slots,
  update,
});

/** Three parameters in a kernel [1, 3] and three in a bias: neither is a multiple of four. */
function model(optimizer: wg.Optimizer): wg.Sequential {
  const net = wg.sequential([1], [wg.dense(3, { kernelInitializer: 'ones' })]);
  net.compile({ optimizer, loss: (_, yPred) => yPred.square().sum() });
  return net;
}

const weightsAfter = (optimizer: wg.Optimizer, steps = 1) => {
  const net = model(optimizer);
  for (let k = 0; k < steps; k++) net.trainOnBatch([2], [[0, 0, 0]]);
  return net.getWeights().map((w) => [...w.data()]);
};

describe.each(['wasm', 'js'] as const)('the optimizer of a user on %s', (backend) => {
  beforeAll(() => wg.init({ backend, seed: 1 }));

  it('is given each parameter, its gradient and its slots in their true shape', () => {
    const seen: unknown[] = [];
    const update: Update = ({ param, grad, slots }) => {
      seen.push([param.shape, grad.shape, slots['v']!.shape]);
      return [wg.assign(param, grad.mean().broadcastTo(param.shape)), wg.assign(slots['v']!, grad)];
    };
    // z = 2·1 + 0, L = 3·z²: dL/dW = 2·z·2 = 8, dL/db = 2·z = 4, and no zeros of padding in the means.
    expect(weightsAfter(mine(update, ['v']))).toEqual([
      [8, 8, 8],
      [4, 4, 4],
    ]);
    expect(seen).toEqual([
      [
        [1, 3],
        [1, 3],
        [1, 3],
      ],
      [[3], [3], [3]],
    ]);
  });

  it('may wrap one of ours: norms and counts are those of the parameter', () => {
    const inner = wg.sgd(0.1, { momentum: 0.9 });
    const unit: Update = (inputs) => inner.update({ ...inputs, grad: inputs.grad.div(ops.norm(inputs.grad)) });
    const [kernel, bias] = weightsAfter({ ...inner, update: unit });
    for (const w of kernel!) expect(w).toBeCloseTo(1 - 0.1 / Math.sqrt(3), 6);
    for (const b of bias!) expect(b).toBeCloseTo(-0.1 / Math.sqrt(3), 6);
  });

  it('does in its own words what ours do in one instruction', () => {
    const momentum: Update = ({ param, grad, slots, learningRate }) => {
      const v = slots['v']!.mul(0.9).add(grad);
      return [wg.assign(slots['v']!, v), wg.assign(param, param.sub(v.mul(learningRate)))];
    };
    const [own, ours] = [weightsAfter(mine(momentum, ['v']), 5), weightsAfter(wg.sgd(0.1, { momentum: 0.9 }), 5)];
    own.flat().forEach((w, i) => void expect(w).toBeCloseTo(ours.flat()[i]!, 5));
  });

  it.each<[string, Update, RegExp]>([
    [
      'writes a place twice',
      ({ param, grad }) => [wg.assign(param, param.mul(0.9)), wg.assign(param, param.sub(grad))],
      /has float32\[.*\] in it; expected assign\(param or a slot, value\), once for each: all values are from before the step/,
    ],
    [
      'writes a slot twice',
      ({ slots: { v } }) => [wg.assign(v!, v!.mul(0.9)), wg.assign(v!, v!.add(1))],
      /once for each/,
    ],
    [
      'makes an assignment and does not return it',
      ({ param, grad, slots: { v } }) => {
        wg.assign(v!, grad);
        return [wg.assign(param, param.sub(grad))];
      },
      /lacks an assign\(…\) that was made/,
    ],
    [
      'writes to what is no parameter and no slot',
      ({ grad, learningRate }) => [wg.assign(learningRate, grad.sum())],
      /expected assign\(param or a slot, value\)/,
    ],
    [
      'assigns nothing',
      ({ param }) => [wg.assign(param, undefined as never)],
      /assign: expected a Tensor, got undefined/,
    ],
    ['assigns a number', ({ param }) => [wg.assign(param, 3 as never)], /assign: expected a Tensor, got 3/],
    [
      'assigns another shape',
      ({ param }) => [wg.assign(param, param.expandDims(0))],
      /assign: a float32.* does not fit/,
    ],
    ['returns a value', ({ param, grad }) => [param.sub(grad)], /expected assign\(param or a slot, value\)/],
  ])('is refused if it %s', (_, update, message) => {
    const net = model(mine(update, ['v']));
    const before = net.getWeights().map((w) => w.toArray());
    expect(() => net.trainOnBatch([2], [[0, 0, 0]])).toThrow(message);
    expect(() => wg.minimize((x: wg.Tensor) => x.square(), 1, { optimizer: mine(update, ['v']) })).toThrow(message);
    expect(net.getWeights().map((w) => w.toArray())).toEqual(before);
  });

  it('is where assign works, and nowhere else', () => {
    const [a, b] = [wg.tensor([1]), wg.tensor([2])];
    const outside = /assign works inside of an optimizer's update only/;
    expect(() => wg.assign(a, b)).toThrow(outside);
    const net = wg.sequential([1], [wg.dense(1)]);
    net.compile({ optimizer: wg.sgd(), loss: (yTrue, yPred) => wg.assign(yTrue, yPred) });
    expect(() => net.trainOnBatch([1], [1])).toThrow(outside);
    expect(() => wg.jit((x: wg.Tensor) => wg.assign(x, x))(a)).toThrow(outside);
  });
});

describe('a copy of an optimizer of the library', () => {
  beforeAll(() => wg.init({ seed: 1 }));

  it.each([
    ['adam', wg.adam(), ['m'], "the optimizer adam: slots must hold 'v', got [m]"],
    ['sgd', wg.sgd(0.1, { momentum: 0.5 }), [], "the optimizer sgd: slots must hold 'velocity', got []"],
    ['rmsprop', wg.rmsprop(), ['m', 'v'], "the optimizer rmsprop: slots must hold 'meanSquare', got [m, v]"],
    ['adagrad', wg.adagrad(), [], "the optimizer adagrad: slots must hold 'sumSquare', got []"],
  ])('%s is refused without its slots', (_, optimizer, slots, message) => {
    const copy = { ...optimizer, slots };
    const refusals = [
      () => wg.minimize((x) => x.square(), 1, { optimizer: copy }),
      () => model(copy).trainOnBatch([2], [[0, 0, 0]]),
      () => model({ ...copy, update: (inputs) => optimizer.update(inputs) }).trainOnBatch([2], [[0, 0, 0]]),
    ];
    for (const refused of refusals) {
      expect(refused).toThrow(message);
      expect(refused).toThrow(wg.WasmgradError);
    }
  });

  it('may have more slots', () => {
    const end = (optimizer: wg.Optimizer) => wg.minimize((x) => x.square(), 1, { optimizer, steps: 3 }).point;
    expect(end({ ...wg.adam(), slots: ['more', 'v', 'm'] })).toBe(end(wg.adam()));
  });
});

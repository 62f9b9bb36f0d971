// minimize, newton and lbfgs: where they end, what they call, and what they refuse.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import { runner } from '../bindings/run/runtime.js';
import { firstDifference } from './harness.js';

/** (1 - x)² + 100(y - x²)²: a bent valley with its minimum at (1, 1). */
const rosenbrock = ([x, y]: readonly [wg.Tensor, wg.Tensor]) =>
  x.neg().add(1).square().add(y.sub(x.square()).square().mul(100));

function thrownBy(run: () => unknown): wg.NonFiniteLossError {
  try {
    run();
  } catch (error) {
    return error as wg.NonFiniteLossError;
  }
  throw new Error('nothing was thrown');
}

describe.each(['wasm', 'js'] as const)('on %s', (backend) => {
  beforeAll(() => wg.init({ backend, seed: 1 }));

  it('minimize returns the point, the value and the trace', () => {
    const options = { optimizer: wg.sgd(0.3), until: ({ value }: wg.Point<number>) => value < 1e-2 };
    const { point, value, step, trace } = wg.minimize((x: wg.Tensor) => x.square(), 1.2, options);
    expect(trace.map((at) => `x=${at.point.toFixed(6)}, y=${at.value.toFixed(6)}`)).toEqual([
      'x=1.200000, y=1.440000',
      'x=0.480000, y=0.230400',
      'x=0.192000, y=0.036864',
      'x=0.076800, y=0.005898',
      'x=0.030720, y=0.000944',
    ]);
    expect([step, point, value]).toEqual([4, trace[4]!.point, trace[4]!.value]);
  });

  it('gives the update of a user the gradient of this step, even one that is a parameter or that two share', () => {
    const learningRate = 0.1;
    const mine: wg.Optimizer = {
      name: 'mine',
      learningRate,
      slots: [],
      update: ({ param, grad, learningRate: lr }) => [wg.assign(param, param.sub(grad.mul(lr)))],
    };
    type Pair = { a: wg.Tensor; b: wg.Tensor };
    for (const f of [({ a, b }: Pair) => a.add(b).square(), ({ a, b }: Pair) => a.mul(b)]) {
      const end = (optimizer: wg.Optimizer) => wg.minimize(f, { a: 1, b: 2 }, { optimizer, steps: 3 }).point;
      const [actual, expected] = [end(mine), end(wg.sgd(learningRate))];
      expect(actual.a).toBeCloseTo(expected.a, 6);
      expect(actual.b).toBeCloseTo(expected.b, 6);
    }
  });

  it('gives the update of a user the values from before the step, also where two places swap', () => {
    for (const same of [(x: wg.Tensor) => x, (x: wg.Tensor) => x.mul(1)]) {
      const swap: wg.Optimizer = {
        name: 'swap',
        learningRate: 1,
        slots: ['other'],
        update: ({ param, slots: { other } }) => [wg.assign(param, same(other!)), wg.assign(other!, same(param))],
      };
      const { trace } = wg.minimize((x: wg.Tensor) => x.square(), 5, { optimizer: swap, steps: 4 });
      expect(trace.map(({ point }) => point)).toEqual([5, 0, 5, 0, 5]);
    }
  });

  it('takes every optimizer, and starts of every form', () => {
    const optimizers = [
      wg.sgd(0.1),
      wg.sgd(0.02, { momentum: 0.9 }),
      wg.sgd(0.02, { momentum: 0.9, nesterov: true }),
      wg.rmsprop(0.02),
      wg.adagrad(0.8),
      wg.adam(0.1),
    ];
    const f = ({ a, b }: { a: wg.Tensor; b: readonly [wg.Tensor] }) =>
      a.sub(1).square().sum().add(b[0].add(2).square());
    for (const optimizer of optimizers) {
      const { point } = wg.minimize(f, { a: wg.tensor([0, 3]), b: [0] as const }, { optimizer, steps: 500 });
      for (const v of point.a.data()) expect(v, optimizer.name).toBeCloseTo(1, 1);
      expect(point.b[0], optimizer.name).toBeCloseTo(-2, 1);
    }
  });

  it('newton is at the minimum of a parabola after one step', () => {
    const y = (x: wg.Tensor) => x.square().mul(3).add(x.mul(6)).add(5);
    expect(wg.newton(y, 3)).toMatchObject({ step: 1, point: -1, value: 2 });
    const { point, step } = wg.newton(rosenbrock, [-1.2, 1] as const);
    expect(step).toBeLessThan(12);
    expect(point[0]).toBeCloseTo(1, 4);
    expect(point[1]).toBeCloseTo(1, 4);
  });

  it('lbfgs walks down the valley of Rosenbrock in few steps', () => {
    const { point, value, step } = wg.lbfgs(rosenbrock, [-1.2, 1] as const);
    expect(step).toBeLessThan(60);
    expect(value).toBeLessThan(1e-7);
    expect(point[0]).toBeCloseTo(1, 2);
    const at = wg.lbfgs(
      (x: wg.Tensor) =>
        x
          .sub(wg.tensor([1, -2, 3]))
          .square()
          .sum(),
      wg.tensor([0, 0, 0]),
    );
    expect(firstDifference(at.point.data(), [1, -2, 3], 1e-5, 0)).toBeUndefined();
  });

  it('calls onStep after each step, and stops at once when the start is a minimum', () => {
    const steps: number[] = [];
    wg.minimize((x: wg.Tensor) => x.square(), 1, { steps: 3, onStep: ({ step }) => void steps.push(step) });
    expect(steps).toEqual([1, 2, 3]);
    expect(wg.lbfgs((x: wg.Tensor) => x.square(), 0)).toMatchObject({
      step: 0,
      point: 0,
      value: 0,
      trace: [{ step: 0, point: 0, value: 0 }],
    });
  });

  it('leaves memory where it was, also after an error', () => {
    const { used } = runner().memory;
    wg.minimize((x: wg.Tensor) => x.square().sum(), wg.tensor([1, 2]), { steps: 2 });
    wg.newton((x: wg.Tensor) => x.square().sum(), wg.tensor([1, 2]));
    wg.lbfgs((x: wg.Tensor) => x.square().sum(), wg.tensor([1, 2]));
    const wild = () => wg.minimize((x: wg.Tensor) => x.square(), 1, { optimizer: wg.sgd(1e30) });
    expect(wild).toThrow(/minimize: the value became (Infinity|NaN) at step \d/);
    expect(runner().memory.used).toBe(used);
  });

  it('shows the way that led to a value that is not finite', () => {
    const wild = () => wg.minimize((x: wg.Tensor) => x.square(), 1, { optimizer: wg.sgd(1e19) });
    const error = thrownBy(wild);
    expect(error).toBeInstanceOf(wg.NonFiniteLossError);
    expect(error.message).toMatch(/the trace of this error has the points before it/);
    expect(error.trace!.map(({ step }) => step)).toEqual(error.trace!.map((_, i) => i));
    expect(error.trace![0]).toEqual({ step: 0, point: 1, value: 1 });
    expect(error.trace!.at(-1)!.step).toBe(error.step);
    expect(error.trace!.filter(({ value }) => !Number.isFinite(value))).toHaveLength(1);
    const log = (x: wg.Tensor) => x.log();
    expect(thrownBy(() => wg.lbfgs(log, -1)).trace).toEqual([{ step: 0, point: -1, value: Number.NaN }]);
    expect(thrownBy(() => wg.newton(log, -1)).trace).toEqual([{ step: 0, point: -1, value: Number.NaN }]);
  });

  it('says what is wrong', () => {
    expect(() => wg.newton((x: wg.Tensor) => x, 1)).toThrow(/Hessian is singular at step 1; use lbfgs or minimize/);
    expect(() => wg.minimize((x: wg.Tensor) => x, wg.tensor([1, 2]))).toThrow(/must return a scalar, got float32\[2\]/);
    expect(() => wg.minimize((x: wg.Tensor) => x, 1, { steps: 0 })).toThrow(/steps must be a whole number/);
    expect(() => wg.lbfgs((x: wg.Tensor) => x.log(), -1)).toThrow(/the value became NaN at step 0/);
  });
});

// Schedules follow their formulas, and programs follow schedules.

import { describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';

const { PI, cos, floor, max, min } = Math;
const STEPS = [0, 1, 2, 3, 4, 7, 8, 9, 10, 11, 19, 20, 21, 29, 30, 31, 99, 100, 101, 1e4];

/** By hand: [name, schedule, formula]. */
const SCHEDULES: readonly [string, wg.Schedule, wg.Schedule][] = [
  ['constantSchedule', wg.constantSchedule(0.3), () => 0.3],
  ['stepDecay', wg.stepDecay(0.3, { every: 10 }), (t) => 0.3 * 0.1 ** floor(t / 10)],
  ['stepDecay, factor', wg.stepDecay(0.3, { every: 3, factor: 0.9 }), (t) => 0.3 * 0.9 ** floor(t / 3)],
  [
    'multiStep',
    wg.multiStep(0.3, { milestones: [10, 20, 100], factor: 0.5 }),
    (t) => (t < 10 ? 0.3 : t < 20 ? 0.15 : t < 100 ? 0.075 : 0.0375),
  ],
  ['exponentialDecay', wg.exponentialDecay(0.3, { factor: 0.98 }), (t) => 0.3 * 0.98 ** t],
  [
    'exponentialDecay, staircase',
    wg.exponentialDecay(0.3, { factor: 0.9, decaySteps: 20, staircase: true }),
    (t) => 0.3 * 0.9 ** floor(t / 20),
  ],
  ['inverseTimeDecay', wg.inverseTimeDecay(0.3, { factor: 0.5, decaySteps: 10 }), (t) => 0.3 / (1 + (0.5 * t) / 10)],
  [
    'inverseTimeDecay, staircase',
    wg.inverseTimeDecay(0.3, { factor: 0.5, decaySteps: 10, staircase: true }),
    (t) => 0.3 / (1 + 0.5 * floor(t / 10)),
  ],
  ['polynomialDecay', wg.polynomialDecay(0.3, { decaySteps: 30 }), (t) => 0.3 * (1 - min(t, 30) / 30)],
  [
    'polynomialDecay, power',
    wg.polynomialDecay(0.3, { decaySteps: 30, end: 0.01, power: 2.5 }),
    (t) => 0.01 + 0.29 * max(0, 1 - t / 30) ** 2.5,
  ],
  [
    'cosineDecay',
    wg.cosineDecay(0.3, { decaySteps: 30, end: 0.02 }),
    (t) => 0.02 + (0.28 * (1 + cos((PI * min(t, 30)) / 30))) / 2,
  ],
  [
    'cosineDecayRestarts',
    wg.cosineDecayRestarts(0.3, { decaySteps: 10, end: 0.02 }),
    (t) => 0.02 + (0.28 * (1 + cos((PI * (t % 10)) / 10))) / 2,
  ],
  [
    'cosineDecayRestarts, growing cycles',
    wg.cosineDecayRestarts(0.3, { decaySteps: 10, cycleFactor: 2, rateFactor: 0.5 }),
    (t) => {
      // Cycle c starts at 10·(2^c - 1).
      const c = floor(Math.log2(t / 10 + 1));
      return (0.3 * 0.5 ** c * (1 + cos((PI * (t - 10 * (2 ** c - 1))) / (10 * 2 ** c)))) / 2;
    },
  ],
  ['piecewiseConstant', wg.piecewiseConstant([10, 21], [0.3, 0, 0.1]), (t) => (t < 10 ? 0.3 : t < 21 ? 0 : 0.1)],
  ['linearWarmup', wg.linearWarmup(0.3, { steps: 10 }), (t) => 0.3 * min(1, t / 10)],
  [
    'linearWarmup of another',
    wg.linearWarmup(wg.exponentialDecay(0.3, { factor: 0.9 }), { steps: 10, start: 0.1 }),
    (t) => (t < 10 ? 0.1 + 0.02 * t : 0.3 * 0.9 ** (t - 10)),
  ],
  [
    'oneCycle',
    wg.oneCycle(0.3, { steps: 30 }),
    (t) => {
      const anneal = (a: number, b: number, part: number) => b + ((a - b) / 2) * (cos(PI * part) + 1);
      return t <= 8 ? anneal(0.012, 0.3, t / 8) : anneal(0.3, 0.012 / 1e4, (min(t, 29) - 8) / 21);
    },
  ],
  [
    'oneCycle, linear',
    wg.oneCycle(0.3, { steps: 100, warmup: 0.5, divisor: 10, finalDivisor: 100, anneal: 'linear' }),
    (t) => (t <= 49 ? 0.03 + (0.27 * t) / 49 : 0.3 + (0.0003 - 0.3) * ((min(t, 99) - 49) / 50)),
  ],
  [
    'joinSchedules',
    wg.joinSchedules([0.5, wg.stepDecay(0.3, { every: 5 }), wg.exponentialDecay(0.1, { factor: 0.5 })], [10, 20]),
    (t) => (t < 10 ? 0.5 : t < 20 ? 0.3 * 0.1 ** floor((t - 10) / 5) : 0.1 * 0.5 ** (t - 20)),
  ],
];

describe.each(SCHEDULES)('%s', (_, schedule, formula) => {
  it('is its formula to 1e-12', () => {
    for (const t of STEPS) {
      const expected = formula(t);
      expect(Math.abs(schedule(t) - expected), `step ${t}`).toBeLessThanOrEqual(
        1e-12 * Math.abs(expected) + 1e-300 + (expected < 1e-4 ? 1e-16 : 0),
      );
    }
  });
});

/** A model of one weight, whose gradient is always 1: a step takes its rate away. */
function slide(learningRate: wg.LearningRate): wg.Sequential {
  const net = wg.sequential([1], [wg.dense(1, { kernelInitializer: 'zeros', useBias: false })]);
  net.compile({ optimizer: wg.sgd(learningRate), loss: (_, yPred) => yPred.sum() });
  return net;
}

const weightOf = (net: wg.Sequential): number => net.getWeights()[0]!.item();

const sumOf = (schedule: wg.Schedule, from: number, to: number): number => {
  let sum = 0;
  for (let t = from; t < to; t++) sum -= Math.fround(schedule(t));
  return sum;
};

describe.each(['wasm', 'js'] as const)('a model that follows a schedule on %s', (backend) => {
  const wave: wg.Schedule = (t) => 0.25 + ((t * 7) % 16) / 64; // a few bits: sums are exact

  it('has the rate of each step in fit, over epochs, slices and another fit', async () => {
    await wg.init({ backend, seed: 1 });
    const net = slide(wave);
    const x = new Float32Array(5000).fill(1);
    await net.fit(x, x, { batchSize: 1, epochs: 2 }); // more steps than the table has room for
    expect(weightOf(net)).toBe(sumOf(wave, 0, 10_000));
    await net.fit(x.subarray(0, 3), x.subarray(0, 3), { batchSize: 'full', epochs: 700 });
    // The loss is the sum of three samples.
    expect(weightOf(net)).toBe(sumOf(wave, 0, 10_000) + 3 * sumOf(wave, 10_000, 10_700));
  });

  it('has it with callbacks, in trainOnBatch and in minimize', async () => {
    await wg.init({ backend, seed: 1 });
    const net = slide(wave);
    const rates: number[] = [];
    const onBatchEnd = () => void rates.push(net.learningRate);
    await net.fit([1, 1, 1], [1, 1, 1], { batchSize: 1, callbacks: [{ onBatchEnd }] });
    for (let k = 0; k < 3; k++) net.trainOnBatch([1], [1]);
    expect(rates).toEqual([wave(1), wave(2), wave(3)]); // of the step to come
    expect(weightOf(net)).toBe(sumOf(wave, 0, 6));
    const { point } = wg.minimize((p) => p.sum(), 0, { optimizer: wg.sgd(wave), steps: 5 });
    expect(point).toBe(sumOf(wave, 0, 5));
  });

  it.each(SCHEDULES)('follows %s', async (_name, schedule) => {
    await wg.init({ backend, seed: 1 });
    const net = slide(schedule);
    const x = new Float32Array(40).fill(1);
    await net.fit(x, x, { batchSize: 1 });
    expect(weightOf(net)).toBeCloseTo(sumOf(schedule, 0, 40), 4);
  });

  it('refuses another rate, and takes a scale', async () => {
    await wg.init({ backend, seed: 1 });
    const net = slide(wave);
    expect(() => {
      net.learningRate = 0.1;
    }).toThrow('learningRate: sgd has a schedule, or groups with rates: set learningRateScale, a factor of all');
    net.learningRateScale = 0.5;
    expect([net.learningRate, net.learningRateScale]).toEqual([wave(0), 0.5]);
    const x = new Float32Array(6).fill(1);
    await net.fit(x, x, { batchSize: 1 });
    expect(weightOf(net)).toBe(sumOf(wave, 0, 6) / 2);
    const number = slide(0.5);
    number.learningRateScale = 0.25;
    number.learningRate = 1;
    number.trainOnBatch([1], [1]);
    expect([weightOf(number), number.learningRate]).toEqual([-0.25, 1]);
    for (const bad of [-1, Number.NaN, '1'])
      expect(() => Object.assign(net, { learningRateScale: bad })).toThrow('learningRateScale must be 0 or a positive');
  });

  it.each([Number.NaN, -1, Infinity, 1e300, '0.1', undefined])(
    'refuses a rate of %s before the slice runs',
    async (bad) => {
      await wg.init({ backend, seed: 1 });
      const net = slide(((t: number) => (t === 3 ? bad : 0.5)) as never);
      const message = 'the learning rate of sgd in step 3 must be 0 or a positive number that float32 holds';
      const x = new Float32Array(8).fill(1);
      net.trainOnBatch([1], [1]);
      await expect(net.fit(x, x, { batchSize: 8, epochs: 1 })).resolves.toBeDefined();
      await expect(net.fit(x, x, { batchSize: 1, callbacks: [{ onBatchEnd: () => {} }] })).rejects.toThrow(message);
      expect(weightOf(net)).toBe(-0.5 - 4 - 0.5); // three steps, of which the second had eight samples
      expect(() => net.trainOnBatch([1], [1])).toThrow(message);
      expect(weightOf(net)).toBe(-5);
    },
  );

  it('is measured by profile and left as it was', async () => {
    await wg.init({ backend, seed: 1 });
    const net = slide(wave);
    net.trainOnBatch([1], [1]);
    const { rows } = wg.profile(net, [1], [1]);
    expect(rows.map(({ instruction }) => instruction)).toContain('takeRows');
    net.trainOnBatch([1], [1]);
    expect(weightOf(net)).toBe(sumOf(wave, 0, 2));
  });

  it('has no table if its rate is a number', async () => {
    await wg.init({ backend, seed: 1 });
    const net = slide(0.5);
    expect(wg.profile(net, [1], [1]).rows.map(({ instruction }) => instruction)).not.toContain('takeRows');
  });
});

describe('a schedule', () => {
  it.each([
    [
      () => wg.sgd(-1),
      /sgd: learning rate must be 0 or a positive number that float32 holds, or a function of the step/,
    ],
    [() => wg.constantSchedule(Number.NaN), /constantSchedule: rate must be 0 or a positive/],
    [() => wg.stepDecay(0.1, {} as never), /stepDecay: every must be a whole number/],
    [() => wg.stepDecay(0.1, undefined as never), /stepDecay: every must be a whole number/],
    [
      () => wg.multiStep(0.1, { milestones: [5, 5] }),
      /multiStep: milestones must be an array of steps above 0 in rising/,
    ],
    [() => wg.exponentialDecay(0.1, { factor: 0 }), /exponentialDecay: factor must be a positive/],
    [() => wg.inverseTimeDecay(0.1, { factor: 1, decaySteps: 0 }), /inverseTimeDecay: decaySteps/],
    [() => wg.polynomialDecay(0.1, { decaySteps: 10, end: -1 }), /polynomialDecay: end/],
    [() => wg.cosineDecay(0.1, { decaySteps: 1.5 }), /cosineDecay: decaySteps/],
    [() => wg.cosineDecayRestarts(0.1, { decaySteps: 5, cycleFactor: 0.5 }), /cosineDecayRestarts: cycleFactor/],
    [() => wg.linearWarmup('a' as never, { steps: 5 }), /linearWarmup: rate must be 0 or a positive.*or a function/],
    [() => wg.oneCycle(0.1, { steps: 10, warmup: 1 }), /oneCycle: warmup/],
    [() => wg.piecewiseConstant([1], [0.1]), /piecewiseConstant: expected one value more than boundaries, got 1 and 1/],
    [() => wg.joinSchedules([0.1], [0]), /joinSchedules: boundaries must be/],
    [() => wg.joinSchedules([0.1, -2], [5]), /joinSchedules: schedules\[1\] must be/],
  ])('is refused where it does not fit: %#', (make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(wg.WasmgradError);
  });
});

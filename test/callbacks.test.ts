// Callbacks that are ready to use, beyond those in model.test.ts: smaller rates on a plateau, and which way a metric
// grows.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import { Numbers } from './numbers.js';

/** What a callback sees of a model, without one. */
const fake = (learningRate = 0.1, learningRateScale = 1): wg.TrainingModel => ({
  stopTraining: false,
  learningRate,
  learningRateScale,
  getWeights: () => [],
  setWeights: () => {},
});

/** Goes through the epochs of a training; returns what `read` says after each. */
function through<T>(callback: wg.Callback, logs: readonly object[], model: wg.TrainingModel, read: () => T): T[] {
  void callback.onTrainBegin?.(model, true);
  return logs.map((one, epoch) => {
    void callback.onEpochEnd?.(epoch, one as wg.Logs, model);
    return read();
  });
}

/** PyTorch's ReduceLROnPlateau with threshold_mode='abs', as its source has it: the rate after each epoch. */
function torchRates(
  values: readonly number[],
  given: Required<Omit<wg.ReduceLROnPlateauOptions, 'monitor'>>,
): number[] {
  let [best, bad, cooldown, rate] = [given.mode === 'max' ? -Infinity : Infinity, 0, 0, 0.1];
  return values.map((value) => {
    const better = given.mode === 'max' ? value > best + (given.minDelta ?? 0) : value < best - (given.minDelta ?? 0);
    if (better) [best, bad] = [value, 0];
    else bad += 1;
    if (cooldown > 0) [cooldown, bad] = [cooldown - 1, 0];
    if (bad > given.patience!) {
      rate = Math.max(rate * given.factor!, given.minLearningRate!);
      [cooldown, bad] = [given.cooldown!, 0];
    }
    return rate;
  });
}

describe('reduceLROnPlateau', () => {
  it('makes the rate of the published rule', () => {
    const numbers = new Numbers(3);
    for (let round = 0; round < 200; round++) {
      const options = {
        factor: [0.5, 0.1, 0.9][numbers.below(3)]!,
        patience: numbers.below(4),
        mode: (['min', 'max'] as const)[numbers.below(2)]!,
        minDelta: [0, 0.05][numbers.below(2)]!,
        cooldown: numbers.below(4),
        minLearningRate: [0, 1e-3, 0.02][numbers.below(3)]!,
      };
      const values = Array.from({ length: 30 }, () => numbers.uniform());
      if (round % 10 === 0) values[numbers.below(30)] = Number.NaN;
      const model = fake();
      const callback = wg.reduceLROnPlateau({ monitor: 'loss', ...options });
      const logs = values.map((loss) => ({ loss }));
      const rates = through(callback, logs, model, () => model.learningRate * model.learningRateScale);
      const expected = torchRates(values, options);
      rates.forEach((rate, epoch) => void expect(rate, JSON.stringify(options)).toBeCloseTo(expected[epoch]!, 12));
    }
  });

  it('begins anew with each training, and never makes the scale larger', () => {
    const model = fake();
    const callback = wg.reduceLROnPlateau({ monitor: 'loss', patience: 1, factor: 0.5 });
    const scales = () =>
      through(callback, [{ loss: 1 }, { loss: 1 }, { loss: 1 }], model, () => model.learningRateScale);
    expect([scales(), scales()]).toEqual([
      [1, 1, 0.5],
      [0.5, 0.5, 0.25],
    ]);
    for (const rate of [0, 1e-9]) {
      const warming = fake(rate, 0.25);
      const least = wg.reduceLROnPlateau({ monitor: 'loss', patience: 0, minLearningRate: 1e-6 });
      const seen = through(least, [{ loss: 1 }, { loss: 1 }], warming, () => warming.learningRateScale);
      expect(seen[1]).toBe(rate === 0 ? 0.025 : 0.25);
    }
  });

  describe.each(['wasm', 'js'] as const)('on %s', (backend) => {
    beforeAll(() => wg.init({ backend, seed: 1 }));

    it.each(['a number', 'a schedule'])('makes the steps of fit smaller, with a rate that is %s', async (kind) => {
      const model = wg.sequential([1], [wg.dense(1, { useBias: false, kernelInitializer: 'zeros' })]);
      // The loss -w x has the slope -1 everywhere, so that a step is the rate.
      const loss = (_yTrue: wg.Tensor, yPred: wg.Tensor) => yPred.mean().neg();
      model.compile({ optimizer: wg.sgd(kind === 'a number' ? 0.5 : () => 0.5), loss });
      const at: number[] = [];
      const watch = { onEpochEnd: () => void at.push(model.getWeights()[0]!.item()) };
      const callbacks = [watch, wg.reduceLROnPlateau({ monitor: 'loss', mode: 'max', factor: 0.5, patience: 1 })];
      await model.fit([1], [1], { epochs: 7, callbacks });
      const steps = at.map((w, i) => w - (at[i - 1] ?? 0));
      expect(steps).toEqual([0.5, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125]);
      expect(model.learningRateScale).toBe(0.125);
    });
  });

  it.each<[string, object, RegExp]>([
    ['a factor of 1', { factor: 1 }, /reduceLROnPlateau: factor must be a number between 0 and 1, got 1/],
    ['a factor of 0', { factor: 0 }, /factor must be a number between 0 and 1, got 0/],
    ['half an epoch', { patience: 0.5 }, /patience must be a whole number of at least 0, got 0.5/],
    ['a name of Keras', { min_lr: 1 }, /unknown option of reduceLROnPlateau 'min_lr'/],
  ])('refuses %s', (_, options, message) => {
    expect(() => wg.reduceLROnPlateau(options)).toThrow(message);
  });

  it('says which names there are to monitor', () => {
    const callback = wg.reduceLROnPlateau({ monitor: 'val_loss' });
    expect(() => through(callback, [{ loss: 1, valLoss: 2 }], fake(), () => 0)).toThrow(
      "reduceLROnPlateau: there is no 'val_loss' to monitor (known: loss, valLoss)",
    );
  });
});

describe("the mode 'auto'", () => {
  const stops = (monitor: string, values: readonly number[]): boolean[] => {
    const model = fake();
    const logs = values.map((value) => ({ loss: 0, [monitor]: value }));
    return through(wg.earlyStopping({ monitor }), logs, model, () => model.stopTraining);
  };

  it.each([
    'accuracy',
    'valAccuracy',
    'top5Accuracy',
    'sickBinaryAccuracy',
    'valSickAccuracy',
    'rocAuc',
    'valPrAuc',
    'AUC',
    'f1',
    'valF1',
    'precision',
    'sickRecall',
    'r2',
    'valR2',
  ])('is max for %s', (name) => {
    expect(stops(name, [1, 2, 3])).toEqual([false, false, false]);
    expect(stops(name, [3, 2])).toEqual([false, true]);
  });

  it.each(['loss', 'valLoss', 'mae', 'rmse', 'perplexity', 'logLoss', 'error2', 'buf1', 'accuracyLoss'])(
    'is min for %s',
    (name) => {
      expect(stops(name, [3, 2, 1])).toEqual([false, false, false]);
      expect(stops(name, [2, 3])).toEqual([false, true]);
    },
  );

  it('knows all exact metrics of a model', async () => {
    await wg.init({ seed: 1 });
    const metrics = [wg.rocAuc(), wg.prAuc(), wg.f1(), wg.precision(), wg.recall()];
    for (const metric of metrics) expect(stops(metric.name, [1, 2]), metric.name).toEqual([false, false]);
    for (const name of [wg.rmse().name, wg.logLoss().name]) expect(stops(name, [1, 2]), name).toEqual([false, true]);
  });
});

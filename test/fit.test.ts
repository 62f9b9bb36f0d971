// What fit can be told: weights of samples, several batches a step, where to begin, when to stop, and to go on from a
// state.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import * as ops from '../bindings/ops.js';

const X = Array.from({ length: 12 }, (_, i) => [Math.sin(i), Math.cos(2 * i)]);
const Y = X.map(([a, b]) => [a! - 0.5 * b! + 0.1]);
const W = X.map((_, i) => (i % 4) / 2);

const bits = (model: { getWeights(): wg.Tensor[] }) => model.getWeights().map((w) => w.toArray());

/** A layer that draws random numbers in training. */
const noisy = () =>
  wg.layer({
    kind: 'noisy',
    build: () => ({ state: { steps: { shape: [], initializer: 'zeros' as const } } }),
    call: (x, _, { training, key, state, update }) => {
      if (!training) return x;
      update('steps', state.steps.add(1));
      return ops.dropout(x, 0.25, { key });
    },
  });

function net(optimizer: wg.Optimizer = wg.adam(0.05), loss: wg.LossLike = 'meanSquaredError', seed = 3) {
  wg.setSeed(seed);
  const model = wg.sequential([2], [wg.dense(4, { activation: 'tanh' }), noisy(), wg.dense(1)]);
  return model.compile({ optimizer, loss, metrics: ['mae', wg.rmse()] });
}

const linear = (loss: wg.LossLike = 'meanSquaredError') =>
  wg
    .sequential([2], [wg.dense(1, { kernelInitializer: 'zeros' })])
    .compile({ optimizer: wg.sgd(0.1), loss, metrics: ['mae'] });

describe.each(['wasm', 'js'] as const)('fit on %s', (backend) => {
  beforeAll(() => wg.init({ backend, seed: 1 }));

  it('weighs samples: a weight of 2 is the sample twice, 0 is none', async () => {
    const [weighted, repeated] = [linear(), linear()];
    const options = { epochs: 4, batchSize: 'full', shuffle: false } as const;
    const sampleWeight = X.map((_, i) => i % 3);
    const twice = <T>(rows: T[]) => rows.flatMap((row, i) => Array.from({ length: sampleWeight[i]! }, () => row));
    const { history } = await weighted.fit(X, Y, { ...options, sampleWeight });
    const { history: other } = await repeated.fit(twice(X), twice(Y), options);
    bits(weighted)
      .flat(2)
      .forEach((w, i) => void expect(w).toBeCloseTo(bits(repeated).flat(2)[i] as number, 6));
    history.loss.forEach((loss, i) => void expect(loss).toBeCloseTo(other.loss[i]!, 6));
    const { loss, mae } = weighted.evaluate(X, Y, { sampleWeight, batchSize: 5 });
    expect(loss).toBeCloseTo(weighted.evaluate(twice(X), twice(Y)).loss, 6);
    expect(mae).toBeCloseTo(weighted.evaluate(X, Y)['mae']!, 6);
  });

  it('logs the weighted mean over all samples, whatever the batches', async () => {
    const model = linear().compile({ optimizer: wg.sgd(0), loss: 'meanSquaredError' });
    const expected = X.reduce((sum, _, i) => sum + W[i]! * Y[i]![0]! ** 2, 0) / W.reduce((a, b) => a + b);
    const { history } = await model.fit(X, Y, { sampleWeight: W, batchSize: 5, validationData: [X, Y, W] });
    expect(history.loss[0]).toBeCloseTo(expected, 6);
    expect(history['valLoss']![0]).toBeCloseTo(expected, 6);
  });

  it('weighs classes, given one by one or balanced', async () => {
    const labels = Int32Array.from(X, (_, i) => +(i < 3));
    const fitted = async (options: wg.FitOptions) => {
      const model = wg.sequential([2], [wg.dense(2, { kernelInitializer: 'zeros' })]);
      model.compile({ optimizer: wg.sgd(0.1), loss: 'softmaxCrossEntropy' });
      await model.fit(X, labels, { epochs: 3, batchSize: 4, shuffle: false, ...options });
      return bits(model);
    };
    const byHand = Array.from(labels, (c) => (c === 1 ? 12 / (2 * 3) : 12 / (2 * 9)));
    const balanced = await fitted({ classWeight: 'balanced' });
    expect(balanced).toEqual(await fitted({ sampleWeight: byHand }));
    expect(balanced).toEqual(await fitted({ classWeight: { 0: 12 / 18, 1: 2 } }));
    expect(balanced).not.toEqual(await fitted({}));
  });

  it('weighs by class what has one class a sample', async () => {
    const made = (outputs: number, loss: wg.LossLike) => {
      const model = wg.sequential([2], [wg.dense(outputs, { kernelInitializer: 'zeros', activation: 'sigmoid' })]);
      return model.compile({ optimizer: wg.sgd(0.1), loss });
    };
    const labels = X.map((_, i) => +(i < 3));
    const trained = async (outputs: number, loss: wg.LossLike, y: wg.DataLike, options: wg.FitOptions) => {
      const model = made(outputs, loss);
      await model.fit(X, y, { batchSize: 4, shuffle: false, ...options });
      return bits(model);
    };
    const sampleWeight = labels.map((c) => [1, 5][c]!);
    const classWeight = { 1: 5 };
    const oneHot = labels.map((c) => [1 - c, c]);
    const signs = labels.map((c) => 2 * c - 1);
    for (const [outputs, loss, y] of [
      [1, 'binaryCrossEntropy', labels],
      [1, 'mse', labels],
      [1, wg.hinge(), signs],
      [2, 'mse', oneHot],
    ] as const)
      expect(await trained(outputs, loss, y, { classWeight })).toEqual(
        await trained(outputs, loss, y, { sampleWeight }),
      );
    await expect(trained(2, 'binaryCrossEntropy', X.map(() => [1, 1]), { classWeight })).rejects.toThrow(
      'fit: classWeight is for one class a sample, but sample 0 has the labels 1,1; give sampleWeight',
    ); // biome-ignore format: a row
    const grid = wg.sequential([2], [wg.dense(4), wg.reshape([2, 2])]).compile({ optimizer: wg.sgd(0.1), loss: 'mse' });
    await expect(
      grid.fit(
        X,
        X.map(() => [0, 0, 0, 1]),
        { classWeight },
      ),
    ).rejects.toThrow('classWeight is for one class a sample; for [2, 2] of them');
  });

  it('refuses labels whose axes lie in another order', async () => {
    const model = wg
      .sequential([2], [wg.dense(8), wg.reshape([4, 2])])
      .compile({ optimizer: wg.sgd(0.1), loss: 'mse' });
    const labels = (shape: number[]) => ({ data: new Float32Array(96), shape });
    await expect(model.fit(X, labels([12, 2, 4]))).rejects.toThrow(
      'y has the shape [12, 2, 4]; 12 samples need [12, 4, 2]',
    );
    for (const shape of [[12, 4, 2], [12, 8], [96], [12, 4, 1, 2]]) await model.fit(X, labels(shape)); // biome-ignore format: shapes
  });

  it('lets a loss of one’s own be a number for each sample, and weighs those', async () => {
    const each: wg.LossFunction = (yTrue, yPred) => yPred.sub(yTrue).square().mean(-1);
    const [own, named] = [linear(each), linear()];
    for (const model of [own, named]) await model.fit(X, Y, { epochs: 3, sampleWeight: W, shuffle: false });
    bits(own)
      .flat(2)
      .forEach((w, i) => void expect(w).toBeCloseTo(bits(named).flat(2)[i] as number, 6));
    const scalar = linear((yTrue, yPred) => yPred.sub(yTrue).square().mean());
    await expect(scalar.fit(X, Y, { sampleWeight: W })).rejects.toThrow(
      /sampleWeight, or a mask, needs \w+ to be a number for each sample, or step, \[n\]/,
    );
  });

  it('makes one step of several batches', async () => {
    const [one, several] = [linear(), linear()];
    const options = { epochs: 3, shuffle: false };
    await one.fit(X, Y, { ...options, batchSize: 12 });
    const { history } = await several.fit(X, Y, { ...options, batchSize: 3, accumulate: 4 });
    bits(one)
      .flat(2)
      .forEach((w, i) => void expect(w).toBeCloseTo(bits(several).flat(2)[i] as number, 6));
    expect(history.loss).toHaveLength(3);
    const rest = linear();
    await rest.fit(X, Y, { ...options, batchSize: 5, accumulate: 2 });
    expect(bits(rest)).not.toEqual(bits(one));
  });

  it.each([
    ['in the middle of an epoch', 5],
    ['between two epochs', 6],
    ['of several batches a step', 4],
  ])('goes on from a state %s with the bits of a training without a break', async (name, batches) => {
    const accumulate = name.startsWith('of') ? 2 : 1;
    const options = { epochs: 4, batchSize: 4, validationData: [X, Y] as const, accumulate };
    const whole = net(wg.adam(wg.cosineDecay(0.1, { decaySteps: 12 })));
    const { history } = await whole.fit(X, Y, options);
    const broken = net(wg.adam(wg.cosineDecay(0.1, { decaySteps: 12 })));
    let state: wg.TrainingState | undefined;
    let seen = 0;
    const stop: wg.Callback = {
      onBatchEnd: (_, __, model) => {
        if (++seen === batches) [state, model.stopTraining] = [broken.trainingState(), true];
      },
    };
    await broken.fit(X, Y, { ...options, callbacks: [stop] });
    const resumed = net(wg.adam(wg.cosineDecay(0.1, { decaySteps: 12 })), 'meanSquaredError', 77);
    const { history: after, epoch } = await resumed.fit(X, Y, { ...options, from: structuredClone(state!) });
    expect(bits(resumed)).toEqual(bits(whole));
    expect(after).toEqual(history);
    expect(epoch).toEqual([0, 1, 2, 3]);
  });

  it.each([1, 2])('keeps the place of the weights that it goes back to, at %i batches a step', async (accumulate) => {
    const options = { epochs: 3, batchSize: 2, accumulate } as const;
    const after = (batches: number, then: (model: wg.TrainingModel) => void): wg.Callback => {
      let seen = 0;
      return { onBatchEnd: (_, __, model) => void (++seen === batches && then(model)) };
    };
    const spoil = (model: wg.TrainingModel) => model.setWeights(model.getWeights().map((w) => w.mul(Number.NaN)));
    const failed = net();
    await expect(failed.fit(X, Y, { ...options, callbacks: [after(9, spoil)] })).rejects.toThrow(wg.NonFiniteLossError);
    const state = failed.trainingState(); // the 10th batch is in the second epoch
    expect([state.place!.epoch, state.place!.seen]).toEqual([1, 0]);
    expect((await failed.fit(X, Y, { ...options, from: state })).epoch).toEqual([0, 1, 2]);
    const begun = net();
    let from: wg.TrainingState | undefined;
    await begun.fit(X, Y, { ...options, callbacks: [after(8, () => void (from = begun.trainingState()))] });
    const resumed = net();
    await expect(resumed.fit(X, Y, { ...options, from, callbacks: [after(1, spoil)] })).rejects.toThrow(
      wg.NonFiniteLossError,
    );
    const back = resumed.trainingState().place!;
    expect([back.epoch, back.seen, back.means]).toEqual([1, 4, from!.place!.means]);
  });

  it.each<[string, () => wg.Callback]>([
    ['earlyStopping', () => wg.earlyStopping({ patience: 2, minDelta: 0.002, restoreBestWeights: true })],
    ['reduceLROnPlateau', () => wg.reduceLROnPlateau({ patience: 1, minDelta: 0.002, cooldown: 1, factor: 0.5 })],
  ])('goes on where %s was', async (_, callback) => {
    const options = { epochs: 12, batchSize: 4, validationData: [X, Y] as const };
    const make = (seed?: number) => net(wg.adam(0.02), 'meanSquaredError', seed);
    const whole = make();
    const { history } = await whole.fit(X, Y, { ...options, callbacks: [callback()] });
    for (let at = 0; at < history.loss.length - 1; at++) {
      const broken = make();
      let state: wg.TrainingState | undefined;
      const stop: wg.Callback = {
        onEpochEnd: (epoch, _logs, model) => {
          if (epoch === at) [state, model.stopTraining] = [broken.trainingState(), true];
        },
      };
      await broken.fit(X, Y, { ...options, callbacks: [callback(), stop] });
      const resumed = make(77);
      const callbacks = [wg.logger({ write: () => {} }), callback()];
      const { history: after } = await resumed.fit(X, Y, { ...options, callbacks, from: structuredClone(state!) });
      expect(after, `after epoch ${at}`).toEqual(history);
      expect(bits(resumed)).toEqual(bits(whole));
    }
  });

  it('takes class indices for each of several places, and rows that do not count', async () => {
    const tags = (ignoreIndex?: number) => {
      wg.setSeed(5);
      const made = wg.model([4, 2], (x) => wg.dense(12)(wg.flatten()(x)).reshape([-1, 4, 3]));
      return made.compile({ optimizer: wg.sgd(0.1), loss: wg.softmaxCrossEntropy({ ignoreIndex }) });
    };
    const [x, y] = [Float32Array.from({ length: 16 }, (_, i) => Math.sin(i)), Int32Array.of(0, 1, 2, -1, 1, -1, -1, 2)];
    const net = tags(-1);
    const { history } = await net.fit(x, wg.tensor(y, [2, 4], 'int32'), { batchSize: 2 });
    // By hand: the mean over the rows that count, of those of the two samples together.
    const logits = tags().predict(x).toArray() as number[][][];
    const rows = logits
      .flat()
      .flatMap((row, i) => (y[i]! < 0 ? [] : [Math.log(row.reduce((s, z) => s + Math.exp(z), 0)) - row[y[i]!]!]));
    expect(history.loss[0]).toBeCloseTo(rows.reduce((a, b) => a + b) / rows.length, 5);
    const counted = net.evaluate(x, y, { sampleWeight: [1, 1] }).loss;
    expect(counted).toBeCloseTo(net.evaluate(x, y).loss, 5);
    await expect(
      net.fit(
        x,
        y.map((c) => c - 1),
      ),
    ).rejects.toThrow('y[3] is -2: expected a class, a whole number from 0 to 2');
    await expect(tags().fit(x, y)).rejects.toThrow('y[3] is -1: expected a class');
    await expect(net.fit(x, y.subarray(0, 2))).rejects.toThrow(
      '2 samples need [2, 4, 3], or [2, 4] for a loss that takes',
    );
    await expect(net.fit(x, y, { classWeight: 'balanced' })).rejects.toThrow(
      'classWeight is for one class a sample; for [4]',
    );
  });

  it('takes a flat array with its shape, as the functions of wasmgrad/data do', async () => {
    const [data, labels] = [Float32Array.from(X.flat()), Float32Array.from(Y.flat())];
    const shaped = net();
    await shaped.fit(
      { data, shape: [12, 2] },
      { data: labels, shape: [12, 1] },
      { sampleWeight: { data: labels.map(Math.abs), shape: [12] } },
    );
    const nested = net();
    await nested.fit(X, Y, { sampleWeight: labels.map(Math.abs) });
    expect(bits(shaped)).toEqual(bits(nested));
    expect(shaped.predict({ data, shape: [12, 2] }).toArray()).toEqual(nested.predict(X).toArray());
    expect(shaped.evaluate({ data, shape: [12, 2] }, Y)).toEqual(nested.evaluate(X, Y));
    expect(shaped.trainOnBatch({ data, shape: [12, 2] }, Y)).toEqual(nested.trainOnBatch(X, Y));
    expect(() => shaped.predict({ data, shape: [2, 12] })).toThrow('x has the shape [2, 12]; expected [n, 2]');
    expect(() => shaped.predict({ data, shape: [12, 3] })).toThrow(
      'x has 24 numbers in its data, and the shape [12, 3]',
    );
    expect(() => shaped.predict({ data, shape: [-1, 2] })).toThrow('x');
    expect(() => shaped.predict({ data: [1, 2], shape: [1, 2] } as never)).toThrow('x must be numbers in arrays');
  });

  it('balances the classes of the rows that count', async () => {
    const fitted = async (labels: number[], classWeight: wg.ClassWeight) => {
      wg.setSeed(5);
      const made = wg.sequential([2], [wg.dense(3)]);
      made.compile({ optimizer: wg.sgd(0.1), loss: wg.softmaxCrossEntropy({ ignoreIndex: 2 }) });
      await made.fit(
        [
          [1, 2],
          [3, 4],
          [5, 6],
          [7, 8],
        ],
        Int32Array.from(labels),
        { shuffle: false, classWeight },
      );
      return bits(made);
    };
    expect(await fitted([0, 1, 1, 2], 'balanced')).toEqual(await fitted([0, 1, 1, 2], { 0: 3 / 2, 1: 3 / 4 }));
  });

  it('stops when the signal is aborted, with the weights of the last step', async () => {
    const model = net();
    const control = new AbortController();
    const ended: string[] = [];
    const callback: wg.Callback = {
      onBatchEnd: (batch) => void (batch === 1 && control.abort(new Error('enough'))),
      onTrainEnd: () => void ended.push('end'),
    };
    const before = bits(model);
    const fit = model.fit(X, Y, { batchSize: 4, epochs: 3, signal: control.signal, callbacks: [callback] });
    await expect(fit).rejects.toThrow('enough');
    expect(ended).toEqual(['end']);
    expect(bits(model)).not.toEqual(before);
    await expect(model.fit(X, Y, { signal: AbortSignal.abort('no') })).rejects.toBe('no');
  });

  it('counts epochs from where it is told, validates now and then, and ends epochs early', async () => {
    const epochs: number[] = [];
    const { history, epoch } = await net().fit(X, Y, {
      epochs: 7,
      initialEpoch: 3,
      validationSplit: 0.25,
      validationFreq: 2,
      callbacks: [{ onEpochEnd: (e) => void epochs.push(e) }],
    });
    expect([epoch, epochs]).toEqual([
      [3, 4, 5, 6],
      [3, 4, 5, 6],
    ]);
    expect(history['valLoss']).toHaveLength(2);
    let steps = 0;
    await net().fit(X, Y, {
      epochs: 2,
      batchSize: 3,
      stepsPerEpoch: 3,
      callbacks: [{ onBatchEnd: () => void steps++ }],
    });
    expect(steps).toBe(6);
  });

  it('watches the validation where there is one: epochs without it do not count', async () => {
    const stopping = wg.earlyStopping({ patience: 1 });
    const options = { epochs: 9, validationSplit: 0.25, validationFreq: 2, shuffle: false } as const;
    const still = await net(wg.sgd(0)).fit(X, Y, { ...options, callbacks: [stopping] });
    expect(still.epoch).toHaveLength(6); // validated after epochs 1, 3 and 5
    const model = net(wg.sgd(0));
    await model.fit(X, Y, { ...options, callbacks: [wg.reduceLROnPlateau({ patience: 1 })] });
    expect(model.learningRateScale).toBeCloseTo(0.1, 6);
  });

  it('measures exact metrics over all samples of an epoch', async () => {
    const model = net(wg.sgd(0));
    const { history } = await model.fit(X, Y, { batchSize: 5, validationData: [X, Y] });
    const errors = Y.map(([y], i) => (model.predict([X[i]!]).item() - y!) ** 2);
    const expected = Math.sqrt(errors.reduce((a, b) => a + b) / errors.length);
    expect(history['valRmse']![0]).toBeCloseTo(expected, 5);
    expect(model.evaluate(X, Y, { batchSize: 7 })['rmse']).toBeCloseTo(expected, 5);
    expect(Object.keys(history)).toEqual(['loss', 'mae', 'rmse', 'valLoss', 'valMae', 'valRmse']);
  });

  it('has a model of the averages of its weights', async () => {
    const model = linear().compile({ optimizer: wg.averageWeights(0.5, wg.sgd(0.1)), loss: 'meanSquaredError' });
    const weights: number[][] = [];
    for (let step = 0; step < 3; step++) {
      model.trainOnBatch(X, Y);
      weights.push(bits(model).flat(2) as number[]);
    }
    const expected = weights[0]!.map((w, i) => 0.25 * w + 0.25 * weights[1]![i]! + 0.5 * weights[2]![i]!);
    bits(model.averaged())
      .flat(2)
      .forEach((w, i) => void expect(w).toBeCloseTo(expected[i]!, 6));
    expect(() => linear().averaged()).toThrow('averaged: compile with averageWeights(decay, optimizer) first');
  });

  function compiledAgain(model: ReturnType<typeof net>, metrics: wg.MetricLike[] = ['mae', wg.rmse()]) {
    const loss = (y: wg.Tensor, p: wg.Tensor) => {
      if (p.shape[0] === 5) throw new Error('no batch of 5');
      return y.sub(p).square().mean();
    };
    return model.compile({ optimizer: wg.adam(), loss, metrics });
  }

  const any = (value: unknown) => value as never;
  it.each<[string, wg.FitOptions, RegExp]>([
    ['weights of another number', { sampleWeight: [1, 2] }, /sampleWeight has 2 numbers for 12 samples/],
    [
      'a negative weight',
      { sampleWeight: X.map((_, i) => i - 1) },
      /sampleWeight must be 0 or positive numbers, got -1 for sample 0/,
    ],
    [
      'weights of classes in words',
      { classWeight: any('balance') },
      /classWeight must be 'balanced', or an object of class numbers/,
    ],
    [
      'a negative weight of a class',
      { classWeight: { 0: -1 } },
      /fit: classWeight: the weight of class 0 must be 0 or more, got -1/,
    ],
    [
      'weights of a class that is not there',
      { classWeight: { 2: 1 } },
      /fit: classWeight has 2 in it, and the classes are 0 … 1/,
    ],
    [
      'weights of classes for values',
      { classWeight: { 1: 5 } },
      /classWeight is for labels 0 and 1, got -0.4.*for sample 0; for values/,
    ],
    ['weights of classes for nothing', { classWeight: any(null) }, /fit: classWeight must be 'balanced', or an object/],
    ['a signal that is none', { signal: any(1) }, /fit: signal must be an AbortSignal, got 1/],
    ['a state that is none', { from: any({}) }, /fit: from must be what trainingState\(\) returned/],
    ['no batch in a step', { accumulate: 0 }, /fit: accumulate must be a whole number from 1 to/],
  ])('refuses %s', async (_, options, message) => {
    const model = net();
    const before = bits(model);
    await expect(model.fit(X, Y, options)).rejects.toThrow(message);
    expect(bits(model)).toEqual(before);
  });

  it('refuses a state of another model, optimizer or data', async () => {
    const state = net().trainingState();
    await expect(linear().fit(X, Y, { from: state })).rejects.toThrow(
      /the state in from is of dense.kernel float32\[2, 4\]/,
    );
    await expect(net(wg.sgd()).fit(X, Y, { from: state })).rejects.toThrow(/; adam; this model has .*; sgd/);
    const model = net();
    await model.fit(X, Y);
    await expect(net().fit(X.slice(1), Y.slice(1), { from: model.trainingState() })).rejects.toThrow(
      /from is of a fit on 12 samples, got 11/,
    );
  });

  it.each<[string, Partial<wg.FitOptions>, Parameters<typeof compiledAgain>[1], RegExp]>([
    ['has other metrics', {}, ['mae'], /the state in from is of a model that was compiled with other metrics/],
    ['has a loss that fails', { batchSize: 5 }, undefined, /^no batch of 5$/],
  ])('is as it was before when it cannot go on from a state since it %s', async (_, options, metrics, message) => {
    const trained = net();
    await trained.fit(X, Y, { batchSize: 4, epochs: 2 });
    const model = compiledAgain(net(wg.adam(), 'meanSquaredError', 77), metrics);
    await model.fit(X, Y, { batchSize: 4 });
    const before = model.trainingState();
    await expect(model.fit(X, Y, { ...options, from: trained.trainingState() })).rejects.toThrow(message);
    const { values, place } = model.trainingState();
    expect(values.map((v) => [...v])).toEqual(before.values.map((v) => [...v]));
    expect(place).toEqual(before.place);
  });
});

// Models: compile, fit, evaluate, predict, callbacks and weights, through the public API.

import { beforeAll, describe, expect, it, vi } from 'vitest';
import wasmBytes from '#core.wasm';
import * as wg from '../bindings/index.js';
import * as ops from '../bindings/ops.js';
import { runner } from '../bindings/run/runtime.js';
import { firstDifference } from './harness.js';
import { Numbers } from './numbers.js';

const X = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
const Y = [0, 1, 1, 0];

function xor(options: Partial<wg.CompileOptions> = {}): wg.Sequential {
  const model = wg.sequential([2], [wg.dense(8, { activation: 'tanh' }), wg.dense(1, { activation: 'sigmoid' })]);
  model.compile({ optimizer: wg.adam(0.05), loss: 'binaryCrossEntropy', metrics: ['accuracy'], ...options });
  return model;
}

/** Points of three clouds, by seed. */
function clouds(n: number, seed = 5): { x: number[][]; y: number[] } {
  const numbers = new Numbers(seed);
  const y = Array.from({ length: n }, () => numbers.below(3));
  const near = () => numbers.uniform() + numbers.uniform() - 1;
  const x = y.map((c) => [Math.cos(c * 2) * 2 + near(), Math.sin(c * 2) * 2 + near()]);
  return { x, y };
}

function classifier(): wg.Sequential {
  const model = wg.sequential([2], [wg.dense(16, { activation: 'relu' }), wg.dense(3, { activation: 'softmax' })]);
  model.compile({ optimizer: wg.adam(0.02), loss: 'categoricalCrossEntropy', metrics: ['accuracy'] });
  return model;
}

/** How far the clocks of tests are ahead of the true one. */
let aheadMs = 0;

const weightsOf = (model: wg.Sequential) => Float32Array.from(model.getWeights().flatMap((w) => [...w.data()]));

const bits = (model: wg.Sequential) => model.getWeights().map((w) => [...new Uint32Array(w.data().buffer)]);

describe.each(['wasm', 'js'] as const)('a model on %s', (backend) => {
  beforeAll(() => wg.init({ backend, seed: 1 }));

  it('learns XOR', async () => {
    const model = xor();
    const { history } = await model.fit(X, Y, { epochs: 400, batchSize: 4 });
    expect(history['loss']!.at(-1)).toBeLessThan(0.01);
    expect(history['accuracy']!.at(-1)).toBe(1);
    expect(model.predict(X).data().map(Math.round)).toEqual(Float32Array.from(Y));
    expect(model.predict([0, 1]).shape).toEqual([1, 1]);
  });

  it('classifies with class indices and with distributions, to the same weights', async () => {
    const { x, y } = clouds(70);
    const oneHot = y.map((c) => [0, 1, 2].map((k) => (k === c ? 1 : 0)));
    const trained: Float32Array[] = [];
    for (const labels of [y, oneHot]) {
      wg.setSeed(3);
      const model = classifier();
      const { history } = await model.fit(x, labels, { epochs: 8, batchSize: 16 });
      expect(history['accuracy']!.at(-1)).toBeGreaterThan(0.95);
      trained.push(weightsOf(model));
    }
    expect(firstDifference(trained[0]!, trained[1]!, 1e-4, 1e-4)).toBeUndefined();
  });

  it('gives the same bits for the same seed, and others for another', async () => {
    const { x, y } = clouds(50);
    const run = async (seed: number) => {
      wg.setSeed(seed);
      const model = classifier();
      await model.fit(x, y, { epochs: 3, batchSize: 16 });
      return bits(model);
    };
    const first = await run(9);
    expect(await run(9)).toEqual(first);
    expect(await run(10)).not.toEqual(first);
  });

  it('makes the same step in trainOnBatch as in fit', async () => {
    const { x, y } = clouds(12);
    wg.setSeed(4);
    const [a, b] = [classifier(), classifier()];
    b.setWeights(a.getWeights());
    await a.fit(x, y, { batchSize: 5, shuffle: false });
    for (const [from, to] of [
      [0, 5],
      [5, 10],
      [10, 12],
    ] as const)
      b.trainOnBatch(x.slice(from, to), y.slice(from, to));
    expect(bits(b)).toEqual(bits(a));
  });

  it('counts a smaller last batch by its samples: loss and metrics are means over all of them', async () => {
    const { x, y } = clouds(11);
    const model = classifier();
    model.learningRate = 1e-30;
    const { history } = await model.fit(x, y, { batchSize: 4 });
    const whole = model.evaluate(x, y, { batchSize: 11 });
    const parts = model.evaluate(x, y, { batchSize: 3 });
    expect(history['loss']![0]).toBeCloseTo(whole['loss']!, 5);
    expect(parts['loss']).toBeCloseTo(whole['loss']!, 5);
    expect(history['accuracy']![0]).toBeCloseTo(whole['accuracy']!, 6);
  });

  it("takes batchSize 1 and 'full'", async () => {
    const { x, y } = clouds(6);
    const steps = async (batchSize: number | 'full') => {
      let count = 0;
      await classifier().fit(x, y, { batchSize, callbacks: [{ onBatchEnd: () => void count++ }] });
      return count;
    };
    expect(await steps(1)).toBe(6);
    expect(await steps('full')).toBe(1);
    expect(await steps(4)).toBe(2);
    expect(await steps(1000)).toBe(1);
  });

  it('validates on a share of the samples, or on others', async () => {
    const { x, y } = clouds(40);
    const model = classifier();
    const split = await model.fit(x, y, { epochs: 2, validationSplit: 0.25 });
    expect(split.history['valLoss']).toHaveLength(2);
    expect(split.history['valAccuracy']!.at(-1)).toBeCloseTo(model.evaluate(x.slice(30), y.slice(30))['accuracy']!, 6);
    const given = await model.fit(x, y, { validationData: [x.slice(0, 5), y.slice(0, 5)] });
    expect(given.history['valLoss']![0]).toBeCloseTo(model.evaluate(x.slice(0, 5), y.slice(0, 5))['loss']!, 6);
  });

  it('calls back in order, and stops when told to', async () => {
    const { x, y } = clouds(10);
    const calls: string[] = [];
    const callback: wg.Callback = {
      onTrainBegin: () => void calls.push('begin'),
      onEpochBegin: (epoch) => void calls.push(`epoch ${epoch}`),
      onBatchEnd: (batch, logs) => void calls.push(`batch ${batch} ${Object.keys(logs)}`),
      onProgress: ({ sample, samples }) => void calls.push(`${sample}/${samples}`),
      onEpochEnd: async (epoch, _logs, model) => {
        calls.push(`end ${epoch}`);
        model.stopTraining = true;
      },
      onTrainEnd: () => void calls.push('done'),
    };
    const { epoch } = await classifier().fit(x, y, { epochs: 5, batchSize: 5, callbacks: [callback] });
    expect(epoch).toEqual([0]);
    expect(calls.filter((call) => !/^5\/10$/.test(call))).toEqual([
      'begin',
      'epoch 0',
      'batch 0 loss,accuracy',
      'batch 1 loss,accuracy',
      '10/10',
      'end 0',
      'done',
    ]);
  });

  it('stops early, at the best weights, and below a bound', async () => {
    const { x, y } = clouds(40);
    const model = classifier();
    model.learningRate = 1e-30;
    const stopped = await model.fit(x, y, {
      epochs: 50,
      validationSplit: 0.2,
      callbacks: [wg.earlyStopping({ patience: 2 })],
    });
    expect(stopped.epoch).toHaveLength(4);

    let best: number[][] | undefined;
    const worsening: wg.Callback = {
      onEpochEnd: (epoch) => {
        if (epoch === 0) best = bits(model);
        model.learningRate = 5;
      },
    };
    model.learningRate = 1e-3;
    const callbacks = [worsening, wg.earlyStopping({ monitor: 'loss', restoreBestWeights: true })];
    await model.fit(x, y, { epochs: 4, callbacks });
    expect(bits(model)).toEqual(best);

    const below = await xor().fit(X, Y, { epochs: 1000, callbacks: [wg.stopBelow(0.1)] });
    expect(below.history['loss']!.at(-1)).toBeLessThan(0.1);
    expect(below.history['loss']!.at(-2)).toBeGreaterThanOrEqual(0.1);
  });

  it('changes the learning rate between steps without a new program', async () => {
    const model = xor({ optimizer: wg.sgd(0.1) });
    expect(model.learningRate).toBeCloseTo(0.1, 6);
    model.trainOnBatch(X, Y);
    const before = model.getWeights()[0]!.data();
    model.learningRate = 1e-20;
    model.trainOnBatch(X, Y);
    expect(model.getWeights()[0]!.data()).toEqual(before);
  });

  it.each([
    ['after the data is copied, after tracing, and after every step that takes long', 20, 10],
    ['never where steps take no time', 0, 0],
  ])('lets the event loop live while it trains: %s', async (_, took, turns) => {
    const { x, y } = clouds(80);
    const model = classifier();
    aheadMs += 10_000; // long after the last turn, which the clock of an earlier test may have told
    let now = performance.now() + aheadMs;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => (now += took));
    await model.fit(x, y, { epochs: 1, batchSize: 80 }); // has its turn, if steps take no time: from here on none is due
    let seen = 0;
    let training = true;
    const turn = () => {
      seen++;
      if (training) setImmediate(turn);
    };
    setImmediate(turn);
    await model.fit(x, y, { epochs: 2, batchSize: 20 });
    training = false;
    clock.mockRestore();
    expect(seen).toBe(turns);
  });

  it('trains on the data as they were when fit was called', async () => {
    const train = async (change: boolean) => {
      const { x, y } = clouds(80);
      const [samples, classes] = [Float32Array.from(x.flat()), Int32Array.from(y)];
      wg.setSeed(7);
      const model = classifier();
      aheadMs += 10_000; // so that fit lets others have their turn before it trains
      const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + aheadMs);
      const fitting = model.fit(samples, classes, { epochs: 1, batchSize: 20 });
      clock.mockRestore();
      if (change) samples.fill(Number.NaN);
      await fitting;
      return weightsOf(model);
    };
    expect(await train(true)).toEqual(await train(false));
  });

  it('gives every optimizer a way down', async () => {
    const optimizers = [
      wg.sgd(0.5),
      wg.sgd(0.1, { momentum: 0.9 }),
      wg.sgd(0.1, { momentum: 0.9, nesterov: true }),
      wg.rmsprop(0.01),
      wg.adagrad(0.1),
      wg.adam(0.05),
    ];
    for (const optimizer of optimizers) {
      wg.setSeed(2);
      const { history } = await xor({ optimizer }).fit(X, Y, { epochs: 800, batchSize: 4 });
      expect(history['loss']!.at(-1), optimizer.name).toBeLessThan(0.35);
    }
  });

  const activated = (activation: wg.ActivationName | wg.Activation, apply: wg.Activation) => {
    const model = wg.sequential([2], [wg.dense(3, { activation })]);
    const [kernel, bias] = model.getWeights() as [wg.Tensor, wg.Tensor];
    const expected = apply(wg.tensor(X).matMul(kernel).add(bias));
    expect(firstDifference(model.predict(X).data(), expected.data(), 1e-6, 1e-6)).toBeUndefined();
  };

  it.each(['softplus', 'logSoftmax', 'softmax', 'tanh', 'sigmoid', 'relu', 'leakyRelu'] as const)(
    'knows the activation %s by name',
    (name) => activated(name, (z) => z[name]()),
  );

  it.each([
    ops.relu6,
    ops.elu,
    ops.selu,
    ops.celu,
    ops.gelu,
    ops.silu,
    ops.mish,
    ops.softsign,
    ops.hardSigmoid,
    ops.hardSwish,
    ops.hardTanh,
    ops.logSigmoid,
  ])('takes the function %o as an activation', (f) => activated(f, (z) => f(z)));

  it('gives an initializer a shape that it cannot change', () => {
    const reversed = (shape: wg.Shape) => wg.zeros((shape as number[]).reverse());
    expect(() => wg.sequential([2], [wg.dense(3, { kernelInitializer: reversed })])).toThrow(TypeError);
  });

  it('updates after the forward and the backward pass, whenever the ops of an update were made', async () => {
    const losses = async (update: wg.Optimizer['update']) => {
      const model = wg.sequential([1], [wg.dense(1, { kernelInitializer: (s) => wg.full(s, 0.5) })]);
      const optimizer = { name: 'mine', learningRate: 0.01, slots: [], update };
      model.compile({ optimizer, loss: 'meanSquaredError' });
      const options = { epochs: 3, batchSize: 2, shuffle: false };
      return (await model.fit([1, 2, 3, 4, 5], [2, 4, 6, 8, 10], options)).history['loss'];
    };
    const step: wg.Optimizer['update'] = ({ param, grad, learningRate }) => [
      wg.assign(param, param.sub(grad.mul(learningRate))),
    ];
    // Made for the first program; the last batch has another.
    const made = new Map<wg.Tensor, readonly wg.Tensor[]>();
    const once: wg.Optimizer['update'] = (inputs) => {
      if (!made.has(inputs.param)) made.set(inputs.param, step(inputs));
      return made.get(inputs.param)!;
    };
    expect(await losses(once)).toEqual(await losses(step));
    const before = wg.tensor(1.5).mul(1);
    const constant: wg.Optimizer['update'] = ({ param }) => [wg.assign(param, before.broadcastTo(param.shape))];
    const first = await losses(constant);
    before.data();
    expect(first).toEqual(await losses(constant));
  });

  it.each(['valLoss', 'valAccuracy', 'Loss', '__proto__'])('refuses a metric called %s', (name) => {
    const metric = (_: wg.Tensor, p: wg.Tensor) => p.mean();
    Object.defineProperty(metric, 'name', { value: name });
    expect(() => xor({ metrics: [metric] })).toThrow(`the name '${name}' is taken`);
  });

  it('takes a metric of any other name', async () => {
    const metric = { constructor: (_: wg.Tensor, p: wg.Tensor) => p.mean() }.constructor;
    Object.defineProperty(metric, 'name', { value: 'constructor' });
    const { history } = await xor({ metrics: [metric] }).fit(X, Y, { epochs: 2 });
    expect(history['constructor']).toHaveLength(2);
  });

  it('takes an optimizer, a loss, a metric, an activation and a layer of the user', async () => {
    const signSgd: wg.Optimizer = {
      name: 'signSgd',
      learningRate: 0.01,
      slots: [],
      update: ({ param, grad, learningRate }) => [wg.assign(param, param.sub(grad.sign().mul(learningRate)))],
    };
    const scale = wg.layer({
      kind: 'scale',
      build: ({ shape }) => ({ parameters: { factor: { shape, initializer: (s: wg.Shape) => wg.full(s, 2) } } }),
      call: (x, { factor }) => x.mul(factor),
    });
    const model = wg.sequential([2], [scale, wg.dense(6, { activation: (z) => z.leakyRelu(0.2) }), wg.dense(1)]);
    const huber: wg.LossFunction = (yTrue, yPred) => yPred.sub(yTrue).square().add(1).sqrt().sub(1).mean();
    const worst = (yTrue: wg.Tensor, yPred: wg.Tensor) => yPred.sub(yTrue).abs().mean();
    model.compile({ optimizer: signSgd, loss: huber, metrics: [worst] });
    const { history } = await model.fit(X, Y, { epochs: 300, batchSize: 4 });
    expect(history['worst']!.at(-1)).toBeLessThan(history['worst']![0]!);
    expect(history['loss']!.at(-1)).toBeLessThan(0.1);
    expect(model.getWeights()[0]!.data()).not.toEqual(Float32Array.of(2, 2));
  });

  it('counts steps from 1 for the optimizer of a user, who sees values from before the step', async () => {
    const seen: wg.Optimizer = {
      name: 'seen',
      learningRate: 0.1,
      slots: ['last'],
      update: ({ param, slots, step }) => [
        wg.assign(param, param.mul(0).add(step.toFloat())),
        wg.assign(slots['last']!, param),
      ],
    };
    const model = wg.sequential([1], [wg.dense(1, { useBias: false })]);
    model.compile({ optimizer: seen, loss: 'meanSquaredError' });
    for (const step of [1, 2, 3]) {
      model.trainOnBatch([1], [1]);
      expect(model.getWeights()[0]!.item()).toBe(step);
    }
  });

  it('has a finite gradient of binary cross-entropy at p = 0 and p = 1, that of PyTorch', async () => {
    const model = wg.sequential([1], [wg.dense(2, { activation: 'softmax' })]);
    model.compile({ optimizer: wg.sgd(0.1), loss: 'binaryCrossEntropy' });
    model.setWeights([[[100, -100]], [0, 0]]);
    expect(model.trainOnBatch([1], [[1, 0]])).toBe(0);
    expect(model.getWeights()[0]!.toArray()).toEqual([[100, -100]]);
    const linear = wg.sequential([1], [wg.dense(1, { useBias: false })]);
    linear.compile({ optimizer: wg.sgd(1), loss: 'binaryCrossEntropy' });
    for (const [p, y, slope] of [
      [0.25, 1, -4],
      [0.25, 0, 4 / 3],
      [0, 1, -1e12],
      [1, 0, 1e12],
      [1, 1, 0],
      [0, 0, 0],
    ] as const) {
      linear.setWeights([[[p]]]);
      const { dW } = linear.inspect([1], [y]).layers['dense']!;
      expect(dW!.item() / (slope || 1)).toBeCloseTo(slope ? 1 : 0, 5);
    }
  });

  it('trains on a loss that ignores the labels', () => {
    const model = wg.sequential([1], [wg.dense(1)]);
    model.compile({ optimizer: wg.sgd(0.1), loss: (_yTrue, yPred) => yPred.square().mean() });
    const before = model.evaluate([1, 2], [0, 0]).loss;
    model.trainOnBatch([1, 2], [0, 0]);
    expect(model.evaluate([1, 2], [0, 0]).loss).toBeLessThan(before);
  });

  it('ends with the best weights also when the epochs run out, and records no epoch that was not run', async () => {
    const model = wg.sequential([1], [wg.dense(1, { useBias: false })]);
    model.compile({ optimizer: wg.sgd(0.1), loss: 'meanSquaredError' });
    let best: number[][] | undefined;
    const spoil: wg.Callback = {
      onEpochEnd: (epoch) => {
        if (epoch === 0) best = bits(model);
        model.learningRate = 1.5;
      },
    };
    const [x, y] = [[1], [0]];
    const callbacks = [spoil, wg.earlyStopping({ patience: 9, restoreBestWeights: true })];
    await model.fit(x, y, { epochs: 3, validationData: [x, y], callbacks });
    expect(bits(model)).toEqual(best);
    const stop: wg.Callback = { onEpochBegin: (epoch, m) => void (m.stopTraining = epoch === 1) };
    expect((await model.fit(x, y, { epochs: 5, callbacks: [stop] })).history.loss).toHaveLength(1);
  });

  it('leaves memory where it was after ten thousand steps', async () => {
    const { x, y } = clouds(64);
    const model = classifier();
    await model.fit(x, y, { batchSize: 8, epochs: 2 });
    const used = runner().memory.used;
    const bytes = runner().memory.i.byteLength;
    await model.fit(x, y, { batchSize: 8, epochs: 1250 });
    expect(runner().memory.used).toBeLessThanOrEqual(used); // less, if models of other tests became garbage
    expect(runner().memory.i.byteLength).toBe(bytes);
  });

  it('gives its memory back when it is disposed', () => {
    const own = () => wg.sequential([2], [wg.dense(3), wg.dense(4), wg.dense(2)]); // no other test has such a one
    own().dispose(); // makes the program of initial values, which is kept
    const before = runner().memory.used;
    const model = own();
    model.compile({ optimizer: wg.sgd(), loss: 'softmaxCrossEntropy' });
    model.trainOnBatch([[1, 2]], [0]);
    model.predict([[1, 2]]);
    expect(runner().memory.used).toBeGreaterThan(before);
    model.dispose();
    model.dispose();
    expect(runner().memory.used).toBe(before);
    for (const use of [
      () => model.predict([[1, 2]]),
      () => model.getWeights(),
      () => model.trainOnBatch([[1, 2]], [0]),
    ]) {
      expect(use).toThrow(/the model was disposed/);
    }
  });

  it('prints a summary', () => {
    const model = classifier();
    expect(model.summary()).toMatch(/dense_1 \(dense\) {2}\[n, 3\] +51/);
    const { x, y } = clouds(20);
    model.trainOnBatch(x, y);
    expect(model.summary()).toMatch(
      /a step on a batch of \d+: [\d.]+ KiB of that, of which [\d.]+ KiB are alive at once/,
    );
  });

  it('keeps the weights of the last good epoch when the loss becomes NaN, and says where', async () => {
    const { x, y } = clouds(20);
    const model = classifier();
    let good: number[][] | undefined;
    const poison: wg.Callback = {
      onEpochEnd: (epoch) => {
        if (epoch !== 1) return;
        good = bits(model);
        model.learningRate = 1e38;
      },
    };
    const failing = model.fit(x, y, { epochs: 5, batchSize: 10, callbacks: [poison] });
    await expect(failing).rejects.toThrow(/the loss became (NaN|Infinity) at step 1 of epoch 2.*after epoch 1/);
    await expect(failing).rejects.toBeInstanceOf(wg.NonFiniteLossError);
    expect(bits(model)).toEqual(good);
    model.learningRate = 1e-3;
    expect(Number.isFinite((await model.fit(x, y)).history['loss']![0])).toBe(true);
  });

  it('ends with the best weights when the loss becomes NaN, too, and the error has the history so far', async () => {
    const { x, y } = clouds(20);
    const model = classifier();
    const kept: number[][][] = [];
    const ends: wg.Logs[] = [];
    const worsen: wg.Callback = {
      onEpochEnd: (epoch) => {
        kept.push(bits(model));
        model.learningRate = epoch === 0 ? 2 : 1e38;
      },
      onTrainEnd: (logs) => void ends.push(logs),
    };
    const callbacks = [worsen, wg.earlyStopping({ monitor: 'loss', patience: 9, restoreBestWeights: true })];
    const error = await model.fit(x, y, { epochs: 9, batchSize: 10, callbacks }).catch((e) => e);
    expect(error).toBeInstanceOf(wg.NonFiniteLossError);
    const { epoch, history } = error.history as wg.History;
    expect(epoch).toEqual(epoch.map((_, i) => i));
    expect(history.loss).toHaveLength(error.epoch);
    expect(ends).toEqual([{ loss: history.loss.at(-1), accuracy: history['accuracy']!.at(-1) }]);
    expect(bits(model)).toEqual(kept[history.loss.indexOf(Math.min(...history.loss))]);
  });

  it('ends with the best weights when a callback throws, too', async () => {
    const { x, y } = clouds(20);
    const model = classifier();
    let best: number[][] | undefined;
    const fail: wg.Callback = {
      onEpochEnd: (epoch) => {
        if (epoch === 1) throw new Error('mine');
        best = bits(model);
        model.learningRate = 5;
      },
    };
    const callbacks = [fail, wg.earlyStopping({ monitor: 'loss', restoreBestWeights: true })];
    await expect(model.fit(x, y, { epochs: 4, callbacks })).rejects.toThrow('mine');
    expect(bits(model)).toEqual(best);
    const end = () => {
      throw new Error('at the end');
    };
    callbacks[0] = { ...fail, onTrainEnd: end };
    model.learningRate = 0.01;
    await expect(model.fit(x, y, { epochs: 4, callbacks })).rejects.toThrow('at the end');
    expect(bits(model)).toEqual(best);
  });

  it('goes back to the last good epoch in a slice of many epochs, too', async () => {
    const wild = () => {
      wg.setSeed(1);
      const model = wg.sequential([1], [wg.dense(1)]);
      model.compile({ optimizer: wg.sgd(30), loss: 'meanSquaredError' });
      return model;
    };
    const model = wild();
    const error = await model.fit([1, 2], [1, 2], { epochs: 1000, batchSize: 'full' }).catch((e) => e);
    expect(error).toBeInstanceOf(wg.NonFiniteLossError);
    const good = wild();
    await good.fit([1, 2], [1, 2], { epochs: error.epoch, batchSize: 'full', callbacks: [{ onEpochEnd() {} }] });
    expect(bits(model)).toEqual(bits(good));
  });

  it.each([
    ['one step an epoch', 20, []],
    ['one step an epoch, observed', 20, [{ onEpochEnd() {} }]],
  ])('never leaves weights that are not finite: %s', async (_, batchSize, callbacks) => {
    const { x, y } = clouds(20);
    const model = classifier();
    await model.fit(x, y, { batchSize });
    const good = bits(model);
    // The update overflows after a loss that is finite still.
    model.compile({ optimizer: wg.rmsprop(3e38, { epsilon: 1e-30 }), loss: 'categoricalCrossEntropy' });
    const failing = model.fit(x, y, { epochs: 3, batchSize, callbacks });
    await expect(failing).rejects.toBeInstanceOf(wg.NonFiniteLossError);
    await expect(failing).rejects.toThrow(/became (NaN|Infinity|NaN or infinite) at step 0 of epoch 0: .* before fit/);
    expect(bits(model)).toEqual(good);
  });

  it('gives the same weights and history whether anybody looks on or not', async () => {
    const run = async (callbacks: wg.Callback[]) => {
      wg.setSeed(6);
      const model = xor();
      const { history } = await model.fit(X, Y, { epochs: 50, batchSize: 'full', callbacks });
      return { history, weights: bits(model) };
    };
    expect(await run([])).toEqual(await run([{ onBatchEnd: () => {} }]));
  });

  it('names the sample that holds a NaN', async () => {
    const { x, y } = clouds(20);
    x[13]![1] = Number.NaN;
    await expect(classifier().fit(x, y, { batchSize: 4 })).rejects.toThrow(/x holds NaN in sample 13/);
    const typed = Float32Array.from(x.flat());
    const callbacks = [{ onTrainBegin: () => void structuredClone(typed.buffer, { transfer: [typed.buffer] }) }];
    await expect(classifier().fit(typed, y, { batchSize: 4, callbacks })).rejects.toThrow(/x holds NaN in sample 13/);
  });
});

describe('a model in memory of its own', () => {
  it('writes no log past its end when it makes the good epochs of a long slice again', async () => {
    await wg.init({ module: await WebAssembly.compile(wasmBytes() as BufferSource) }); // memory without gaps
    const slow = () => {
      const model = wg.sequential([1], [wg.dense(1, { useBias: false, kernelInitializer: 'ones' })]);
      model.compile({ optimizer: wg.sgd(1.005), loss: 'meanSquaredError' }); // w ← -1.01 w, for some 4400 epochs
      return model;
    };
    const model = slow();
    const options = { epochs: 10_000, batchSize: 'full' } as const;
    const error = await model.fit([1, 1], [0, 0], options).catch((e) => e);
    expect(error).toBeInstanceOf(wg.NonFiniteLossError);
    const good = slow();
    await good.fit([1, 1], [0, 0], { ...options, epochs: error.epoch });
    expect(bits(model)).toEqual(bits(good));
  });
});

describe('a model in float64', () => {
  it('goes back to the last good epoch with the step count of that epoch', async () => {
    await wg.init({ precision: 'float64' });
    for (const kink of [3.37, 5.59, 10.4, 11.51, 18.54, 28.53]) {
      const run = async (callbacks: wg.Callback[]) => {
        const model = wg.sequential([1], [wg.dense(1, { kernelInitializer: 'zeros' })]);
        model.compile({ optimizer: wg.adam(1), loss: (_, p) => p.sub(kink).abs().sub(0.05).log().mean() });
        const error = await model.fit([1], [1], { epochs: 200, batchSize: 'full', callbacks }).catch((e) => e);
        return { epoch: error.epoch, weights: weightsOf(model) };
      };
      const seen = await run([{ onEpochEnd: () => {} }]);
      expect(seen.epoch).toBeGreaterThan(0);
      expect(await run([])).toEqual(seen);
    }
  });
});

describe('wasm and TypeScript', () => {
  it('train to the same weights, within float32 rounding', async () => {
    const { x, y } = clouds(60);
    const weights: Float32Array[] = [];
    for (const backend of ['wasm', 'js'] as const) {
      await wg.init({ backend, seed: 5 });
      const model = classifier();
      await model.fit(x, y, { epochs: 3, batchSize: 16 });
      weights.push(weightsOf(model));
    }
    expect(firstDifference(weights[0]!, weights[1]!, 1e-4, 1e-4)).toBeUndefined();
  });
});

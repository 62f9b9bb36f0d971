// A model changes as a whole or not at all, whatever the user's data and code do while the model reads and calls them.

import { beforeAll, describe, expect, it, vi } from 'vitest';
import * as wg from '../bindings/index.js';
import * as ops from '../bindings/ops.js';
import { runner } from '../bindings/run/runtime.js';

// biome-ignore lint/suspicious/noExplicitAny: what TypeScript would refuse, JavaScript passes
const any = (value: unknown): any => value;

const X = [[0], [1], [2], [3]];
const Y = [1, 3, 5, 7];
const settings = () => ({ optimizer: wg.sgd(0.01, { momentum: 0.5 }), loss: 'meanSquaredError' as wg.LossName });

function compiled(options: object = {}): wg.Sequential {
  const model = wg.sequential([1], [wg.dense(3, { activation: 'tanh' }), wg.dense(1)]);
  model.compile(any({ ...settings(), ...options }));
  return model;
}

const weightsOf = (model: wg.Sequential) => model.getWeights().map((w) => w.toArray());

/** Samples that act when they are read. */
function trap(act: () => unknown, values: readonly unknown[] = X): never[] {
  const samples = [...values];
  Object.defineProperty(samples, 1, {
    get() {
      act();
      return values[1];
    },
  });
  return any(samples);
}

describe.each(['wasm', 'js'] as const)('on %s', (backend) => {
  beforeAll(() => wg.init({ backend, seed: 1 }));

  describe('a compile that fails', () => {
    it.each<[string, object]>([
      ['an unknown loss', { loss: 'nonesuch' }],
      ['an optimizer without slots', { optimizer: { name: 'o', learningRate: 1, update: () => [] } }],
      ['a loss on logits behind softmax', { loss: 'softmaxCrossEntropy' }],
      ['no memory left', {}],
    ])('leaves the model compiled as it was: %s', (reason, options) => {
      const end = wg.dense(2, { activation: 'softmax' });
      const model = wg.sequential([1], [wg.dense(40), end]);
      model.compile({ optimizer: wg.sgd(0.1), loss: 'categoricalCrossEntropy' });
      const labels = [0, 1, 0, 1];
      const twin = wg.sequential([1], [wg.dense(40), end]);
      twin.compile({ optimizer: wg.sgd(0.1), loss: 'categoricalCrossEntropy' });
      twin.setWeights(model.getWeights());
      const { memory } = runner();
      const { used } = memory;
      if (reason === 'no memory left') {
        vi.spyOn(memory, 'alloc').mockImplementationOnce(() => {
          throw new wg.WasmgradError(reason);
        });
      }
      expect(() => model.compile(any({ ...settings(), ...options }))).toThrow(wg.WasmgradError);
      expect(memory.used).toBe(used);
      for (let k = 0; k < 3; k++) expect(model.trainOnBatch(X, labels)).toBe(twin.trainOnBatch(X, labels));
      expect(weightsOf(model)).toEqual(weightsOf(twin));
    });
  });

  const methods: Record<string, (model: wg.Sequential, data: never[]) => unknown> = {
    fit: (model, data) => model.fit(data, Y),
    'fit (labels)': (model, data) => model.fit(X, data),
    'fit (validation)': (model, data) => model.fit(X, Y, { validationData: [data, Y] }),
    trainOnBatch: (model, data) => model.trainOnBatch(data, Y),
    evaluate: (model, data) => model.evaluate(data, Y),
    predict: (model, data) => model.predict(data),
    inspect: (model, data) => model.inspect(data, Y),
    setWeights: (model, data) => model.setWeights(data),
  };
  const acts: Record<string, (model: wg.Sequential) => unknown> = {
    dispose: (model) => model.dispose(),
    compile: (model) => model.compile(settings()),
    trainOnBatch: (model) => model.trainOnBatch(X, Y),
  };
  const pairs = Object.keys(methods).flatMap((method) => Object.keys(acts).map((act) => [act, method] as const));

  it.each(pairs)('refuses %s while %s reads its data', async (act, method) => {
    const model = compiled();
    const before = weightsOf(model);
    const values = method === 'setWeights' ? before : method === 'fit (labels)' ? Y : X;
    const read = async () =>
      methods[method]!(
        model,
        trap(() => acts[act]!(model), values),
      );
    await expect(read()).rejects.toThrow(/the model is (in the middle of|being trained by fit)/);
    await expect(read()).rejects.toThrow(wg.WasmgradError);
    expect(weightsOf(model)).toEqual(before);
    model.trainOnBatch(X, Y); // the model goes on
    model.dispose();
  });

  it('refuses a second fit while the first one reads its data', async () => {
    const model = compiled();
    let second: Promise<unknown> | undefined;
    const again = () => {
      second ??= expect(model.fit(X, Y)).rejects.toThrow(/being trained by fit; await it first/);
    };
    await model.fit(trap(again), Y);
    expect(second).toBeDefined();
    await second;
  });

  it.each(Object.keys(acts))('refuses %s in a loss, a metric, a callback and an optimizer', async (act) => {
    const run: { model?: wg.Sequential } = {};
    const now = () => acts[act]!(run.model!);
    const loss: wg.LossFunction = (yTrue, yPred) => {
      now();
      return yPred.sub(yTrue).square().mean();
    };
    run.model = compiled({ loss });
    expect(() => run.model!.trainOnBatch(X, Y)).toThrow(wg.WasmgradError);
    await expect(run.model.fit(X, Y)).rejects.toThrow(wg.WasmgradError);
    run.model = compiled();
    const callbacks = [{ onEpochEnd: () => void now() }];
    await expect(run.model.fit(X, Y, { callbacks })).rejects.toThrow(/being trained by fit; await it first/);
    expect(run.model.predict(X).size).toBe(4);
  });

  it('lets a callback look at the model, and set its weights and learning rate', async () => {
    const model = compiled();
    const seen: number[] = [];
    const onEpochEnd = () => {
      seen.push(model.predict(X).size, model.evaluate(X, Y).loss);
      model.setWeights(model.getWeights());
      model.learningRate = 0.005;
    };
    await model.fit(X, Y, { epochs: 2, callbacks: [{ onEpochEnd }] });
    expect(seen.every(Number.isFinite)).toBe(true);
  });

  it('traces layers, loss and optimizer before anything is changed', async () => {
    const model = compiled({
      // The last batch has one sample: it is the second that is traced.
      loss: (yTrue: wg.Tensor, yPred: wg.Tensor) => (yPred.shape[0] === 1 ? any(3) : yPred.sub(yTrue).square().mean()),
    });
    const [before, { used }] = [weightsOf(model), runner().memory];
    await expect(model.fit(X, Y, { batchSize: 3, shuffle: false })).rejects.toThrow(
      /must return a scalar tensor, got 3/,
    );
    expect(weightsOf(model)).toEqual(before);
    await expect(model.fit(X, Y, { batchSize: 3, shuffle: false })).rejects.toThrow(wg.WasmgradError);
    model.dispose();
    expect(runner().memory.used).toBeLessThanOrEqual(used);
  });

  it('traces loss and metrics for the validation data, too, before anything is changed', async () => {
    const metrics = [(_: wg.Tensor, yPred: wg.Tensor) => (yPred.shape[0] === 1 ? any(3) : yPred.mean())];
    const model = compiled({ metrics });
    const before = weightsOf(model);
    await expect(model.fit(X, Y, { batchSize: 3, validationSplit: 0.25 })).rejects.toThrow(
      /must return a scalar tensor/,
    );
    expect(weightsOf(model)).toEqual(before);
  });

  it('keeps its shapes when a layer changes its own', () => {
    const own = [2];
    const shifted = wg.layer({
      kind: 'shifted',
      build: () => ({ parameters: { w: { shape: own, initializer: 'zeros' } } }),
      call: (x, { w }) => ops.concat([x, x], 1).add(w),
    });
    const model = wg.sequential([1], [shifted]);
    own[0] = 5;
    expect(model.getWeights()[0]!.shape).toEqual([2]);
    expect(model.clone().predict(X).shape).toEqual([4, 2]);
  });

  it('calls the callbacks that fit was given, whatever becomes of their array', async () => {
    const calls: string[] = [];
    const callbacks = ['a', 'b'].map((name) => ({
      onEpochEnd: (epoch: number) => {
        calls.push(`${name}${epoch}`);
        callbacks.shift();
      },
    }));
    await compiled().fit(X, Y, { epochs: 2, callbacks });
    expect(calls).toEqual(['a0', 'b0', 'a1', 'b1']);
  });

  it('copies the validation data', async () => {
    const [x, y] = [Float32Array.from([0, 1]), Float32Array.from([1, 3])];
    const fit = async (spoil: boolean) => {
      wg.setSeed(1);
      const model = compiled();
      const onEpochEnd = () => void (spoil && x.fill(100));
      return (await model.fit(X, Y, { epochs: 3, validationData: [x, y], callbacks: [{ onEpochEnd }] })).history;
    };
    const clean = await fit(false);
    expect(await fit(true)).toEqual(clean);
  });

  it('refuses data that shrinks while it is read', async () => {
    const resizable = any(new (any(ArrayBuffer))(16, { maxByteLength: 16 }));
    if (typeof resizable.resize !== 'function') return;
    const x = new Float32Array(resizable);
    const model = compiled();
    const shrink = trap(() => resizable.resize(8), Y);
    await expect(model.fit(x, shrink)).rejects.toThrow(/x changed while it was read: 4 samples became 2 numbers/);
    resizable.resize(16);
    expect(() =>
      model.trainOnBatch(
        x,
        trap(() => resizable.resize(4), Y),
      ),
    ).toThrow(/expected 4 values, got 1/);
  });

  it('says how to keep a model when it is made JSON of', () => {
    expect(() => JSON.stringify(compiled())).toThrow(/a model is no JSON: keep it by saveModel\(model,/);
  });
});

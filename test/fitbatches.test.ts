// Training on batches that come one by one: the same bits as on data in memory, and what happens when they end or fail.

import { beforeAll, describe, expect, it } from 'vitest';
import { batches } from '../bindings/data.js';
import * as wg from '../bindings/index.js';
import { Numbers } from './numbers.js';

/** Wrong on purpose: what TypeScript would refuse, JavaScript passes. */
// biome-ignore lint/suspicious/noExplicitAny: the point of these tests
const any = (value: unknown): any => value;

const numbers = new Numbers(7);
const X = Array.from({ length: 20 }, () => Float32Array.from({ length: 2 }, () => numbers.uniform() - 0.5));
const Y = X.map(([a, b]) => (a! > b! ? 2 : a! > 0 ? 1 : 0));

type Pair = readonly [Float32Array[], number[]];

/** The batches of one epoch, in the order of the samples. */
const pairs = (size = 8): Pair[] =>
  Array.from({ length: Math.ceil(20 / size) }, (_, k) => [
    X.slice(k * size, (k + 1) * size),
    Y.slice(k * size, (k + 1) * size),
  ]);

async function* slowly<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    yield item;
  }
}

function classifier(): wg.Sequential {
  wg.setSeed(3);
  const model = wg.sequential([2], [wg.dense(6, { activation: 'tanh' }), wg.dense(3)]);
  const metrics = ['accuracy' as const, wg.f1({ average: 'macro' })];
  model.compile({ optimizer: wg.adam(0.05), loss: 'softmaxCrossEntropy', metrics });
  return model;
}

/** y = w x, without noise; a step of sgd(½) on x = 1 with label 2w halves what is missing. */
function line(optimizer = wg.sgd(0.25)): wg.Sequential {
  const model = wg.sequential([1], [wg.dense(1, { useBias: false, kernelInitializer: 'zeros' })]);
  model.compile({ optimizer, loss: 'mse' });
  return model;
}

const weightOf = (model: wg.Sequential): number => model.getWeights()[0]!.item();
const bits = (model: wg.Sequential) => model.getWeights().map((w) => [...new Uint32Array(w.data().buffer)]);
const ONE = [[1], [1]] as const;

describe.each(['wasm', 'js'] as const)('on %s', (backend) => {
  beforeAll(() => wg.init({ backend, seed: 1 }));

  it.each<[string, wg.BatchSource]>([
    ['a function that returns an array', () => pairs()],
    [
      'a generator function',
      function* () {
        yield* pairs();
      },
    ],
    ['an async generator function', () => slowly(pairs())],
    ['an async function', async () => slowly(pairs())],
    ['an iterable', new Set(pairs())],
    ['batches of wasmgrad/data', batches(X, Y, { batchSize: 8 })],
    ['objects', () => pairs().map(([x, y]) => ({ x, y }))],
    ['tensors', () => pairs().map(([x, y]) => [wg.tensor(x), wg.tensor(y)] as const)],
  ])('%s gives the bits of fit on all samples', async (_, source) => {
    const [streamed, whole] = [classifier(), classifier()];
    const a = await streamed.fit(source, { epochs: 3, validationData: [X, Y] });
    const b = await whole.fit(X, Y, { epochs: 3, batchSize: 8, shuffle: false, validationData: [X, Y] });
    expect(bits(streamed)).toEqual(bits(whole));
    expect(a).toEqual(b);
    expect(a.epoch).toEqual([0, 1, 2]);
  });

  it('validates on batches, too', async () => {
    const [streamed, whole] = [classifier(), classifier()];
    const a = await streamed.fit(() => pairs(), { epochs: 2, validationData: () => slowly(pairs(7)) });
    const b = await whole.fit(X, Y, { epochs: 2, batchSize: 8, shuffle: false, validationData: [X, Y] });
    for (const name of ['valLoss', 'valAccuracy', 'valF1']) {
      expect(a.history[name]).toHaveLength(2);
      a.history[name]!.forEach((value, epoch) => void expect(value).toBeCloseTo(b.history[name]![epoch]!, 5));
    }
  });

  it.each([
    ['to the end', 3, 3, undefined],
    ['to the end, which is that of a step', 5, 2, undefined],
    ['as many as an epoch has', 3, 3, 7],
    ['all in one step', 8, 9, undefined],
  ])('makes one step of several batches, %s, with the bits of fit', async (_, size, accumulate, stepsPerEpoch) => {
    const [streamed, whole] = [classifier(), classifier()];
    const options = { epochs: 3, accumulate };
    const { history } = await streamed.fit(() => slowly(pairs(size)), { ...options, stepsPerEpoch });
    const { history: expected } = await whole.fit(X, Y, { ...options, batchSize: size, shuffle: false });
    expect(bits(streamed)).toEqual(bits(whole));
    expect(history).toEqual(expected);
  });

  it('weighs samples', async () => {
    const weights = [3, 0, 1];
    const model = line();
    const { history } = await model.fit(() => [[[1, 1, 1], [1, 5, 2], weights]], { epochs: 1 });
    // w = 0: the loss is (3·1 + 1·4) / 4, and its slope -2 (3·1 + 1·2) / 4
    expect(history.loss[0]).toBeCloseTo(7 / 4, 6);
    expect(weightOf(model)).toBeCloseTo((0.25 * 2 * 5) / 4, 6);
    const mixed = () => [
      { x: [1], y: [1], sampleWeight: [1] },
      { x: [1], y: [1] },
    ];
    await expect(model.fit(mixed)).rejects.toThrow(
      'fit: batch 1 of epoch 0 has no sampleWeight, and those before it have',
    );
  });

  it('weighs samples by their classes while it trains', async () => {
    const classWeight = { 0: 3, 2: 0.5 };
    const options = { epochs: 2, validationData: [X, Y] as const, classWeight };
    const [inMemory, read] = [classifier(), classifier()];
    const { history } = await inMemory.fit(X, Y, { ...options, batchSize: 8, shuffle: false });
    expect((await read.fit(() => pairs(), options)).history).toEqual(history);
    expect(bits(read)).toEqual(bits(inMemory));
    const some = () => [{ x: X.slice(0, 4), y: Y.slice(0, 4), sampleWeight: [1, 1, 1, 1] }, ...pairs().slice(1)];
    await classifier().fit(some, { classWeight }); // those without have the weights of their classes alone
    await expect(read.fit(() => pairs(), { classWeight: any('balanced') })).rejects.toThrow(
      "fit: classWeight: 'balanced' needs all samples at once: give the weights, { 0: 1, 1: 5 }",
    );
    await expect(read.fit(() => pairs(), { classWeight: any({ one: 1 }) })).rejects.toThrow('fit: classWeight must be');
  });

  it('validates without weights where it trains with them', async () => {
    const batch = { x: [1, 1], y: [1, 3], sampleWeight: [0, 1] };
    const { history } = await line().fit(() => [batch], { validationData: () => [[[1], [2.5]] as const] });
    expect([history.loss[0], history['valLoss']![0]]).toEqual([9, 1]); // w = 0, then 1.5
  });

  it('trains a model with several inputs and outputs', async () => {
    const [a, b] = [wg.dense(1), wg.dense(1)];
    const net = wg.model({ u: [1], v: [1] }, ({ u, v }) => ({ sum: a(u).add(v), twice: b(u) }));
    net.compile({ optimizer: wg.sgd(0.1), loss: { sum: 'mse', twice: 'mse' } });
    const batch = { x: { u: [[1], [2]], v: [[0], [1]] }, y: { sum: [[1], [3]], twice: [[2], [4]] } };
    const { history } = await net.fit(() => [batch], { epochs: 60 });
    expect(history.loss.at(-1)).toBeLessThan(history.loss[0]! / 20);
    expect(Object.keys(history)).toEqual(['loss', 'sumLoss', 'twiceLoss']);
  });
});

describe('the next batch', () => {
  beforeAll(() => wg.init({ seed: 1 }));

  it('is asked for before the step on the last one', async () => {
    const model = line();
    const seen: number[] = [];
    function* source() {
      for (let k = 0; k < 3; k++) {
        seen.push(weightOf(model));
        yield ONE;
      }
      seen.push(weightOf(model));
    }
    await model.fit(source);
    // Each step halves the distance to 1: batch k + 1 is asked for when k - 1 has been learnt from, and k not yet.
    expect(seen).toEqual([0, 0, 0.5, 0.75]);
    expect(weightOf(model)).toBe(0.875);
  });

  it('may come in the arrays of the last one', async () => {
    const [x, y] = [new Float32Array(8 * 2), new Float32Array(8)];
    function* reusing() {
      for (const [xs, ys] of pairs()) {
        xs.forEach((row, i) => void x.set(row, i * 2));
        y.set(ys);
        yield [x.subarray(0, xs.length * 2), y.subarray(0, ys.length)] as const;
      }
    }
    const [one, other] = [classifier(), classifier()];
    await one.fit(reusing, { epochs: 2 });
    await other.fit(() => pairs(), { epochs: 2 });
    expect(bits(one)).toEqual(bits(other));
  });

  it('is not asked for where none is needed', async () => {
    let asked = 0;
    function* endless() {
      for (;;) {
        asked++;
        yield ONE;
      }
    }
    const { epoch } = await line().fit(endless(), { epochs: 3, stepsPerEpoch: 4 });
    expect([asked, epoch.length]).toEqual([12, 3]);
  });
});

describe('an epoch', () => {
  beforeAll(() => wg.init({ seed: 1 }));

  it('of stepsPerEpoch goes on where the last one ended, and starts batches anew that end', async () => {
    const [model, other] = [classifier(), classifier()];
    let passes = 0;
    const source = () => {
      passes++;
      return slowly(pairs(8)); // three batches
    };
    const seen: number[] = [];
    const callbacks = [{ onBatchEnd: (batch: number) => void seen.push(batch) }];
    await model.fit(source, { epochs: 2, stepsPerEpoch: 4, callbacks });
    expect([passes, seen]).toEqual([3, [0, 1, 2, 3, 0, 1, 2, 3]]);
    const order = [...pairs(8), ...pairs(8), ...pairs(8)].slice(0, 8);
    await other.fit(() => order);
    expect(bits(model)).toEqual(bits(other));
  });

  it('tells callbacks what fit tells them, and how far it is when that is known', async () => {
    const calls = (model: wg.Sequential, run: (callback: wg.Callback) => Promise<wg.History>) => {
      const told: unknown[] = [];
      return run({
        onTrainBegin: (m) => void told.push(['begin', m === model]),
        onEpochBegin: (epoch) => void told.push(['epoch', epoch]),
        onBatchEnd: (batch, logs) => void told.push(['batch', batch, logs]),
        onEpochEnd: (epoch, logs) => void told.push(['end of epoch', epoch, logs]),
        onTrainEnd: (logs) => void told.push(['end', logs]),
      }).then(() => told);
    };
    const [a, b] = [classifier(), classifier()];
    const streamed = await calls(a, (callback) => a.fit(() => pairs(), { epochs: 2, callbacks: [callback] }));
    const options = { epochs: 2, batchSize: 8, shuffle: false };
    expect(streamed).toEqual(await calls(b, (callback) => b.fit(X, Y, { ...options, callbacks: [callback] })));

    const shown: wg.Progress[] = [];
    const callbacks = [{ onProgress: (progress: wg.Progress) => void shown.push(progress) }];
    await classifier().fit(() => slowly(pairs(1)), { epochs: 2, callbacks });
    const [first, second] = [0, 1].map((k) => shown.filter(({ epoch }) => epoch === k));
    expect(first![0]).toMatchObject({ epochs: 2, steps: Number.NaN, samples: Number.NaN });
    expect(second![0]).toMatchObject({ steps: 20, samples: 20 });
    for (const some of [first!, second!]) {
      expect(some.length).toBeGreaterThan(1);
      expect(some.at(-1)).toMatchObject({ step: 20, steps: 20, sample: 20, samples: 20 });
      expect(some[0]!.step).toBeLessThan(20);
    }
  });

  it('lets the event loop have its turn between batches that need not be waited for', async () => {
    let turns = 0;
    const timer = setInterval(() => void turns++, 1);
    const start = performance.now();
    const callbacks: wg.Callback[] = [
      { onBatchEnd: (_b, _l, m) => void (m.stopTraining = performance.now() > start + 200) },
    ];
    function* endless() {
      for (;;) yield ONE;
    }
    await line().fit(endless(), { callbacks });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
  });
});

describe('a training that ends early', () => {
  beforeAll(() => wg.init({ seed: 1 }));

  /** Endless batches, and whether they were closed. */
  function closing(items: (k: number) => unknown = () => ONE) {
    const state = { closed: 0, asked: 0 };
    const source = any(async function* () {
      try {
        for (;;) yield items(state.asked++);
      } finally {
        await new Promise((resolve) => setTimeout(resolve, 1));
        state.closed++;
      }
    });
    return { state, source };
  }

  it.each<[string, wg.Callback | undefined, ((k: number) => unknown) | undefined, RegExp | undefined]>([
    ['by stopTraining', { onBatchEnd: (k, _l, model) => void (model.stopTraining = k === 2) }, undefined, undefined],
    [
      'by an error of a callback',
      {
        onBatchEnd: (k) => {
          if (k === 2) throw new Error('mine');
        },
      },
      undefined,
      /^mine$/,
    ],
    [
      'before it begins',
      {
        onTrainBegin: () => {
          throw new Error('early');
        },
      },
      undefined,
      /^early$/,
    ],
    ['by a batch that does not fit', undefined, (k) => (k < 3 ? ONE : [[1, 2], [1]]), /fit: batch 3 of epoch 0: /],
    ['by a NaN', undefined, (k) => (k < 3 ? ONE : [[Number.NaN], [1]]), /the loss became NaN at step 3 of epoch 0/],
  ])('%s closes the batches', async (_, callback, items, message) => {
    const { state, source } = closing(items);
    const model = line();
    const fitting = model.fit(source, { callbacks: callback ? [callback] : [] });
    if (message) await expect(fitting).rejects.toThrow(message);
    else expect((await fitting).history.loss).toHaveLength(1);
    expect(state.closed).toBe(1);
    await model.fit(() => [ONE]); // is not busy any more
  });

  it.each([0, 2])('by its signal does not wait for a batch that does not come, after %i of them', async (count) => {
    let come = () => {};
    let closed = 0;
    const source = async function* () {
      try {
        for (let k = 0; k < count; k++) yield ONE;
        await new Promise<void>((resolve) => (come = resolve));
        yield ONE;
      } finally {
        closed++;
      }
    };
    for (const options of [{}, { validationData: source }]) {
      const model = line();
      const controller = new AbortController();
      const batches = 'validationData' in options ? () => [ONE, ONE] : source;
      const fitting = model.fit(any(batches), {
        ...(options as object),
        signal: controller.signal,
      });
      await new Promise((resolve) => setTimeout(resolve, 20));
      controller.abort(new Error('enough'));
      await expect(fitting).rejects.toThrow(/^enough$/);
      await model.fit(() => [ONE]); // is not busy any more
      expect(closed).toBe(0);
      come();
      await expect.poll(() => closed).toBe(1); // when the batch came
      closed = 0;
    }
  });

  it('does not close what has ended or failed by itself', async () => {
    for (const fails of [false, true]) {
      let closed = 0;
      let k = 0;
      const source = {
        [Symbol.iterator]: () => ({
          next: () => {
            if (k === 2 && fails) throw new Error('torn');
            return k++ < 2 ? { done: false as const, value: ONE } : { done: true as const, value: undefined };
          },
          return: () => ({ done: true as const, value: closed++ as never }),
        }),
      };
      const fitting = line().fit(source);
      if (fails) await expect(fitting).rejects.toThrow(/^torn$/);
      else await fitting;
      expect(closed).toBe(0);
    }
  });

  it('by an error of the batches has the weights of the steps until then, and ends as any other', async () => {
    const model = line();
    let ended = 0;
    async function* torn() {
      yield ONE;
      yield ONE;
      throw new Error('the connection was lost');
    }
    const fitting = model.fit(torn, { epochs: 9, callbacks: [{ onTrainEnd: () => void ended++ }] });
    await expect(fitting).rejects.toThrow(/^the connection was lost$/);
    expect([weightOf(model), ended]).toEqual([0.75, 1]);
    await model.fit(() => [ONE]);
    expect(weightOf(model)).toBe(0.875);
  });

  it('by a NaN has the weights and optimizer of the last good epoch', async () => {
    const good = classifier();
    await good.fit(() => pairs(), { epochs: 2 });
    const model = classifier();
    let pass = 0;
    const source = () => {
      const all: unknown[] = pairs();
      if (pass++ === 2)
        all[1] = [
          [
            [0.5, 1],
            [2, Number.NaN],
          ],
          [1, 2],
        ];
      return any(all);
    };
    const error = await model.fit(source, { epochs: 5 }).catch((e) => e);
    expect(error).toBeInstanceOf(wg.NonFiniteLossError);
    expect(error.message).toMatch(
      /the loss became NaN at step 1 of epoch 2: training stopped, the weights are those after epoch 1; fit: batch 1 of epoch 2: x holds NaN in sample 1/,
    );
    expect([error.epoch, error.step, error.history.epoch]).toEqual([2, 1, [0, 1]]);
    expect(bits(model)).toEqual(bits(good));
    for (const m of [model, good]) await m.fit(() => pairs());
    expect(bits(model)).toEqual(bits(good));
  });

  it('by a batch that is undefined, which is no end', async () => {
    const model = line();
    await expect(model.fit(any(() => [ONE, undefined, ONE]))).rejects.toThrow('fit: batch 1 of epoch 0 must be [x, y]');
  });

  it('by weights that overflow, says so', async () => {
    const model = line(wg.sgd(3e38));
    const before = bits(model);
    await expect(model.fit(() => [[[1], [3]]])).rejects.toThrow(
      /the weights became NaN or infinite at step 0 of epoch 0/,
    );
    expect(bits(model)).toEqual(before);
  });

  it('is busy until then', async () => {
    const model = line();
    const fitting = model.fit(() => slowly([ONE, ONE]));
    expect(() => model.dispose()).toThrow('dispose: the model is being trained by fit; await it first');
    await fitting;
    model.dispose();
  });
});

describe('what is no source of batches', () => {
  beforeAll(() => wg.init({ seed: 1 }));
  const generator = function* () {
    yield ONE;
    yield ONE;
  };

  it.each<[string, unknown[], RegExp]>([
    [
      'a generator for several epochs',
      [generator(), { epochs: 2 }],
      /these batches can be gone through only once: for more than one epoch pass the function that makes them, or stepsPerEpoch/,
    ],
    [
      'a generator that is too short',
      [generator(), { epochs: 2, stepsPerEpoch: 2 }],
      /fit: batches ended after 2 of them, and cannot start anew: pass the function that makes them/,
    ],
    ['no batches', [() => []], /fit: batches: there were none$/],
    [
      'a function that returns a number',
      [() => 3],
      /fit: batches: what the function returns must be something to go through.*got 3/,
    ],
    ['a function that returns a string', [() => 'ab'], /must be something to go through.*got 'ab'/],
    ['a batch that is a number', [() => [3]], /fit: batch 0 must be \[x, y\] or \{ x, y \}, got 3/],
    ['a batch that is nothing', [() => [null]], /fit: batch 0 must be \[x, y\] or \{ x, y \}, got null/],
    ['a batch that is undefined', [() => [undefined]], /fit: batch 0 must be \[x, y\] or \{ x, y \}, got undefined/],
    ['a batch without labels', [() => [{ x: [1] }]], /fit: batch 0: y/],
    ['a batch with a typo', [() => [{ xs: [1], y: [1] }]], /unknown part of fit: batch 0 'xs'; did you mean 'x'\?/],
    [
      'a batch of another shape',
      [() => [[[[1, 2, 3]], [1]]]],
      /fit: batch 0: x has the shape \[1, 3\]; expected \[n, 1\]/,
    ],
    ['an empty batch', [() => [[[], []]]], /fit: batch 0: x is empty/],
    ['labels as a second argument', [() => [ONE], [1, 2]], /fit: options must be an object/],
    [
      'options as a third argument',
      [() => [ONE], undefined, { epochs: 2 }],
      /batches bring their labels along: fit\(batches, options\)/,
    ],
    ['an option of the other fit', [() => [ONE], { batchSize: 3 }], /unknown option of fit 'batchSize'/],
    [
      'validation data that are no pair',
      [() => [ONE], { validationData: [[1]] }],
      /fit: validationData must be \[x, y\], or batches/,
    ],
    [
      'validation data that do not fit',
      [() => [ONE], { validationData: [[[1, 2]], [1]] }],
      /validationData x has the shape/,
    ],
    [
      'a generator to validate on',
      [() => [ONE], { epochs: 2, validationData: generator() }],
      /fit: validationData can be gone through only once/,
    ],
  ])('%s is refused', async (_, args, message) => {
    const model = line();
    const fitting: Promise<unknown> = any(model).fit(...args);
    const error = await fitting.catch((e: unknown) => e);
    expect(error).toBeInstanceOf(wg.WasmgradError);
    expect((error as Error).message).toMatch(message);
  });

  it('changes nothing, and asks for nothing more than the first batch', async () => {
    const model = line();
    const before = bits(model);
    let begun = 0;
    const callbacks = [{ onTrainBegin: () => void begun++, onTrainEnd: () => void begun++ }];
    await expect(
      model.fit(
        any(() => [[[[1, 2, 3]], [1]]]),
        { callbacks },
      ),
    ).rejects.toThrow('batch 0');
    expect([bits(model), begun]).toEqual([before, 0]);
  });

  it('a stream is gone through once, and then says how to start anew', async () => {
    const stream = () =>
      new ReadableStream({
        start(controller) {
          for (let k = 0; k < 2; k++) controller.enqueue(ONE);
          controller.close();
        },
      });
    const model = line();
    await model.fit(any(stream()));
    expect(weightOf(model)).toBe(0.75);
    const error = await model.fit(any(stream()), { epochs: 2 }).catch((e) => e);
    expect(error.message).toBe('fit: batches: there were none any more: pass a function that starts anew each time');
    await model.fit(any(stream), { epochs: 2 });
  });

  it('fitBatches is the same, and says its own name', async () => {
    const [a, b] = [classifier(), classifier()];
    await wg.fitBatches(a, pairs(), { epochs: 2 }); // an array, too: it has no labels beside it
    await b.fit(() => pairs(), { epochs: 2 });
    expect(bits(a)).toEqual(bits(b));
    await expect(wg.fitBatches(a, () => any([3]))).rejects.toThrow('fitBatches: batch 0 must be [x, y]');
    await expect(wg.fitBatches(any({}), () => pairs())).rejects.toThrow(
      'fitBatches: the first argument must be a model',
    );
    await expect(wg.fitBatches(a, any(3))).rejects.toThrow('fitBatches: batches must be an iterable, or a function');
  });
});

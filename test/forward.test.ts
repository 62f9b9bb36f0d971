// Layers that are called in the function of a model: which parameters each one finds, and what is refused.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import { runner } from '../bindings/run/runtime.js';

const names = (net: { parameters(): Record<string, wg.Tensor> }) => Object.keys(net.parameters());
const X = [
  [1, 2],
  [3, 4],
];

describe.each(['wasm', 'js'] as const)('the function of a model on %s', (backend) => {
  beforeAll(() => wg.init({ backend, seed: 3 }));

  it('may have any op between layers', async () => {
    const wide = wg.dense(2, { activation: 'relu', kernelInitializer: 'ones' });
    const head = wg.dense(1, { kernelInitializer: 'ones' });
    const net = wg.model([2], (x) => head(wide(x).add(x).mul(2)));
    expect(net.predict(X).toArray()).toEqual([[2 * (3 + 1 + 3 + 2)], [2 * (7 + 3 + 7 + 4)]]);
    net.compile({ optimizer: wg.sgd(0.001), loss: 'meanSquaredError' });
    const { history } = await net.fit(X, [[1], [2]], { epochs: 50 });
    expect(history.loss.at(-1)).toBeLessThan(history.loss[0]! / 100);
  });

  it('gives a layer that is called twice the same weights, in sequential, too', () => {
    const twice = wg.dense(2, { useBias: false });
    const net = wg.sequential([2], [twice, twice, wg.dense(1)]);
    expect(names(net)).toEqual(['dense.kernel', 'dense_1.kernel', 'dense_1.bias']);
    expect(net.parameterCount).toBe(4 + 3);
    net.setWeights({
      'dense.kernel': [
        [0, 1],
        [2, 0],
      ],
      'dense_1.kernel': [[1], [1]],
    });
    expect(net.predict([[1, 10]]).toArray()).toEqual([[22]]);
    net.compile({ optimizer: wg.sgd(1), loss: (_, p) => p.sum() });
    expect(net.inspect([[1, 10]], [[0]]).layers['dense']!.dW!.toArray()).toEqual([
      [21, 22],
      [11, 21],
    ]);
  });

  it('names layers by their kind and first call, and those inside of another by its path', () => {
    const block = wg.layer({
      kind: 'block',
      call: (x) => wg.dense(2)(wg.dense(3)(x)).add(x),
    });
    const net = wg.model([2], (x) => wg.dense(1, { name: 'head' })(block(block(wg.dense(2)(x)))));
    expect(names(net)).toEqual([
      'dense.kernel',
      'dense.bias',
      'block.dense.kernel',
      'block.dense.bias',
      'block.dense_1.kernel',
      'block.dense_1.bias',
      'head.kernel',
      'head.bias',
    ]);
    expect(net.predict(X).shape).toEqual([2, 1]);
  });

  it('makes weights of its own for each model in which a layer is called', () => {
    const shared = wg.dense(1);
    const [a, b] = [wg.sequential([2], [shared]), wg.sequential([3], [shared])];
    expect([a.parameterCount, b.parameterCount]).toEqual([3, 4]);
  });

  it('takes several inputs and gives several outputs, each with a loss of its own', async () => {
    const trunk = wg.dense(4, { activation: 'tanh' });
    const [sick, days] = [wg.dense(1, { activation: 'sigmoid' }), wg.dense(1)];
    const net = wg.model({ blood: [3], age: [1] }, ({ blood, age }) => {
      const h = trunk(blood).mul(age);
      return { sick: sick(h), days: days(h) };
    });
    const x = {
      blood: [
        [1, 2, 3],
        [4, 5, 6],
        [0, 1, 0],
        [2, 2, 2],
      ],
      age: [[0.1], [0.2], [0.3], [0.4]],
    };
    const y = { sick: [[1], [0], [1], [0]], days: [[3], [1], [2], [5]] };
    net.compile({
      optimizer: wg.adam(0.05),
      loss: { sick: 'binaryCrossEntropy', days: 'meanSquaredError' },
      lossWeights: { days: 0.1 },
      metrics: { sick: ['accuracy'] },
    });
    const { history } = await net.fit(x, y, { epochs: 60, batchSize: 2, validationData: [x, y] });
    expect(Object.keys(history)).toEqual([
      'loss',
      'sickLoss',
      'daysLoss',
      'sickAccuracy',
      'valLoss',
      'valSickLoss',
      'valDaysLoss',
      'valSickAccuracy',
    ]);
    expect(history.loss.at(-1)).toBeLessThan(history.loss[0]!);
    const logs = net.evaluate(x, y);
    expect(logs['loss']).toBeCloseTo(logs['sickLoss']! + 0.1 * logs['daysLoss']!, 5);
    const { sick: p, days: d } = net.predict(x);
    expect([p.shape, d.shape]).toEqual([
      [4, 1],
      [4, 1],
    ]);
    expect(() => net.predict({ blood: x.blood } as never)).toThrow(
      "x must be an object with 'blood', 'age', got one with 'blood'",
    );
    expect(() => net.predict({ ...x, age: [[1]] })).toThrow('x.blood has 4 samples, x.age has 1');
    expect(() => net.evaluate(x, { sick: y.sick } as never)).toThrow("y must be an object with 'sick', 'days'");
  });

  it('takes whole numbers, which stay int32', () => {
    const net = wg.model({ shape: [2], dtype: 'int32' }, (tokens) => tokens.toFloat().mul(tokens.add(1).toFloat()));
    expect(net.predict(Int32Array.of(1, 2, 2 ** 24 + 1, 3)).toArray()).toEqual([
      [2, 6],
      [Math.fround(2 ** 24 + 1) * Math.fround(2 ** 24 + 2), 12],
    ]);
    expect(() => net.predict([[0.5, 1]])).toThrow('x must hold whole numbers, int32, got 0.5');
  });

  it('trains another model as a layer, on the weights that both have, or leaves it as it is', async () => {
    const trunk = wg.sequential([2], [wg.dense(3, { activation: 'tanh' })]);
    const before = trunk.getWeights().map((w) => w.toArray());
    const frozen = wg.sequential([2], [trunk.asLayer({ name: 'trunk', trainable: false }), wg.dense(1)]);
    expect(names(frozen)).toEqual(['trunk.dense.kernel', 'trunk.dense.bias', 'dense.kernel', 'dense.bias']);
    for (const net of [frozen, wg.sequential([2], [trunk.asLayer(), wg.dense(1)])]) {
      net.compile({ optimizer: wg.adam(0.1), loss: 'meanSquaredError' });
      await net.fit(X, [[1], [2]], { epochs: 3 });
      const after = trunk.getWeights().map((w) => w.toArray());
      if (net === frozen) expect(after).toEqual(before);
      else expect(after).not.toEqual(before);
      expect(net.getWeights()[0]!.toArray()).toEqual(after[0]);
    }
  });

  it('has groups of parameters by the names that they have here, those of a model inside and of a clone, too', () => {
    const trunk = wg.sequential([2], [wg.dense(3, { activation: 'tanh' })]);
    const net = wg.sequential([2], [trunk.asLayer({ name: 'trunk' }), wg.dense(1)]);
    for (const model of [net, net.clone()]) {
      const groups = [{ match: 'trunk.', optimizer: wg.sgd(0) }];
      model.compile({ optimizer: wg.grouped(wg.sgd(0.1), groups), loss: 'meanSquaredError' });
      const before = model.parameters();
      model.trainOnBatch(X, [[1], [2]]);
      const changed = Object.entries(model.parameters()).filter(([name, t]) => {
        return JSON.stringify(t.toArray()) !== JSON.stringify(before[name]!.toArray());
      });
      expect(changed.map(([name]) => name)).toEqual(['dense.kernel', 'dense.bias']);
    }
  });

  it('keeps the memory of a model inside for as long as the other needs it', () => {
    const used = runner().memory.used;
    const trunk = wg.sequential([2], [wg.dense(300)]);
    const net = wg.sequential([2], [trunk.asLayer(), wg.dense(1)]);
    const expected = net.predict(X).toArray();
    trunk.dispose();
    wg.sequential([2], [wg.dense(300)]);
    expect(net.predict(X).toArray()).toEqual(expected);
    net.dispose();
    expect(() => trunk.predict(X)).toThrow('predict: the model was disposed');
    expect(runner().memory.used).toBeLessThan(used + 2 * 4 * 900);
  });

  it('refuses a model inside that was disposed, whose memory may be that of another one', () => {
    const trunk = wg.sequential([2], [wg.dense(3)]);
    const [layer, inside] = [trunk.asLayer(), trunk.asLayer()];
    const net = wg.sequential([2], [layer]);
    trunk.dispose();
    const other = wg.sequential([2], [inside]); // the first one keeps the memory
    net.dispose();
    other.dispose();
    expect(() => wg.sequential([2], [layer])).toThrow(/^the model inside was disposed$/);
  });

  it('is busy while a model that has it inside trains', async () => {
    const trunk = wg.sequential([2], [wg.dense(3)]);
    trunk.compile({ optimizer: wg.sgd(), loss: 'meanSquaredError' });
    const net = wg.sequential([2], [trunk.asLayer(), wg.dense(1)]);
    net.compile({ optimizer: wg.sgd(), loss: 'meanSquaredError' });
    const training = net.fit(X, [[1], [2]], { epochs: 2 });
    expect(() =>
      trunk.trainOnBatch(X, [
        [1, 2, 3],
        [1, 2, 3],
      ]),
    ).toThrow('is being trained by fit; await it first');
    await training;
    trunk.trainOnBatch(X, [
      [1, 2, 3],
      [1, 2, 3],
    ]);
  });

  it('adds penalties and regularizers to the loss, and their gradients', () => {
    const regular = wg.dense(1, {
      kernelRegularizer: wg.l2(0.5),
      biasRegularizer: wg.l1(2),
      kernelInitializer: 'ones',
      biasInitializer: 'ones',
    });
    const net = wg.model([2], (x, { penalty }) => {
      const y = regular(x);
      penalty(y.square().mean().mul(0.25));
      return y;
    });
    net.compile({ optimizer: wg.sgd(0), loss: 'meanSquaredError' });
    expect(net.evaluate([[1, 2]], [[4]])['loss']).toBeCloseTo(0.5 * 2 + 2 + 0.25 * 16, 6);
    const { dW, db } = net.inspect([[1, 2]], [[4]]).layers['dense']!;
    expect(dW!.toArray()).toEqual([[2 * 0.5 + 0.25 * 8 * 1], [2 * 0.5 + 0.25 * 8 * 2]]);
    expect(db!.toArray()).toEqual([2 + 0.25 * 8]);
  });

  it('keeps the state of a layer from step to step, and writes it once, after the step', async () => {
    const count = wg.layer({
      kind: 'count',
      build: () => ({ state: { calls: { shape: [], initializer: 'zeros' as const } } }),
      call: (x, _, { training, state, update }) => {
        if (training) update('calls', state.calls.add(1));
        return x.add(state.calls.mul(0));
      },
    });
    const net = wg.model([2], (x) => wg.dense(1)(count(count(x))));
    net.compile({ optimizer: wg.sgd(0.01), loss: 'meanSquaredError' });
    expect(names(net)).toEqual(['dense.kernel', 'dense.bias']);
    await net.fit(X, [[1], [2]], { epochs: 3, batchSize: 1 });
    net.evaluate(X, [[1], [2]]);
    expect(net.state()['count.calls']!.item()).toBe(2 * 6);
    expect(net.getWeights().map((w) => w.shape)).toEqual([[], [2, 1], [1]]);
  });

  it('gives each layer, each call and each step random numbers of its own, and none in predict', async () => {
    const noise = wg.layer({
      kind: 'noise',
      build: () => ({ state: { last: { shape: [2], initializer: 'zeros' as const } } }),
      call: (x, _, { training, key, update }) => {
        if (!training) return x;
        const drawn = wg.randomUniform([2], { key });
        update('last', drawn);
        return x.add(drawn.mul(0));
      },
    });
    const other = wg.layer({ ...(noise.definition as wg.LayerDefinition), name: 'other' });
    const net = wg.model([2], (x) => wg.dense(1)(other(noise(x))));
    net.compile({ optimizer: wg.sgd(0.01), loss: 'meanSquaredError' });
    const seen = new Set<number>();
    const states = () => Object.values(net.state()).flatMap((t) => [...t.data()]);
    for (let step = 0; step < 3; step++) {
      net.trainOnBatch(X, [[1], [2]]);
      for (const v of states()) seen.add(v);
    }
    expect(seen.size).toBe(3 * 4);
    expect(net.predict(X).shape).toEqual([2, 1]);
  });

  it('shows what a layer shows', () => {
    const parts = wg.layer({
      kind: 'parts',
      call: (x, _, { show }) => {
        show('mean', x.mean(-1));
        return x;
      },
    });
    const net = wg.sequential([2], [parts, wg.dense(1)]);
    net.compile({ optimizer: wg.sgd(), loss: 'meanSquaredError' });
    const { parts: seen, dense } = net.inspect(X, [[1], [2]]).layers;
    expect(seen!.shown['mean']!.toArray()).toEqual([1.5, 3.5]);
    expect(Object.keys(dense!.gradients)).toEqual(['kernel', 'bias']);
  });

  it('may leave out, while predicting, layers that it has for training', () => {
    const extra = wg.dense(2, { name: 'extra' });
    const main = wg.dense(1);
    const net = wg.model([2], (x, { training, penalty }) => {
      if (training) penalty(extra(x).square().mean());
      return main(x);
    });
    expect(names(net)).toEqual(['extra.kernel', 'extra.bias', 'dense.kernel', 'dense.bias']);
    expect(net.predict(X).shape).toEqual([2, 1]);
  });
});

describe('what is refused in the function of a model', () => {
  beforeAll(() => wg.init());

  it("leaves the line of one's own layer in the stack of the cause", () => {
    const own = wg.layer({
      kind: 'own',
      call: function lineOfOnesOwn(x: wg.Tensor) {
        return x.reshape([5]);
      },
    });
    let error: Error | undefined;
    try {
      wg.sequential([2, 2], [own]);
    } catch (thrown) {
      error = thrown as Error;
    }
    expect(error?.message).toMatch(/\(in layer own on samples \[2, 2\]\)$/);
    expect(error?.cause).toMatchObject({ stack: expect.stringContaining('lineOfOnesOwn') });
  });

  const outside = wg.dense(8);
  let kept: wg.Layer | undefined;
  let turn = 0;
  const trainOnly = wg.dense(1);
  it.each<[string, () => unknown, RegExp | string]>([
    [
      'a layer outside of it',
      () => outside(wg.tensor([[1]])),
      "dense was called outside of a model's function: layers are called inside of model(inputs, forward); on a tensor call net.apply(parameters, x), or an op of wasmgrad/ops",
    ],
    [
      'other samples for a layer that is called twice',
      () => wg.model([4], (x) => outside(outside(x))),
      'dense has kernel [4, 8], its call with samples [8] wants [8, 8]',
    ],
    [
      'two layers of one name',
      () => wg.sequential([2], [wg.dense(1), wg.dense(1, { name: 'dense' })]),
      "two layers are called 'dense': give one another name",
    ],
    [
      'what an op inside of a layer refuses, with the layer that called it',
      () => wg.sequential([4, 4, 1], [wg.conv2d(2, 3), wg.conv2d(2, 3, { name: 'second' })]),
      /^conv2d of .*; give padding \(in layer second on samples \[2, 2, 2\]\)$/,
    ],
    [
      'the same, which speaks of a batch, with the samples that were given',
      () => wg.sequential([28, 28], [wg.maxPool2d(2)]),
      'expected images [n, height, width, channels], got float32[3, 28, 28] (in layer maxPool2d on samples [28, 28])',
    ],
    [
      'the same in a layer that calls one: the innermost is named',
      () => {
        const outer = wg.layer({ kind: 'outer', call: (x: wg.Tensor) => wg.reshape([5])(x) });
        return wg.model([2, 2], (x) => outer(x));
      },
      /^reshape\(\[5\]\): 4 elements [^()]* \(in layer outer\.reshape on samples \[2, 2\]\)$/,
    ],
    [
      'a name with a dot',
      () => wg.dense(1, { name: 'a.b' }),
      "layer dense: name must be a name without '.' and '/', got 'a.b'",
    ],
    [
      'other layers in a later run',
      () => {
        const net = wg.model([2], (x) => (turn++ % 2 === 0 ? wg.dense(1)(wg.dense(2)(x)) : wg.dense(1)(x)));
        return net.predict([[1, 2]]);
      },
      /the function made 2 layers when the model was made, and 1 now: make layers that are not always called outside of it/,
    ],
    [
      'a layer of an earlier run',
      () => {
        kept = undefined;
        const net = wg.model([2], (x) => (kept ??= wg.dense(1))(x));
        return net.predict([[1, 2]]);
      },
      'dense was made in an earlier run of the function: make it outside',
    ],
    [
      'a layer that is called for predictions only',
      () => {
        const first = wg.dense(2);
        const net = wg.model([2], (x, { training }) => (training ? first(x) : trainOnly(first(x))));
        return net.predict([[1, 2]]);
      },
      'dense is called now and was not when the model was made: its parameters do not exist',
    ],
    [
      'an async function',
      () => wg.model([2], (async (x: wg.Tensor) => x) as never),
      /the function of a model must not be async/,
    ],
    ['no output', () => wg.model([2], () => ({}) as never), /the function returned no output/],
    ['an output of one number', () => wg.model([2], (x) => x.sum()), /the output is float32\[\] for 3 samples/],
    ['an output by name without rows', () => wg.model([2], (x) => ({ kl: x.sum() })), /the output kl is float32\[\]/],
    [
      'a model in it',
      () => wg.model([2], (x) => x.add(wg.model([2], (z) => z).parameterCount)),
      /model inside of a model's function/,
    ],
    [
      'a model that becomes a layer in it',
      () => {
        const trunk = wg.sequential([2], [wg.dense(1)]);
        wg.model([2], (x) => trunk.asLayer()(x));
      },
      'asLayer: call it outside of the function of the other model, once',
    ],
    [
      'an input without a shape',
      () => wg.model({ a: 3 } as never, (x) => x as never),
      /model: input a: a shape is an array/,
    ],
    [
      'a state that is not there',
      () => wg.model([2], (x, c) => x.add(Number(c.update('m' as never, x)))),
      /the model has no state 'm'/,
    ],
    [
      'a penalty of many numbers',
      () => wg.model([2], (x, c) => x.add(Number(c.penalty(x)))),
      /a penalty must be a scalar tensor/,
    ],
    [
      'a state of another shape',
      () =>
        wg.sequential(
          [2],
          [
            wg.layer({
              kind: 'mine',
              build: () => ({ state: { m: { shape: [2], initializer: 'zeros' } } }),
              call: (x, _, { update }) => x.add(Number(update('m', x))),
            }),
          ],
        ),
      /mine: the state m is float32\[2\], its new value float32\[3, 2\]/,
    ],
    [
      'a loss of an output that is not there',
      () => two().compile({ optimizer: wg.sgd(), loss: { c: 'meanSquaredError' } as never }),
      /compile: loss has 'c' in it, which is no output/,
    ],
    [
      'no loss of several outputs',
      () => two().compile({ optimizer: wg.sgd(), loss: {} }),
      /compile: loss must have one for at least one output \(a, b\)/,
    ],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(wg.WasmgradError);
  });

  const two = () => wg.model([2], (x) => ({ a: wg.dense(1)(x), b: wg.dense(1)(x) }));
});

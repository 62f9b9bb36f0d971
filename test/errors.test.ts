import { inspect } from 'node:util';
// Bad input gets an error that names what was expected and what came, before anything is changed.

import { runInNewContext } from 'node:vm';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import * as wg from '../bindings/index.js';
import * as ops from '../bindings/ops.js';

beforeAll(() => wg.init({ seed: 1 }));

const X = [
  [0, 1],
  [1, 0],
  [1, 1],
];
const labels = [0, 1, 2];

function model(): wg.Sequential {
  const m = wg.sequential([2], [wg.dense(4, { activation: 'relu' }), wg.dense(3)]);
  m.compile({ optimizer: wg.sgd(0.1), loss: 'softmaxCrossEntropy' });
  return m;
}

/** Wrong on purpose: what TypeScript would refuse, JavaScript passes. */
// biome-ignore lint/suspicious/noExplicitAny: the point of these tests
const any = (value: unknown): any => value;

describe('what is made wrongly', () => {
  const compile = (options: object) => () =>
    model().compile(any({ optimizer: wg.sgd(), loss: 'softmaxCrossEntropy', ...options }));

  it.each<[string, () => unknown, RegExp]>([
    ['no layers', () => wg.sequential([2], []), /at least one layer/],
    ['no shape', () => wg.sequential(any(2), [wg.dense(1)]), /sequential: a shape is an array of whole numbers, got 2/],
    [
      'options for a shape',
      () => wg.sequential(any({ inputShape: [2] }), [wg.dense(1)]),
      /sequential: a shape is an array of whole numbers, got an object of type Object/,
    ],
    ['a fraction of a dimension', () => wg.sequential([2.5], [wg.dense(1)]), /dimension 2\.5 of the shape \[2\.5\]/],
    ['a negative dimension', () => wg.sequential([-2], [wg.dense(1)]), /dimension -2/],
    ['a shape that wraps', () => wg.sequential([65536, 65536], [wg.flatten(), wg.dense(1)]), /does not fit into 4 GiB/],
    [
      'too many parameters',
      () => wg.sequential([60000], [wg.dense(60000)]),
      /dimension|does not fit|of 4 GiB are in use/,
    ],
    ['not a layer', () => wg.sequential([2], [any({})]), /layers\[0\] must be a layer, such as dense\(1\), got an obj/],
    [
      'layers without a shape',
      () => wg.sequential(any([wg.dense(1)]), any(undefined)),
      /the shape \[the layer dense\]/,
    ],
    ['a layer for layers', () => wg.sequential([2], any(wg.dense(1))), /at least one layer, got the layer dense$/],
    [
      'a layer without a kind',
      () => wg.layer(any({ call: (x: wg.Tensor) => x })),
      /layer: kind must be a name without '.' and '\/', got undefined/,
    ],
    ['no units', () => wg.dense(0), /dense: units must be a whole number of at least 1, got 0/],
    ['units that are NaN', () => wg.dense(Number.NaN), /got NaN/],
    [
      'an activation with a typo',
      () => wg.dense(1, { activation: any('sigmod') }),
      /unknown activation 'sigmod'; did you mean 'sigmoid'\?/,
    ],
    [
      'an activation that is a function, by name',
      () => wg.dense(1, { activation: any('gelu') }),
      /unknown activation 'gelu'.*all others are functions: import \{ gelu \} from 'wasmgrad\/ops'/,
    ],
    [
      'an activation in an array',
      () => wg.dense(1, { activation: any(['relu']) }),
      /unknown activation an array of length 1/,
    ],
    [
      'flatten of a tensor',
      () => any(wg.flatten)(wg.tensor([1])),
      /flatten\(\) makes a layer; the method x.flatten\(\) flattens/,
    ],
    [
      'prelu without alpha',
      () => any(ops.prelu)(wg.tensor([1])),
      /prelu: alpha: expected a Tensor or a number, got undefined/,
    ],
    [
      'an option with a typo',
      () => wg.dense(1, any({ activaton: 'relu' })),
      /unknown option of dense 'activaton'; did you mean 'activation'\?/,
    ],
    [
      'an initializer of another shape',
      () => wg.sequential([2], [wg.dense(3, { kernelInitializer: () => wg.zeros([3, 2]) })]),
      /the initializer of dense.kernel returned float32\[3, 2\], expected a tensor, float32\[2, 3\]/,
    ],
    [
      'profile of a function with its argument',
      () => (wg.profile as (...args: unknown[]) => unknown)((x: wg.Tensor) => x, 1),
      /profile\(f\) returns a function of the arguments: call profile\(f\)\(x\)/,
    ],
    [
      'an initializer with a typo',
      () => wg.dense(1, { kernelInitializer: any('heUnifrm') }),
      /did you mean 'heUniform'\?/,
    ],
    [
      'images into dense',
      () => wg.sequential([28, 28], [wg.dense(10)]),
      /expected samples of shape \[features\], got \[28, 28\]; put flatten\(\)/,
    ],
    [
      'a loss with a typo',
      compile({ loss: 'meanSquareError' }),
      /unknown loss 'meanSquareError'; did you mean 'meanSquaredError'\?/,
    ],
    ['a prototype key as a loss', compile({ loss: 'toString' }), /unknown loss 'toString'/],
    ['no loss', compile({ loss: undefined }), /unknown loss undefined \(known: meanSquaredError, /],
    ['a metric with a typo', compile({ metrics: ['acuracy'] }), /unknown metric 'acuracy'; did you mean 'accuracy'\?/],
    [
      'an optimizer by name',
      compile({ optimizer: 'adam' }),
      /optimizer must be made by sgd\(\), adam\(\) …, got 'adam'/,
    ],
    [
      'a loss that is no scalar',
      () => {
        const m = model();
        m.compile({ optimizer: wg.sgd(), loss: (yTrue, yPred) => yPred.sub(yTrue) });
        m.trainOnBatch(X, [
          [0, 0, 1],
          [0, 0, 1],
          [0, 0, 1],
        ]);
      },
      /must return a scalar tensor, got float32\[3, 3\]/,
    ],
    [
      'classes of one output',
      () => {
        wg.sequential([2], [wg.dense(1)]).compile({ optimizer: wg.sgd(), loss: 'softmaxCrossEntropy' });
      },
      /needs at least 2 outputs, got 1/,
    ],
    ['a learning rate of NaN', () => wg.sgd(Number.NaN), /got NaN/],
    ['an infinite learning rate', () => wg.rmsprop(Infinity), /got Infinity/],
    ['a negative learning rate', () => wg.adagrad(-1), /got -1/],
    ['a learning rate in words', () => wg.sgd(any('0.1')), /got '0\.1'/],
    ['a momentum of 1', () => wg.sgd(0.1, { momentum: 1 }), /momentum must be a number in \[0, 1\), got 1/],
    ['nesterov without momentum', () => wg.sgd(0.1, { nesterov: true }), /needs a momentum/],
    ['a beta of NaN', () => wg.adam(0.1, { beta1: Number.NaN }), /beta1/],
    [
      'a learning rate set to NaN',
      () => void (model().learningRate = Number.NaN),
      /learningRate must be 0 or a positive number that float32 holds, got NaN/,
    ],
    [
      'a loss in an array',
      compile({ loss: ['meanSquaredError'] }),
      /unknown loss an array of length 1 .*; or a function\)/,
    ],
    ['a metric in an array', compile({ metrics: [['mae']] }), /unknown metric an array of length 1/],
    ['a loss that is nothing', compile({ loss: Object.create(null) }), /unknown loss an object of type null/],
    [
      'a metric twice',
      compile({ metrics: ['accuracy', 'accuracy'] }),
      /the name 'accuracy' is taken: give that metric another/,
    ],
    [
      'a metric called loss',
      compile({ metrics: [{ loss: (_: wg.Tensor, p: wg.Tensor) => p.mean() }.loss] }),
      /the name 'loss' is taken/,
    ],
    [
      'an optimizer without a rate',
      compile({ optimizer: { name: 'o', slots: [], update: () => [] } }),
      /optimizer o: learningRate/,
    ],
    [
      'an optimizer without slots',
      compile({ optimizer: { name: 'o', learningRate: 1, update: () => [] } }),
      /optimizer o: slots/,
    ],
    [
      'an optimizer with a slot twice',
      compile({ optimizer: { ...wg.sgd(), slots: ['v', 'v'] } }),
      /the optimizer sgd: slots must be an array of names, each of them once/,
    ],
    [
      'an optimizer whose name is a symbol',
      compile({ optimizer: { ...wg.sgd(), name: Symbol('s') } }),
      /compile: optimizer: its name must be a string, got Symbol\(s\)/,
    ],
    [
      'minimize with an optimizer without slots',
      () => wg.minimize((x) => x.square(), 1, { optimizer: any({ name: 'o', learningRate: 1, update: () => [] }) }),
      /the optimizer o: slots must be an array of names, each of them once, got undefined/,
    ],
    ['a name that is none', () => wg.dense(1, { name: any(5) }), /dense: name must be a string, got 5/],
    ['a bias in words', () => wg.dense(1, { useBias: any('no') }), /useBias must be true or false, got 'no'/],
    [
      'a layer that says a shape',
      () =>
        wg.sequential(
          [2],
          [wg.layer({ kind: 'l', build: any(() => ({ outputShape: [1] })), call: (x: wg.Tensor) => x })],
        ),
      /layer l: build returns { parameters, state }, got 'outputShape' in it/,
    ],
    [
      'a layer as an object',
      () => wg.sequential([2], [any({ kind: 'l' })]),
      /sequential: layers\[0\] must be a layer, such as dense\(1\), got /,
    ],
    ['a seed of NaN', () => wg.setSeed(Number.NaN), /seed must be a whole number of at least 0, got NaN/],
    ['a seed of another kind', () => wg.setSeed(any(1n)), /got 1n/],
    [
      'a learning rate past float32',
      () => void (model().learningRate = 1e300),
      /learningRate must be 0 or a positive number that float32 holds, got 1e\+300/,
    ],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(wg.WasmgradError);
  });

  const custom = (layer: object) => () => {
    wg.sequential([2], [wg.layer(any({ kind: 'mine', ...layer }))]).predict([[1, 2]]);
  };
  const optimizer = (update: () => unknown) => () => {
    const m = wg.sequential([1], [wg.dense(1)]);
    m.compile({ optimizer: any({ name: 'mine', learningRate: 1, slots: [], update }), loss: 'meanSquaredError' });
    m.trainOnBatch([1], [1]);
  };
  it.each<[string, () => unknown, RegExp]>([
    [
      'an activation that returns nothing',
      () => wg.sequential([2], [wg.dense(1, { activation: any(() => {}) })]),
      /layer dense returned undefined, expected a tensor/,
    ],
    ['no call', custom({}), /layer mine: call must be a function, got undefined/],
    [
      'a layer that returns a method',
      custom({ call: (x: wg.Tensor) => x.relu }),
      /layer mine returned the function relu, expected a tensor/,
    ],
    ['a layer that returns nothing', custom({ call: () => {} }), /layer mine returned undefined, expected a tensor/],
    [
      'a layer that loses the batch',
      custom({ call: (x: wg.Tensor) => x.sum(0) }),
      /the output is float32\[2\] for 3 samples: an output is float32 and has a row for each sample/,
    ],
    [
      'an update that returns nothing',
      optimizer(() => undefined),
      /optimizer mine: the value of update must be an array of assign/,
    ],
    [
      'an update that writes nothing',
      optimizer(() => [wg.tensor(1)]),
      /the value of update has float32\[\] in it; expected assign\(param or a slot, value\)/,
    ],
    [
      'a loss of nothing',
      () => {
        const m = wg.sequential([1], [wg.dense(1)]);
        m.compile({ optimizer: wg.sgd(), loss: (yTrue) => yTrue.mean() });
        m.trainOnBatch([1], [1]);
      },
      /does not depend on the model's parameters/,
    ],
    [
      'values of class indices',
      () => {
        const m = model();
        m.compile({ optimizer: wg.sgd(), loss: 'softmaxCrossEntropy', metrics: ['mae'] });
        m.trainOnBatch(X, labels);
      },
      /mae: the labels are class indices/,
    ],
  ])('%s', (_, act, message) => {
    expect(act).toThrow(message);
  });
});

describe('what is passed wrongly leaves the weights as they were:', () => {
  const fit =
    (x: unknown, y: unknown, options: object = {}) =>
    (m: wg.Sequential) =>
      m.fit(any(x), any(y), options);

  it.each<[string, (m: wg.Sequential) => unknown, RegExp]>([
    ['no samples', fit([], []), /x is empty; expected at least one sample of the shape \[2\]/],
    ['samples of another shape', fit([[1, 2, 3]], [0]), /x has the shape \[1, 3\]; expected \[n, 2\]/],
    [
      'an odd number of numbers',
      fit(new Float32Array(5), [0]),
      /x has 5 numbers; expected samples of the shape \[2\], 2 numbers each/,
    ],
    [
      'ragged samples',
      fit([[1, 2], [3]], [0, 1]),
      /x\[1\] must be an array of length 2, as its neighbours, got an array of length 1/,
    ],
    ['words', fit([['a', 'b']], [0]), /x\[0\]\[0\] must be a number, got 'a'/],
    ['holes', fit([[1, undefined]], [0]), /x\[0\]\[1\] must be a number, got undefined/],
    ['an object', fit({}, [0]), /x must be numbers in arrays, got an object/],
    [
      'fewer labels than samples',
      fit(X, [0, 1]),
      /y has the shape \[2\]; 3 samples need \[3, 3\], or \[3\] for a loss that takes classes/,
    ],
    ['no labels', fit(X, []), /y has the shape \[0\]; 3 samples need \[3, 3\]/],
    ['a label out of range', fit(X, [0, 1, 3]), /y\[2\] is 3: expected a class, a whole number from 0 to 2/],
    ['a negative label', fit(X, [0, -1, 2]), /y\[1\] is -1/],
    ['a label that is not whole', fit(X, [0, 1.5, 2]), /y\[1\] is 1\.5/],
    ['a label that is NaN', fit(X, [0, Number.NaN, 2]), /y\[1\] is NaN/],
    [
      'distributions of another width',
      fit(X, [
        [0, 1],
        [0, 1],
        [0, 1],
      ]),
      /y has the shape \[3, 2\]; 3 samples need \[3, 3\]/,
    ],
    ['no epochs', fit(X, labels, { epochs: 0 }), /epochs must be a whole number of at least 1, got 0/],
    ['a batch of NaN', fit(X, labels, { batchSize: Number.NaN }), /batchSize.*got NaN/],
    ['a batch of 2.5', fit(X, labels, { batchSize: 2.5 }), /batchSize.*got 2\.5/],
    ['a batch in words', fit(X, labels, { batchSize: 'all' }), /batchSize.*got 'all'/],
    ['a split of 1', fit(X, labels, { validationSplit: 1 }), /validationSplit must be a number in \[0, 1\), got 1/],
    ['two validations', fit(X, labels, { validationSplit: 0.5, validationData: [X, labels] }), /not both/],
    [
      'validation labels out of range',
      fit(X, labels, { validationData: [X, [0, 1, 7]] }),
      /validationData y\[2\] is 7/,
    ],
    [
      'a hook with a typo',
      fit(X, labels, { callbacks: [{ onEpochEnds: () => {} }] }),
      /unknown hook 'onEpochEnds'; did you mean 'onEpochEnd'\?/,
    ],
    [
      'a hook as it is called elsewhere',
      fit(X, labels, { callbacks: [{ on_epoch_end: () => {}, onTrainEnd() {} }] }),
      /unknown hook 'on_epoch_end'; did you mean 'onEpochEnd'\?/,
    ],
    [
      'a hook without on',
      fit(X, labels, { callbacks: [{ epochEnd() {}, onTrainEnd() {} }] }),
      /unknown hook 'epochEnd'; did you mean 'onEpochEnd'\?/,
    ],
    [
      'a hook with a typo in a class',
      fit(X, labels, {
        callbacks: [
          new (class {
            onEpochEnd() {}
            onTrainend() {}
          })(),
        ],
      }),
      /unknown hook 'onTrainend'; did you mean 'onTrainEnd'\?/,
    ],
    [
      'a hook that is no function',
      fit(X, labels, { callbacks: [{ onEpochEnd: 3 }] }),
      /onEpochEnd of callbacks\[0\] must be/,
    ],
    [
      'a callback without hooks',
      fit(X, labels, { callbacks: [{ whenDone() {} }] }),
      /callbacks\[0\] has none of the hooks/,
    ],
    ['a callback that is none', fit(X, labels, { callbacks: [null] }), /callbacks\[0\] must be an object/],
    ['no validation data', fit(X, labels, { validationData: null }), /validationData must be \[x, y\], got null/],
    ['big integers', fit(new BigInt64Array(2), [0]), /x must be numbers in arrays, got a BigInt64Array/],
    ['an option with a typo', fit(X, labels, { epoch: 3 }), /unknown option of fit 'epoch'; did you mean 'epochs'\?/],
    ['a batch of other samples', (m) => m.trainOnBatch([[1, 2, 3]], [0]), /x has the shape/],
    ['samples to predict', (m) => m.predict([[1, 2, 3]]), /x has the shape \[1, 3\]; expected \[n, 2\]/],
    ['labels to evaluate', (m) => m.evaluate(X, [0]), /y has/],
    [
      'too few weights',
      (m) => m.setWeights([[1]]),
      /expected 4 tensors, as of getWeights\(\), got an array of length 1/,
    ],
    [
      'weights of another shape',
      (m) => m.setWeights([[[1, 2]], [1], [1], [1]]),
      /dense\.kernel has the shape \[2, 4\], got \[1, 2\]/,
    ],
  ])('%s', async (_, act, message) => {
    const m = model();
    const before = m.getWeights().map((w) => w.toArray());
    const outcome = new Promise((resolve) => resolve(act(m)));
    await expect(outcome).rejects.toThrow(message);
    await expect(outcome).rejects.toThrow(wg.WasmgradError);
    expect(m.getWeights().map((w) => w.toArray())).toEqual(before);
  });

  it('a later bad weight does not let the earlier good ones in', () => {
    const m = model();
    const before = m.getWeights().map((w) => w.toArray());
    const good = m.getWeights().map((w) => w.mul(2));
    expect(() => m.setWeights([...good.slice(0, 3), wg.tensor([1])])).toThrow(/dense_1\.bias/);
    expect(m.getWeights().map((w) => w.toArray())).toEqual(before);
  });
});

describe('what comes at the wrong time', () => {
  const raw = () => wg.sequential([2], [wg.dense(3)]);
  it.each<[string, () => unknown]>([
    ['fit', () => raw().fit(X, labels)],
    ['evaluate', async () => raw().evaluate(X, labels)],
    ['trainOnBatch', async () => raw().trainOnBatch(X, labels)],
    ['inspect', async () => raw().inspect(X, labels)],
  ])('%s before compile says so', async (what, act) => {
    await expect(act()).rejects.toThrow(`${what}: call model.compile({ optimizer, loss }) first`);
  });

  it('predict needs no compile', () => {
    expect(raw().predict(X).shape).toEqual([3, 3]);
  });

  it('fit during fit is refused, and the first one ends well', async () => {
    const m = model();
    let goOn = () => {};
    const refused = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const first = m.fit(X, labels, { epochs: 3, callbacks: [{ onEpochEnd: () => refused }] });
    await expect(m.fit(X, labels)).rejects.toThrow(/being trained by fit; await it first/);
    expect(() => m.trainOnBatch(X, labels)).toThrow(/being trained/);
    goOn();
    expect((await first).epoch).toHaveLength(3);
  });

  it('a callback that throws ends fit with its error, and the model can be trained again', async () => {
    const m = model();
    const fail = () => {
      throw new Error('mine');
    };
    await expect(m.fit(X, labels, { callbacks: [{ onEpochEnd: fail }] })).rejects.toThrow('mine');
    expect((await m.fit(X, labels)).epoch).toHaveLength(1);
  });

  it('early stopping on what is not measured names what is', async () => {
    const m = model();
    const before = m.getWeights().map((w) => [...w.data()]);
    for (const watching of [wg.earlyStopping(), wg.reduceLROnPlateau(), wg.stopBelow(1, { monitor: 'valMae' })]) {
      const fit = m.fit(X, labels, { callbacks: [watching] });
      await expect(fit).rejects.toThrow(/no 'val(Loss|Mae)' to monitor; give fit validationSplit or validationData/);
    }
    expect(m.getWeights().map((w) => [...w.data()])).toEqual(before);
    const inherited = model().fit(X, labels, { callbacks: [wg.stopBelow(1, { monitor: 'toString' })] });
    await expect(inherited).rejects.toThrow(/no 'toString' to monitor/);
  });
});

describe('tensors', () => {
  const [a, b] = [wg.tensor([1, 2, 3]), wg.tensor([1, 2])];
  it.each<[string, () => unknown, RegExp]>([
    ['shapes that do not broadcast', () => a.add(b), /add: the shapes \[3\] and \[2\] do not broadcast/],
    [
      'inner dimensions',
      () => wg.tensor([[1, 2]]).matMul(wg.tensor([[1, 2]])),
      /matMul of \[1, 2\] by \[1, 2\]: the inner dimensions 2 and 1 differ/,
    ],
    ['vectors in matMul', () => a.matMul(b), /matMul of \[3\] by \[2\]: the inner dimensions 3 and 2 differ/],
    ['a scalar in matMul', () => a.matMul(wg.tensor(1)), /matMul of \[3\] by \[\]: a scalar is no matrix; use mul/],
    ['a reshape that does not fit', () => a.reshape([2, 2]), /reshape of \[3\] to \[2, 2\]: 3 elements are not 4/],
    ['an open dimension that does not fit', () => a.reshape([2, -1]), /3 elements do not divide by 2/],
    ['two open dimensions', () => a.reshape([-1, -1]), /dimension -1 of the shape \[-1, -1\]/],
    ['a product with nothing', () => a.matMul(any(null)), /matMul: expected a Tensor, got null/],
    ['a reshape to a number', () => a.reshape(any(3)), /reshape: a shape is an array of whole numbers, got 3/],
    ['an axis out of range', () => a.sum(1), /sum: axis 1 is out of range for 1 dimension/],
    ['an axis twice', () => wg.tensor([[1]]).sum([0, -2]), /axis 0 is given twice/],
    ['a word as operand', () => a.add(any('1')), /add: expected a Tensor or a number, got '1'/],
    [
      'ragged rows',
      () => wg.tensor([[1, 2], [3]]),
      /tensor\[1\] must be an array of length 2, as its neighbours, got an array of length 1/,
    ],
    [
      'a shape that does not fit',
      () => wg.tensor([1, 2, 3], [2, 2]),
      /the shape \[2, 2\] has 4 elements, but 3 values/,
    ],
    [
      'a dtype that is none',
      () => wg.tensor([1], [1], any('float64')),
      /dtype must be 'float32' or 'int32', got 'float64'/,
    ],
    [
      'a fraction as int32',
      () => wg.tensor([1.5], [1], 'int32'),
      /tensor\[0\] must be a whole number \(int32\), got 1\.5/,
    ],
    ['item of many', () => a.item(), /item\(\) of float32\[3\]: it has 3 elements/],
    [
      'arithmetic on int32 and a half',
      () => wg.tensor([1], [1], 'int32').add(0.5),
      /add: int32 and float32 do not go together; convert with toFloat\(\) or toInt\(\)/,
    ],
    ['argMax of nothing', () => wg.tensor([]).argMax(), /the axis is empty/],
    ['a transpose that is no order', () => a.transpose([1]), /axis 1 is out of range/],
    ['a negative slope', () => a.leakyRelu(-1), /the slope must be a finite number of at least 0, got -1/],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(message);
  });

  it('read back what went in', () => {
    expect(
      wg
        .tensor([
          [1, 2],
          [3, 4],
        ])
        .toArray(),
    ).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(wg.tensor(5).item()).toBe(5);
    expect(wg.tensor(new Float32Array(6), [2, 3]).shape).toEqual([2, 3]);
    expect(wg.tensor([1, 2], [2], 'int32').data()).toEqual(Int32Array.of(1, 2));
    expect(wg.tensor([[], []]).shape).toEqual([2, 0]);
  });

  it('share shapes that nobody can change', () => {
    const x = wg.tensor([[1, 2]]);
    for (const t of [x, x.add(1), x.sum(0), x.reshape([2]), x.transpose(), wg.zeros([2, 3]), wg.tensor(1)]) {
      expect(() => void (any(t.shape)[0] = 9)).toThrow(TypeError);
    }
  });

  it('leave shapes as they are that were passed to them', () => {
    const shape = [1, 2];
    wg.zeros(shape)
      .add(wg.tensor([1, 2], shape))
      .reshape(shape)
      .broadcastTo(shape);
    wg.randomUniform(shape);
    const own = wg.layer({
      kind: 'own',
      build: () => ({ parameters: { w: { shape, initializer: 'zeros' } } }),
      call: (x, { w }) => x.add(w),
    });
    wg.sequential(shape, [own]);
    shape.push(3);
    expect(shape).toEqual([1, 2, 3]);
  });

  it('hand out copies: changing one changes nothing', () => {
    const t = wg.tensor([1, 2]);
    t.data()[0] = 9;
    expect(t.toArray()).toEqual([1, 2]);
    const sum = t.add(1);
    sum.data()[0] = 9;
    expect(sum.toArray()).toEqual([2, 3]);
  });
});

/** Nested so deep that recursion would end the process. */
function deep(levels: number): unknown {
  let nest: unknown = 1;
  for (let i = 0; i < levels; i++) nest = [nest];
  return nest;
}

function cyclic(): unknown[] {
  const nest: unknown[] = [];
  nest[0] = nest;
  return nest;
}

/** A view whose buffer went elsewhere. */
function detached<V extends ArrayBufferView>(make: (buffer: ArrayBuffer) => V): V {
  const view = make(new ArrayBuffer(16));
  transfer(view);
  return view;
}

/** Once. */
function transfer({ buffer }: ArrayBufferView): void {
  if (buffer.byteLength > 0) structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
}

describe('data whose memory is gone', () => {
  const gone = detached((buffer) => new Float32Array(buffer));

  it.each<[string, (m: wg.Sequential) => unknown, RegExp]>([
    ['samples', (m) => m.trainOnBatch(gone, labels), /^x is a Float32Array without memory: its buffer was transferred/],
    ['labels', (m) => m.evaluate(X, gone), /^y is a Float32Array without memory/],
    [
      'int32 labels',
      (m) =>
        m.trainOnBatch(
          X,
          detached((b) => new Int32Array(b)),
        ),
      /^y is a Int32Array without memory/,
    ],
    ['weights', (m) => m.setWeights([gone, [0, 0, 0, 0], [], []]), /^dense.kernel is a Float32Array without memory/],
  ])('%s', (_, call, message) => {
    expect(() => call(model())).toThrow(message);
    expect(() => call(model())).toThrow(wg.WasmgradError);
  });

  it.each([['bytes', Uint8Array] as const, ['floats', Float32Array] as const])(
    '%s that a getter of the labels transfers',
    async (_, Elements) => {
      const x = new Elements(6);
      const y = [0, 1, 2];
      Object.defineProperty(y, 2, { get: () => transfer(x) ?? 2 });
      await expect(model().fit(x, y)).rejects.toThrow(/^x is a \w+ without memory/);
    },
  );
});

describe('nested arrays', () => {
  afterEach(() => void vi.unstubAllGlobals());

  it.each<[string, unknown, RegExp]>([
    ['that hold themselves', cyclic(), /tensor is nested more than 32 levels deep: does it hold itself\?/],
    ['that are very deep', deep(100_000), /tensor is nested more than 32 levels deep/],
    [
      'that hold themselves further back',
      [[1], cyclic()],
      /tensor\[1\]\[0\] must be a number, got an array of length 1/,
    ],
    ['of no array', { length: 1, 0: 1 }, /tensor must be numbers in arrays, got an object of type Object/],
    ['of words', ['true', 'false'], /tensor\[0\] must be a number, got 'true'/],
    ['of BigInts', new BigInt64Array(2), /tensor must be numbers in arrays, got a BigInt64Array of length 2/],
    ['of empty BigInts', new BigInt64Array(0), /tensor must be numbers in arrays, got a BigInt64Array of length 0/],
    ['that are ragged far inside', [[[1, 2]], [[3, 4]], [[5]]], /tensor\[2\]\[0\] must be an array of length 2/],
    ['of a symbol', [[1], [Symbol('s')]], /tensor\[1\]\[0\] must be a number, got Symbol\(s\)/],
    ['too many to hold', new Array(2 ** 16).fill(new Array(2 ** 16)), /tensor: .* does not fit into 4 GiB/],
    ['in a detached buffer', detached((b) => new Float32Array(b)), /tensor is a Float32Array without memory/],
    [
      'in a row of a detached buffer',
      [[1], detached((b) => new Int8Array(b))],
      /tensor\[1\] is a Int8Array without memory/,
    ],
  ])('%s are refused', (_, values, message) => {
    expect(() => wg.tensor(any(values))).toThrow(message);
    expect(() => wg.tensor(any(values))).toThrow(wg.WasmgradError);
  });

  it('of a view past the end of a buffer that shrank are refused', () => {
    const buffer = new (any(ArrayBuffer))(16, { maxByteLength: 16 });
    const [whole, tracking] = [new Float32Array(buffer, 8, 2), new Float32Array(buffer, 8)];
    buffer.resize(4);
    for (const view of [whole, tracking]) expect(() => wg.tensor(view)).toThrow(/transferred or resized/);
  });

  it('that a getter transfers while they are read are refused', () => {
    const [row, gone] = [[1, 2], new Float32Array(2)];
    let reads = 0; // at the second one, of the numbers, the lengths have been read
    Object.defineProperty(row, 0, { get: () => (reads++ > 0 && transfer(gone)) || 1 });
    expect(() => wg.tensor([row, gone])).toThrow(/tensor\[1\] is a Float32Array without memory/);
  });

  it('are refused before memory is taken', () => {
    const ragged = [new Array(2 ** 28), 1];
    vi.stubGlobal('Float32Array', () => expect.unreachable('memory was taken'));
    expect(() => wg.tensor(any(ragged))).toThrow(/tensor\[1\] must be an array of length 268435456/);
  });

  it('of another realm are as good as ours', () => {
    const foreign = runInNewContext('({ f: new Float32Array([1, 2]), i: new Int32Array([3]), a: [[1], [2]] })');
    expect(wg.tensor(foreign.f).toArray()).toEqual([1, 2]);
    expect(wg.tensor(foreign.i).dtype).toBe('int32');
    expect(wg.tensor(foreign.a).toArray()).toEqual([[1], [2]]);
    expect(wg.tensor([foreign.f, [3, 4]]).shape).toEqual([2, 2]);
  });

  it('of 32 levels are taken', () => {
    expect(wg.tensor(any(deep(32))).shape).toHaveLength(32);
  });
});

describe('a tree', () => {
  class Weights {
    w = 1;
  }
  const loss = (p: { w: wg.Tensor }) => p.w.square().sum();
  it.each<[string, unknown, RegExp]>([
    ['a Map', new Map([['w', 1]]), /the argument of grad is an object of type Map: expected tensors or numbers/],
    ['a Set in it', { w: new Set([1]) }, /the argument of grad\.w is an object of type Set/],
    ['a Date', { w: new Date() }, /grad\.w is an object of type Date/],
    ['a Promise', { w: Promise.resolve(1) }, /grad\.w is an object of type Promise/],
    ['an instance of a class', new Weights(), /grad is an object of type Weights: .* in arrays and plain objects/],
    ['a cycle', cyclic(), /the argument of grad is nested more than 32 levels deep: does it hold itself\?/],
    ['a great depth', deep(100_000), /the argument of grad is nested more than 32 levels deep/],
    ['a hole', { w: new Array(1) }, /the argument of grad\.w\[0\] is undefined/],
    ['a detached leaf', { w: detached((b) => new Float32Array(b)) }, /grad\.w is a Float32Array without memory/],
  ])('of %s is refused', (_, at, message) => {
    expect(() => any(wg.grad(loss))(at)).toThrow(message);
    expect(() => wg.jit((p) => p)(any(at))).toThrow(wg.WasmgradError);
  });

  it('that no transform takes is not taken by a compiled function that knows one of the same keys', () => {
    const f = wg.jit((p: { w: wg.Tensor }) => p.w.add(1));
    expect(f({ w: 1 }).item()).toBe(2);
    expect(() => f(any(new Weights()))).toThrow(/the arguments\[0\] is an object of type Weights/);
  });

  it('of another realm, or without prototype, is as good as ours', () => {
    const foreign: { w: Float32Array } = runInNewContext('({ w: new Float32Array([1, 2]) })');
    const bare: { w: number } = Object.assign(Object.create(null), { w: 3 });
    expect(wg.grad(loss)(foreign).w.toArray()).toEqual([2, 4]);
    expect(wg.grad(loss)(bare).w).toBe(6);
    expect(wg.jit(loss)(foreign).item()).toBe(5);
  });
});

describe('a type of elements', () => {
  it.each<[string, (dtype: wg.DType) => unknown]>([
    ['zeros', (dtype) => wg.zeros([2], dtype)],
    ['ones', (dtype) => wg.ones([2], dtype)],
    ['full', (dtype) => wg.full([2], 1, dtype)],
    ['arange', (dtype) => wg.arange(0, 2, 1, dtype)],
    ['tensor', (dtype) => wg.tensor([1], [1], dtype)],
  ])('of %s is float32 or int32', (name, make) => {
    for (const dtype of ['bool', 'float64', 'int8', null, Symbol('s')]) {
      expect(() => make(any(dtype))).toThrow(`${name}: dtype must be 'float32' or 'int32', got`);
    }
  });
});

describe('a learning rate', () => {
  const own = (learningRate: unknown): wg.Optimizer => ({
    ...wg.sgd(),
    name: 'own',
    learningRate: any(learningRate),
  });
  const places: [string, (rate: number) => unknown][] = [
    ['sgd', (rate) => wg.sgd(rate)],
    ['adam', (rate) => wg.adam(rate)],
    ['rmsprop', (rate) => wg.rmsprop(rate)],
    ['adagrad', (rate) => wg.adagrad(rate)],
    ['compile', (rate) => model().compile({ optimizer: own(rate), loss: 'meanSquaredError' })],
    ['minimize', (rate) => wg.minimize((x) => x.square(), 1, { optimizer: own(rate), steps: 1 })],
    ['model.learningRate', (rate) => void (model().learningRate = rate)],
  ];

  it.each(places)('of %s may be 0, and must be one that float32 holds', (_, use) => {
    expect(() => use(0)).not.toThrow();
    expect(() => use(1e-45)).not.toThrow();
    for (const rate of [1e-50, 1e39, -1, Number.NaN, Infinity, any('0.1'), any(null)]) {
      expect(() => use(rate), String(rate)).toThrow(
        /learning ?rate must be 0 or a positive number that float32 holds/i,
      );
    }
  });

  it('of 0 moves nothing', () => {
    const m = model();
    const before = m.getWeights().map((w) => w.toArray());
    m.learningRate = 0;
    m.trainOnBatch(X, labels);
    expect(m.getWeights().map((w) => w.toArray())).toEqual(before);
  });
});

describe('options', () => {
  const x = wg.tensor([[1, 2]]);
  const down = (t: wg.Tensor) => t.square().sum();
  it.each<[string, () => unknown, RegExp]>([
    ['sum', () => x.sum(0, any({ keepdims: true })), /unknown option of sum 'keepdims'; did you mean 'keepDims'\?/],
    ['mean', () => x.mean(0, any({ keepdims: true })), /unknown option of mean 'keepdims'/],
    ['max', () => x.max(0, any({ keepdims: true })), /unknown option of max 'keepdims'/],
    ['min', () => x.min(0, any({ keepdims: true })), /unknown option of min 'keepdims'/],
    ['argMax', () => x.argMax(0, any({ axis: 1 })), /unknown option of argMax 'axis' \(known: keepDims\)/],
    ['argMin', () => x.argMin(0, any({ axis: 1 })), /unknown option of argMin 'axis'/],
    ['prod', () => ops.prod(x, 0, any({ keepdims: true })), /unknown option of prod 'keepdims'/],
    ['norm', () => ops.norm(x, 0, any({ ord: 1 })), /unknown option of norm 'ord'/],
    ['any', () => ops.any(x, 0, any({ keepdims: true })), /unknown option of any 'keepdims'/],
    ['all', () => ops.all(x, 0, any({ keepdims: true })), /unknown option of all 'keepdims'/],
    ['logSumExp', () => ops.logSumExp(x, 0, any({ keepdims: true })), /unknown option of logSumExp 'keepdims'/],
    [
      'variance',
      () => ops.variance(x, 0, any({ ddof: 0 })),
      /option of variance 'ddof' \(known: keepDims, correction\)/,
    ],
    ['std', () => ops.std(x, 0, any({ ddof: 0 })), /unknown option of std 'ddof'/],
    ['matMul', () => x.matMul(x, any({ transposeB: true })), /option of matMul 'transposeB' \(known: transA, transB\)/],
    ['argSort', () => ops.argSort(x, -1, any({ descend: true })), /of argSort 'descend'; did you mean 'descending'\?/],
    ['sort', () => ops.sort(x, -1, any({ descend: true })), /unknown option of sort 'descend'/],
    [
      'gelu',
      () => ops.gelu(x, any({ approx: 'tanh' })),
      /unknown option of gelu 'approx'; did you mean 'approximate'\?/,
    ],
    ['minimize', () => wg.minimize(down, 1, any({ step: 1 })), /of minimize 'step'; did you mean 'steps'\?/],
    ['newton', () => wg.newton(down, 1, any({ memory: 1 })), /unknown option of newton 'memory'/],
    ['lbfgs', () => wg.lbfgs(down, 1, any({ tol: 1 })), /unknown option of lbfgs 'tol'/],
    ['gradCheck', () => wg.gradCheck(down, 1, any({ eps: 1 })), /unknown option of gradCheck 'eps'/],
    ['grad', () => wg.grad(down, any({ aux: true })), /unknown option of grad 'aux'; did you mean 'hasAux'\?/],
    ['stopBelow', () => wg.stopBelow(1, any({ monitr: 'loss' })), /of stopBelow 'monitr'; did you mean 'monitor'\?/],
  ])('%s refuses a name that it does not know', (_, call, message) => {
    expect(call).toThrow(message);
    expect(call).toThrow(wg.WasmgradError);
  });

  it.each([true, null, 1, 'keepDims', [], new Map([['keepDims', true]]), () => ({ keepDims: true })])(
    'that are %s are refused',
    (given) => {
      expect(() => x.sum(0, any(given))).toThrow(/sum: options must be an object, got/);
    },
  );

  it.each<[string, () => unknown, RegExp]>([
    ['keepDims of 1', () => x.sum(0, any({ keepDims: 1 })), /sum: keepDims must be true or false, got 1/],
    ['null', () => x.sum(0, any({ keepDims: null })), /sum: keepDims must be true or false, got null/],
    ['transB in words', () => x.matMul(x, any({ transB: 'yes' })), /matMul: transB must be true or false, got 'yes'/],
    ['a correction of NaN', () => ops.variance(x, 0, { correction: NaN }), /variance: correction must be a finite/],
    ['another word', () => ops.gelu(x, any({ approximate: 'erf' })), /approximate must be 'none' or 'tanh', got 'erf'/],
    ['a hook that is none', () => wg.minimize(down, 1, any({ until: 3 })), /minimize: until must be a function, got 3/],
    ['hasAux of 1', () => wg.grad(down, any({ hasAux: 1 })), /grad: hasAux must be true or false, got 1/],
    ['a probability of 2', () => wg.bernoulli([1], { p: 2 }), /p must be a finite number from 0 to 1, got 2/],
    ['a key of -1', () => wg.randomNormal([1], any({ key: -1 })), /randomNormal: key must be a key, .*, got -1/],
    [
      'a mode that is none',
      () => wg.earlyStopping(any({ mode: 'up' })),
      /mode must be 'auto' or 'min' or 'max', got 'up'/,
    ],
  ])('a value that is %s is refused', (_, call, message) => {
    expect(call).toThrow(message);
  });

  it('of undefined are the defaults', () => {
    expect(x.sum(0, undefined).shape).toEqual([2]);
    expect(x.sum(0, { keepDims: undefined }).shape).toEqual([2]);
    expect(x.sum(0, Object.create(null)).shape).toEqual([2]);
    expect(x.mean(0, { keepDims: true }).shape).toEqual([1, 2]);
  });
});

describe('a tensor in JavaScript', () => {
  const t = wg.tensor([1, 2]);

  it.each<[string, () => unknown]>([
    ['x * y', () => any(t) * any(t)],
    ['x > 0', () => any(t) > 0],
    ['x - 1', () => any(t) - 1],
  ])('refuses the operators of %s', (_, f) => {
    expect(f).toThrow(/operators do not work on float32\[2\]: write x\.mul\(y\)/);
  });

  it('is nested arrays in JSON, and its type in a template', () => {
    expect(JSON.stringify({ t })).toBe('{"t":[1,2]}');
    expect(`${t}`).toBe('float32[2]');
  });

  it('shows its values on the console where they are known', () => {
    expect(inspect(t)).toBe('float32[2] [ 1, 2 ]');
    expect(inspect(t.add(1))).toBe('float32[2]');
  });
});

describe('init', () => {
  it.each<[string, object, RegExp]>([
    ['another back end', { backend: 'wsm' }, /init: backend must be 'auto' or 'wasm' or 'js', got 'wsm'/],
    ['float64 on wasm', { backend: 'wasm', precision: 'float64' }, /float64 runs on the TypeScript kernels/],
    ['a seed of NaN', { seed: Number.NaN }, /seed must be a whole number of at least 0, got NaN/],
    ['no threads', { threads: 0 }, /threads must be a whole number from 1 to 64, got 0/],
    ['half a thread', { threads: 1.5 }, /threads must be a whole number from 1 to 64, got 1\.5/],
    ['more threads than any machine has', { threads: 65 }, /threads must be a whole number from 1 to 64, got 65/],
    ['relaxedSimd that is no boolean', { relaxedSimd: 1 }, /relaxedSimd must be true or false, got 1/],
    ['a module that is a number', { module: 7 }, /module must be a WebAssembly\.Module, its bytes, a URL .*, got 7/],
    [
      'a module that is an object of another kind',
      { module: { a: 1 }, backend: 'wasm' },
      /expected a WebAssembly\.Module, its bytes, a URL or a Response, got an object of type Object/,
    ],
    ['an option with a typo', { sed: 1 }, /unknown option of init 'sed'; did you mean 'seed'\?/],
  ])('refuses %s', async (_, options, message) => {
    await expect(wg.init(any(options))).rejects.toThrow(message);
  });

  it('says what runs', async () => {
    expect(await wg.init({ backend: 'js' })).toMatchObject({ backend: 'js', precision: 'float32' });
    expect(wg.runtimeInfo()).toMatchObject({ backend: 'js', precision: 'float32' });
    expect(await wg.init({ precision: 'float64' })).toMatchObject({ backend: 'js', precision: 'float64' });
    expect(wg.tensor(1).div(3).item()).toBe(1 / 3);
    expect(await wg.init()).toMatchObject({ backend: 'wasm', precision: 'float32' });
  });
});

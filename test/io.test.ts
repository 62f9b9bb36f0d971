// Models in files: what is written is read again, bit for bit, and what does not fit changes nothing.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as data from '../bindings/data.js';
import * as wg from '../bindings/index.js';
import { catalogOf } from '../bindings/io/catalog.js';
import * as io from '../bindings/io.js';
import { callOf } from '../bindings/made.js';
import { inputOf, LAYER_KINDS } from './layerkinds.js';
import { THOROUGH } from './thorough.js';

const folder = mkdtempSync(join(tmpdir(), 'wasmgrad-io-'));
const path = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

type Net = wg.Model<wg.Tensor, wg.Tensor>;

/** The bits of all weights. */
const bitsOf = (net: Pick<Net, 'getWeights'>): number[][] =>
  net.getWeights().map((w) => [...new Int32Array(w.data().slice().buffer)]);

const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => Math.sin(i));
const batchOf = (shape: wg.Shape): wg.Tensor => {
  const all = [3, ...shape];
  return wg.tensor(numbers(all.reduce((a, b) => a * b)), all);
};

const xor = (): wg.Sequential => {
  const net = wg.sequential([2], [wg.dense(4, { activation: 'tanh' }), wg.dense(1, { activation: 'sigmoid' })]);
  return net.compile({ optimizer: wg.adam(0.05), loss: 'binaryCrossEntropy' });
};
const X = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
const Y = [[0], [1], [1], [0]];

describe.each(['wasm', 'js'] as const)('files on %s', (backend) => {
  beforeAll(() => wg.init({ backend, seed: 1 }));

  describe('every kind of layer', () => {
    const makers = Object.entries(wg).filter(([, value]) => typeof value === 'function');
    const covered = new Set(Object.values(LAYER_KINDS).map(({ make }) => make().kind));

    it('is tried', () => {
      const noLayers = new Set(['layer', 'model', 'sequential', 'rnn']);
      const layers = makers.filter(([name, f]) => !noLayers.has(name) && /\): Layer/.test(declarationOf(name)) && f);
      expect(layers.map(([name]) => name).filter((name) => !covered.has(name))).toEqual([]);
    });

    it.each(Object.keys(LAYER_KINDS))('%s is saved and loaded', async (name) => {
      const kind = LAYER_KINDS[name]!;
      const net = wg.sequential(inputOf(kind), [kind.make()]);
      const odd = [0x7fc12345, 0xffc00001, 0x80000000, 0x00000001, 0x7f800000]; // NaN with payloads, -0, a denormal, ∞
      net.setWeights(
        net.getWeights().map((w) => {
          const values = Float32Array.from(w.data());
          new Uint32Array(values.buffer).set(odd.slice(0, values.length));
          return values;
        }),
      );
      const bytes = await io.saveModel(net);
      const back = await io.loadModel(bytes);
      expect(bitsOf(back)).toEqual(bitsOf(net));
      expect(back.summary()).toBe(net.summary());
      expect([...(await io.saveModel(back))]).toEqual([...bytes]);
      const x = kind.below ? batchOf(kind.shape).mul(kind.below).abs().toInt() : batchOf(kind.shape);
      expect([...back.predict(x).data()]).toEqual([...net.predict(x).data()]);
    });
  });

  it('chains with shared layers and models inside keep what is shared', async () => {
    const trunk = wg.sequential([3], [wg.dense(4, { activation: 'relu' })]);
    const same = wg.dense(4);
    const frozen = trunk.asLayer({ name: 'trunk', trainable: false });
    const net = wg.sequential([3], [frozen, same, wg.recompute(same), same, wg.dense(1)]);
    const back = await io.loadModel(await io.saveModel(net));
    expect(back.summary()).toBe(net.summary());
    expect(bitsOf(back)).toEqual(bitsOf(net));
    const twice = wg.sequential([4], [wg.dense(4)]);
    const both = wg.sequential([4], [twice.asLayer(), twice.asLayer(), wg.dense(1)]);
    const again = await io.loadModel(await io.saveModel(both));
    expect(again.parameterCount).toBe(both.parameterCount);
    expect([...again.predict(batchOf([4])).data()]).toEqual([...both.predict(batchOf([4])).data()]);
  });

  describe('the settings of compile', () => {
    const { adam } = wg;
    const optimizers: Record<string, () => wg.Optimizer> = {
      sgd: () => wg.sgd(0.1, { momentum: 0.9, nesterov: true }),
      adam: () => adam(wg.cosineDecay(0.01, { decaySteps: 5 })),
      adadelta: () => wg.adadelta(),
      adafactor: () => wg.adafactor(),
      adagrad: () => wg.adagrad(0.1),
      adamax: () => wg.adamax(),
      adamW: () => wg.adamW(0.01, { weightDecay: 0.1 }),
      amsgrad: () => wg.amsgrad(),
      lion: () => wg.lion(),
      nadam: () => wg.nadam(),
      radam: () => wg.radam(),
      rmsprop: () => wg.rmsprop(0.01, { centered: true }),
      rprop: () => wg.rprop(),
      averageWeights: () => wg.averageWeights(0.9, adam()),
      clipByGlobalNorm: () => wg.clipByGlobalNorm(1, adam()),
      clipByNorm: () => wg.clipByNorm(1, wg.sgd(wg.stepDecay(0.1, { every: 2 }))),
      clipByValue: () => wg.clipByValue(0.1, wg.sgd(wg.multiStep(0.1, { milestones: [1, 3] }))),
      grouped: () => wg.grouped(adam(), [{ match: 'dense.', optimizer: wg.sgd(wg.constantSchedule(0.1)) }]),
      'schedules that fall': () =>
        wg.sgd(
          wg.joinSchedules(
            [
              wg.exponentialDecay(0.1, { factor: 0.5 }),
              wg.inverseTimeDecay(0.1, { factor: 0.5 }),
              wg.polynomialDecay(0.1, { decaySteps: 4 }),
              wg.cosineDecayRestarts(0.1, { decaySteps: 3 }),
              wg.piecewiseConstant([1], [0.1, 0.2]),
            ],
            [1, 2, 3, 4],
          ),
        ),
      'schedules that rise': () =>
        wg.sgd(
          wg.joinSchedules([wg.linearWarmup(0.1, { steps: 2 }), wg.oneCycle(0.1, { steps: 4, anneal: 'linear' })], [2]),
        ),
    };
    const made = (optimizer: wg.Optimizer): wg.Sequential => {
      const net = wg.sequential([2], [wg.dense(3, { activation: 'tanh' }), wg.dense(2)]);
      return net.compile({ optimizer, loss: wg.huber({ delta: 0.5 }), metrics: ['mae'] });
    };
    const [x, y] = [[[0.5, -1]], [[1, 2]]];

    it.each(Object.keys(optimizers))('%s makes the same steps', async (name) => {
      const net = made(optimizers[name]!());
      const bytes = await io.saveModel(net);
      const back = await io.loadModel(bytes);
      expect([...(await io.saveModel(back))]).toEqual([...bytes]);
      for (let step = 0; step < 6; step++) expect(back.trainOnBatch(x, y)).toBe(net.trainOnBatch(x, y));
      expect(bitsOf(back)).toEqual(bitsOf(net));
    });

    const losses: Record<string, () => wg.LossLike> = {
      mse: () => 'mse',
      huber: () => wg.huber(),
      smoothL1: () => wg.smoothL1({ beta: 2 }),
      logCosh: () => wg.logCosh(),
      pinball: () => wg.pinball({ quantile: 0.25 }),
      poissonNll: () => wg.poissonNll(),
      klDivergence: () => wg.klDivergence(),
      cosineDistance: () => wg.cosineDistance(),
      binaryCrossEntropyWithLogits: () => wg.binaryCrossEntropyWithLogits({ posWeight: [2, 1] }),
      focal: () => wg.focal(),
      softmaxCrossEntropy: () => wg.softmaxCrossEntropy({ labelSmoothing: 0.1 }),
      nllLoss: () => wg.nllLoss(),
      ctcLoss: () => wg.ctcLoss({ blank: 1 }),
    };
    const metrics = (): wg.MetricLike[] => [
      'accuracy',
      wg.f1({ average: 'macro' }),
      wg.precision({ average: 'micro' }),
      wg.recall({ average: 'weighted' }),
      wg.topKAccuracy(2),
    ];

    it.each(Object.keys(losses))('the loss %s is the same', async (name) => {
      const net =
        name === 'ctcLoss'
          ? wg.sequential([1, 2], [wg.timeDistributed(wg.dense(2))])
          : wg.sequential([2], [wg.dense(2)]);
      net.compile({ optimizer: wg.sgd(), loss: losses[name]!(), metrics: name === 'mse' ? metrics() : [] });
      const back = await io.loadModel(await io.saveModel(net));
      const labels = name === 'nllLoss' ? [1] : [[0, 1]]; // of ctcLoss one label, and the blank
      expect(back.evaluate(x, labels)).toEqual(net.evaluate(x, labels));
    });

    it('can be left out', async () => {
      const bytes = await io.saveModel(xor(), undefined, { compile: false });
      const back = await io.loadModel(bytes);
      expect(() => back.trainOnBatch(X, Y)).toThrow(/call model\.compile/);
      const other = await io.loadModel(await io.saveModel(xor()), { compile: false });
      expect(() => other.trainOnBatch(X, Y)).toThrow(/call model\.compile/);
    });
  });

  describe('functions of the user', () => {
    const scale = (factor: number) =>
      wg.layer({ kind: 'scale', signature: [scale, factor], call: (x) => x.mul(factor) });
    const cubed = (z: wg.Tensor) => z.mul(z).mul(z);
    const own = (yTrue: wg.Tensor, yPred: wg.Tensor) => yTrue.sub(yPred).abs().mean();

    it('a cell of rnn has a name in the registry', async () => {
      const sums = { stateShape: [2], call: (x: wg.Tensor, s: wg.Tensor) => ({ output: x.add(s), state: x.add(s) }) };
      const net = wg.sequential([3, 2], [wg.rnn(sums, { returnSequences: true, name: 'sums' })]);
      const back = await io.loadModel(await io.saveModel(net, undefined, { registry: { sums } }), {
        registry: { sums },
      });
      expect(back.predict(batchOf([3, 2])).toArray()).toEqual(net.predict(batchOf([3, 2])).toArray());
      await expect(io.saveModel(net)).rejects.toThrow(/layer 0.*registry/);
    });

    it('are found by the names in the registry', async () => {
      const net = wg.sequential([2], [scale(3), wg.dense(2, { activation: cubed })]);
      net.compile({ optimizer: wg.sgd(), loss: own, metrics: [wg.metric('mine', own)] });
      const registry = { scale, cubed, own };
      const back = await io.loadModel(await io.saveModel(net, undefined, { registry }), { registry });
      expect([...back.predict(batchOf([2])).data()]).toEqual([...net.predict(batchOf([2])).data()]);
      expect(back.evaluate([[1, 2]], [[1, 1]])).toEqual(net.evaluate([[1, 2]], [[1, 1]]));
    });

    it('are refused without a name, before anything is written', async () => {
      const to = path('refused.safetensors');
      const layers = [scale(3)];
      await expect(io.saveModel(wg.sequential([2], layers), to)).rejects.toThrow(
        /layer 0 is a layer of your own, 'scale': give it a signature.*registry: \{ scale \}/,
      );
      const nameless = wg.layer({ kind: 'nameless', call: (x: wg.Tensor) => x.neg() });
      await expect(io.saveModel(wg.sequential([2], [nameless]), to)).rejects.toThrow(/layer 0 is a layer of your own/);
      const activated = wg.sequential([2], [wg.dense(2, { activation: cubed })]);
      await expect(io.saveModel(activated, to)).rejects.toThrow(
        /layer 0, dense\[1\]\.activation is the function cubed: no file can hold that/,
      );
      const pattern = xor().compile({
        optimizer: wg.grouped(wg.sgd(), [{ match: /_1/, optimizer: wg.adam() }]),
        loss: 'mse',
      });
      await expect(io.saveModel(pattern, to)).rejects.toThrow(/compile\.optimizer.*match is the pattern \/_1\//);
      expect(existsSync(to)).toBe(false);
    });

    it('are no functions of the library, whatever they are called', async () => {
      const dense = (units: number) => wg.layer({ kind: 'dense', signature: [dense, units], call: (x) => x.neg() });
      const nets = [dense(2), wg.layer({ kind: 'flatten', call: (x) => x.neg() })].map((one) =>
        wg.sequential([2], [one]),
      );
      for (const net of nets)
        await expect(io.saveModel(net)).rejects.toThrow(/layer 0 is a layer of your own, '(dense|flatten)'/);
      const bytes = await io.saveModel(nets[0]!, undefined, { registry: { negated: dense } });
      await expect(io.loadModel(bytes)).rejects.toThrow(/layer 0 is 'negated'/);
      const back = await io.loadModel(bytes, { registry: { negated: dense } });
      expect([...back.predict([[1, 2]]).data()]).toEqual([-1, -2]);
    });

    it('are missed by name when a file is loaded', async () => {
      const bytes = await io.saveModel(wg.sequential([2], [scale(3)]), undefined, { registry: { times: scale } });
      await expect(io.loadModel(bytes)).rejects.toThrow(/layer 0 is 'times', which is none of the library.*registry/);
    });

    it('make models, of which a file keeps weights and a name', async () => {
      const make = (units = 3) => {
        const [a, b] = [wg.dense(units), wg.dense(1)];
        return wg.model({ left: [2], right: [2] }, ({ left, right }) => b(a(left).mul(a(right))));
      };
      const net = make();
      const bytes = await io.saveModel(net, undefined, { name: 'towers' });
      await expect(io.loadModel(bytes)).rejects.toThrow(
        /has the weights of 'towers', a model that is made by a function: pass registry: \{ towers: \(\) => model/,
      );
      const back = await io.loadModel<typeof net>(bytes, { registry: { towers: make } });
      expect(bitsOf(back)).toEqual(bitsOf(net));
      const into = make();
      await io.loadWeights(into, bytes);
      expect(bitsOf(into)).toEqual(bitsOf(net));
      await expect(io.loadModel(bytes, { registry: { towers: () => make(4) } })).rejects.toThrow(
        /dense\.kernel is \[2, 3\] in it, \[2, 4\] in the model; dense\.bias is \[3\] in it, \[4\]/,
      );
    });
  });

  describe('weights alone', () => {
    it('go into a model of the same layers', async () => {
      const [net, other] = [xor(), xor()];
      await io.saveWeights(net, path('weights.safetensors'));
      await io.loadWeights(other, path('weights.safetensors'));
      expect(bitsOf(other)).toEqual(bitsOf(net));
      await expect(io.loadModel(path('weights.safetensors'))).rejects.toThrow(/holds weights and no model/);
    });

    it('are taken all or none, and all that does not fit is told', async () => {
      const bytes = await io.saveWeights(xor());
      const other = wg.sequential([2], [wg.dense(5), wg.dense(1, { useBias: false }), wg.dense(2, { name: 'head' })]);
      const before = bitsOf(other);
      await expect(io.loadWeights(other, bytes)).rejects.toThrow(
        'loadWeights: the file does not fit the model: dense.kernel is [2, 4] in it, [2, 5] in the model; dense.bias is [4] in it, [5] in the model; dense_1.kernel is [4, 1] in it, [5, 1] in the model; it has no head.kernel [1, 2]; it has no head.bias [2]; it has dense_1.bias [1], which the model has not',
      );
      expect(bitsOf(other)).toEqual(before);
    });

    it('take half the space as float16 or bfloat16', async () => {
      const net = wg.sequential([40], [wg.dense(40)]);
      const whole = await io.saveWeights(net);
      const kernel = [...net.getWeights()[0]!.data()];
      for (const [dtype, digits] of [
        ['float16', 2 ** -11],
        ['bfloat16', 2 ** -8],
      ] as const) {
        const bytes = await io.saveModel(net, undefined, { dtype });
        expect(bytes.length).toBeLessThan(0.6 * whole.length);
        const back = [...(await io.loadModel(bytes)).getWeights()[0]!.data()];
        const off = Math.max(
          ...back.map((w, i) => Math.abs(w - kernel[i]!) / Math.max(Math.abs(kernel[i]!), 2 ** -14)),
        );
        expect(off).toBeGreaterThan(digits / 10);
        expect(off).toBeLessThanOrEqual(digits);
      }
    });
  });

  it('keeps scalers, encoders and names beside the model', async () => {
    const scaler = data.standardScaler().fit([
      [1, 2],
      [3, 5],
    ]);
    const encoder = data.labelEncoder().fit(['cat', 'dog']);
    const tokenizers = {
      characters: data.characterTokenizer({ specialTokens: ['$'] }).fit('abc'),
      words: data.wordTokenizer().fit('a cat, a dog'),
      pairs: data.bytePairTokenizer({ specialTokens: ['[END]'] }).fit('the cat, the dog, the end'),
    };
    const extras = {
      scaler,
      tokenizers,
      columns: { ranges: data.minMaxScaler().fit([[0], [4]]) },
      encoder,
      names: ['a'],
      best: Infinity,
    };
    const bytes = await io.saveModel(xor(), undefined, { extras });
    const back = (await io.loadExtras(bytes)) as typeof extras;
    expect(back.scaler.transform([[2, 2]])).toEqual(scaler.transform([[2, 2]]));
    expect(back.columns.ranges.transform([[1]])).toEqual([[0.25]]);
    expect(back.encoder.inverseTransform(back.encoder.transform(['dog']))).toEqual(['dog']);
    for (const [name, tokenizer] of Object.entries(tokenizers)) {
      const same = back.tokenizers[name as keyof typeof tokenizers];
      expect(same.encode('the cat[END]$')).toEqual(tokenizer.encode('the cat[END]$'));
      expect(same.vocabulary).toEqual(tokenizer.vocabulary);
    }
    expect([back.names, back.best]).toEqual([['a'], Infinity]);
    await expect(io.loadExtras(await io.saveModel(xor()))).rejects.toThrow(/has no extras/);
  });

  describe('the state of a training', () => {
    const rows = 12;
    const x = Array.from({ length: rows }, (_, i) => [Math.sin(i), Math.cos(i)]);
    const y = Array.from({ length: rows }, (_, i) => [i % 2]);
    const made = (): wg.Sequential => {
      const layers = [wg.dense(4, { activation: 'tanh' }), wg.batchNorm(), wg.dropout(0.25), wg.dense(1)];
      const net = wg.sequential([2], [...layers, wg.activation('sigmoid')]);
      const rate = wg.linearWarmup(0.05, { steps: 7 });
      return net.compile({
        optimizer: wg.averageWeights(0.9, wg.adam(rate)),
        loss: 'binaryCrossEntropy',
        metrics: [wg.f1()],
      });
    };
    const options = () => ({
      batchSize: 5,
      validationData: [x, y] as const,
      callbacks: [wg.earlyStopping({ patience: 50, restoreBestWeights: true }), wg.reduceLROnPlateau({ patience: 1 })],
    });

    it.each(['epoch', 'step'] as const)('goes on after any %s with the same bits', async (when) => {
      await wg.init({ backend, seed: 7 });
      const whole = made();
      const checkpoint = (to: string) =>
        io.modelCheckpoint({ path: path(to), ...(when === 'step' && { everySteps: 1 }) });
      const once = options();
      const history = await whole.fit(x, y, {
        ...once,
        epochs: 6,
        callbacks: [...once.callbacks, checkpoint(`${backend}-${when}-{epoch}-{step}.safetensors`)],
      });
      const files = readdirSync(folder).filter((file) => file.startsWith(`${backend}-${when}-`));
      expect(files.length).toBe(when === 'step' ? 18 : 6);
      const some = files.slice(0, -1).filter((_, i) => THOROUGH || i % 4 === 1);
      for (const file of some) {
        await wg.init({ backend, seed: 99 }); // nothing of it comes from the seed now
        const other = made();
        const from = await io.loadTrainingState(path(file));
        const again = await other.fit(x, y, { ...options(), epochs: 6, from });
        expect(bitsOf(other), file).toEqual(bitsOf(whole));
        expect(again, file).toEqual(history);
        expect(bitsOf(other.averaged()), file).toEqual(bitsOf(whole.averaged()));
      }
      const model = await io.loadModel(path(files.at(-1)!)); // each is a model as well
      expect(model.predict(x).shape).toEqual([rows, 1]);
    });

    it('of a trainer, too', async () => {
      const begin = () => {
        const loss = (p: { w: wg.Tensor }, key: wg.Tensor) =>
          p.w
            .sub(wg.randomNormal([3], { key }))
            .square()
            .mean();
        return wg.trainer(loss, { w: wg.zeros([3]) }, { optimizer: wg.adam(0.1), key: wg.randomKey(3) });
      };
      const one = begin();
      for (let i = 0; i < 3; i++) one.step();
      const bytes = await io.saveTrainingState(one.save());
      const other = begin();
      other.restore(await io.loadTrainingState(bytes));
      for (let i = 0; i < 3; i++) expect(other.step()).toBe(one.step());
    });

    it('is refused by another model, and by files without one', async () => {
      const net = xor();
      await net.fit(X, Y, { epochs: 1 });
      const from = await io.loadTrainingState(await io.saveModel(net, undefined, { training: true }));
      const other = wg.sequential([2], [wg.dense(1)]).compile({ optimizer: wg.adam(), loss: 'mse' });
      await expect(other.fit(X, Y, { from })).rejects.toThrow(/the state in from is of dense\.kernel/);
      await expect(io.loadTrainingState(await io.saveModel(net))).rejects.toThrow(/has no state of a training/);
    });

    it('is kept for the best epochs, or the last files', async () => {
      const { files } = { files: (name: string) => readdirSync(folder).filter((file) => file.startsWith(name)) };
      const net = made();
      const best = io.modelCheckpoint({ path: path('best.safetensors'), saveBestOnly: true });
      const last = io.modelCheckpoint({
        path: path('last-{epoch}.safetensors'),
        keep: 2,
        everyEpochs: 2,
        training: false,
      });
      const seen: number[] = [];
      const watch = { onEpochEnd: (_: number, logs: wg.Logs) => void seen.push(logs['valLoss']!) };
      await net.fit(x, y, { ...options(), epochs: 8, callbacks: [best, last, watch] });
      expect(files('last-').sort()).toEqual(['last-5.safetensors', 'last-7.safetensors']);
      const { place } = await io.loadTrainingState(path('best.safetensors'));
      expect(place!.epoch - 1).toBe(seen.indexOf(Math.min(...seen)));
      await expect(io.loadTrainingState(path('last-7.safetensors'))).rejects.toThrow(/has no state/);
    });

    it('makes the folders of its files', async () => {
      const net = xor();
      const to = path(`${backend}/of/{epoch}/run.safetensors`);
      await net.fit(X, Y, { epochs: 2, callbacks: [io.modelCheckpoint({ path: to })] });
      expect(existsSync(path(`${backend}/of/1/run.safetensors`))).toBe(true);
      const file = path(`${backend}/of/1/run.safetensors/below.safetensors`);
      const before = bitsOf(net);
      await expect(net.fit(X, Y, { callbacks: [io.modelCheckpoint({ path: file })] })).rejects.toThrow(
        /modelCheckpoint: the folder .*run\.safetensors can't be made: E/,
      );
      expect(bitsOf(net)).toEqual(before);
    });

    it('refuses options that contradict each other, and what no file can hold before the first step', async () => {
      expect(() => io.modelCheckpoint({ path: 'a', keep: 2 })).toThrow(/keep needs a path with \{epoch\}/);
      expect(() => io.modelCheckpoint({ path: 'a', saveBestOnly: true, everySteps: 2 })).toThrow(
        /leave everySteps out/,
      );
      expect(() => io.modelCheckpoint({ path: 3 as never })).toThrow(/modelCheckpoint: path.*a path, or a place/);
      const net = wg.sequential([2], [wg.dense(1, { activation: (z) => z.square() })]);
      net.compile({ optimizer: wg.sgd(), loss: 'mse' });
      const before = bitsOf(net);
      const callbacks = [io.modelCheckpoint({ path: path('never.safetensors') })];
      await expect(net.fit(X, Y, { callbacks })).rejects.toThrow(/no file can hold that/);
      expect(bitsOf(net)).toEqual(before);
    });
  });
});

/** The declarations of the layers, as text. */
const sources = readdirSync('bindings/layers').map((file) => readFileSync(join('bindings/layers', file), 'utf8'));
const declarationOf = (name: string): string =>
  sources.flatMap((text) => new RegExp(`^export (?:function|const) ${name}\\b[^;{]*`, 'm').exec(text) ?? []).join();

describe('the catalog', () => {
  const FAMILIES: Record<string, () => Promise<object>> = {
    basic: () => import('../bindings/io/catalog/basic.js'),
    images: () => import('../bindings/io/catalog/images.js'),
    normalization: () => import('../bindings/io/catalog/normalization.js'),
    augmentation: () => import('../bindings/io/catalog/augmentation.js'),
    functions: () => import('../bindings/io/catalog/functions.js'),
    made: () => import('../bindings/io/catalog/made.js'),
    training: () => import('../bindings/io/catalog/training.js'),
  };

  it.each(Object.entries(FAMILIES))('of %s has all that the family exports', async (_, load) => {
    const names = Object.keys(await load());
    expect(names.length).toBeGreaterThan(3);
    const known = await Promise.all(names.map(async (name) => (await catalogOf([name])).has(name)));
    expect(names.filter((_, i) => !known[i])).toEqual([]);
  });

  it('knows functions that layers are given by their names, which copies of them share', async () => {
    const functions = Object.entries(await import('../bindings/io/catalog/functions.js'));
    expect(functions.filter(([name, f]) => callOf(f)?.name !== name)).toEqual([]);
  });
});

describe('places', () => {
  beforeAll(() => wg.init({ seed: 1 }));

  it('are paths, URLs, bytes, answers, blobs, and places of the user', async () => {
    const net = xor();
    const bytes = await io.saveModel(net, pathToFileURL(path('url.safetensors')));
    await io.saveModel(net, path('url copy.safetensors'));
    const kept = new Map<string, Uint8Array>();
    const place: io.FilePlace = {
      name: 'a map',
      read: async () => kept.get('net')!,
      write: async (file) => void kept.set('net', file.slice()),
    };
    await io.saveModel(net, place);
    const padded = new Uint8Array(bytes.length + 3);
    padded.set(bytes, 3);
    const sources: io.FileSource[] = [
      path('url.safetensors'),
      pathToFileURL(path('url copy.safetensors')),
      bytes,
      padded.subarray(3),
      bytes.slice().buffer,
      new Response(bytes.slice()),
      Promise.resolve(new Response(bytes.slice())),
      new Blob([bytes.slice()]),
      place,
    ];
    for (const from of sources) expect(bitsOf(await io.loadModel(from))).toEqual(bitsOf(net));
  });

  it('say what is wrong with them', async () => {
    const net = xor();
    await expect(io.loadModel(path('none.safetensors'))).rejects.toThrow(
      /loadModel: .*none\.safetensors can't be read: ENOENT/,
    );
    for (const address of ['https://example.com/net', new URL('http://example.com/net')])
      await expect(io.loadModel(address)).rejects.toThrow(
        /^loadModel: http.*\/net is an address, and no path: give what fetch of it returns$/,
      );
    await expect(io.loadModel(new Response('', { status: 404 }))).rejects.toThrow(/could not be fetched: .*status 404/);
    const broken = { name: 'a place', read: () => Promise.reject(new Error('no entry')), write: async () => {} };
    await expect(io.loadModel(broken)).rejects.toThrow(/^loadModel: a place can't be read: no entry$/);
    await expect(io.loadModel(3 as never)).rejects.toThrow(
      /must be a path, bytes, a Response, a Blob or a place.*got 3/,
    );
    await expect(io.saveModel(net, 3 as never)).rejects.toThrow(/the place to write to must be a path/);
    await expect(io.saveModel(net, path('no/folder/x'))).rejects.toThrow(/can't be written: ENOENT/);
    await expect(io.saveModel(net, io.indexedDb('x'))).rejects.toThrow(/there is no IndexedDB here/);
    await expect(io.saveModel(net, io.opfs('x'))).rejects.toThrow(/no such file system here/);
    await expect(io.saveModel(net, io.download('x'))).rejects.toThrow(/no page here/);
    await expect(io.saveModel({} as never)).rejects.toThrow(/the first argument must be a model/);
    const bytes = await io.saveModel(net);
    await expect(io.loadModel(bytes, { maxBytes: 100 })).rejects.toThrow(/has \d+ bytes, and 100 are allowed/);
    expect(() => JSON.stringify(net)).toThrow(/saveModel\(model, 'model\.safetensors'\) of wasmgrad\/io/);
  });

  it('keep the old file where the new one can not be written', async () => {
    const to = path('full.safetensors');
    const net = xor();
    const bytes = await io.saveModel(net, to);
    const program = `
      import { writeFile } from ${JSON.stringify(pathToFileURL('build/bindings/files/target.js').href)};
      process.on('SIGXFSZ', () => {});
      await writeFile('test', ${JSON.stringify(to)}, new Uint8Array(100_000)).catch((e) => console.log(e.name, e.message));`;
    writeFileSync(path('full.mjs'), program);
    const { stdout } = spawnSync('bash', ['-c', `ulimit -f 4; exec node ${JSON.stringify(path('full.mjs'))}`], {
      encoding: 'utf8',
    });
    expect(stdout).toMatch(/^FileError test: .*full\.safetensors can't be written: /);
    expect([...readFileSync(to)]).toEqual([...bytes]);
    expect(readdirSync(folder).filter((file) => file.includes('.partial'))).toEqual([]);
  });
});

describe('tensors', () => {
  it('of other programs are read, and written for them', async () => {
    const tensors = { a: [[1, 2.5]], b: Int32Array.of(1, -2), c: { data: Uint8Array.of(1, 2, 3, 255), shape: [2, 2] } };
    const bytes = await io.writeSafetensors(tensors, path('t.safetensors'), { metadata: { made: 'by us' } });
    const back = await io.readSafetensors(path('t.safetensors'));
    expect(back.metadata).toEqual({ made: 'by us' });
    expect(back.tensors['a']).toEqual({ data: Float32Array.of(1, 2.5), shape: [1, 2] });
    expect(back.tensors['b']).toEqual({ data: Int32Array.of(1, -2), shape: [2] });
    expect(back.tensors['c']).toEqual({ data: Uint8Array.of(1, 2, 3, 255), shape: [2, 2] });
    expect((8 + Number(new DataView(bytes.buffer).getBigUint64(0, true))) % 8).toBe(0);
  });
});

describe('the files of test/golden, made by the first version that has files', () => {
  beforeAll(() => wg.init({ seed: 1 }));
  const golden = (name: string) => join('test/golden', `${name}.safetensors`);
  const sines = (shape: wg.Shape): wg.Tensor => {
    const size = shape.reduce((a, b) => a * b);
    return wg.tensor(
      Array.from({ length: size }, (_, i) => Math.sin(1 + i)),
      shape,
    );
  };
  const furthest = (a: ArrayLike<number>, b: readonly number[]): number =>
    Math.max(...b.map((value, i) => Math.abs(a[i]! - value)));

  it('load, predict and go on', async () => {
    const mlp = await io.loadModel(golden('mlp'));
    const extras = (await io.loadExtras(golden('mlp'))) as { expected: number[]; scaler: data.Scaler; names: string[] };
    expect(furthest(mlp.predict(sines([8, 3])).data(), extras.expected)).toBeLessThan(1e-6);
    expect(extras.scaler.transform([[3]])).toEqual([[1]]);
    expect(extras.names).toEqual(['a', 'b']);
    const from = await io.loadTrainingState(golden('mlp'));
    const callbacks = [wg.earlyStopping({ monitor: 'loss' })];
    const { epoch } = await mlp.fit(sines([8, 3]), sines([8, 1]), { epochs: 4, batchSize: 4, callbacks, from });
    expect(epoch).toEqual([0, 1, 2, 3]);
  });

  it.each([
    ['images', 1e-6],
    ['images-bfloat16', 0.02],
  ])('%s loads and predicts', async (name, most) => {
    const images = await io.loadModel(golden(name));
    const { expected } = (await io.loadExtras(golden(name))) as { expected: number[] };
    expect(furthest(images.predict(sines([2, 8, 8, 2])).data(), expected)).toBeLessThan(most);
  });
});

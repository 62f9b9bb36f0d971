// Losses with options: what they weight, ignore and refuse, as functions and as losses of `compile`. Their formulas
// have rows in cases.ts.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import type { Loss } from '../bindings/losses/losses.js';
import * as ops from '../bindings/ops.js';

beforeAll(() => wg.init({ seed: 1 }));

const int32 = (...values: number[]) => wg.tensor(values, undefined, 'int32');
const each = { reduction: 'none' } as const;
const logits = wg.tensor([
  [8, -1, 0.5],
  [-3, 2, 9],
  [1, 1.5, -2],
]);

/** -ln softmax(z) of each row and class, in float64. */
const entropies = logits.toArray<number[][]>().map((z) => {
  const total = Math.log(z.reduce((sum, v) => sum + Math.exp(v), 0));
  return z.map((v) => total - v);
});

describe('softmaxCrossEntropy', () => {
  const labels = int32(0, 2, 1);

  it('with class weights is Σ wl / Σ w, without reduction wl', () => {
    const weight = [0.5, 2, 4];
    const parts = [0.5 * entropies[0]![0]!, 4 * entropies[1]![2]!, 2 * entropies[2]![1]!];
    const sum = parts.reduce((a, b) => a + b);
    const losses = ops.softmaxCrossEntropy(logits, labels, { weight, ...each }).data();
    losses.forEach((v, i) => void expect(v).toBeCloseTo(parts[i]!, 5));
    expect(ops.softmaxCrossEntropy(logits, labels, { weight }).item()).toBeCloseTo(sum / 6.5, 5);
    expect(ops.softmaxCrossEntropy(logits, labels, { weight: wg.tensor(weight), reduction: 'sum' }).item()).toBeCloseTo(
      sum,
      5,
    );
    const rows = ops.oneHot(labels, 3);
    expect(ops.softmaxCrossEntropy(logits, rows, { weight }).item()).toBeCloseTo(sum / 3, 5);
  });

  it('does not count rows with the index that is ignored, whatever is 0 or infinite there', () => {
    const broken = logits.sub(
      wg.tensor([
        [0, 0, 0],
        [Infinity, Infinity, 0],
        [0, 0, 0],
      ]),
    );
    const y = int32(0, -100, 1);
    const options = { ignoreIndex: -100 };
    const expected = (entropies[0]![0]! + entropies[2]![1]!) / 2;
    expect(ops.softmaxCrossEntropy(broken, y, options).item()).toBeCloseTo(expected, 5);
    const slopes = wg.grad((z: wg.Tensor) => ops.softmaxCrossEntropy(z, y, options))(logits);
    const others = logits.softmax().sub(ops.oneHot(y, 3)).div(2).toArray<number[][]>();
    slopes.toArray<number[][]>().forEach((row, i) => {
      row.forEach((v, c) => void expect(v).toBeCloseTo(i === 1 ? 0 : others[i]![c]!, 6));
    });
    const weight = [3, 1, 1];
    const weighted = (3 * entropies[0]![0]! + entropies[2]![1]!) / 4;
    expect(ops.softmaxCrossEntropy(broken, y, { weight, ...options }).item()).toBeCloseTo(weighted, 5);
    expect(ops.nllLoss(broken.logSoftmax(), y, { weight, ...options }).item()).toBeCloseTo(weighted, 5);
  });

  it('masks class 0 where rows are ignored that would read it', () => {
    const masked = wg.tensor([
      [Number.NEGATIVE_INFINITY, 0, 0],
      [Number.NEGATIVE_INFINITY, 0, 0],
    ]);
    const y = int32(1, 7);
    expect(ops.softmaxCrossEntropy(masked, y, { ignoreIndex: 7, ...each }).toArray()).toEqual([
      Math.fround(Math.LN2),
      0,
    ]);
    expect(ops.nllLoss(masked, y, { ignoreIndex: 7, ...each }).toArray()).toEqual([-0, -0]);
  });

  it('is NaN where no row counts, and 0 as a sum', () => {
    for (const options of [{ ignoreIndex: 1 }, { weight: [1, 0, 1] }]) {
      expect(ops.softmaxCrossEntropy(logits, int32(1, 1, 1), options).item()).toBeNaN();
      expect(ops.softmaxCrossEntropy(logits, int32(1, 1, 1), { ...options, reduction: 'sum' }).item()).toBe(0);
    }
  });

  it('of one class is 0, smoothed too', () => {
    const one = wg.tensor([[3], [-2]]);
    for (const options of [{}, { labelSmoothing: 0.5 }, { weight: [2] }, { ignoreIndex: 1 }]) {
      expect(ops.softmaxCrossEntropy(one, int32(0, 0), options).item()).toBeCloseTo(0, 7);
    }
  });

  it('is of any rank, and a row alone', () => {
    const z = logits.reshape([1, 3, 1, 3]);
    const y = labels.reshape([1, 3, 1]);
    const options = { labelSmoothing: 0.1, weight: [1, 2, 3] };
    expect(ops.softmaxCrossEntropy(z, y, options).item()).toBeCloseTo(
      ops.softmaxCrossEntropy(logits, labels, options).item(),
      6,
    );
    expect(ops.softmaxCrossEntropy(z, y, { ...options, ...each }).shape).toEqual([1, 3, 1]);
    expect(
      ops.softmaxCrossEntropy(ops.take(logits, wg.tensor(0, [], 'int32')), wg.tensor(0, [], 'int32'), options).shape,
    ).toEqual([]);
  });

  it('says what does not fit', () => {
    const f = ops.softmaxCrossEntropy;
    expect(() => f(logits, labels, { weight: [1, 2] })).toThrow(
      'softmaxCrossEntropy: weight has the shape [2]; expected one for each class, [3]',
    );
    expect(() => f(logits, int32(0, 3, 9), { ignoreIndex: 9 })).toThrow(
      'softmaxCrossEntropy: label 3 is out of range for 3 classes, and not 9',
    );
    expect(() => f(logits, logits, { ignoreIndex: 9 })).toThrow('ignoreIndex needs a target of int32 class indices');
    expect(() => f(logits, labels, { labelSmoothing: 1 })).toThrow('labelSmoothing must be a number in [0, 1), got 1');
    expect(() => ops.nllLoss(logits, int32(0, 1, 3))).toThrow('nllLoss: label 3 is out of range for an axis of 3');
    expect(() => ops.nllLoss(logits, logits)).toThrow('expected [..., classes] and int32 class indices [...]');
  });
});

describe('at the edges', () => {
  it('labels that only a program knows give NaN if they are none of the classes', () => {
    const logits = wg.zeros([4, 3]);
    const losses = [
      ops.nllLoss,
      ops.softmaxCrossEntropy,
      (z: wg.Tensor, y: wg.Tensor, o: object) => ops.softmaxCrossEntropy(z, y, { weight: [1, 2, 3], ...o }),
      (z: wg.Tensor, y: wg.Tensor, o: object) => ops.nllLoss(z, y, { weight: [1, 2, 3], ignoreIndex: 9, ...o }),
    ] as const;
    for (const f of losses) {
      const all = wg.jit((y: wg.Tensor) => f(logits, y, each));
      expect([...all(int32(2, -1, 3, 0)).data()].map(Number.isNaN)).toEqual([false, true, true, false]);
    }
  });

  it('smoothL1 with beta 0 is the L1 loss', () => {
    expect(ops.smoothL1(wg.tensor([1, -2]), 0, { beta: 0, ...each }).toArray()).toEqual([1, 2]);
  });

  it.each([
    ['huber', ops.huber],
    ['logCosh', ops.logCosh],
  ])('%s of an infinite distance is infinite, with a finite slope', (_, loss) => {
    const slopes = wg.grad((x: wg.Tensor) => loss(x, 0, { reduction: 'sum' }));
    const x = wg.tensor([Infinity, -Infinity, -0, 1e-41]);
    expect(loss(x, 0, each).toArray<number[]>().slice(0, 3)).toEqual([Infinity, Infinity, 0]);
    expect(slopes(x).toArray<number[]>().slice(0, 3)).toEqual([1, -1, -0]);
  });

  it('klDivergence counts nothing where the target is 0, and sums by sample for batchMean', () => {
    const p = wg.tensor([
      [0.5, 0.5],
      [0.25, 0.75],
    ]);
    const y = wg.tensor([
      [1, 0],
      [0.5, 0.5],
    ]);
    const expected = Math.log(2) + 0.5 * Math.log(2) + 0.5 * Math.log(0.5 / 0.75);
    expect(ops.klDivergence(p.log(), y, { reduction: 'batchMean' }).item()).toBeCloseTo(expected / 2, 6);
    expect(ops.klDivergence(p.log(), y).item()).toBeCloseTo(expected / 4, 6);
    expect(ops.klDivergence(p.log(), y, { reduction: 'sum' }).item()).toBeCloseTo(expected, 6);
  });

  it('gaussianNll holds a variance of 0, whose gradient is as if it were not held', () => {
    const nll = (v: wg.Tensor) => ops.gaussianNll(wg.tensor([1]), wg.tensor([1]), v, { epsilon: 0.5 });
    expect(nll(wg.tensor([0])).item()).toBeCloseTo(0.5 * Math.log(0.5), 6);
    expect(
      wg
        .grad(nll)(wg.tensor([0]))
        .item(),
    ).toBeCloseTo(0.5 / 0.5, 6);
    expect(() => ops.gaussianNll(wg.zeros([2]), 0, wg.zeros([3]))).toThrow('gaussianNll: the shapes [2] and [3]');
    expect(() => ops.gaussianNll(wg.zeros([2]), 0, wg.zeros([4, 2]))).toThrow(
      'gaussianNll: the variance [4, 2] does not broadcast to the prediction [2]',
    );
  });

  it('poissonNll in full adds nothing up to 1', () => {
    const y = wg.tensor([0, 1, 3]);
    const more = ops
      .poissonNll(0, y, { full: true, ...each })
      .sub(ops.poissonNll(0, y, each))
      .toArray<number[]>();
    expect(more.slice(0, 2)).toEqual([0, 0]);
    expect(more[2]).toBeCloseTo(3 * Math.log(3) - 3 + 0.5 * Math.log(6 * Math.PI), 5);
  });

  it('vectors of zeros have a cosine of 0, and a finite gradient', () => {
    const [a, b] = [wg.zeros([2, 3]), wg.ones([2, 3])];
    expect(ops.cosineSimilarity(a, b).toArray()).toEqual([0, 0]);
    const slopes = wg.grad((x: wg.Tensor) => ops.cosineSimilarity(x, b).sum())(a);
    expect(slopes.toArray<number[][]>().flat().every(Number.isFinite)).toBe(true);
    const same = wg.grad((x: wg.Tensor) => ops.tripletMargin(x, b, a))(b);
    expect(same.toArray<number[][]>().flat().every(Number.isFinite)).toBe(true);
  });

  it('cosineEmbedding and hinge cost nothing beyond their margin', () => {
    const [a, b] = [wg.tensor([[1, 0]]), wg.tensor([[-1, 0]])];
    expect(ops.cosineEmbedding(a, b, wg.tensor([-1])).item()).toBe(0);
    expect(ops.cosineEmbedding(a, b, wg.tensor([1])).item()).toBe(2);
    expect(ops.hinge(wg.tensor([3, -2, 0.5]), wg.tensor([1, -1, 1]), each).toArray()).toEqual([0, 0, 0.5]);
    expect(ops.squaredHinge(wg.tensor([3, -2, 0.5]), wg.tensor([1, -1, 1]), each).toArray()).toEqual([0, 0, 0.25]);
  });

  it('focal with gamma 0 and no weights is the cross-entropy', () => {
    const y = wg.tensor([0, 1, 0.5]);
    const z = wg.tensor([30, -2, 0.5]);
    const focal = ops.focal(z, y, { gamma: 0, alpha: -1, ...each });
    expect(focal.toArray()).toEqual(ops.binaryCrossEntropyWithLogits(z, y, each).toArray());
  });

  it('posWeight may be a number, or one for each output', () => {
    const z = wg.tensor([[0, 0]]);
    const losses = (posWeight: number | number[]) =>
      ops.binaryCrossEntropyWithLogits(z, 1, { posWeight, ...each }).toArray<number[][]>()[0]!;
    expect(losses(3)[1]).toBeCloseTo(3 * Math.LN2, 6);
    expect(losses([1, 2])[0]).toBeCloseTo(Math.LN2, 6);
    expect(losses([1, 2])[1]).toBeCloseTo(2 * Math.LN2, 6);
  });
});

/** A model that passes three numbers on. */
function passing(loss: wg.LossLike): wg.Sequential {
  const layer = wg.layer({
    kind: 'pass',
    build: ({ shape }) => ({ parameters: { s: { shape, initializer: 'zeros' } } }),
    call: (x, { s }) => x.add(s),
  });
  const model = wg.sequential([3], [layer]);
  model.compile({ optimizer: wg.sgd(0.1), loss });
  return model;
}

/** What a loss says of itself for samples that count `weight`: Σ w·each / Σ w·weights. */
function weightedLoss(loss: Loss, y: wg.Tensor, p: wg.Tensor, weight: wg.Tensor): wg.Tensor {
  const bySample = (t: wg.Tensor): wg.Tensor => t.reshape([t.shape[0]!, -1]).mean(1);
  const own = bySample(loss.weights?.(y, p) ?? wg.ones(weight.shape));
  return bySample(loss.each!(y, p)).mul(weight).sum().div(own.mul(weight).sum());
}

describe('imported losses', () => {
  const y = wg.tensor([
    [1, 0, 1],
    [0, 1, 0],
    [0.5, 0.25, 0.25],
  ]);
  const signs = wg.tensor([
    [1, -1, 1],
    [-1, 1, 1],
    [1, 1, -1],
  ]);
  const positive = ops.abs(logits);
  const names = int32(0, 2, 1);
  const LOSSES: [string, Loss, wg.Tensor, wg.Tensor, () => wg.Tensor][] = [
    ['huber', wg.huber({ delta: 0.5 }), logits, y, () => ops.huber(logits, y, { delta: 0.5 })],
    ['smoothL1', wg.smoothL1({ beta: 2 }), logits, y, () => ops.smoothL1(logits, y, { beta: 2 })],
    ['logCosh', wg.logCosh(), logits, y, () => ops.logCosh(logits, y)],
    ['pinball', wg.pinball({ quantile: 0.9 }), logits, y, () => ops.pinball(logits, y, { quantile: 0.9 })],
    [
      'binaryCrossEntropyWithLogits',
      wg.binaryCrossEntropyWithLogits({ posWeight: [1, 2, 3] }),
      logits,
      y,
      () => ops.binaryCrossEntropyWithLogits(logits, y, { posWeight: [1, 2, 3] }),
    ],
    ['focal', wg.focal({ gamma: 1 }), logits, y, () => ops.focal(logits, y, { gamma: 1 })],
    [
      'softmaxCrossEntropy',
      wg.softmaxCrossEntropy({ weight: [1, 2, 3], labelSmoothing: 0.1 }),
      logits,
      names,
      () => ops.softmaxCrossEntropy(logits, names, { weight: [1, 2, 3], labelSmoothing: 0.1 }),
    ],
    [
      'nllLoss',
      wg.nllLoss({ weight: [1, 2, 3] }),
      logits,
      names,
      () => ops.nllLoss(logits, names, { weight: [1, 2, 3] }),
    ],
    ['klDivergence', wg.klDivergence(), logits, y, () => ops.klDivergence(logits, y, { reduction: 'batchMean' })],
    ['poissonNll', wg.poissonNll({ full: true }), logits, y, () => ops.poissonNll(logits, y, { full: true })],
    ['hinge', wg.hinge(), logits, signs, () => ops.hinge(logits, signs)],
    ['squaredHinge', wg.squaredHinge(), logits, signs, () => ops.squaredHinge(logits, signs)],
    ['contrastive', wg.contrastive({ margin: 2 }), positive, y, () => ops.contrastive(positive, y, { margin: 2 })],
    ['cosineDistance', wg.cosineDistance(), logits, y, () => ops.cosineSimilarity(logits, y).mean().neg().add(1)],
  ];

  it.each(LOSSES)('%s trains a model, with the value of the function', (name, loss, x, labels, expected) => {
    expect(loss.name).toBe(name);
    const model = passing(loss);
    expect(model.evaluate(x, labels).loss).toBeCloseTo(expected().item(), 5);
    const before = model.trainOnBatch(x, labels);
    expect(model.evaluate(x, labels).loss).toBeLessThan(before);
  });

  it.each(LOSSES)(
    '%s has a loss for each sample, and its mean with weights is that of repeated samples',
    (_, loss, x, labels) => {
      const losses = loss.each!(labels, x);
      expect(losses.shape[0]).toBe(3);
      const counts = wg.tensor([1, 0, 2]);
      const twice = int32(0, 2, 2);
      const expected = loss.compute(ops.take(labels, twice), ops.take(x, twice)).item();
      expect(weightedLoss(loss, labels, x, counts).item() / expected).toBeCloseTo(1, 6);
      const mean = loss.compute(labels, x).item();
      expect(weightedLoss(loss, labels, x, wg.ones([3])).item() / mean).toBeCloseTo(1, 6);
    },
  );

  it('a sequence that is partly ignored counts by what is left of it', () => {
    const loss = wg.softmaxCrossEntropy({ ignoreIndex: 0 });
    const z = wg.randomNormal([2, 3, 4], { key: wg.randomKey(3) });
    const labels = wg.tensor(
      [
        [1, 0, 0],
        [1, 2, 3],
      ],
      undefined,
      'int32',
    );
    const all = weightedLoss(loss, labels, z, wg.ones([2])).item();
    expect(all).toBeCloseTo(ops.softmaxCrossEntropy(z, labels, { ignoreIndex: 0 }).item(), 6);
  });

  it('that are passed before they are called say so', async () => {
    const model = wg.sequential([2], [wg.dense(1)]);
    const fit = async (loss: unknown) =>
      model.compile({ optimizer: wg.sgd(0.1), loss: loss as Loss }).fit([[1, 2]], [[1]]);
    await expect(fit(wg.huber)).rejects.toThrow('huber makes a loss: call it, huber()');
    await expect(fit(wg.ctcLoss)).rejects.toThrow('ctcLoss makes a loss: call it, ctcLoss()');
  });

  it('an object of a user is a loss, under its name', () => {
    const model = passing({ name: 'mine', compute: () => wg.zeros([2]) });
    expect(() => model.evaluate(logits, y)).toThrow('the loss mine must return a scalar tensor');
  });
});

describe('labels', () => {
  const x = [
    [0.1, 0.2, 0.3],
    [0.4, 0.5, 0.6],
  ];
  it.each<[string, wg.LossLike, number[][], string]>([
    [
      'bytes of an image',
      'binaryCrossEntropy',
      [
        [0, 1, 0],
        [1, 255, 0],
      ],
      'binaryCrossEntropy: labels must be in 0 … 1, got 255 in y, sample 1; scale them',
    ],
    [
      'negative ones',
      'binaryCrossEntropyWithLogits',
      [
        [0, 0, 0],
        [1, 1, -1],
      ],
      'got -1 in y, sample 1',
    ],
    [
      'no distribution',
      'categoricalCrossEntropy',
      [
        [0, 2, 0],
        [1, 0, 0],
      ],
      'categoricalCrossEntropy: labels must be in 0 … 1, got 2',
    ],
    [
      'zeros of a margin',
      wg.hinge(),
      [
        [1, 1, 0],
        [1, 1, 1],
      ],
      'hinge: labels must be -1 or 1, got 0 in y, sample 0',
    ],
    [
      'no counts',
      wg.poissonNll(),
      [
        [1, 1, 0],
        [1, -1, 1],
      ],
      'poissonNll: labels must be in 0 … Infinity, got -1',
    ],
    [
      'too large for focal',
      wg.focal(),
      [
        [1, 1, 0],
        [1, 1, 1.5],
      ],
      'focal: labels must be in 0 … 1, got 1.5 in y, sample 1',
    ],
  ])('%s are refused before anything is changed', async (_, loss, labels, message) => {
    const model = passing(loss);
    const weights = model.getWeights().map((w) => w.toArray());
    await expect(model.fit(x, labels)).rejects.toThrow(message);
    expect(() => model.trainOnBatch(x, labels)).toThrow(message);
    expect(() => model.evaluate(x, labels)).toThrow(message);
    expect(model.getWeights().map((w) => w.toArray())).toEqual(weights);
    const good = labels.map((row) => row.map(() => 1));
    await expect(model.fit(x, labels, { validationData: [x, good] })).rejects.toThrow(message);
  });

  it('that are bytes are looked at as well', () => {
    const labels = Uint8Array.of(0, 1, 0, 1, 255, 0);
    expect(() => passing('binaryCrossEntropy').trainOnBatch(x, labels)).toThrow('got 255 in y, sample 1; scale them');
  });
});

describe('a loss on probabilities of a model that makes none', () => {
  it('says so when it becomes NaN, and only then', async () => {
    const bad = [[2, 0.5, 0.5]];
    const fit = passing('binaryCrossEntropy').fit(bad, [[1, 0, 0]]);
    await expect(fit).rejects.toThrow(
      "binaryCrossEntropy takes probabilities, but the model does not end with sigmoid: change that, or use 'binaryCrossEntropyWithLogits'",
    );
    const model = wg.sequential([1], [wg.dense(1, { activation: 'sigmoid' })]);
    model.compile({ optimizer: wg.sgd(0.1), loss: 'binaryCrossEntropy' });
    model.setWeights([[[Infinity]], [0]]);
    await expect(model.fit([[0]], [[1]])).rejects.toThrow('a smaller learning rate');
  });
});

describe('means over batches', () => {
  const x = Array.from({ length: 9 }, (_, i) => [Math.sin(i), Math.cos(2 * i)]);
  const y = [0, 2, 1, 1, 2, 0, 2, 2, 1];
  const sampleWeight = [1, 0, 2, 0.5, 1, 1, 3, 1, 1];
  const made = (loss: wg.LossLike) => {
    wg.setSeed(2);
    return wg.sequential([2], [wg.dense(3)]).compile({ optimizer: wg.sgd(0), loss });
  };

  it('count rows as the loss does, whatever the batches', async () => {
    const ignored = y.map((c, i) => (i < 5 ? -1 : c)); // all of a batch
    for (const [loss, labels, option] of [
      [wg.softmaxCrossEntropy({ weight: [1, 5, 0.2] }), y, { weight: [1, 5, 0.2] }],
      [wg.softmaxCrossEntropy({ ignoreIndex: -1 }), ignored, { ignoreIndex: -1 }],
    ] as const) {
      const model = made(loss);
      const logits = model.predict(x);
      const whole = ops.softmaxCrossEntropy(logits, int32(...labels), option).item();
      for (const batchSize of [1, 2, 4, 9]) {
        expect(model.evaluate(x, labels, { batchSize }).loss).toBeCloseTo(whole, 5);
        const { history } = await made(loss).fit(x, labels, { batchSize, shuffle: false, validationData: [x, labels] });
        expect([history.loss[0], history['valLoss']![0]].map((v) => v!.toFixed(4))).toEqual(
          Array(2).fill(whole.toFixed(4)),
        );
      }
      const all = model.evaluate(x, labels, { sampleWeight }).loss;
      for (const batchSize of [2, 4])
        expect(model.evaluate(x, labels, { batchSize, sampleWeight }).loss).toBeCloseTo(all, 5);
    }
  });

  it('of metrics leave out what the loss ignores', async () => {
    const labels = Int32Array.from(y, (c, i) => (i < 5 ? -1 : c)); // all of a batch
    const loss = wg.softmaxCrossEntropy({ ignoreIndex: -1, weight: [1, 5, 0.2] });
    const model = wg.sequential([2], [wg.dense(3)]);
    const left = wg.tensor((model.predict(x).toArray() as number[][]).slice(5));
    const truth = int32(...labels.slice(5));
    const accuracy = expect.closeTo(left.argMax().equal(truth).mean().item(), 6);
    const top2Accuracy = expect.closeTo(wg.measure(wg.topKAccuracy(2), truth, left), 6);
    const metrics = ['accuracy', wg.topKAccuracy(2), wg.f1({ average: 'micro' })] as const;
    model.compile({ optimizer: wg.sgd(0), loss, metrics });
    for (const batchSize of [1, 2, 4, 9]) {
      const logs = model.evaluate(x, labels, { batchSize });
      expect(logs).toMatchObject({ accuracy, top2Accuracy, f1: accuracy });
      expect(model.evaluate(x, labels, { batchSize, sampleWeight })).toMatchObject({ accuracy, top2Accuracy });
      const { history } = await model.fit(x, labels, { batchSize, validationData: [x, labels] });
      expect(history).toMatchObject({ accuracy: [accuracy], valAccuracy: [accuracy], valF1: [accuracy] });
    }
    const all = wg.metric('all', (yTrue) => yTrue.equal(-1).mean()); // a number of no row: it sees all
    model.compile({ optimizer: wg.sgd(0), loss, metrics: [all] });
    expect(model.evaluate(x, labels, { batchSize: 2 })['all']).toBeCloseTo(5 / 9, 6);
  });

  it('of several outputs are those of each', () => {
    const loss = { a: wg.softmaxCrossEntropy({ weight: [1, 5, 0.2] }), b: 'mse' } as const;
    const net = wg.model([2], (input: wg.Tensor) => ({ a: wg.dense(3)(input), b: wg.dense(1)(input) }));
    const model = net.compile({ optimizer: wg.sgd(0.1), loss });
    const labels = { a: y, b: y };
    const whole = model.evaluate(x, labels, { batchSize: 9 });
    const parts = model.evaluate(x, labels, { batchSize: 2 });
    expect(parts.aLoss).toBeCloseTo(whole.aLoss!, 5);
    expect(parts.bLoss).toBeCloseTo(whole.bLoss!, 5);
  });

  it('make no step by a batch without a row that counts', async () => {
    const model = wg.sequential([2], [wg.dense(3)]);
    model.compile({ optimizer: wg.sgd(0.1), loss: wg.softmaxCrossEntropy({ ignoreIndex: -1 }) });
    const before = model.getWeights().map((w) => w.toArray());
    const { history } = await model.fit(
      x,
      Int32Array.from(y, () => -1),
    );
    expect(history.loss).toEqual([0]);
    expect(model.getWeights().map((w) => w.toArray())).toEqual(before);
  });
});

describe('numbers beside the prediction', () => {
  const column = wg.tensor([[1], [2], [3]]);
  it('are refused where they would repeat it', async () => {
    const posWeight = [1, 2, 3];
    const refusal = 'binaryCrossEntropyWithLogits: posWeight [3] does not broadcast to the prediction';
    expect(() => ops.binaryCrossEntropyWithLogits(column, wg.ones([3, 1]), { posWeight })).toThrow(`${refusal} [3, 1]`);
    const model = wg.sequential([1], [wg.dense(1)]);
    model.compile({ optimizer: wg.sgd(0.1), loss: wg.binaryCrossEntropyWithLogits({ posWeight }) });
    await expect(model.fit([[1], [2], [3]], [0, 1, 1])).rejects.toThrow(refusal);
    const rows = wg.ones([2, 3]);
    expect(ops.binaryCrossEntropyWithLogits(rows, rows, { posWeight, ...each }).shape).toEqual([2, 3]);
  });

  it('a variance below 0 is refused, not held at epsilon', () => {
    const variance = wg.tensor([[1], [-2], [3]]);
    expect(() => ops.gaussianNll(column, column, variance)).toThrow(
      'gaussianNll: the variance has -2 in it; it must be 0 or more',
    );
    expect(ops.gaussianNll(column, column, wg.tensor([[1], [0], [1]]), each).toArray()).toEqual([
      [0],
      [Math.fround(0.5 * Math.log(1e-6))],
      [0],
    ]);
  });
});

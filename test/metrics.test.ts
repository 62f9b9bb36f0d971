// Metrics that are imported, against values worked out by hand or taken from the pages of scikit-learn.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import type { Loss } from '../bindings/losses/losses.js';
import { lossOf } from '../bindings/losses/losses.js';

beforeAll(() => wg.init({ seed: 1 }));

const { measure, tensor } = wg;
const int32 = (...values: number[]) => tensor(values, undefined, 'int32');
const oneHot = (labels: readonly number[], classes: number) =>
  labels.map((label) => Array.from({ length: classes }, (_, c) => (c === label ? 1 : 0)));

/** Several batches, as the model's loop has them. */
function inBatches<S, V extends wg.MetricValue>(
  metric: wg.ExactMetric<S, V>,
  batches: readonly (readonly [wg.Tensor, wg.Tensor])[],
  loss?: Loss,
): V {
  return metric.result(batches.reduce((state, [y, p]) => metric.update(state, y, p, loss), metric.init()));
}

describe('precision, recall and f1', () => {
  // scikit-learn, precision_score: y_true = [0, 1, 2, 0, 1, 2], y_pred = [0, 2, 1, 0, 0, 1].
  const truth = [0, 1, 2, 0, 1, 2];
  const guesses = oneHot([0, 2, 1, 0, 0, 1], 3);
  it.each([
    ['macro', 2 / 9, 1 / 3, 4 / 15],
    ['micro', 1 / 3, 1 / 3, 1 / 3],
    ['weighted', 2 / 9, 1 / 3, 4 / 15],
  ] as const)('of three classes, %s, are those of scikit-learn', (average, p, r, f) => {
    for (const labels of [truth, int32(...truth), oneHot(truth, 3)]) {
      expect(measure(wg.precision({ average }), labels, guesses)).toBeCloseTo(p, 12);
      expect(measure(wg.recall({ average }), labels, guesses)).toBeCloseTo(r, 12);
      expect(measure(wg.f1({ average }), labels, guesses)).toBeCloseTo(f, 12);
    }
  });

  it('by class are lists', () => {
    const average = 'none' as const;
    const p: number[] = measure(wg.precision({ average }), truth, guesses);
    expect(p).toEqual([2 / 3, 0, 0]);
    expect(measure(wg.recall({ average }), truth, guesses)).toEqual([1, 0, 0]);
    expect(measure(wg.f1({ average }), truth, guesses)).toEqual([0.8, 0, 0]);
  });

  it('of several classes need an average', () => {
    expect(() => measure(wg.f1(), truth, guesses)).toThrow(
      "f1: 3 classes need an average: 'macro', 'micro', 'weighted' or 'none'",
    );
  });

  it('of yes or no are those of the yes, over one output or two', () => {
    const y = [1, 0, 1, 1, 0, 0];
    const p = [0.9, 0.8, 0.3, 0.6, 0.1, 0.5]; // 0.5 is no yes: hits 2, wrong 1, missed 1
    const columns = p.map((v) => [v]);
    const both = p.map((v) => [1 - v, v]);
    for (const scores of [p, columns, both]) {
      expect(measure(wg.precision(), y, scores)).toBeCloseTo(2 / 3, 12);
      expect(measure(wg.recall(), y, scores)).toBeCloseTo(2 / 3, 12);
    }
    expect(measure(wg.precision({ threshold: 0.85 }), y, p)).toBe(1);
    expect(measure(wg.recall({ threshold: 0.85 }), y, p)).toBeCloseTo(1 / 3, 12);
    // Class 0: hits 2, wrong 1, missed 1.
    expect(measure(wg.f1({ average: 'macro' }), y, p)).toBeCloseTo(2 / 3, 12);
    expect(measure(wg.f1({ average: 'none' }), y, p)).toHaveLength(2);
  });

  it('are 0 where nothing was found or nothing was there', () => {
    expect(measure(wg.precision(), [1, 1], [0.1, 0.2])).toBe(0);
    expect(measure(wg.recall(), [0, 0], [0.9, 0.2])).toBe(0);
    expect(measure(wg.f1(), [0, 0], [0.1, 0.2])).toBe(0);
    // A class that neither labels nor predictions have does not count in the mean.
    const there = oneHot([0, 1], 4);
    expect(measure(wg.precision({ average: 'macro' }), [0, 1], there)).toBe(1);
    expect(measure(wg.precision({ average: 'none' }), [0, 1], there)).toEqual([1, 1, 0, 0]);
  });

  it('of outputs that are each a yes or no take each by itself', () => {
    const y = [
      [1, 1, 0],
      [0, 1, 0],
    ];
    const p = [
      [0.9, 0.2, 0.7],
      [0.1, 0.8, 0.2],
    ];
    // Hits 1 1 0, wrong 0 0 1, missed 0 1 0.
    expect(measure(wg.precision({ average: 'none', threshold: 0.5 }), y, p)).toEqual([1, 1, 0]);
    expect(measure(wg.recall({ average: 'macro', threshold: 0.5 }), y, p)).toBeCloseTo((1 + 0.5 + 0) / 3, 12);
    const metric = wg.f1({ average: 'micro' });
    const byLoss = inBatches(metric, [[tensor(y), tensor(p)]], lossOf('binaryCrossEntropy'));
    expect(byLoss).toBeCloseTo(4 / 6, 12);
  });

  it('of logits ask for a sign, if the loss says that they are', () => {
    const [y, z] = [tensor([[1], [0], [1]]), tensor([[0.2], [-3], [-0.1]])];
    const recall = (loss: Loss) => inBatches(wg.recall(), [[y, z]], loss);
    expect(recall(lossOf('binaryCrossEntropyWithLogits'))).toBe(0.5);
    expect(recall(lossOf('binaryCrossEntropy'))).toBe(0);
  });

  it('are of all samples, not means of batches', () => {
    const metric = wg.precision();
    const first = [tensor([[1], [0]]), tensor([[1], [1]])] as const;
    const second = [tensor([[1], [1]]), tensor([[1], [1]])] as const;
    expect(inBatches(metric, [first, second])).toBe(3 / 4);
    expect(inBatches(metric, [first])).toBe(1 / 2);
    expect(metric.result(metric.init())).toBe(0);
  });
});

describe('NaN', () => {
  it.each(['wasm', 'js'] as const)('is no right output in the accuracy of a model on %s', async (backend) => {
    await wg.init({ backend });
    const through = (width: number, loss: wg.LossName, metric: wg.MetricName) => {
      const scale = wg.dense(width, { useBias: false, kernelInitializer: (shape) => wg.eye(shape[0]!) });
      return wg.sequential([width], [scale]).compile({ optimizer: wg.sgd(0.1), loss, metrics: [metric] });
    };
    const three = through(3, 'softmaxCrossEntropy', 'accuracy');
    const rows = [[Number.NaN, 0, 1], [0, 1, Number.NaN], [3, -Infinity, 1], [0, 2, 1]]; // biome-ignore format: rows
    const predictions = three.predict(rows).toArray() as number[][];
    expect(predictions.map((row) => row.some(Number.isNaN))).toContain(true);
    const labels = predictions.map((row) => (row.some(Number.isNaN) ? 0 : row.indexOf(Math.max(...row))));
    const right = predictions.filter((row) => !row.some(Number.isNaN)).length / 4;
    for (const y of [int32(...labels), oneHot(labels, 3)])
      expect(three.evaluate(rows, y)['accuracy']).toBeCloseTo(right, 6);
    for (const name of ['accuracy', 'binaryAccuracy'] as const) {
      const one = through(1, 'mse', name);
      expect(one.evaluate([[Number.NaN], [0.2], [0.9], [Number.NaN]], [0, 0, 1, 1])[name]).toBe(0.5);
    }
    await wg.init({ seed: 1 });
  });

  const [y, p] = [
    [0, 1, 1],
    [Number.NaN, 0.9, 0.2],
  ];
  it('is what names and counts are of it, where it was an error of class 0, or right', () => {
    for (const [labels, predictions] of [
      [y, p],
      [p, y],
    ]) {
      for (const name of ['accuracy', 'binaryAccuracy', 'mae', 'mse'] as const)
        expect(measure(name, labels!, predictions!)).toBeNaN();
      for (const make of [wg.f1, wg.precision, wg.recall])
        for (const average of ['binary', 'micro', 'macro', 'weighted'] as const)
          expect(measure(make({ average }), labels!, predictions!)).toBeNaN();
      expect(measure(wg.rocAuc(), labels!, predictions!)).toBeNaN();
    }
    expect(measure(wg.recall({ average: 'macro' }), [0, 1], [[1, 0], [Number.NaN, 0]])).toBeNaN(); // biome-ignore format: rows
    expect(measure('accuracy', [0, 1], [[1, 0], [Number.NaN, 0]])).toBeNaN(); // biome-ignore format: rows
  });
});

describe('confusionMatrix', () => {
  it('has a row for each true class', () => {
    // scikit-learn, confusion_matrix: y_true = [2, 0, 2, 2, 0, 1], y_pred = [0, 0, 2, 2, 0, 2].
    const matrix = measure(wg.confusionMatrix(), [2, 0, 2, 2, 0, 1], oneHot([0, 0, 2, 2, 0, 2], 3));
    expect(matrix).toEqual([
      [2, 0, 0],
      [0, 0, 1],
      [1, 0, 2],
    ]);
    // tn, fp, fn, tp = confusion_matrix([0, 1, 0, 1], [1, 1, 1, 0]).ravel() are 0, 2, 1, 1.
    expect(measure(wg.confusionMatrix(), [0, 1, 0, 1], [1, 1, 1, 0])).toEqual([
      [0, 2],
      [1, 1],
    ]);
    expect(measure(wg.confusionMatrix({ threshold: 2 }), [0, 1], [1, 3])).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  it('goes through batches, and refuses labels that are no class', () => {
    const metric = wg.confusionMatrix();
    const batch = [int32(0, 1), tensor(oneHot([0, 0], 2))] as const;
    expect(inBatches(metric, [batch, batch])).toEqual([
      [2, 0],
      [2, 0],
    ]);
    expect(() => measure(metric, [0, 2], oneHot([0, 0], 2))).toThrow(
      'confusionMatrix: label 2 of row 1 is out of range for 2 classes',
    );
    expect(() => inBatches(metric, [batch, [int32(0, 1), tensor(oneHot([0, 0], 3))]])).toThrow(
      'confusionMatrix: batches of 2 and of 3 classes',
    );
  });

  it('takes the first of equal scores, and refuses NaN', () => {
    const scores = [
      [0.4, 0.4, 0.2],
      [0.1, 0.2, 0.7],
    ];
    expect(measure(wg.confusionMatrix(), [0, 1], scores)).toEqual([
      [1, 0, 0],
      [0, 0, 1],
      [0, 0, 0],
    ]);
    scores[1]![1] = Number.NaN;
    const matrix = (y: readonly number[], p: wg.NestedValues) => () => measure(wg.confusionMatrix(), y, p);
    expect(matrix([0, 1], scores)).toThrow(
      'confusionMatrix: the prediction of row 1 is NaN, which belongs to no class',
    );
    expect(matrix([0, 0, 1], [0.1, Number.NaN, 0.9])).toThrow('the prediction of row 1 is NaN');
    expect(matrix([0, 0, Number.NaN], [0.1, 0.2, 0.9])).toThrow('the label of row 2 is NaN');
  });
});

/** The definition: how often a yes is above a no, ties counting half. */
const auc = (y: readonly number[], s: readonly number[]): number => {
  const pairs = y.flatMap((a, i) =>
    y.flatMap((b, j) => (a === 1 && b === 0 ? [s[i]! > s[j]! ? 1 : s[i] === s[j] ? 0.5 : 0] : [])),
  );
  return pairs.reduce<number>((sum, v) => sum + v, 0) / pairs.length;
};

describe('rocAuc', () => {
  it('is that of scikit-learn, of probabilities and of logits', () => {
    // scikit-learn, roc_auc_score: y = [0, 0, 1, 1], scores = [0.1, 0.4, 0.35, 0.8]: 0.75.
    const y = [0, 0, 1, 1];
    const scores = [0.1, 0.4, 0.35, 0.8];
    expect(measure(wg.rocAuc(), y, scores)).toBe(0.75);
    expect(
      measure(
        wg.rocAuc(),
        y,
        scores.map((p) => [Math.log(p / (1 - p))]),
      ),
    ).toBe(0.75);
    expect(
      measure(
        wg.rocAuc(),
        y,
        scores.map((p) => [1 - p, p]),
      ),
    ).toBe(0.75);
  });

  it('counts ties half, by the definition over pairs', () => {
    expect(measure(wg.rocAuc(), [0, 1, 0, 1], [5, 5, 5, 5])).toBe(0.5);
    const y = [1, 0, 1, 0, 0, 1, 1, 0, 1];
    const scores = [3, 3, 2, 2, 2, 1, 5, 5, 0];
    expect(measure(wg.rocAuc(), y, scores)).toBeCloseTo(auc(y, scores), 14);
    const order = [8, 3, 1, 0, 7, 6, 2, 5, 4];
    const [yOther, sOther] = [order.map((i) => y[i]!), order.map((i) => scores[i]!)];
    expect(measure(wg.rocAuc(), yOther, sOther)).toBeCloseTo(auc(y, scores), 14);
  });

  it('of several classes is the mean of each against the others', () => {
    const labels = [0, 1, 2, 2, 1, 0];
    const scores = [
      [0.6, 0.3, 0.1],
      [0.2, 0.5, 0.3],
      [0.3, 0.3, 0.4],
      [0.1, 0.6, 0.3],
      [0.4, 0.4, 0.2],
      [0.5, 0.2, 0.3],
    ];
    const areas = [0, 1, 2].map((c) =>
      auc(
        labels.map((l) => +(l === c)),
        scores.map((row) => row[c]!),
      ),
    );
    const mean = areas.reduce((a, b) => a + b) / 3;
    for (const y of [labels, oneHot(labels, 3)]) {
      expect(measure(wg.rocAuc(), y, scores)).toBeCloseTo(mean, 14);
      expect(measure(wg.rocAuc({ average: 'weighted' }), y, scores)).toBeCloseTo(mean, 14);
      const list = measure(wg.rocAuc({ average: 'none' }), y, scores);
      list.forEach((a, c) => void expect(a).toBeCloseTo(areas[c]!, 14));
    }
  });

  it('is NaN where all are of the class, or none, or a score is NaN', () => {
    expect(measure(wg.rocAuc(), [1, 1], [0.1, 0.9])).toBeNaN();
    expect(measure(wg.rocAuc(), [0, 0], [0.1, 0.9])).toBeNaN();
    expect(measure(wg.rocAuc(), [0, 1], [Number.NaN, 0.9])).toBeNaN();
    expect(wg.rocAuc().result(wg.rocAuc().init())).toBeNaN();
    expect(measure(wg.rocAuc(), [0, 1], [-Infinity, Infinity])).toBe(1);
  });

  it('is of all samples, not the mean of batches', () => {
    const metric = wg.rocAuc();
    const batches = [
      [tensor([[1], [0]]), tensor([[0.2], [0.1]])],
      [tensor([[1], [0]]), tensor([[0.9], [0.8]])],
    ] as const;
    expect(inBatches(metric, batches)).toBe(0.75);
  });
});

describe('prAuc', () => {
  it('is the average precision of scikit-learn', () => {
    // scikit-learn, average_precision_score: y = [0, 0, 1, 1], scores = [0.1, 0.4, 0.35, 0.8]: 0.83…
    expect(measure(wg.prAuc(), [0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])).toBeCloseTo(0.5 * 1 + 0.5 * (2 / 3), 14);
  });

  it('takes ties together', () => {
    // 5: one yes of one; 3: a yes and a no, so 2 of 3; 1: a yes and two no, so 3 of 6.
    const y = [1, 0, 1, 0, 1, 0];
    const scores = [5, 3, 3, 1, 1, 1];
    expect(measure(wg.prAuc(), y, scores)).toBeCloseTo((1 + 2 / 3 + 3 / 6) / 3, 14);
    expect(measure(wg.prAuc(), [0, 1, 0, 1], [2, 2, 2, 2])).toBe(0.5);
  });

  it('is 0 without a yes, and 1 without a no', () => {
    expect(measure(wg.prAuc(), [0, 0], [0.1, 0.9])).toBe(0);
    expect(measure(wg.prAuc(), [1, 1], [0.1, 0.9])).toBe(1);
  });

  it('of several classes is the mean, or a list', () => {
    const scores = oneHot([0, 1, 1, 2], 3);
    const areas = measure(wg.prAuc({ average: 'none' }), [0, 1, 2, 2], scores);
    expect(areas).toEqual([1, 0.5, 0.5 * 1 + 0.5 * (2 / 4)]);
    expect(measure(wg.prAuc(), [0, 1, 2, 2], scores)).toBeCloseTo((1 + 0.5 + 0.75) / 3, 14);
  });
});

describe('rmse and r2', () => {
  // scikit-learn, r2_score: y_true = [3, -0.5, 2, 7], y_pred = [2.5, 0.0, 2, 8]: 0.948…; mean squared error 0.375.
  const y = [3, -0.5, 2, 7];
  const p = [2.5, 0, 2, 8];
  it('are those of scikit-learn', () => {
    expect(measure(wg.rmse(), y, p)).toBeCloseTo(Math.sqrt(0.375), 14);
    expect(measure(wg.r2(), y, p)).toBeCloseTo(1 - 1.5 / 29.1875, 12);
    // y_true = [[0.5, 1], [-1, 1], [7, -6]], y_pred = [[0, 2], [-1, 2], [8, -5]]: 0.9368…
    const rows = [
      [0.5, 1],
      [-1, 1],
      [7, -6],
    ];
    const values = [
      [0, 2],
      [-1, 2],
      [8, -5],
    ];
    expect(measure(wg.r2(), rows, values)).toBeCloseTo((0.965437788018433 + 0.908163265306122) / 2, 9);
  });

  it('are of all samples', () => {
    const columns = (values: number[]) => tensor(values.map((v) => [v]));
    const batches = [
      [columns(y.slice(0, 1)), columns(p.slice(0, 1))],
      [columns(y.slice(1)), columns(p.slice(1))],
    ] as const;
    expect(inBatches(wg.r2(), batches)).toBeCloseTo(1 - 1.5 / 29.1875, 12);
    expect(inBatches(wg.rmse(), batches)).toBeCloseTo(Math.sqrt(0.375), 14);
  });

  it('have their edge cases: equal labels, one sample, a large mean', () => {
    // scikit-learn: [1, 2, 3] by [2, 2, 2] is 0, [-2, -2, -2] by itself 1, [-2, -2, -2] by [-2, -2, -2 + 1e-8] 0.
    expect(measure(wg.r2(), [1, 2, 3], [2, 2, 2])).toBe(0);
    expect(measure(wg.r2(), [1, 2, 3], [3, 2, 1])).toBe(-3);
    expect(measure(wg.r2(), [-2, -2, -2], [-2, -2, -2])).toBe(1);
    expect(measure(wg.r2(), [-2, -2, -2], [-2, -2, -1])).toBe(0);
    expect(measure(wg.r2(), [1], [1])).toBeNaN();
    expect(measure(wg.r2(), [1e7, 1e7 + 1, 1e7 + 2], [1e7, 1e7 + 1, 1e7 + 1])).toBeCloseTo(0.5, 12);
    expect(() => measure(wg.rmse(), int32(0, 1), oneHot([0, 1], 3))).toThrow(
      'rmse: labels [2] do not fit predictions [2, 3]: it needs values of the same shape',
    );
  });
});

describe('logLoss and perplexity', () => {
  it('are the mean of -ln p, and e to it', () => {
    // scikit-learn, log_loss: ["spam", "ham", "ham", "spam"] by [[.1, .9], [.9, .1], [.8, .2], [.35, .65]]: 0.21616…
    const p = [
      [0.1, 0.9],
      [0.9, 0.1],
      [0.8, 0.2],
      [0.35, 0.65],
    ];
    const labels = [1, 0, 0, 1];
    expect(measure(wg.logLoss(), labels, p)).toBeCloseTo(0.21616187468057912, 6);
    expect(measure(wg.logLoss(), oneHot(labels, 2), p)).toBeCloseTo(0.21616187468057912, 6);
    expect(
      measure(
        wg.logLoss(),
        labels,
        p.map(([, one]) => one!),
      ),
    ).toBeCloseTo(0.21616187468057912, 6);
    expect(measure(wg.perplexity(), labels, p)).toBeCloseTo(Math.exp(0.21616187468057912), 6);
    expect(
      measure(
        wg.perplexity(),
        [0, 3],
        [
          [1, 1, 1, 1],
          [2, 2, 2, 2],
        ].map((row) => row.map(() => 0.25)),
      ),
    ).toBeCloseTo(4, 12);
  });

  it('take logits where they are told, or the loss says so', () => {
    const z = [
      [0.5, 2, -1],
      [80, 1, 2],
    ];
    const labels = [1, 1];
    const expected = wg.tensor(z).logSoftmax().toArray<number[][]>();
    const mean = -(expected[0]![1]! + expected[1]![1]!) / 2;
    expect(measure(wg.logLoss({ fromLogits: true }), labels, z)).toBeCloseTo(mean, 5);
    const loss = lossOf('softmaxCrossEntropy');
    expect(inBatches(wg.logLoss(), [[int32(...labels), tensor(z)]], loss)).toBeCloseTo(mean, 5);
    expect(measure(wg.logLoss({ fromLogits: true }), [1, 0], [2, -200])).toBeCloseTo(Math.log1p(Math.exp(-2)) / 2, 12);
  });

  it('hold probabilities from 0 and 1, and leave out what is ignored', () => {
    expect(measure(wg.logLoss(), [1, 0], [0, 0])).toBeCloseTo((-Math.log(2 ** -23) - Math.log(1 - 2 ** -23)) / 2, 12);
    const p = [
      [0.5, 0.5],
      [0, 1],
    ];
    expect(measure(wg.perplexity({ ignoreIndex: -1 }), int32(0, -1), p)).toBeCloseTo(2, 12);
    expect(measure(wg.logLoss({ ignoreIndex: -1 }), int32(-1, -1), p)).toBeNaN();
    const sequence = [
      [
        [0.5, 0.5],
        [0.25, 0.75],
      ],
    ];
    expect(measure(wg.perplexity(), tensor([[0, 1]], undefined, 'int32'), sequence)).toBeCloseTo(
      (2 * (4 / 3)) ** 0.5,
      12,
    );
  });
});

describe('topKAccuracy', () => {
  const scores = [
    [0.1, 0.2, 0.3, 0.4],
    [0.4, 0.3, 0.2, 0.1],
    [0.25, 0.25, 0.25, 0.25],
  ];
  it('looks among the first k, in class indices and rows', () => {
    for (const y of [[2, 2, 0], oneHot([2, 2, 0], 4)]) {
      expect(measure(wg.topKAccuracy(1), y, scores)).toBeCloseTo(1 / 3, 6);
      expect(measure(wg.topKAccuracy(2), y, scores)).toBeCloseTo(2 / 3, 6);
      expect(measure(wg.topKAccuracy(3), y, scores)).toBe(1);
    }
    expect(wg.topKAccuracy().name).toBe('top5Accuracy');
  });

  it('never counts NaN', () => {
    expect(
      measure(
        wg.topKAccuracy(2),
        [0, 0],
        [
          [Number.NaN, 1, 2, 0],
          [1, Number.NaN, Number.NaN, 0],
        ],
      ),
    ).toBe(0);
    expect(measure(wg.topKAccuracy(9), [0], [[Number.NaN, 1]])).toBe(0);
  });

  it('is logged by compile, under its name', () => {
    const model = wg.sequential([4], [wg.dense(4, { activation: 'softmax', kernelInitializer: 'ones' })]);
    model.compile({
      optimizer: wg.sgd(0.1),
      loss: 'categoricalCrossEntropy',
      metrics: [wg.topKAccuracy(2), 'accuracy'],
    });
    expect(model.evaluate(scores, [2, 2, 0])).toMatchObject({ top2Accuracy: 1, accuracy: Math.fround(1 / 3) });
  });
});

describe('metric and measure', () => {
  it('name a function, and measure it', () => {
    const near = wg.metric('near', (yTrue, yPred) => yPred.sub(yTrue).abs().less(0.5).mean());
    expect(measure(near, [1, 2], [1.1, 3])).toBe(0.5);
    const model = wg.sequential([1], [wg.dense(1, { kernelInitializer: 'ones' })]);
    model.compile({ optimizer: wg.sgd(0.1), loss: 'mse', metrics: [near] });
    expect(model.evaluate([[1], [2]], [1, 3])).toEqual({ loss: 0.5, near: 0.5 });
    expect(() => wg.metric('', near.compute)).toThrow("metric: the name must be a string, got ''");
  });

  it('measure names and functions', () => {
    expect(measure('accuracy', [0, 1, 1], [0.2, 0.8, 0.4])).toBeCloseTo(2 / 3, 6);
    expect(measure('accuracy', [0, 1], oneHot([0, 0], 3))).toBe(0.5);
    expect(measure('mae', [1, 2], [2, 4])).toBe(1.5);
    expect(measure((yTrue, yPred) => yPred.sub(yTrue).mean(), [1, 2], [2, 4])).toBe(1.5);
    expect(() => measure('acuracy' as never, [1], [1])).toThrow("unknown metric 'acuracy'; did you mean 'accuracy'?");
    expect(() => measure('recall' as never, [1], [1])).toThrow('mae, mse; or imported; or a function)');
    expect(() => measure(wg.rocAuc(), [1, 0, 1], [0.1, 0.2])).toThrow(
      'rocAuc: labels [3] do not fit predictions [2, 1]: expected the same shape, or int32 class indices',
    );
  });

  it('take labels of one output as numbers in a row, in a column, or as whole numbers', () => {
    const y = [0, 1, 1, 0, 1];
    const p = [0.2, 0.9, 0.4, 0.1, 0.7];
    const column = (values: readonly number[]) => values.map((value) => [value]);
    const labels = [y, column(y), Int32Array.from(y), tensor(y, [5, 1], 'int32'), y.map(Boolean), Uint8Array.from(y)];
    for (const yTrue of labels)
      for (const yPred of [p, column(p), tensor(column(p))]) {
        expect(measure('accuracy', yTrue, yPred)).toBeCloseTo(0.8, 6);
        expect(measure('binaryAccuracy', yTrue, yPred)).toBeCloseTo(0.8, 6);
        expect(measure('mae', yTrue, yPred)).toBeCloseTo(0.26, 6);
        expect(measure((t, q) => q.sub(t).square(), yTrue, yPred)).toBeCloseTo(0.102, 6);
        expect(measure(wg.f1(), yTrue, yPred)).toBeCloseTo(0.8, 12);
      }
    expect(measure('accuracy', [[0], [2], [1]], oneHot([0, 2, 2], 3))).toBeCloseTo(2 / 3, 6);
    expect(measure(wg.confusionMatrix(), [[0], [1]], oneHot([0, 0], 2))).toEqual([
      [1, 0],
      [1, 0],
    ]);
  });

  it('refuse predictions that are classes, and shapes that do not fit', () => {
    const refusal = 'label 2 of row 3 is above 1, and the predictions are one number each: give a score';
    for (const metric of ['accuracy', 'binaryAccuracy'] as const)
      expect(() => measure(metric, [0, 1, 1, 2], [0, 1, 2, 2])).toThrow(`${metric}: ${refusal}`);
    for (const metric of [wg.confusionMatrix(), wg.f1(), wg.rocAuc(), wg.logLoss()] as wg.ExactMetric[])
      expect(() => measure(metric, Int32Array.of(0, 1, 0, 2), Int32Array.of(0, 1, 2, 2))).toThrow(refusal);
    expect(() => measure('mae', [1, 2, 3], [[1], [2]])).toThrow('mae: labels [3] do not fit predictions [2, 1]');
    expect(() => measure('mse', [[1, 2]], [[1, 2, 3]])).toThrow('mse: labels [1, 2] do not fit predictions [1, 3]');
  });

  it('refuse labels that are no classes of the predictions', () => {
    const p = oneHot([0, 1, 2], 3);
    for (const metric of ['accuracy', wg.topKAccuracy(1), wg.recall({ average: 'macro' })] as never[]) {
      expect(() => measure(metric, [1.5, 0, 2], p)).toThrow(
        'measure: label 1.5 of row 0 is no class, and values [3] do not fit predictions [3, 3]',
      );
      expect(() => measure(metric, [0, Number.NaN, 2], p)).toThrow('measure: label NaN of row 1 is no class');
      expect(() => measure(metric, oneHot([0, 1, 0], 2), p)).toThrow('do not fit predictions [3, 3]');
    }
    expect(() => measure('accuracy', [0, 7, 2], p)).toThrow('accuracy: label 7 of row 1 is out of range for 3 classes');
    expect(() => measure('accuracy', [0, -1, 2], p)).toThrow('accuracy: label -1 of row 1 is out of range');
    expect(measure(wg.topKAccuracy(1), [0, 1, -1], p)).toBeCloseTo(2 / 3, 6); // it was read from the end
    const asInts = tensor(oneHot([0, 1, 0], 3), undefined, 'int32');
    expect(measure('accuracy', asInts, p)).toBeCloseTo(2 / 3, 6);
    expect(measure(wg.topKAccuracy(1), asInts, p)).toBeCloseTo(2 / 3, 6);
  });

  it('refuse as many numbers in another shape', () => {
    const [y, p] = [tensor([1, 0, 0, 1, 1, 0], [3, 2]), tensor([1, 0, 0, 0, 1, 0], [2, 3])];
    for (const metric of [wg.rmse(), wg.r2(), wg.f1({ average: 'macro' }), wg.rocAuc()] as wg.ExactMetric[])
      expect(() => measure(metric, y, p)).toThrow('labels [3, 2] do not fit predictions [2, 3]');
  });

  it('refuse logits that are taken for probabilities', () => {
    for (const make of [wg.logLoss, wg.perplexity]) {
      const refusal = 'the prediction 4 of row 1 is no probability: for logits say fromLogits: true';
      expect(() =>
        measure(
          make(),
          [1, 0],
          oneHot([0, 1], 2)
            .map((row) => row.map((z) => 4 * z))
            .reverse(),
        ),
      ).toThrow('the prediction 4 of row 0 is no probability');
      expect(() => measure(make(), [1, 0], [0.5, 4])).toThrow(refusal);
      expect(() => measure(make(), [1, 0], [0.5, -0.5])).toThrow('the prediction -0.5 of row 1');
    }
    expect(measure(wg.logLoss(), [1], [1 + 1e-6])).toBeCloseTo(0, 6);
    const inTraining = [[tensor([[1]]), tensor([[1.5]])]] as const;
    expect(inBatches(wg.logLoss(), inTraining, lossOf('mse'))).toBeCloseTo(0, 6);
  });

  it('say that a metric was not made', async () => {
    const message = /^confusionMatrix makes a metric: call it, confusionMatrix\(\)$/;
    expect(() => measure(wg.confusionMatrix as never, [0, 1], [0.1, 0.9])).toThrow(message);
    for (const make of [wg.f1, wg.rocAuc, wg.logLoss, wg.rmse, wg.r2]) {
      const refusal = /(f1|rocAuc|logLoss|rmse|r2) makes a metric: call it, \1\(\)/;
      expect(() => measure(make as never, [0, 1], [0.1, 0.9])).toThrow(refusal);
      const model = wg.sequential([1], [wg.dense(1, { activation: 'sigmoid' })]);
      model.compile({ optimizer: wg.sgd(0.1), loss: 'binaryCrossEntropy', metrics: [make as never] });
      await expect(model.fit([[1], [2]], [0, 1])).rejects.toThrow(refusal);
    }
  });
});

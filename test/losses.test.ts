// Losses take logits or probabilities, as their names say, and none guesses which.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import * as ops from '../bindings/ops.js';

const Z = [
  [8, -1, 0.5],
  [-3, 2, 9],
];
const labels = [0, 2];
const oneHot = [
  [1, 0, 0],
  [0, 0, 1],
];

/** -ln softmax(z)[label], the mean. */
const expected = Z.reduce((sum, z, i) => {
  const total = z.reduce((s, v) => s + Math.exp(v), 0);
  return sum - Math.log(Math.exp(z[labels[i]!]!) / total) / 2;
}, 0);

/** A model that passes its input on, through an activation. */
function passing(activation: wg.Activation, loss: wg.LossName): wg.Sequential {
  const layer = wg.layer({
    kind: 'pass',
    build: ({ shape }) => ({ parameters: { shift: { shape, initializer: 'zeros' } } }),
    call: (x, { shift }, { show }) => {
      const z = x.add(shift);
      show('z', z);
      return activation(z);
    },
  });
  const model = wg.sequential([3], [layer]);
  model.compile({ optimizer: wg.sgd(1), loss, metrics: ['accuracy'] });
  return model;
}

describe.each(['wasm', 'js'] as const)('on %s', (backend) => {
  beforeAll(() => wg.init({ backend, seed: 1 }));

  it.each<[string, wg.Activation, wg.LossName]>([
    ['logits', (z) => z, 'softmaxCrossEntropy'],
    ['probabilities of a softmax', (z) => z.softmax(), 'categoricalCrossEntropy'],
    ['probabilities made otherwise', (z) => z.softmax().mul(1.0000001), 'categoricalCrossEntropy'],
    [
      'probabilities under another shape',
      (z) => z.softmax().reshape([-1, 3]).reshape(z.shape),
      'categoricalCrossEntropy',
    ],
  ])(
    '%s have the cross-entropy of the formula, and its gradient, with classes and with distributions',
    (_, f, loss) => {
      for (const y of [labels, oneHot]) {
        const model = passing(f, loss);
        expect(model.evaluate(Z, y)).toMatchObject({ accuracy: 1 });
        expect(model.evaluate(Z, y).loss).toBeCloseTo(expected, 6);
        const [{ delta }] = Object.values(model.inspect(Z, y).layers) as [wg.LayerInspection];
        const p = wg.tensor(Z).softmax();
        const slopes = p.sub(wg.tensor(oneHot)).div(2).data();
        delta.data().forEach((v, i) => void expect(v).toBeCloseTo(slopes[i]!, 5));
      }
    },
  );

  it('a loss on logits refuses probabilities when the model is compiled, a loss on probabilities takes them', () => {
    const softmax = wg.dense(3, { activation: 'softmax' });
    const sigmoid = wg.dense(1, { activation: 'sigmoid' });
    const compile = (layer: wg.Layer, loss: wg.LossName) => () => {
      wg.sequential([2], [layer]).compile({ optimizer: wg.sgd(), loss });
    };
    expect(compile(softmax, 'softmaxCrossEntropy')).toThrow(
      /softmaxCrossEntropy takes logits, but the model ends with softmax: .* 'categoricalCrossEntropy'/,
    );
    expect(compile(sigmoid, 'binaryCrossEntropyWithLogits')).toThrow(
      /binaryCrossEntropyWithLogits takes logits, but the model ends with sigmoid: .* 'binaryCrossEntropy'/,
    );
    expect(() => passing((z) => z.softmax().reshape(z.shape), 'softmaxCrossEntropy')).toThrow(/ends with softmax/);
    for (const activation of ['softmax', 'logSoftmax'] as const)
      for (const loss of ['mse', 'binaryCrossEntropy'] as const)
        expect(compile(wg.dense(1, { activation }), loss)).toThrow(
          `compile: ${activation} needs at least 2 outputs, got 1; for one use 'binaryCrossEntropy' after 'sigmoid'`,
        );
    const overTime = wg.model([4, 2], (x: wg.Tensor) => wg.dense(4)(x.sum(-1)).softmax().expandDims(-1));
    overTime.compile({ optimizer: wg.sgd(), loss: 'mse' });
    compile(softmax, 'categoricalCrossEntropy')();
    compile(sigmoid, 'binaryCrossEntropy')();
  });

  it('probabilities of 0 and 1 have a finite loss and gradient', () => {
    const model = passing((z) => z.mul(1), 'categoricalCrossEntropy');
    const p = [[1, 0, 0]];
    expect(model.evaluate(p, [0]).loss).toBeCloseTo(0, 6);
    expect(model.evaluate(p, [1]).loss).toBeCloseTo(-Math.log(1e-7), 4);
    const [{ delta }] = Object.values(model.inspect(p, [1]).layers) as [wg.LayerInspection];
    expect(delta.toArray<number[][]>()[0]!.map((v) => Math.round(v * 1e4) / 1e4 + 0)).toEqual([1, 0, 0]);
  });
});

const int32 = (...values: number[]) => wg.tensor(values, undefined, 'int32');

describe('losses as functions', () => {
  beforeAll(() => wg.init({ seed: 1 }));

  const logits = wg.tensor(Z);
  const values = wg.tensor([
    [0, 1, 0.25],
    [1, 0, 0.5],
  ]);
  const each = { reduction: 'none' } as const;
  const CALLS: Record<wg.LossName, [ops.LossOp, wg.Tensor, wg.Tensor]> = {
    meanSquaredError: [ops.meanSquaredError, logits, values],
    meanAbsoluteError: [ops.meanAbsoluteError, logits, values],
    mse: [ops.meanSquaredError, logits, values],
    mae: [ops.meanAbsoluteError, logits, values],
    binaryCrossEntropy: [ops.binaryCrossEntropy, logits.sigmoid().mul(1), values],
    binaryCrossEntropyWithLogits: [ops.binaryCrossEntropyWithLogits, logits, values],
    categoricalCrossEntropy: [ops.categoricalCrossEntropy, logits.softmax().mul(1), wg.tensor(oneHot)],
    softmaxCrossEntropy: [ops.softmaxCrossEntropy, logits, wg.tensor(oneHot)],
  };
  const names = Object.keys(CALLS) as wg.LossName[];

  it.each(names)('%s is a mean, a sum, or each loss, and that of compile', (name) => {
    const [loss, prediction, target] = CALLS[name];
    const losses = [...loss(prediction, target, each).data()];
    const sum = losses.reduce((a, b) => a + b, 0);
    expect(loss(prediction, target, { reduction: 'sum' }).item()).toBeCloseTo(sum, 5);
    expect(loss(prediction, target).item()).toBeCloseTo(sum / losses.length, 6);
    expect(loss(prediction, target, { reduction: 'mean' }).shape).toEqual([]);
    const model = passing((z) => z.mul(1), name);
    expect(model.evaluate(prediction, target).loss).toBe(loss(prediction, target).item());
  });

  it('have the shape of the elements, or of the rows, without a reduction', () => {
    for (const name of names) {
      const [loss, prediction, target] = CALLS[name];
      const isOfRows = name === 'softmaxCrossEntropy' || name === 'categoricalCrossEntropy';
      expect(loss(prediction, target, each).shape, name).toEqual(isOfRows ? [2] : [2, 3]);
    }
    expect(ops.softmaxCrossEntropy(logits, int32(0, 2)).item()).toBeCloseTo(expected, 6);
  });

  it('are exact where a sigmoid or softmax before them has rounded', () => {
    const far = wg.tensor([[200, -200]]);
    expect(ops.binaryCrossEntropy(far.sigmoid(), wg.tensor([[0, 1]]), each).toArray()).toEqual([[200, 200]]);
    expect(ops.categoricalCrossEntropy(far.softmax(), int32(1)).item()).toBe(400);
  });

  it('repeat a number, and no other shape', () => {
    expect(ops.binaryCrossEntropyWithLogits(wg.tensor([0, 0]), 1).item()).toBeCloseTo(Math.LN2, 6);
    expect(ops.meanSquaredError(3, wg.tensor([1, 2]), each).toArray()).toEqual([4, 1]);
    const [column, row] = [wg.zeros([4, 1]), wg.zeros([4])];
    expect(() => ops.meanSquaredError(column, row)).toThrow(
      'meanSquaredError: the prediction [4, 1] and the target [4] have different shapes; only a scalar is repeated',
    );
    expect(() => ops.binaryCrossEntropy(row, int32(0, 1, 1, 0))).toThrow(
      'binaryCrossEntropy needs float32 tensors, got int32',
    );
    expect(() => ops.softmaxCrossEntropy(logits, row)).toThrow(
      'softmaxCrossEntropy of a prediction [2, 3] and a target float32[4]: expected [..., classes], and a target of that shape or int32 class indices [...]',
    );
    expect(() => ops.softmaxCrossEntropy(logits, int32(0, 3))).toThrow('label 3 is out of range for an axis of 3');
    expect(() => ops.softmaxCrossEntropy(logits, int32(0))).toThrow('a label for each row, [...]');
    expect(() => ops.meanSquaredError(1, 2, { reduction: 'max' as never })).toThrow(
      "meanSquaredError: reduction must be 'mean' or 'sum' or 'none', got 'max'",
    );
  });

  it('are refused by compile, which would call them the other way round', () => {
    const compile = () => passing((z) => z, ops.meanSquaredError as never);
    expect(compile).toThrow('losses of wasmgrad/ops take (prediction, target), compile calls (yTrue, yPred)');
    const model = wg.sequential([3], [wg.dense(3)]);
    const metrics = [ops.meanAbsoluteError as never];
    const measure = () => model.compile({ optimizer: wg.sgd(0.1), loss: 'meanSquaredError', metrics });
    expect(measure).toThrow('losses of wasmgrad/ops take (prediction, target), compile calls (yTrue, yPred)');
    const loss: wg.LossFunction = (yTrue, yPred) => ops.softmaxCrossEntropy(yPred, yTrue);
    model.compile({ optimizer: wg.sgd(0.1), loss });
    expect(model.trainOnBatch(Z, oneHot)).toBeGreaterThan(0);
  });

  it('train a function without a model', () => {
    const x = wg.tensor([[1], [2], [3]]);
    const target = wg.tensor([[3], [5], [7]]);
    const start = { w: wg.zeros([1, 1]), b: wg.zeros([1]) };
    const { point } = wg.minimize(({ w, b }: typeof start) => ops.meanSquaredError(x.matMul(w).add(b), target), start, {
      steps: 2000,
      optimizer: wg.sgd(0.1),
    });
    expect(point.w.item()).toBeCloseTo(2, 4);
    expect(point.b.item()).toBeCloseTo(1, 4);
  });
});

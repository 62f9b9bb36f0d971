// Losses take logits or probabilities, as their names say, and none guesses which.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';

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
  const build = (shape: wg.Shape) => ({
    outputShape: shape,
    parameters: { shift: { shape, initializer: 'zeros' as const } },
  });
  const layer: wg.Layer = { kind: 'pass', build, linear: (x, { shift }) => x.add(shift!), activate: activation };
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

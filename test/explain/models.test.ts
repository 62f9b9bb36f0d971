// explain(model, x, y): its numbers against the textbook in float64 loops and against inspect, its formulas against the
// library's gradients; nothing of the model is changed.

import { beforeAll, describe, expect, it } from 'vitest';
import { explain, type ModelData, type PlainValues } from '../../bindings/explain.js';
import * as wg from '../../bindings/index.js';

const W1 = [
  [0.15, -0.4, 0.3],
  [0.2, 0.25, -0.35],
];
const b1 = [0.35, -0.1, 0.05];
const W2 = [
  [0.4, 0.5],
  [-0.45, 0.55],
  [0.6, -0.3],
];
const b2 = [0.6, -0.2];
const x = [0.05, 0.1];
const y = [0.01, 0.99];

const sigma = (z: number): number => 1 / (1 + Math.exp(-z));

/** Forward pass, backward pass and a step, a line a formula, in float64. */
function byHand() {
  const forward = (A: number[][], a: number[], B: number[][], b: number[]) => {
    const z1 = a.map((bias, j) => x[0]! * A[0]![j]! + x[1]! * A[1]![j]! + bias);
    const a1 = z1.map(sigma);
    const z2 = b.map((bias, k) => a1.reduce((sum, v, j) => sum + v * B[j]![k]!, bias));
    const a2 = z2.map(sigma);
    return { z1, a1, z2, a2, loss: (Math.abs(a2[0]! - y[0]!) + Math.abs(a2[1]! - y[1]!)) / 2 };
  };
  const before = forward(W1, b1, W2, b2);
  const { a1, a2 } = before;
  const gradient2 = a2.map((a, k) => Math.sign(a - y[k]!) / 2);
  const slope2 = a2.map((a) => a * (1 - a));
  const delta2 = gradient2.map((g, k) => g * slope2[k]!);
  const gradient1 = a1.map((_, j) => W2[j]![0]! * delta2[0]! + W2[j]![1]! * delta2[1]!);
  const slope1 = a1.map((a) => a * (1 - a));
  const delta1 = gradient1.map((g, j) => g * slope1[j]!);
  const dW1 = x.map((v) => delta1.map((d) => v * d));
  const dW2 = a1.map((v) => delta2.map((d) => v * d));
  const down = (w: number[][], d: number[][]) => w.map((row, i) => row.map((v, j) => v - 0.5 * d[i]![j]!));
  const after = [down(W1, dW1), down([b1], [delta1])[0]!, down(W2, dW2), down([b2], [delta2])[0]!] as const;
  const { loss } = forward(...after);
  return {
    ...before,
    ...{ gradient1, gradient2, slope1, slope2, delta1, delta2, dW1, dW2, after, lossAfter: loss },
  };
}

function network(optimizer = wg.sgd(0.5)): wg.Sequential {
  const model = wg.sequential([2], [wg.dense(3, { activation: 'sigmoid' }), wg.dense(2, { activation: 'sigmoid' })]);
  model.compile({ optimizer, loss: 'meanAbsoluteError' });
  model.setWeights([W1, b1, W2, b2]);
  return model;
}

const flat = (values: PlainValues | readonly number[][] | null): number[] => [values].flat(9) as number[];

function close(actual: PlainValues | null | undefined, expected: number | readonly unknown[], what: string): void {
  const [got, wanted] = [flat(actual ?? null), [expected].flat(9) as number[]];
  expect(got.length, what).toBe(wanted.length);
  got.forEach((v, i) => void expect(Math.abs(v - wanted[i]!), `${what}[${i}]`).toBeLessThan(2e-7));
}

describe.each(['wasm', 'js'] as const)('the 2-3-2 network on %s', (backend) => {
  beforeAll(() => wg.init({ backend }));

  it('has the numbers of the textbook', () => {
    const { data } = explain(network(), [x], [y]);
    const hand = byHand();
    const [first, second] = data.layers;
    expect(data.layers.map(({ name, kind, activation }) => [name, kind, activation])).toEqual([
      ['dense', 'dense', 'sigmoid'],
      ['dense_1', 'dense', 'sigmoid'],
    ]);
    close(first!.input, x, 'x');
    close(second!.input, hand.a1, 'input of the second');
    close(first!.z, hand.z1, 'z1');
    close(first!.a, hand.a1, 'a1');
    close(second!.z, hand.z2, 'z2');
    close(second!.a, hand.a2, 'a2');
    close(second!.outputGradient, hand.gradient2, '∂L/∂a2');
    close(first!.outputGradient, hand.gradient1, '∂L/∂a1');
    close(first!.slope, hand.slope1, "σ'(z1)");
    close(second!.slope, hand.slope2, "σ'(z2)");
    close(first!.delta, hand.delta1, 'δ1');
    close(second!.delta, hand.delta2, 'δ2');
    close(first!.parameters[0]!.gradient, hand.dW1, 'dW1');
    close(first!.parameters[1]!.gradient, hand.delta1, 'db1');
    close(second!.parameters[0]!.gradient, hand.dW2, 'dW2');
    close(second!.parameters[1]!.gradient, hand.delta2, 'db2');
    data.updates.forEach(({ after }, i) => void close(after, hand.after[i]!, `weight ${i}`));
    close(data.loss.value, hand.loss, 'the loss');
    close(data.loss.after, hand.lossAfter, 'the loss after the step');
  });

  it('is told as the textbook tells it', () => {
    const { text } = explain(network(), [x], [y]);
    for (const line of [
      'A training step. Samples: 1, loss: meanAbsoluteError, optimizer: sgd, η = 0.5',
      '    z1[2] = 0.05·(-0.4) + 0.1·0.25 - 0.1 = -0.095',
      '    z1 = x·W1 + b1 = [ 0.3775  -0.095  0.03 ]',
      '    a1 = σ(z1) = [ 0.59327  0.47627  0.5075 ]',
      '    L = mean(|a2 - y|) = 0.57258',
      '    ∂L/∂a2 = sign(a2 - y)/2 = [ 0.5  -0.5 ]',
      "    δ2 = ∂L/∂z2 = ∂L/∂a2 ⊙ σ'(z2) = [ 0.10155  -0.12368 ]",
      '    ∂z2/∂W2 is what the layer reads, a1:',
      '    ∂L/∂a1 = δ2·W2ᵀ = [ -0.02122  -0.11372  0.098034 ]',
      '    db1 = δ1 = [ -0.0051203  -0.028366  0.024503 ]',
      '    b2 ← b2 - η·db2 = [ 0.54923  -0.13816 ]',
      '  The loss after the step: 0.54824. It was 0.57258, so it fell.',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    expect(text).toContain(`    dW2 = a1ᵀ·δ2 = [ 0.060246  -0.073375 ]
                   [ 0.048365  -0.058904 ]
                   [ 0.051536  -0.062767 ]`);
    const [back, forward] = ['δ1 = ', 'a2 = '].map((start) => text.indexOf(start));
    expect(text.indexOf('δ2 = ')).toBeGreaterThan(forward!);
    expect(back).toBeGreaterThan(text.indexOf('δ2 = '));
  });
});

describe('nothing is changed', () => {
  beforeAll(() => wg.init({ backend: 'js' }));

  it.each([
    ['sgd with momentum', () => wg.sgd(0.1, { momentum: 0.9 })],
    ['adam with a schedule', () => wg.adam(wg.exponentialDecay(0.1, { factor: 0.9, decaySteps: 2 }))],
    ['adamW in groups', () => wg.clipByGlobalNorm(1, wg.adamW(0.01))],
  ])('by %s: a training goes on with the same bits', (_, optimizer) => {
    const train = (explained: boolean): number[][] => {
      wg.setSeed(3);
      const layers = [wg.dense(4, { activation: 'relu' }), wg.batchNorm(), wg.dropout(0.5), wg.dense(2)];
      const model = wg.sequential([2], layers);
      model.compile({ optimizer: optimizer(), loss: 'mse' });
      for (let step = 0; step < 5; step++) {
        if (explained) explain(model, [x, [1, 2]], [y, [2, 1]]);
        model.trainOnBatch([x, [1, 2]], [y, [2, 1]]);
      }
      wg.setSeed(4);
      return [...model.getWeights(), wg.randomUniform([3])].map((w) => [...w.data()]);
    };
    expect(train(true)).toEqual(train(false));
  });

  it('in the middle of fit, too, and when the step fails', async () => {
    const fit = async (explained: boolean): Promise<number[][]> => {
      wg.setSeed(3);
      const model = network(wg.adam(wg.exponentialDecay(0.1, { factor: 0.9, decaySteps: 2 })));
      const onBatchEnd = (): void => void (explained && explain(model, [x], [y]).text);
      const xs = [x, y, [0.2, 0.3]];
      await model.fit(xs, xs, { epochs: 3, batchSize: 1, callbacks: [{ onBatchEnd }] });
      return model.getWeights().map((w) => [...w.data()]);
    };
    expect(await fit(true)).toEqual(await fit(false));
    const model = network(wg.sgd((step: number) => (step > 0 ? Number.NaN : 0.1)));
    model.trainOnBatch([x], [y]);
    const before = model.getWeights().map((w) => [...w.data()]);
    expect(() => explain(model, [x], [y])).toThrow('learning rate');
    expect(model.getWeights().map((w) => [...w.data()])).toEqual(before);
  });
});

/**
 * Evaluates what models.ts writes for δ of the last layer, so that the formula is held against the library's gradient.
 */
const DELTAS: Readonly<Record<string, (a: number[], y: number[]) => number[]>> = {
  mse: (a, t) => a.map((v, i) => (2 * (v - t[i]!)) / a.length),
  mae: (a, t) => a.map((v, i) => Math.sign(v - t[i]!) / a.length),
  softmaxCrossEntropy: (a, t) => {
    const total = a.reduce((sum, v) => sum + Math.exp(v), 0);
    return a.map((v, i) => Math.exp(v) / total - t[i]!);
  },
  binaryCrossEntropyWithLogits: (a, t) => a.map((v, i) => (sigma(v) - t[i]!) / a.length),
};
const FORMULAS: Readonly<Record<string, string>> = {
  mse: '2·(a1 - y)/3',
  mae: 'sign(a1 - y)/3',
  softmaxCrossEntropy: 'softmax(a1) - y',
  binaryCrossEntropyWithLogits: '(σ(a1) - y)/3',
};

describe('losses', () => {
  beforeAll(() => wg.init({ backend: 'js' }));

  const model = (loss: wg.LossName, activation: wg.ActivationName): wg.Sequential => {
    const net = wg.sequential([2], [wg.dense(3, { activation })]);
    net.setWeights([W1, b1]);
    return net.compile({ optimizer: wg.adam(0.1), loss });
  };
  const labels = [0, 1, 0];

  it.each(Object.keys(DELTAS))('%s has the slope that is written', (loss) => {
    const { data, text } = explain(model(loss as wg.LossName, 'linear'), [x], [labels]);
    const [layer] = data.layers;
    close(layer!.delta, DELTAS[loss]!(flat(layer!.a), labels), 'δ');
    const formula = FORMULAS[loss]!.replace('2·(', '2(');
    expect(text).toContain(`    δ1 = ∂L/∂z1 = ∂L/∂a1 = ${formula} = [`);
  });

  it.each([
    ['binaryCrossEntropy', 'sigmoid', '(a1 - y)/3', 3],
    ['categoricalCrossEntropy', 'softmax', 'a1 - y', 1],
  ] as const)('%s and %s are differentiated as one', (loss, activation, formula, n) => {
    const { data, text } = explain(model(loss, activation), [x], [labels]);
    const [layer] = data.layers;
    expect(layer!.outputGradient).toBeNull();
    close(
      layer!.delta,
      flat(layer!.a).map((a, i) => (a - labels[i]!) / n),
      'δ',
    );
    expect(text).toContain(`the loss takes z, before ${activation}`);
    expect(text).toContain(`    δ1 = ∂L/∂z1 = ${formula} = [`);
  });

  it('softmax without its loss mixes what comes back', () => {
    const { data, text } = explain(model('mse', 'softmax'), [x], [labels]);
    const [layer] = data.layers;
    const [a, g] = [flat(layer!.a), flat(layer!.outputGradient)];
    const dot = a.reduce((sum, v, i) => sum + v * g[i]!, 0);
    close(
      layer!.delta,
      a.map((v, i) => v * (g[i]! - dot)),
      'δ',
    );
    expect(text).toContain('δ1 = ∂L/∂z1 = a1 ⊙ (∂L/∂a1 - Σ (∂L/∂a1 ⊙ a1)) = [');
  });

  it('a loss of the user, penalties and classes are told in words', () => {
    const net = wg.sequential(
      [2],
      [wg.dense(3, { activation: (z) => z.exp().softmax(), kernelRegularizer: wg.l2(0.1) })],
    );
    net.compile({ optimizer: wg.adam(0.1), loss: (t, p) => t.sub(p).square().sum() });
    const { text } = explain(net, [x], [labels]);
    expect(text).toContain('Added to it is what regularizers and layers add');
    expect(text).toContain('its activation is no function of single elements');
    expect(text).toContain('What adam makes of the gradients:');
    const classes = model('categoricalCrossEntropy', 'softmax');
    expect(explain(classes, [x, x], [0, 2]).text).toContain('y holds the numbers of the classes');
  });
});

/** What explain says, against inspect. */
function likeInspect(
  model: { inspect(x: never, y: never): wg.Inspection },
  at: never,
  labels: never,
  data: ModelData,
): void {
  const { layers, loss } = model.inspect(at, labels);
  expect(data.loss.value).toBe(loss);
  for (const layer of data.layers) {
    const inspected = layers[layer.name]!;
    if (layer.a && typeof layer.a !== 'number' && 'length' in layer.a) expect(layer.a).toEqual(inspected.a.toArray());
    if (layer.z && 'length' in (layer.z as object) && layer.kind !== 'activation') {
      expect(layer.z).toEqual(inspected.z.toArray());
      expect(layer.delta).toEqual(inspected.delta.toArray());
    }
    for (const { name, gradient } of layer.parameters) {
      const theirs = inspected.gradients[name.split('.').at(-1)!]!;
      if (Array.isArray(gradient)) expect(gradient).toEqual(theirs.toArray());
      else expect((gradient as { norm: number }).norm).toBeCloseTo(Math.hypot(...theirs.data()), 5);
    }
  }
}

describe('models of other layers', () => {
  beforeAll(() => wg.init({ backend: 'js', seed: 1 }));

  it('are told by shapes and norms, and are those of inspect', () => {
    const layers = [
      wg.conv2d(2, 3, { activation: 'relu' }),
      wg.batchNorm(),
      wg.maxPool2d(2),
      wg.flatten(),
      wg.dropout(0.3),
      wg.layerNorm(),
      wg.dense(20, { activation: 'tanh' }),
      wg.activation('relu'),
      wg.dense(3, { activation: 'softmax' }),
    ];
    const model = wg.sequential([6, 6, 1], layers);
    model.compile({ optimizer: wg.adam(0.01), loss: 'categoricalCrossEntropy' });
    const [at, labels] = [wg.randomNormal([4, 6, 6, 1]), [0, 1, 2, 1]];
    const { data, text, markdown } = explain(model, at, labels);
    likeInspect(model as never, at as never, labels as never, data);
    expect(text).toContain('Layer 1, conv2d, 6×6×1 → 4×4×2');
    expect(text).toContain('its parameters: kernel [3, 3, 1, 2], bias [2]');
    expect(text).toMatch(/norms of the gradients of its parameters: kernel [\d.]+, bias [\d.]+/);
    expect(text).toContain('A training step computes the loss');
    expect(text).toMatch(/a1 = 4×4×4×2: 0 … [\d.]+, mean [\d.]+, norm [\d.]+/);
    expect(text).toContain("relu'(a7) = [a7 > 0] = ");
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(240);
    expect(markdown).not.toMatch(/undefined|NaN|\[object/);
  });

  it('by function, with several outputs, shared and nested layers, do not fail', () => {
    const inner = wg.sequential([3], [wg.dense(3, { activation: 'tanh' }), wg.dense(2)]);
    const [shared, nested] = [wg.dense(3), inner.asLayer()];
    const net = wg.model({ a: [3], b: [3] }, ({ a, b }) => {
      const both = shared(a).add(shared(b));
      return { left: nested(both), right: wg.dense(1, { useBias: false })(both.relu()) };
    });
    net.compile({ optimizer: wg.sgd(0.1), loss: { left: 'mse', right: 'mae' } });
    const at = { a: [[1, 2, 3]], b: [[3, 2, 1]] };
    const { data, text } = explain(net, at, { left: [[1, 2]], right: [[0]] });
    const names = ['dense', 'dense (2)', 'model.dense', 'model.dense_1', 'model', 'dense_1'];
    expect(data.layers.map(({ name }) => name)).toEqual(names);
    likeInspect(net as never, at as never, { left: [[1, 2]], right: [[0]] } as never, data);
    expect(text).toContain('L = ');
  });
});

it('refuses a model that was not compiled, and data that do not fit', async () => {
  await wg.init({ backend: 'js' });
  const model = wg.sequential([2], [wg.dense(1)]);
  expect(() => explain(model, [x], [[1]])).toThrow('explain: call model.compile({ optimizer, loss }) first');
  model.compile({ optimizer: wg.sgd(), loss: 'mse' });
  expect(() => explain(model, [[1, 2, 3]], [[1]])).toThrow('x');
  expect(() => explain(model, [x], [[1]], { digits: 0 })).toThrow('explain: digits must be a whole number');
});

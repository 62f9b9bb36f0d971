// Backpropagation by hand: a 2-3-2 sigmoid network with the L1 loss, in plain float64 loops, against inspect.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import { firstDifference } from './harness.js';

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

const sigma = (z: number) => 1 / (1 + Math.exp(-z));
const slope = (a: number) => a * (1 - a);

/** The textbook, a line a formula. L = (|a₁ - y₁| + |a₂ - y₂|) / 2. */
function byHand() {
  const z1 = [0, 1, 2].map((j) => x[0]! * W1[0]![j]! + x[1]! * W1[1]![j]! + b1[j]!);
  const a1 = z1.map(sigma);
  const z2 = [0, 1].map((k) => a1.reduce((sum, a, j) => sum + a * W2[j]![k]!, b2[k]!));
  const a2 = z2.map(sigma);
  const delta2 = a2.map((a, k) => (Math.sign(a - y[k]!) / 2) * slope(a));
  const delta1 = a1.map((a, j) => (W2[j]![0]! * delta2[0]! + W2[j]![1]! * delta2[1]!) * slope(a));
  return {
    loss: (Math.abs(a2[0]! - y[0]!) + Math.abs(a2[1]! - y[1]!)) / 2,
    dense: { z: [z1], a: [a1], delta: [delta1], dW: x.map((v) => delta1.map((d) => v * d)), db: delta1 },
    dense_1: { z: [z2], a: [a2], delta: [delta2], dW: a1.map((v) => delta2.map((d) => v * d)), db: delta2 },
  };
}

function network(): wg.Sequential {
  const model = wg.sequential([2], [wg.dense(3, { activation: 'sigmoid' }), wg.dense(2, { activation: 'sigmoid' })]);
  model.compile({ optimizer: wg.sgd(0.5), loss: 'meanAbsoluteError' });
  model.setWeights([W1, b1, W2, b2]);
  return model;
}

const flat = (value: unknown): number[] => [value].flat(9) as number[];

function expectClose(actual: number[], expected: number[], what: string): void {
  expect(firstDifference(actual, expected, 1e-5, 1e-7), what).toBeUndefined();
}

describe.each(['wasm', 'js'] as const)('inspect of a 2-3-2 sigmoid network with L1 loss on %s', (backend) => {
  beforeAll(() => wg.init({ backend }));

  it('names what a layer without a kernel has', () => {
    const shift = wg.layer({
      kind: 'shift',
      build: ({ shape }) => ({ parameters: { bias: { shape, initializer: 'ones' } } }),
      call: (x, { bias }) => x.add(bias),
    });
    const model = wg.sequential([2], [wg.flatten(), shift]);
    model.compile({ optimizer: wg.sgd(), loss: 'meanSquaredError' });
    const { flatten, shift: inspected } = model.inspect([[1, 2]], [[0, 0]]).layers;
    expect(Object.keys(flatten!)).toEqual(['z', 'a', 'delta', 'gradients', 'shown']);
    expect(Object.keys(inspected!)).toEqual(['z', 'a', 'delta', 'db', 'gradients', 'shown']);
    expect(inspected!.db!.toArray()).toEqual([2, 3]);
  });

  it('gives z, a, δ, dW and db as computed by hand', () => {
    const { loss, layers } = network().inspect([x], [y]);
    const expected = byHand();
    expect(loss).toBeCloseTo(expected.loss, 6);
    for (const name of ['dense', 'dense_1'] as const) {
      for (const part of ['z', 'a', 'delta', 'dW', 'db'] as const) {
        expectClose(flat(layers[name]![part]!.toArray()), flat(expected[name][part]), `${name}.${part}`);
      }
    }
  });

  it('gives the gradient that a step of gradient descent goes down', () => {
    const model = network();
    const { layers } = model.inspect([x], [y]);
    model.trainOnBatch([x], [y]);
    const [w1, , w2, bias2] = model.getWeights().map((w) => flat(w.toArray())) as [
      number[],
      number[],
      number[],
      number[],
    ];
    const moved = (start: number[], gradient: wg.Tensor) => start.map((v, i) => v - 0.5 * flat(gradient.toArray())[i]!);
    expectClose(w1, moved(W1.flat(), layers['dense']!.dW!), 'W1');
    expectClose(w2, moved(W2.flat(), layers['dense_1']!.dW!), 'W2');
    expectClose(bias2, moved(b2, layers['dense_1']!.db!), 'b2');
  });

  it('changes nothing', () => {
    const model = network();
    const before = model.getWeights().map((w) => [...w.data()]);
    model.inspect([x], [y]);
    expect(model.getWeights().map((w) => [...w.data()])).toEqual(before);
  });

  it('averages over a batch: two equal samples have the gradient of one', () => {
    const one = network().inspect([x], [y]).layers['dense']!;
    const two = network().inspect([x, x], [y, y]).layers['dense']!;
    expect(two.delta.shape).toEqual([2, 3]);
    expectClose([...two.dW!.data()], [...one.dW!.data()], 'dW');
  });
});

// Layers that slide filters over series and images: outputs and gradients against their formulas, initial values,
// options, what they refuse, and that they learn.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import type { Shape } from '../bindings/shape.js';
import { convolutionOf, type Settings, transposedOf } from './convcases.js';
import { checkLayer, type Values } from './layercheck.js';

const plus = (y: readonly number[], bias: readonly number[] | undefined): number[] =>
  y.map((v, i) => v + (bias ? bias[i % bias.length]! : 0));

type Reference = (x: readonly number[], values: Values) => readonly number[];

/** y and its bias, for images of a shape. */
const images =
  (s: Shape, k: Shape, settings: Settings = {}): Reference =>
  (x, { kernel, bias }) =>
    plus(convolutionOf(x, s, kernel!, k, settings).y, bias);

const around = (n: number): Settings['zeros'] => [
  [n, n],
  [n, n],
];

describe.each(['wasm', 'js'] as const)('on %s', (backend) => {
  beforeAll(() => wg.init({ backend, seed: 1 }));

  it('conv2d is the op of its kernel and bias', () => {
    checkLayer({ layer: wg.conv2d(3, 2), shape: [2, 3, 4, 2], reference: images([2, 3, 4, 2], [2, 2, 2, 3]) });
    checkLayer({
      layer: wg.conv2d(4, [2, 3], { strides: [2, 1], padding: 1, dilation: [1, 2], groups: 2, useBias: false }),
      shape: [1, 5, 4, 2],
      reference: images([1, 5, 4, 2], [2, 3, 1, 4], {
        strides: [2, 1],
        dilation: [1, 2],
        groups: 2,
        zeros: around(1),
      }),
    });
    checkLayer({
      layer: wg.conv2d(5, 3, { padding: 'same', activation: 'tanh' }),
      shape: [2, 2, 3, 1],
      reference: (x, values) => images([2, 2, 3, 1], [3, 3, 1, 5], { zeros: around(1) })(x, values).map(Math.tanh),
    });
    checkLayer({ layer: wg.conv2d(3, 1), shape: [2, 2, 3, 4], reference: images([2, 2, 3, 4], [1, 1, 4, 3]) });
  });

  it('conv1d is the same of series', () => {
    checkLayer({
      layer: wg.conv1d(3, 2, { strides: 2, padding: [1, 0] }),
      shape: [2, 5, 2],
      reference: images([2, 5, 1, 2], [2, 1, 2, 3], {
        strides: [2, 1],
        zeros: [
          [1, 0],
          [0, 0],
        ],
      }),
    });
  });

  it('conv1dTranspose and conv2dTranspose are the transposed ones', () => {
    checkLayer({
      layer: wg.conv2dTranspose(2, 3, { strides: 2, padding: 1, outputPadding: 1 }),
      shape: [1, 2, 3, 2],
      reference: (x, { kernel, bias }) => {
        const settings: Settings = { strides: [2, 2], zeros: around(1) };
        return plus(transposedOf(x, [1, 2, 3, 2], kernel!, [3, 3, 2, 2], settings, [1, 1]), bias);
      },
    });
    checkLayer({
      layer: wg.conv1dTranspose(3, 2, { strides: 2, padding: 'same' }),
      shape: [2, 3, 1],
      reference: (x, { kernel, bias }) =>
        plus(transposedOf(x, [2, 3, 1, 1], kernel!, [2, 1, 3, 1], { strides: [2, 1] }), bias),
    });
  });

  it('depthwiseConv2d and separableConv2d have filters for each channel', () => {
    const s = [1, 3, 4, 2];
    checkLayer({
      layer: wg.depthwiseConv2d(2, { depthMultiplier: 2 }),
      shape: s,
      reference: images(s, [2, 2, 1, 4], { groups: 2 }),
    });
    checkLayer({
      layer: wg.depthwiseConv2d(3, { padding: 'same', activation: 'sigmoid' }),
      shape: [1, 3, 2, 5],
      reference: (x, values) =>
        images([1, 3, 2, 5], [3, 3, 1, 5], { groups: 5, zeros: around(1) })(x, values).map(
          (v) => 1 / (1 + Math.exp(-v)),
        ),
    });
    checkLayer({
      layer: wg.separableConv2d(3, 2),
      shape: s,
      reference: (x, { depthwiseKernel, pointwiseKernel, bias }) => {
        const { y, shape } = convolutionOf(x, s, depthwiseKernel!, [2, 2, 1, 2], { groups: 2 });
        return plus(convolutionOf(y, shape, pointwiseKernel!, [1, 1, 2, 3], {}).y, bias);
      },
    });
  });

  it('learns to see: of stripes, whether they lie or stand', async () => {
    const stripes = Array.from({ length: 40 }, (_, n) =>
      Array.from({ length: 8 }, (_, i) =>
        Array.from({ length: 8 }, (_, j) => [(n % 2 ? i : j) % 4 < 2 ? 1 : ((n * 7 + i * 3 + j) % 5) / 10]),
      ),
    );
    const net = wg.sequential(
      [8, 8, 1],
      [
        wg.conv2d(4, 3, { padding: 'same', activation: 'relu' }),
        wg.conv2d(8, 3, { strides: 2, activation: 'relu' }),
        wg.flatten(),
        wg.dense(2),
      ],
    );
    net.compile({ optimizer: wg.adam(0.01), loss: 'softmaxCrossEntropy', metrics: ['accuracy'] });
    const { history } = await net.fit(
      stripes,
      Int32Array.from(stripes, (_, n) => n % 2),
      { epochs: 30, batchSize: 10 },
    );
    expect(history.accuracy!.at(-1)).toBe(1);
    expect(history.loss!.at(-1)).toBeLessThan(0.1);
    net.dispose();
  });
});

it('has the same bits on two threads', async () => {
  const trained = async (threads: number): Promise<number[][]> => {
    await wg.init({ backend: 'wasm', threads, seed: 3 });
    const net = wg.sequential(
      [20, 20, 3],
      [
        wg.conv2d(16, 3, { padding: 'same', activation: 'relu' }),
        wg.conv2d(12, 3, { strides: 2, activation: 'tanh' }),
        wg.depthwiseConv2d(3, { padding: 'same' }),
        wg.conv2dTranspose(5, 3, { strides: 2 }),
        wg.flatten(),
        wg.dense(4),
      ],
    );
    net.compile({ optimizer: wg.adam(0.01), loss: 'softmaxCrossEntropy' });
    const x = wg.randomUniform([40, 20, 20, 3], { key: wg.randomKey(5) });
    await net.fit(
      x,
      Int32Array.from({ length: 40 }, (_, i) => i % 4),
      { epochs: 2, batchSize: 16 },
    );
    const weights = net.getWeights().map((w) => [...w.data()]);
    net.dispose();
    return weights;
  };
  const one = await trained(1);
  expect(one.flat().every(Number.isFinite)).toBe(true);
  expect(await trained(2)).toEqual(one);
});

describe('a layer of filters', () => {
  beforeAll(() => wg.init({ seed: 1 }));

  const parameters = (layer: wg.Layer, shape: Shape) => {
    const net = wg.model(shape, (x) => layer(x));
    return net.parameters() as Record<string, wg.Tensor>;
  };

  it('names its parameters, and shapes them as Keras does', () => {
    const shapes = (layer: wg.Layer, shape: Shape) =>
      Object.entries(parameters(layer, shape)).map(([name, t]) => `${name} ${t.shape}`);
    expect(shapes(wg.conv2d(8, [3, 2], { groups: 2, name: 'eye' }), [9, 9, 4])).toEqual([
      'eye.kernel 3,2,2,8',
      'eye.bias 8',
    ]);
    expect(shapes(wg.conv1d(8, 5, { useBias: false }), [9, 4])).toEqual(['conv1d.kernel 5,4,8']);
    expect(shapes(wg.conv2dTranspose(8, 3), [9, 9, 4])).toEqual([
      'conv2dTranspose.kernel 3,3,8,4',
      'conv2dTranspose.bias 8',
    ]);
    expect(shapes(wg.conv1dTranspose(8, 3), [9, 4])).toEqual([
      'conv1dTranspose.kernel 3,8,4',
      'conv1dTranspose.bias 8',
    ]);
    expect(shapes(wg.depthwiseConv2d(3, { depthMultiplier: 2 }), [9, 9, 4])).toEqual([
      'depthwiseConv2d.kernel 3,3,4,2',
      'depthwiseConv2d.bias 8',
    ]);
    expect(shapes(wg.separableConv2d(5, 3), [9, 9, 4])).toEqual([
      'separableConv2d.depthwiseKernel 3,3,4,1',
      'separableConv2d.pointwiseKernel 1,1,4,5',
      'separableConv2d.bias 5',
    ]);
  });

  it('starts from numbers whose range is that of Keras: of a window of all its channels', () => {
    const largest = (layer: wg.Layer, shape: Shape) =>
      Math.max(...[...Object.values(parameters(layer, shape))[0]!.data()].map(Math.abs));
    const within = (value: number, limit: number) => {
      expect(value).toBeLessThanOrEqual(limit);
      expect(value).toBeGreaterThan(0.98 * limit);
    };
    within(largest(wg.conv2d(32, 3), [9, 9, 16]), Math.sqrt(6 / (9 * (16 + 32))));
    within(
      largest(wg.conv2d(64, 3, { kernelInitializer: 'heUniform', groups: 2 }), [9, 9, 16]),
      Math.sqrt(6 / (9 * 8)),
    );
    within(largest(wg.conv1d(64, 5), [9, 16]), Math.sqrt(6 / (5 * (16 + 64))));
    within(largest(wg.conv2dTranspose(32, 3), [9, 9, 16]), Math.sqrt(6 / (9 * (16 + 32))));
    within(largest(wg.depthwiseConv2d(5), [9, 9, 40]), Math.sqrt(6 / (25 * (40 + 1))));
  });

  it('takes regularizers, initializers and whether it is trained', () => {
    const layer = wg.conv2d(2, 1, {
      kernelInitializer: 'ones',
      kernelRegularizer: wg.l2(0.5),
      biasInitializer: 'ones',
    });
    const net = wg.sequential([2, 2, 3], [layer, wg.flatten()]);
    net.compile({ optimizer: wg.sgd(0.1), loss: 'meanSquaredError' });
    const x = wg.zeros([1, 2, 2, 3]);
    expect(net.evaluate(x, wg.ones([1, 8])).loss).toBeCloseTo(0.5 * 6, 5);
    const frozen = wg.sequential(
      [2, 2, 3],
      [wg.separableConv2d(2, 1, { trainable: false }), wg.flatten(), wg.dense(1)],
    );
    frozen.compile({ optimizer: wg.sgd(0.1), loss: 'meanSquaredError' });
    const before = (frozen.parameters() as Record<string, wg.Tensor>)['separableConv2d.pointwiseKernel']!.toArray();
    frozen.trainOnBatch(wg.ones([1, 2, 2, 3]), wg.zeros([1, 1]));
    expect((frozen.parameters() as Record<string, wg.Tensor>)['separableConv2d.pointwiseKernel']!.toArray()).toEqual(
      before,
    );
  });

  it('shows z, from before the activation', () => {
    const net = wg.sequential([2, 1], [wg.conv1d(1, 1, { kernelInitializer: 'ones', activation: 'relu' })]);
    net.compile({ optimizer: wg.sgd(0.1), loss: 'meanSquaredError' });
    const { layers } = net.inspect([[[-1], [2]]], [[[0], [0]]]);
    expect(layers.conv1d!.shown.z!.toArray()).toEqual([[[-1], [2]]]);
    expect(net.predict([[[-1], [2]]]).toArray()).toEqual([[[0], [2]]]);
  });

  it.each<[string, () => unknown, string]>([
    ['no filters', () => wg.conv2d(0, 3), 'conv2d: filters must be a whole number of at least 1, got 0'],
    ['no size', () => wg.conv2d(4, undefined as never), 'conv2d: kernelSize must be a whole number of at least 1'],
    ['a size of series that is two', () => wg.conv1d(4, [3, 3] as never), 'conv1d: kernelSize must be a whole number'],
    ['another option', () => wg.conv2d(4, 3, { stride: 2 } as never), "'stride'; did you mean 'strides'?"],
    [
      'groups that do not divide the filters',
      () => wg.conv2d(4, 3, { groups: 3 }),
      '4 filters cannot be divided into 3',
    ],
    [
      'groups that do not divide the channels',
      () => wg.sequential([5, 5, 3], [wg.conv2d(4, 3, { groups: 2 })]),
      'conv2d: 3 channels cannot be divided into 2 groups',
    ],
    [
      'samples without channels',
      () => wg.sequential([28, 28], [wg.conv2d(4, 3)]),
      'conv2d(4): expected samples of shape [height, width, channels], got [28, 28]',
    ],
    [
      'images that are too small',
      () => wg.sequential([2, 2, 1], [wg.conv2d(4, 3)]),
      'the kernel reaches over 3 rows, and there are 2; give padding',
    ],
  ])('refuses %s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});

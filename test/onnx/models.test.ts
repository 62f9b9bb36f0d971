// Models as ONNX files: every layer and whole networks in onnxruntime, and as models again, which train on.

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeMessage } from '../../bindings/files/protobuf.js';
import * as wg from '../../bindings/index.js';
import { MODEL } from '../../bindings/onnx/schema.js';
import { exportOnnx, importOnnx } from '../../bindings/onnx.js';
import { gelu } from '../../bindings/ops.js';
import { type Shape, sizeOf } from '../../bindings/shape.js';
import { Tensor } from '../../bindings/tensor.js';
import { Numbers } from '../numbers.js';
import { expectClose, run } from './runtime.js';

beforeAll(() => wg.init({ backend: 'wasm', seed: 1 }));

const random = new Numbers(9);
const draw = (shape: Shape, low = -2, high = 2): wg.Tensor =>
  wg.tensor(
    Array.from({ length: sizeOf(shape) }, () => low + (high - low) * random.uniform()),
    [...shape],
  );

/** Layers by the names of the functions that make them: each with the shape of its samples. */
const LAYERS: Readonly<Record<string, readonly (readonly [Shape, () => wg.Layer, tokens?: number])[]>> = {
  activation: [[[3], () => wg.activation(gelu)]],
  adaptiveAvgPool1d: [[[7, 2], () => wg.adaptiveAvgPool1d(3)]],
  adaptiveAvgPool2d: [[[5, 6, 2], () => wg.adaptiveAvgPool2d([2, 3])]],
  avgPool1d: [[[7, 2], () => wg.avgPool1d(2, { padding: 'same' })]],
  avgPool2d: [
    [[5, 6, 2], () => wg.avgPool2d(3, { padding: 1, strides: 2 })],
    [[5, 6, 2], () => wg.avgPool2d(3, { padding: 1, strides: 2, countIncludePad: false })],
    [[6, 6, 2], () => wg.avgPool2d(3, { padding: 1, strides: 2, ceilMode: true })],
  ],
  batchNorm: [
    [[4, 5, 3], () => wg.batchNorm()],
    [[6], () => wg.batchNorm({ scale: false, center: false })],
    [[5, 2], () => wg.batchNorm({ epsilon: 0.01 })],
  ],
  bidirectional: [
    [[4, 3], () => wg.bidirectional(wg.gru(2))],
    [[4, 3], () => wg.bidirectional(wg.lstm(5, { returnSequences: true }), { mergeMode: 'ave' })],
  ],
  conv1d: [[[8, 2], () => wg.conv1d(3, 3, { padding: 'same', strides: 2, activation: 'relu' })]],
  conv1dTranspose: [[[4, 2], () => wg.conv1dTranspose(3, 3, { strides: 2, outputPadding: 1 })]],
  conv2d: [
    [[6, 5, 4], () => wg.conv2d(6, [3, 2], { strides: [2, 1], groups: 2, dilation: [1, 2], padding: 1 })],
    [[6, 5, 1], () => wg.conv2d(3, 3, { padding: 'same', strides: 2, activation: 'tanh' })],
    [[6, 5, 2], () => wg.conv2d(1, 3)],
  ],
  conv2dTranspose: [
    [[3, 4, 2], () => wg.conv2dTranspose(3, 3, { strides: 2, padding: 'same' })],
    [[3, 4, 4], () => wg.conv2dTranspose(4, 3, { strides: 2, padding: 1, outputPadding: 1, groups: 2 })],
  ],
  cropping1d: [[[5, 2], () => wg.cropping1d([1, 2])]],
  cropping2d: [[[5, 6, 2], () => wg.cropping2d(1)]],
  cutout: [[[5, 6, 2], () => wg.cutout(2)]],
  dense: [
    [[4], () => wg.dense(3, { activation: 'softmax' })],
    [[4], () => wg.dense(3, { activation: 'sigmoid', useBias: false })],
  ],
  depthToSpace: [[[2, 3, 8], () => wg.depthToSpace(2)]],
  depthwiseConv2d: [[[6, 5, 3], () => wg.depthwiseConv2d(3, { depthMultiplier: 2, strides: 2 })]],
  dropout: [[[4], () => wg.dropout(0.5)]],
  embedding: [
    [[4], () => wg.embedding(6, 3), 6],
    [[4], () => wg.embedding(6, 3, { paddingIndex: 2 }), 6],
    [[4], () => wg.embedding(6, 3, { maskZero: true }), 6],
  ],
  flatten: [[[2, 3, 2], () => wg.flatten()]],
  gaussianNoise: [[[4], () => wg.gaussianNoise(0.5)]],
  globalAvgPool1d: [[[5, 3], () => wg.globalAvgPool1d()]],
  globalAvgPool2d: [[[4, 5, 3], () => wg.globalAvgPool2d({ keepDims: true })]],
  globalMaxPool1d: [[[5, 3], () => wg.globalMaxPool1d()]],
  globalMaxPool2d: [[[4, 5, 3], () => wg.globalMaxPool2d()]],
  groupNorm: [[[4, 5, 6], () => wg.groupNorm(3)]],
  gru: [
    [[4, 3], () => wg.gru(2)],
    [[4, 3], () => wg.gru(5, { returnSequences: true, goBackwards: true })],
    [[4, 3], () => wg.gru(2, { useBias: false })],
  ],
  instanceNorm: [[[4, 5, 3], () => wg.instanceNorm({ scale: true, center: true })]],
  layer: [[[3], () => wg.layer({ kind: 'own', call: (x) => x.mul(2).softplus() })]],
  layerNorm: [
    [[4, 3], () => wg.layerNorm()],
    [[4, 3], () => wg.layerNorm({ axis: 1, center: false })],
  ],
  localResponseNorm: [[[3, 4, 7], () => wg.localResponseNorm(5)]],
  lstm: [
    [[4, 3], () => wg.lstm(2)],
    [[4, 3], () => wg.lstm(5, { returnSequences: true, goBackwards: true })],
    [[1, 3], () => wg.lstm(2, { useBias: false })],
  ],
  masking: [[[4, 3], () => wg.masking(-1)]],
  maxPool1d: [[[7, 2], () => wg.maxPool1d(3, { strides: 2, padding: 1 })]],
  maxPool2d: [
    [[5, 6, 2], () => wg.maxPool2d(2)],
    [[5, 6, 2], () => wg.maxPool2d(3, { strides: 2, padding: 'same' })],
    [[6, 6, 2], () => wg.maxPool2d(3, { strides: 2, ceilMode: true })],
  ],
  multiHeadAttention: [
    [[5, 6], () => wg.multiHeadAttention(2, 3)],
    [[4, 3], () => wg.multiHeadAttention(4, 2, { numKeyValueHeads: 2, causal: true, rotary: true })],
  ],
  permute: [[[2, 3, 4], () => wg.permute([3, 1, 2])]],
  positionalEmbedding: [
    [[4, 3], () => wg.positionalEmbedding(6)],
    [[4, 3], () => wg.positionalEmbedding(6, { type: 'sinusoidal' })],
  ],
  prelu: [[[4], () => wg.prelu()]],
  randomBrightness: [[[4, 4, 3], () => wg.randomBrightness(0.2)]],
  randomContrast: [[[4, 4, 3], () => wg.randomContrast(0.2)]],
  randomCrop: [[[6, 6, 3], () => wg.randomCrop(4, 4)]],
  randomFlip: [[[4, 4, 3], () => wg.randomFlip()]],
  randomRotation: [[[4, 4, 3], () => wg.randomRotation(20)]],
  randomTranslation: [[[4, 4, 3], () => wg.randomTranslation(1, 1)]],
  recompute: [[[4], () => wg.recompute((x) => wg.dense(3)(x).relu())]],
  repeatVector: [[[3], () => wg.repeatVector(4)]],
  rescaling: [[[3], () => wg.rescaling(1 / 255, { offset: -1 })]],
  reshape: [[[2, 6], () => wg.reshape([3, 4])]],
  rmsNorm: [[[4, 3], () => wg.rmsNorm()]],
  rotaryEmbedding: [[[2, 5, 4], () => wg.rotaryEmbedding()]],
  separableConv2d: [[[6, 5, 3], () => wg.separableConv2d(4, 3, { padding: 'same' })]],
  simpleRnn: [
    [[4, 3], () => wg.simpleRnn(2)],
    [[4, 3], () => wg.simpleRnn(5, { returnSequences: true, goBackwards: true, useBias: false })],
  ],
  spaceToDepth: [[[4, 6, 2], () => wg.spaceToDepth(2)]],
  spatialDropout1d: [[[4, 2], () => wg.spatialDropout1d(0.5)]],
  spatialDropout2d: [[[4, 4, 2], () => wg.spatialDropout2d(0.5)]],
  timeDistributed: [[[4, 3], () => wg.timeDistributed(wg.dense(2, { activation: 'tanh' }))]],
  tiedOutput: [[[5, 3], () => wg.tiedOutput(wg.embedding(7, 3))]],
  transformerDecoder: [
    [[4, 6], () => wg.transformerDecoder({ numHeads: 2, intermediateDim: 5, activation: 'swiglu' })],
  ],
  transformerEncoder: [
    [[4, 6], () => wg.transformerEncoder({ numHeads: 2, intermediateDim: 5, activation: 'gelu', normFirst: true })],
    [[4, 6], () => wg.transformerEncoder({ numHeads: 3, intermediateDim: 5, norm: 'rmsNorm', dropout: 0.1 })],
  ],
  upSampling2d: [
    [[3, 4, 2], () => wg.upSampling2d({ size: [2, 3] })],
    [[3, 4, 2], () => wg.upSampling2d({ interpolation: 'bilinear' })],
  ],
  zeroPadding1d: [[[4, 2], () => wg.zeroPadding1d([1, 2])]],
  zeroPadding2d: [[[4, 4, 2], () => wg.zeroPadding2d(1)]],
};

/** Layers that can't be written. */
const REFUSED: Readonly<Record<string, () => wg.Layer>> = {
  rnn: () => wg.rnn({ stateShape: [3], call: (x, s) => ({ output: x.add(s), state: x.add(s) }) }),
};

/** What layers/ exports that makes no layer. */
const NO_LAYERS = ['l1', 'l2', 'maskOf', 'withMask'];

/** Weights and states that are not those at the start. */
function shake<In, Out>(net: wg.Model<In, Out>): void {
  const of = (name: string, t: wg.Tensor): wg.Tensor =>
    /variance|gamma/i.test(name) ? draw(t.shape, 0.5, 2) : draw(t.shape, -0.7, 0.7);
  const all = { ...net.parameters(), ...net.state() };
  net.setWeights(Object.fromEntries(Object.entries(all).map(([name, t]) => [name, of(name, t)])));
}

const outputs = (y: unknown): Record<string, wg.Tensor> =>
  y instanceof Tensor ? { y } : (y as Record<string, wg.Tensor>);

/** Throws unless onnxruntime and the model that is made of the file predict the same, for two numbers of samples. */
async function check<In, Out>(
  net: wg.Model<In, Out>,
  sample: (n: number) => Record<string, wg.Tensor>,
): Promise<wg.Model<In, Out>> {
  const file = exportOnnx(net);
  const back = await importOnnx<In, Out>(file);
  for (const n of [1, 3]) {
    const given = sample(n);
    const x = (Object.keys(given).length === 1 ? given.x! : given) as never;
    const expected = outputs(net.predict(x));
    const judged = await run(file, given);
    const again = outputs(back.predict(x));
    for (const [name, t] of Object.entries(expected)) {
      expect(judged[name]!.shape, name).toEqual(t.shape);
      expectClose(`${name} in onnxruntime`, judged[name]!.data, t.data());
      expectClose(`${name} read again`, again[name]!.data(), t.data());
    }
  }
  return back;
}

describe('every layer', () => {
  it('is in the table', () => {
    const api = readFileSync('bindings/api.ts', 'utf8');
    const lists = [...api.matchAll(/export \{([^}]*)\} from '.\/layers\//g)].flatMap(([, list]) => list!.split(','));
    const names = lists.map((name) => name.trim()).filter((name) => name && !name.startsWith('type '));
    expect([...Object.keys(LAYERS), ...Object.keys(REFUSED), ...NO_LAYERS].sort()).toEqual(names.sort());
  });

  it.each(Object.keys(REFUSED))('%s is refused by its name', (name) => {
    const net = wg.sequential([4, 3], [REFUSED[name]!()]);
    expect(() => exportOnnx(net)).toThrow(new RegExp(`in the layer ${name}.* can't be exported to ONNX`));
  });

  it('recurrent with an activation that no instruction has is refused', () => {
    const net = wg.sequential([4, 3], [wg.simpleRnn(2, { activation: 'relu' })]);
    expect(() => exportOnnx(net)).toThrow("the op loop in the layer simpleRnn can't be exported to ONNX");
  });

  it.each(Object.keys(LAYERS))('%s', async (name) => {
    for (const [shape, make, tokens] of LAYERS[name]!) {
      const net = wg.sequential(tokens ? { shape, dtype: 'int32' } : shape, [make()]);
      shake(net);
      await check(net, (n) => ({ x: tokens ? draw([n, ...shape], 0, tokens).toInt() : draw([n, ...shape]) }));
    }
  });
});

/** A net of convolutions with batch norm. */
const convNet = () =>
  wg.sequential(
    [8, 8, 2],
    [
      wg.conv2d(4, 3, { padding: 'same', useBias: false }),
      wg.batchNorm(),
      wg.activation('relu'),
      wg.maxPool2d(2),
      wg.conv2d(6, 3, { activation: 'relu' }),
      wg.globalAvgPool2d(),
      wg.dense(3),
    ],
  );

describe('whole models', () => {
  it('an MLP, whose parameters have the same names and values again', async () => {
    const net = wg.sequential([4], [wg.dense(8, { activation: 'relu' }), wg.dense(3, { activation: 'softmax' })]);
    const back = await check(net, (n) => ({ x: draw([n, 4]) }));
    const [mine, theirs] = [net.parameters(), back.parameters()];
    expect(Object.keys(theirs)).toEqual(Object.keys(mine));
    for (const [name, t] of Object.entries(mine)) expect(theirs[name]!.toArray()).toEqual(t.toArray());
  });

  it('a net of convolutions with batch norm', async () => {
    const net = convNet();
    shake(net);
    const back = await check(net, (n) => ({ x: draw([n, 8, 8, 2]) }));
    expect(Object.keys(back.state()).sort()).toEqual(Object.keys(net.state()).sort());
  });

  it('an autoencoder with transposed convolutions', async () => {
    const net = wg.sequential(
      [8, 8, 1],
      [
        wg.conv2d(4, 3, { strides: 2, padding: 'same', activation: 'relu' }),
        wg.flatten(),
        wg.dense(5),
        wg.dense(64, { activation: 'relu' }),
        wg.reshape([4, 4, 4]),
        wg.conv2dTranspose(1, 3, { strides: 2, padding: 'same', activation: 'sigmoid' }),
      ],
    );
    shake(net);
    await check(net, (n) => ({ x: draw([n, 8, 8, 1]) }));
  });

  it('an encoder and a decoder that goes on from its states, each one node with weights of the same names', async () => {
    const [encoder, decoder] = [
      wg.lstm(3, { returnState: true }),
      wg.lstm(3, { returnSequences: true, returnState: true }),
    ];
    const gate = wg.gru(3, { returnSequences: true, goBackwards: true });
    const net = wg.model({ x: [5, 2], z: [4, 3] }, ({ x, z }) => {
      const { state } = encoder(x) as { state: wg.LstmState };
      const { output, state: last } = decoder({ x: z, initialState: state }) as {
        output: wg.Tensor;
        state: typeof state;
      };
      return { ys: gate({ x: output, initialState: last.h }), h: last.h, c: last.c };
    });
    shake(net);
    const back = await check(net, (n) => ({ x: draw([n, 5, 2]), z: draw([n, 4, 3]) }));
    expect(Object.keys(back.parameters()).sort()).toEqual(Object.keys(net.parameters()).sort());
    const { graph } = decodeMessage('the file', MODEL, exportOnnx(net));
    const ops = graph!.node.flatMap(({ opType }) => (/LSTM|GRU|MatMul/.test(opType!) ? [opType] : []));
    expect(ops).toEqual(['LSTM', 'LSTM', 'GRU']);
  });

  it('recurrent layers with lengths, also of 0, and states to start from', async () => {
    const how = { returnSequences: true, returnState: true } as const;
    const [encoder, decoder, back] = [wg.lstm(4, how), wg.lstm(4, { ...how, goBackwards: true }), wg.gru(3, how)];
    const inputs = { x: [5, 2], z: [4, 3], known: [4], lengths: { shape: [], dtype: 'int32' } } as const;
    const net = wg.model(inputs, ({ x, z, known, lengths }) => {
      const first = encoder({ x, lengths }) as wg.WithState<wg.LstmState>;
      const second = decoder({ x: z, mask: known.greater(0), initialState: first.state }) as typeof first;
      const { output, state } = back({ x: z, mask: known.less(0.3) }) as wg.WithState<wg.Tensor>;
      return { xs: first.output, ys: second.output, ...second.state, zs: output, last: state };
    });
    shake(net);
    const file = await check(net, (n) => ({
      x: draw([n, 5, 2]),
      z: draw([n, 4, 3]),
      known: draw([n, 4]),
      lengths: wg.tensor(Int32Array.from({ length: n }, (_, i) => [3, 0, 5][i]!)),
    }));
    expect(Object.keys(file.parameters()).sort()).toEqual(Object.keys(net.parameters()).sort());
  });

  it('masks from embedding to the last layer', async () => {
    const layers = [
      wg.embedding(6, 3, { maskZero: true }),
      wg.bidirectional(wg.gru(3, { returnSequences: true })),
      wg.timeDistributed(wg.dense(4, { activation: 'tanh' })),
      wg.simpleRnn(4, { returnSequences: true }),
      wg.layerNorm(),
      wg.bidirectional(wg.lstm(2), { mergeMode: 'sum' }),
    ];
    const rows = [0, 3, 0, 5, 0, /**/ 1, 2, 3, 0, 0, /**/ 0, 0, 0, 0, 0];
    const net = wg.sequential({ shape: [5], dtype: 'int32' }, layers);
    shake(net);
    await check(net, (n) => ({ x: wg.tensor(rows.slice(0, 5 * n), [n, 5], 'int32') }));
  });

  it('two inputs and two outputs, one input of int32', async () => {
    const [wide, head] = [wg.dense(6, { activation: 'tanh' }), wg.dense(2)];
    const net = wg.model({ image: [4, 4, 1], age: { shape: [], dtype: 'int32' } }, ({ image, age }) => {
      const features = wide(image.flatten(1));
      const years = age.toFloat().expandDims(1).div(100);
      return { sick: head(features.mul(years)).softmax(), days: features.sum(-1, { keepDims: true }).add(years) };
    });
    shake(net);
    await check(net, (n) => ({
      image: draw([n, 4, 4, 1]),
      age: wg.tensor(Int32Array.from({ length: n }, (_, i) => 20 + i)),
    }));
  });

  it('transposes between convolutions cancel out, and those of kernels are carried out', async () => {
    const { graph } = decodeMessage('the file', MODEL, exportOnnx(convNet()));
    const ops = graph!.node.map(({ opType }) => opType);
    expect(ops).toEqual([
      ...['Transpose', 'Conv', 'BatchNormalization', 'Relu', 'MaxPool', 'Conv', 'Relu', 'Transpose'],
      ...['ReduceSum', 'Mul', 'MatMul', 'Add'],
    ]);
    const names = graph!.initializer.map(({ name }) => name);
    expect(names).toContain('conv2d.kernel');
    expect(graph!.initializer.find(({ name }) => name === 'conv2d.kernel')!.dims).toEqual([4, 2, 3, 3]);
  });
});

/** Trains a model and one that was imported from it by three steps each: losses and predictions stay the same. */
function expectSameSteps(
  net: wg.Model,
  back: wg.Model<never, unknown>,
  x: wg.Tensor,
  y: Int32Array | wg.Tensor,
  loss: 'mse' | 'softmaxCrossEntropy',
): void {
  for (const one of [net, back as wg.Model]) one.compile({ optimizer: wg.sgd(0.1), loss });
  for (let i = 0; i < 3; i++) {
    const [mine, theirs] = [net, back as wg.Model].map((one) => one.trainOnBatch(x, y)) as [number, number];
    expect(Math.abs(mine - theirs)).toBeLessThan(1e-5 * mine);
  }
  expectClose('the prediction', (back as wg.Model).predict(x).data(), net.predict(x).data(), 1e-4);
}

describe('a model that was imported', () => {
  it('takes the step that the model takes which was exported', async () => {
    const net = convNet();
    const x = draw([6, 8, 8, 2]);
    const y = Int32Array.of(0, 1, 2, 0, 1, 2);
    const back = await importOnnx(exportOnnx(net));
    expectSameSteps(net, back, x, y, 'softmaxCrossEntropy');
    const variance = 'batchNorm.movingVariance';
    expectClose('the state', back.state()[variance]!.data(), net.state()[variance]!.data(), 1e-4);
  });

  it('learns', async () => {
    const net = wg.sequential([2], [wg.dense(8, { activation: 'tanh' }), wg.dense(1)]);
    const back = await importOnnx(exportOnnx(net));
    back.compile({ optimizer: wg.adam(0.05), loss: 'meanSquaredError' });
    const [x, y] = [
      [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ],
      [[0], [1], [1], [0]],
    ];
    const { history } = await back.fit(x, y, { epochs: 200 });
    expect(history.loss!.at(-1)!).toBeLessThan(0.01 * history.loss![0]!);
  });

  it('of recurrent layers takes the same steps', async () => {
    const net = wg.sequential(
      [5, 2],
      [wg.bidirectional(wg.gru(3, { returnSequences: true })), wg.lstm(4), wg.dense(1)],
    );
    shake(net);
    const back = await importOnnx(exportOnnx(net));
    const [x, y] = [draw([6, 5, 2]), draw([6, 1])];
    expectSameSteps(net, back, x, y, 'mse');
  });

  it('of recurrent layers with a mask takes the same steps', async () => {
    const net = wg.sequential([5, 2], [wg.masking(0), wg.gru(3, { returnSequences: true }), wg.lstm(4), wg.dense(1)]);
    shake(net);
    const back = await importOnnx(exportOnnx(net));
    const known = draw([6, 5, 1]).greater(-0.2);
    const [x, y] = [draw([6, 5, 2]).mul(known), draw([6, 1])];
    expectSameSteps(net, back, x, y, 'mse');
  });

  it('trains what the option says', async () => {
    const net = wg.sequential([2], [wg.dense(3), wg.dense(1)]);
    const back = await importOnnx(exportOnnx(net), { trainable: (name) => !name.startsWith('dense.') });
    back.compile({ optimizer: wg.sgd(0.1), loss: 'meanSquaredError' });
    back.trainOnBatch([[1, 2]], [[5]]);
    const [before, after] = [net.parameters(), back.parameters()];
    expect(after['dense.kernel']!.toArray()).toEqual(before['dense.kernel']!.toArray());
    expect(after['dense_1.kernel']!.toArray()).not.toEqual(before['dense_1.kernel']!.toArray());
  });
});

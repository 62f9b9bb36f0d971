// One of every kind of layer, for what must work with all of them: files, programs in other formats.

import * as wg from '../bindings/index.js';
import * as ops from '../bindings/ops.js';
import type { Shape } from '../bindings/shape.js';

/** A layer, and the shape of a sample that it takes. */
export interface LayerKind {
  readonly shape: Shape;
  /** It takes whole numbers below this, int32. */
  readonly below?: number;
  make(): wg.Layer;
}

const IMAGE = [6, 6, 4];
const SERIES = [6, 4];
const ROW = [5];

const kind = (shape: Shape, make: () => wg.Layer): LayerKind => ({ shape, make });
const ofTokens = (below: number, make: () => wg.Layer): LayerKind => ({ shape: [4], below, make });

/** The input of a model that has this layer alone. */
export const inputOf = ({ shape, below }: LayerKind): Parameters<typeof wg.sequential>[0] =>
  below === undefined ? shape : { shape, dtype: 'int32' };

/** By what the layer is made of. */
export const LAYER_KINDS: Readonly<Record<string, LayerKind>> = {
  dense: kind(ROW, () => wg.dense(3)),
  'dense with all options': kind(ROW, () =>
    wg.dense(3, {
      activation: ops.gelu,
      useBias: true,
      kernelInitializer: wg.heNormal,
      biasInitializer: 'ones',
      kernelRegularizer: wg.l2(0.5),
      biasRegularizer: wg.l1(),
      trainable: true,
      name: 'own',
    }),
  ),
  'dense without bias': kind(ROW, () => wg.dense(3, { useBias: false, activation: 'relu' })),
  activation: kind(ROW, () => wg.activation('tanh')),
  'activation of a function': kind(ROW, () => wg.activation(ops.silu)),
  prelu: kind(IMAGE, () => wg.prelu({ sharedAxes: [1, 2] })),
  dropout: kind(ROW, () => wg.dropout(0.25)),
  spatialDropout1d: kind(SERIES, () => wg.spatialDropout1d(0.5)),
  spatialDropout2d: kind(IMAGE, () => wg.spatialDropout2d(0.5)),
  gaussianNoise: kind(ROW, () => wg.gaussianNoise(0.1)),
  flatten: kind(IMAGE, () => wg.flatten()),
  rescaling: kind(ROW, () => wg.rescaling(1 / 255, { offset: -0.5 })),
  reshape: kind(IMAGE, () => wg.reshape([-1, 2])),
  permute: kind(SERIES, () => wg.permute([2, 1])),
  repeatVector: kind(ROW, () => wg.repeatVector(3)),
  conv1d: kind(SERIES, () => wg.conv1d(3, 2, { strides: 2, padding: [1, 0] })),
  conv2d: kind(IMAGE, () => wg.conv2d(4, [3, 2], { padding: 'same', groups: 2, dilation: [1, 2], activation: 'relu' })),
  conv1dTranspose: kind(SERIES, () => wg.conv1dTranspose(3, 3, { strides: 2, padding: 'same' })),
  conv2dTranspose: kind(IMAGE, () => wg.conv2dTranspose(3, 3, { strides: 2, outputPadding: 1 })),
  depthwiseConv2d: kind(IMAGE, () => wg.depthwiseConv2d(3, { depthMultiplier: 2 })),
  separableConv2d: kind(IMAGE, () => wg.separableConv2d(5, 3, { pointwiseRegularizer: wg.l2() })),
  maxPool1d: kind(SERIES, () => wg.maxPool1d()),
  maxPool2d: kind(IMAGE, () => wg.maxPool2d([2, 3], { strides: 2, padding: 1, ceilMode: true })),
  avgPool1d: kind(SERIES, () => wg.avgPool1d(3)),
  avgPool2d: kind(IMAGE, () => wg.avgPool2d()),
  adaptiveAvgPool1d: kind(SERIES, () => wg.adaptiveAvgPool1d(4)),
  adaptiveAvgPool2d: kind(IMAGE, () => wg.adaptiveAvgPool2d([2, 4])),
  globalAvgPool1d: kind(SERIES, () => wg.globalAvgPool1d({ keepDims: true })),
  globalAvgPool2d: kind(IMAGE, () => wg.globalAvgPool2d()),
  globalMaxPool1d: kind(SERIES, () => wg.globalMaxPool1d()),
  globalMaxPool2d: kind(IMAGE, () => wg.globalMaxPool2d()),
  zeroPadding1d: kind(SERIES, () => wg.zeroPadding1d([1, 2])),
  zeroPadding2d: kind(IMAGE, () =>
    wg.zeroPadding2d([
      [0, 1],
      [2, 0],
    ]),
  ),
  cropping1d: kind(SERIES, () => wg.cropping1d()),
  cropping2d: kind(IMAGE, () => wg.cropping2d([1, 2])),
  upSampling2d: kind(IMAGE, () => wg.upSampling2d({ size: 2, interpolation: 'bilinear' })),
  depthToSpace: kind(IMAGE, () => wg.depthToSpace(2)),
  spaceToDepth: kind(IMAGE, () => wg.spaceToDepth(2)),
  batchNorm: kind(IMAGE, () => wg.batchNorm({ momentum: 0.2 })),
  layerNorm: kind(SERIES, () => wg.layerNorm({ axis: -2 })),
  rmsNorm: kind(SERIES, () => wg.rmsNorm()),
  groupNorm: kind(IMAGE, () => wg.groupNorm(2)),
  instanceNorm: kind(IMAGE, () => wg.instanceNorm({ scale: true })),
  localResponseNorm: kind(IMAGE, () => wg.localResponseNorm(3)),
  embedding: ofTokens(5, () => wg.embedding(5, 3, { paddingIndex: 0 })),
  'embedding with a mask': ofTokens(5, () => wg.embedding(5, 3, { maskZero: true, name: 'own' })),
  masking: kind(SERIES, () => wg.masking(-1)),
  positionalEmbedding: kind(SERIES, () => wg.positionalEmbedding(8)),
  'positionalEmbedding of waves': kind(SERIES, () => wg.positionalEmbedding(8, { type: 'sinusoidal' })),
  rotaryEmbedding: kind(IMAGE, () => wg.rotaryEmbedding({ base: 100 })),
  tiedOutput: kind(SERIES, () => wg.tiedOutput(wg.embedding(5, 4))),
  multiHeadAttention: kind(SERIES, () =>
    wg.multiHeadAttention(4, 2, { numKeyValueHeads: 2, causal: true, rotary: true, valueDim: 3, outputDim: 5 }),
  ),
  transformerEncoder: kind(SERIES, () => wg.transformerEncoder({ numHeads: 2, intermediateDim: 3, dropout: 0.1 })),
  transformerDecoder: kind(SERIES, () =>
    wg.transformerDecoder({ numHeads: 2, intermediateDim: 3, normFirst: true, activation: 'swiglu', norm: 'rmsNorm' }),
  ),
  recompute: kind(ROW, () => wg.recompute(wg.dense(3, { activation: 'tanh' }))),
  simpleRnn: kind(SERIES, () => wg.simpleRnn(3, { activation: 'relu', goBackwards: true, returnSequences: true })),
  lstm: kind(SERIES, () => wg.lstm(3, { dropout: 0.2, recurrentDropout: 0.1, recurrentRegularizer: wg.l2() })),
  'lstm with all options': kind(SERIES, () =>
    wg.lstm(3, {
      returnSequences: true,
      unitForgetBias: true,
      kernelInitializer: wg.heNormal,
      recurrentInitializer: wg.orthogonal,
      biasInitializer: 'ones',
      trainable: false,
      name: 'own',
    }),
  ),
  gru: kind(SERIES, () => wg.gru(5, { useBias: false })),
  bidirectional: kind(SERIES, () => wg.bidirectional(wg.gru(3, { returnSequences: true }), { mergeMode: 'sum' })),
  timeDistributed: kind(SERIES, () => wg.timeDistributed(wg.dense(2))),
  randomFlip: kind(IMAGE, () => wg.randomFlip()),
  randomTranslation: kind(IMAGE, () => wg.randomTranslation(0.1, 0.2)),
  randomRotation: kind(IMAGE, () => wg.randomRotation(10)),
  randomCrop: kind(IMAGE, () => wg.randomCrop(4, 4, { padding: 1 })),
  randomBrightness: kind(IMAGE, () => wg.randomBrightness(0.2)),
  randomContrast: kind(IMAGE, () => wg.randomContrast(0.2)),
  cutout: kind(IMAGE, () => wg.cutout(2)),
};

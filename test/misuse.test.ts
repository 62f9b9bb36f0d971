// Every public function and every method of a tensor, called wrongly in every way: it returns something sound, or
// throws a WasmgradError that says what was expected. Never a TypeError from somewhere inside.

import { inspect } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import * as ops from '../bindings/ops.js';
import { Tensor, tensor } from '../bindings/tensor.js';
import type { Case } from './cases.js';
import { PLAIN } from './places.js';

beforeAll(() => wg.init({ seed: 1 }));

/** Wrong on purpose: what TypeScript would refuse, JavaScript passes. */
// biome-ignore lint/suspicious/noExplicitAny: the point of these tests
const any = (value: unknown): any => value;

/** A valid call: how, and with what. Each argument is replaced in turn. */
interface Call {
  readonly call: (...args: never[]) => unknown;
  readonly args: readonly unknown[];
}

const x = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);
const matrix = tensor([
  [1, 2],
  [3, 4],
]);
const images = wg.ones([2, 4, 4, 4]);
const v = tensor([1, 2, 3]);
const i = tensor([0, 1], undefined, 'int32');
const square = (t: wg.Tensor) => t.square().sum();

/** A batch of sequences. */
const sequences = wg.zeros([1, 3, 2]);

/** A cell of one's own. */
const runningSum = {
  stateShape: [2],
  call: (x: wg.Tensor, state: wg.Tensor) => ({ output: x, state: state.add(x) }),
};

/** Parameters of a simpleRnn, which fit those of no other cell. */
const recurrent = (gates: number) => ({ kernel: wg.ones([2, gates]), recurrentKernel: wg.ones([1, gates]) });

/** A function of wasmgrad with valid arguments. */
const of = (call: (...args: never[]) => unknown, ...args: readonly unknown[]): Call => ({ call, args });

const FUNCTIONS: Record<string, Call> = {
  adadelta: of(wg.adadelta, 0.1, { rho: 0.5 }),
  adafactor: of(wg.adafactor, 0.1, { threshold: 2 }),
  adamax: of(wg.adamax, 0.1, { beta1: 0.5 }),
  adamW: of(wg.adamW, 0.1, { weightDecay: 0.5 }),
  amsgrad: of(wg.amsgrad, 0.1, { beta1: 0.5 }),
  averageWeights: of(wg.averageWeights, 0.9, wg.sgd()),
  clipByGlobalNorm: of(wg.clipByGlobalNorm, 1, wg.sgd()),
  clipByNorm: of(wg.clipByNorm, 1, wg.sgd()),
  clipByValue: of(wg.clipByValue, 1, wg.sgd()),
  constantSchedule: of(wg.constantSchedule, 0.1),
  cosineDecay: of(wg.cosineDecay, 0.1, { decaySteps: 10 }),
  cosineDecayRestarts: of(wg.cosineDecayRestarts, 0.1, { decaySteps: 10, cycleFactor: 2 }),
  exponentialDecay: of(wg.exponentialDecay, 0.1, { factor: 0.5 }),
  grouped: of(wg.grouped, wg.sgd(), [{ match: 'dense', optimizer: wg.adam() }]),
  inverseTimeDecay: of(wg.inverseTimeDecay, 0.1, { factor: 0.5 }),
  joinSchedules: of(wg.joinSchedules, [0.1, 0.2], [5]),
  linearWarmup: of(wg.linearWarmup, 0.1, { steps: 5 }),
  lion: of(wg.lion, 0.1, { beta1: 0.5 }),
  multiStep: of(wg.multiStep, 0.1, { milestones: [5] }),
  nadam: of(wg.nadam, 0.1, { momentumDecay: 0.5 }),
  oneCycle: of(wg.oneCycle, 0.1, { steps: 10 }),
  piecewiseConstant: of(wg.piecewiseConstant, [5], [0.1, 0.2]),
  polynomialDecay: of(wg.polynomialDecay, 0.1, { decaySteps: 10 }),
  radam: of(wg.radam, 0.1, { beta1: 0.5 }),
  rprop: of(wg.rprop, 0.1, { grow: 2 }),
  stepDecay: of(wg.stepDecay, 0.1, { every: 10 }),
  adagrad: of(wg.adagrad, 0.1, { epsilon: 1e-8 }),
  adam: of(wg.adam, 0.1, { beta1: 0.5 }),
  binaryCrossEntropyWithLogits: of(wg.binaryCrossEntropyWithLogits, { posWeight: [1, 2] }),
  contrastive: of(wg.contrastive, { margin: 2 }),
  cosineDistance: of(wg.cosineDistance, {}),
  focal: of(wg.focal, { gamma: 1 }),
  hinge: of(wg.hinge, {}),
  huber: of(wg.huber, { delta: 2 }),
  klDivergence: of(wg.klDivergence, { logTarget: true }),
  logCosh: of(wg.logCosh, {}),
  confusionMatrix: of(wg.confusionMatrix, { threshold: 0.2 }),
  f1: of(wg.f1, { average: 'macro' }),
  logLoss: of(wg.logLoss, { fromLogits: true }),
  measure: of(wg.measure, wg.rocAuc(), [0, 1, 1], [0.2, 0.1, 0.9]),
  metric: of(wg.metric, 'near', (y: wg.Tensor) => y),
  perplexity: of(wg.perplexity, { ignoreIndex: 0 }),
  prAuc: of(wg.prAuc, { average: 'none' }),
  precision: of(wg.precision, { threshold: 0.2 }),
  r2: of(wg.r2),
  recall: of(wg.recall, { average: 'none' }),
  rmse: of(wg.rmse),
  rocAuc: of(wg.rocAuc, { average: 'weighted' }),
  topKAccuracy: of(wg.topKAccuracy, 3),
  nllLoss: of(wg.nllLoss, { ignoreIndex: 1 }),
  ctcLoss: of(wg.ctcLoss, { blank: 1 }),
  pinball: of(wg.pinball, { quantile: 0.9 }),
  poissonNll: of(wg.poissonNll, { full: true }),
  smoothL1: of(wg.smoothL1, { beta: 2 }),
  softmaxCrossEntropy: of(wg.softmaxCrossEntropy, { weight: [1, 2] }),
  squaredHinge: of(wg.squaredHinge, {}),
  cutout: of(wg.cutout, 2, { fillValue: 1 }),
  randomBrightness: of(wg.randomBrightness, 0.2, { name: 'a' }),
  randomContrast: of(wg.randomContrast, 0.2, { name: 'a' }),
  randomCrop: of(wg.randomCrop, 2, 2, { padding: 1 }),
  randomFlip: of(wg.randomFlip, { mode: 'both' }),
  randomRotation: of(wg.randomRotation, 20, { fillMode: 'edge' }),
  randomTranslation: of(wg.randomTranslation, 0.1, 0.1, { fillValue: 1 }),
  arange: of(wg.arange, 0, 4, 1, 'int32'),
  bernoulli: of(wg.bernoulli, [2], { p: 0.5 }),
  categorical: of(wg.categorical, x, { axis: 0 }),
  customVjp: of(
    (f, back, at) => wg.grad(wg.customVjp(f, back))(at),
    (t: wg.Tensor) => ({ value: t.square(), saved: t }),
    (t: wg.Tensor, g: wg.Tensor) => [t.mul(g)],
    2,
  ),
  adaptiveAvgPool1d: of(wg.adaptiveAvgPool1d, 2, { name: 'pool' }),
  adaptiveAvgPool2d: of(wg.adaptiveAvgPool2d, [2, 1], { name: 'pool' }),
  avgPool1d: of(wg.avgPool1d, 2, { countIncludePad: false }),
  avgPool2d: of(wg.avgPool2d, [2, 1], { padding: 'same' }),
  maxPool1d: of(wg.maxPool1d, 2, { strides: 1 }),
  maxPool2d: of(wg.maxPool2d, [2, 1], { padding: [1, 0] }),
  batchNorm: of(wg.batchNorm, { momentum: 0.5 }),
  groupNorm: of(wg.groupNorm, 2, { epsilon: 1e-3 }),
  instanceNorm: of(wg.instanceNorm, { scale: true }),
  layerNorm: of(wg.layerNorm, { axis: 1 }),
  localResponseNorm: of(wg.localResponseNorm, 3, { alpha: 1 }),
  recompute: of(wg.recompute, wg.dense(2), { name: 'again' }),
  rmsNorm: of(wg.rmsNorm, { axis: 1 }),
  simpleRnn: of(wg.simpleRnn, 2, { activation: 'relu' }),
  lstm: of(wg.lstm, 2, { unitForgetBias: true }),
  gru: of(wg.gru, 2, { returnSequences: true }),
  bidirectional: of(wg.bidirectional, wg.gru(2), { mergeMode: 'sum' }),
  timeDistributed: of(wg.timeDistributed, wg.dense(2), { name: 'each' }),
  masking: of(wg.masking, -1, { name: 'own' }),
  maskOf: of(wg.maskOf, x),
  withMask: of((t, mask) => wg.model([2], (given) => given.mul(wg.withMask(t, mask).sum())), x, null),
  rnn: of(wg.rnn, runningSum, { returnSequences: true }),
  embedding: of(wg.embedding, 4, 3, { paddingIndex: 1 }),
  multiHeadAttention: of(wg.multiHeadAttention, 2, 4, { causal: true }),
  positionalEmbedding: of(wg.positionalEmbedding, 8, { type: 'sinusoidal' }),
  rotaryEmbedding: of(wg.rotaryEmbedding, { base: 100 }),
  tiedOutput: of(wg.tiedOutput, wg.embedding(4, 3), { name: 'logits' }),
  transformerDecoder: of(wg.transformerDecoder, { numHeads: 2, intermediateDim: 8 }),
  transformerEncoder: of(wg.transformerEncoder, { numHeads: 2, intermediateDim: 8 }),
  activation: of(wg.activation, 'relu', { name: 'act' }),
  cropping1d: of(wg.cropping1d, 1, { name: 'cut' }),
  cropping2d: of(wg.cropping2d, [1, 2], { name: 'cut' }),
  conv1d: of(wg.conv1d, 2, 3, { padding: [1, 0] }),
  conv1dTranspose: of(wg.conv1dTranspose, 2, 3, { strides: 2 }),
  conv2d: of(wg.conv2d, 2, [3, 1], { activation: 'relu' }),
  conv2dTranspose: of(wg.conv2dTranspose, 2, 3, { padding: 'same' }),
  dense: of(wg.dense, 2, { activation: 'relu' }),
  depthwiseConv2d: of(wg.depthwiseConv2d, 3, { depthMultiplier: 2 }),
  separableConv2d: of(wg.separableConv2d, 2, 3, { useBias: false }),
  depthToSpace: of(wg.depthToSpace, 2, { name: 'larger' }),
  dropout: of(wg.dropout, 0.5, { name: 'drop' }),
  gaussianNoise: of(wg.gaussianNoise, 0.5, { name: 'noise' }),
  globalAvgPool1d: of(wg.globalAvgPool1d, { keepDims: true }),
  globalAvgPool2d: of(wg.globalAvgPool2d, { keepDims: true }),
  globalMaxPool1d: of(wg.globalMaxPool1d, { keepDims: true }),
  globalMaxPool2d: of(wg.globalMaxPool2d, { keepDims: true }),
  permute: of(wg.permute, [2, 1], { name: 'turned' }),
  prelu: of(wg.prelu, { sharedAxes: [1] }),
  repeatVector: of(wg.repeatVector, 2, { name: 'again' }),
  reshape: of(wg.reshape, [2, -1], { name: 'shaped' }),
  spaceToDepth: of(wg.spaceToDepth, 2, { name: 'smaller' }),
  spatialDropout1d: of(wg.spatialDropout1d, 0.5, { name: 'drop' }),
  spatialDropout2d: of(wg.spatialDropout2d, 0.5, { name: 'drop' }),
  upSampling2d: of(wg.upSampling2d, { size: [2, 3] }),
  zeroPadding1d: of(wg.zeroPadding1d, 1, { name: 'padded' }),
  zeroPadding2d: of(
    wg.zeroPadding2d,
    [
      [1, 0],
      [2, 1],
    ],
    { name: 'padded' },
  ),
  l1: of(wg.l1, 0.1),
  l2: of(wg.l2, 0.1),
  layer: of(wg.layer, { kind: 'mine', call: (x: Tensor) => x }),
  trainer: of(wg.trainer, (p: { w: Tensor }) => p.w.square(), { w: 1 }, { optimizer: wg.sgd() }),
  model: of(wg.model, [2], (x: Tensor) => x.mul(2)),
  earlyStopping: of(wg.earlyStopping, { patience: 1 }),
  eye: of(wg.eye, 2, 3),
  flatten: of(wg.flatten),
  foldIn: of(wg.foldIn, wg.randomKey(1), 3),
  full: of(wg.full, [2], 1, 'int32'),
  grad: of((f, options, at) => wg.grad(f, options)(at), square, { hasAux: false }, x),
  gradCheck: of(wg.gradCheck, square, v, { epsilon: 1e-5 }),
  hessian: of((f, at) => wg.hessian(f)(at), square, v),
  jacobian: of(
    (f, at) => wg.jacobian(f)(at),
    (t: wg.Tensor) => t,
    v,
  ),
  jit: of(
    (f, at) => wg.jit(f)(at),
    (t: wg.Tensor) => t,
    v,
  ),
  jvp: of(wg.jvp, (t: wg.Tensor) => t, v, v),
  lbfgs: of(wg.lbfgs, square, v, { steps: 1 }),
  linspace: of(wg.linspace, 0, 1, 3),
  minimize: of(wg.minimize, square, v, { steps: 1 }),
  newton: of(wg.newton, square, v, { steps: 1 }),
  ones: of(wg.ones, [2], 'int32'),
  permutation: of(wg.permutation, 3, { key: wg.randomKey(1) }),
  glorotNormal: of((shape, key) => wg.glorotNormal(shape, key), [2, 3], wg.randomKey(1)),
  orthogonal: of((shape, key) => wg.orthogonal(shape, key), [2, 3], wg.randomKey(1)),
  heNormal: of((shape, key) => wg.heNormal(shape, key), [2, 3], wg.randomKey(1)),
  profile: of(
    (f, at) => wg.profile(f)(at).microseconds,
    (t: wg.Tensor) => t,
    v,
  ),
  randomInt: of(wg.randomInt, [2], { high: 3 }),
  randomKey: of(wg.randomKey, 1),
  randomNormal: of(wg.randomNormal, [2], { mean: 1 }),
  randomUniform: of(wg.randomUniform, [2], { low: -1 }),
  rescaling: of(wg.rescaling, 2, { offset: 1, name: 'scaled' }),
  progressBar: of(wg.progressBar, { stream: { write() {} } }),
  logger: of(wg.logger, { every: 2, write() {} }),
  reduceLROnPlateau: of(wg.reduceLROnPlateau, { patience: 1 }),
  rmsprop: of(wg.rmsprop, 0.1, { rho: 0.5 }),
  runtimeInfo: of(wg.runtimeInfo),
  setSeed: of(wg.setSeed, 1),
  sgd: of(wg.sgd, 0.1, { momentum: 0.5 }),
  splitKey: of(wg.splitKey, wg.randomKey(1), 2),
  splitKeys: of(wg.splitKeys, wg.randomKey(1), 2),
  stopBelow: of(wg.stopBelow, 0.1, { monitor: 'loss' }),
  tensor: of(wg.tensor, [1, 2], [2], 'int32'),
  treeLeaves: of(wg.treeLeaves, { a: x, b: [v] }),
  truncatedNormal: of(wg.truncatedNormal, [2], { std: 2 }),
  valueAndGrad: of((f, options, at) => wg.valueAndGrad(f, options)(at), square, { hasAux: false }, x),
  vjp: of(
    (f, at, cotangent) => wg.vjp(f, at).pull(cotangent),
    (t: wg.Tensor) => t,
    v,
    v,
  ),
  scan: of(wg.scan, (carry: unknown) => [carry, carry], 0, x, { length: 2, reverse: true }),
  whileLoop: of(
    wg.whileLoop,
    () => 0,
    (carry: unknown) => carry,
    3,
  ),
  cond: of(
    wg.cond,
    1,
    () => 2,
    () => 3,
    v,
  ),
  vmap: of(
    (f, options, at) => wg.vmap(f, options)(at),
    (t: wg.Tensor) => t.exp(),
    { inAxes: [1], outAxes: -1 },
    x,
  ),
  zeros: of(wg.zeros, [2], 'int32'),
};

/** Of wasmgrad/ops, all but the methods of a tensor. */
const named = new Map<string, unknown>(Object.entries(ops));

/** An elementwise op is called as its row in cases.ts has it. */
const ofRow = ([name, { plain }]: readonly [string, Case]): [string, Call] => {
  const call = named.get(name) as Call['call'];
  return [name, plain === 1 ? of(call, x) : of(call, x, x)];
};

const OPS: Record<string, Call> = {
  ...Object.fromEntries([...PLAIN].map(ofRow)),
  binaryCrossEntropy: of(ops.binaryCrossEntropy, matrix.sigmoid(), matrix, { reduction: 'none' }),
  binaryCrossEntropyWithLogits: of(ops.binaryCrossEntropyWithLogits, x, x, { reduction: 'sum' }),
  categoricalCrossEntropy: of(ops.categoricalCrossEntropy, x.softmax(), i, { reduction: 'none' }),
  meanAbsoluteError: of(ops.meanAbsoluteError, x, 1, { reduction: 'mean' }),
  meanSquaredError: of(ops.meanSquaredError, x, x, { reduction: 'mean' }),
  softmaxCrossEntropy: of(ops.softmaxCrossEntropy, x, i, { weight: [1, 2, 3], labelSmoothing: 0.1, ignoreIndex: 1 }),
  contrastive: of(ops.contrastive, x, 1, { margin: 2 }),
  cosineEmbedding: of(ops.cosineEmbedding, x, x, 1, { margin: 0.5 }),
  cosineSimilarity: of(ops.cosineSimilarity, x, x, { axis: 0 }),
  focal: of(ops.focal, x, 1, { alpha: 0.5, gamma: 1 }),
  gaussianNll: of(ops.gaussianNll, x, x, 1, { full: true }),
  hinge: of(ops.hinge, x, 1, { reduction: 'sum' }),
  huber: of(ops.huber, x, 1, { delta: 2 }),
  klDivergence: of(ops.klDivergence, x, x, { reduction: 'batchMean' }),
  logCosh: of(ops.logCosh, x, x, { reduction: 'none' }),
  nllLoss: of(ops.nllLoss, x, i, { weight: v }),
  ctcLoss: of(ops.ctcLoss, wg.zeros([1, 3, 4]), wg.tensor([[1, 2]], undefined, 'int32'), { blank: 0 }),
  ctcGreedyDecode: of(ops.ctcGreedyDecode, wg.zeros([1, 3, 4]), { blank: 0 }),
  pinball: of(ops.pinball, x, 1, { quantile: 0.9 }),
  poissonNll: of(ops.poissonNll, x, x, { logInput: false }),
  smoothL1: of(ops.smoothL1, x, x, { beta: 0 }),
  squaredHinge: of(ops.squaredHinge, x, 1),
  tripletMargin: of(ops.tripletMargin, x, x, x, { swap: true }),
  all: of(ops.all, x, 0, { keepDims: true }),
  any: of(ops.any, x, 0, { keepDims: true }),
  argSort: of(ops.argSort, x, 0, { descending: true }),
  celu: of(ops.celu, x, 1),
  cholesky: of(ops.cholesky, matrix),
  clip: of(ops.clip, x, 0, 1),
  concat: of(ops.concat, [x, x], 0),
  cumProd: of(ops.cumProd, x, 0),
  cumSum: of(ops.cumSum, x, 0),
  cutout: of(ops.cutout, images, 2, { fillValue: 1, key: wg.randomKey(1) }),
  adaptiveAvgPool1d: of(ops.adaptiveAvgPool1d, sequences, 2),
  adaptiveAvgPool2d: of(ops.adaptiveAvgPool2d, images, [2, 1]),
  globalAvgPool1d: of(ops.globalAvgPool1d, sequences, { keepDims: true, mask: wg.ones([1, 3]) }),
  globalAvgPool2d: of(ops.globalAvgPool2d, images, { keepDims: true }),
  globalMaxPool1d: of(ops.globalMaxPool1d, sequences, { keepDims: true, mask: wg.ones([1, 3]) }),
  globalMaxPool2d: of(ops.globalMaxPool2d, images, { keepDims: true }),
  zeroPadding1d: of(ops.zeroPadding1d, sequences, [1, 2]),
  zeroPadding2d: of(ops.zeroPadding2d, images, [1, 2]),
  cropping1d: of(ops.cropping1d, sequences, [1, 0]),
  cropping2d: of(ops.cropping2d, images, [1, 0]),
  repeatVector: of(ops.repeatVector, x, 2),
  avgPool1d: of(ops.avgPool1d, sequences, 2, { countIncludePad: false }),
  avgPool2d: of(ops.avgPool2d, images, [2, 1], { padding: 'same' }),
  maxPool1d: of(ops.maxPool1d, sequences, 2, { strides: 1 }),
  maxPool2d: of(ops.maxPool2d, images, [2, 1], { padding: [1, 0] }),
  batchNorm: of(ops.batchNorm, x, { gamma: v, beta: v }),
  groupNorm: of(ops.groupNorm, x, 3, { gamma: v }),
  instanceNorm: of(ops.instanceNorm, x, { beta: v }),
  layerNorm: of(ops.layerNorm, x, { gamma: v, beta: v }),
  localResponseNorm: of(ops.localResponseNorm, x, 2, { k: 2 }),
  rmsNorm: of(ops.rmsNorm, x, { gamma: v }),
  simpleRnn: of(ops.simpleRnn, sequences, recurrent(1), { activation: 'relu' }),
  lstm: of(ops.lstm, sequences, recurrent(4), { returnSequences: true }),
  gru: of(ops.gru, sequences, recurrent(3), { goBackwards: true }),
  bidirectional: of(
    ops.bidirectional,
    sequences,
    (s: wg.Tensor) => s.sum(1),
    (s: wg.Tensor) => s.max(1),
    { mergeMode: 'mul' },
  ),
  timeDistributed: of(ops.timeDistributed, sequences, (s: wg.Tensor) => s.exp()),
  rnn: of(ops.rnn, sequences, runningSum, {}, { returnState: true }),
  embedding: of(ops.embedding, i, x, { paddingIndex: 1 }),
  positionalEmbedding: of(ops.positionalEmbedding, x, { table: x }),
  rotaryEmbedding: of(ops.rotaryEmbedding, wg.ones([3, 4]), { offset: 1 }),
  scaledDotProductAttention: of(ops.scaledDotProductAttention, x, x, x, { causal: true, mask: wg.ones([2, 2]) }),
  multiHeadAttention: of(
    ops.multiHeadAttention,
    sequences,
    sequences,
    sequences,
    { queryKernel: matrix, keyKernel: matrix, valueKernel: matrix, outputKernel: matrix },
    2,
    { causal: true, mask: wg.ones([1, 3]) },
  ),
  depthToSpace: of(ops.depthToSpace, images, 2),
  diag: of(ops.diag, x, 1),
  det: of(ops.det, matrix),
  dot: of(ops.dot, v, v),
  dropout: of(ops.dropout, x, 0.5, { key: wg.randomKey(1) }),
  spatialDropout1d: of(ops.spatialDropout1d, sequences, 0.5, { key: wg.randomKey(1) }),
  spatialDropout2d: of(ops.spatialDropout2d, images, 0.5, { key: wg.randomKey(1) }),
  gaussianNoise: of(ops.gaussianNoise, x, 0.5, { key: wg.randomKey(1) }),
  recompute: of(ops.recompute, x, (t: wg.Tensor) => t.exp()),
  conv1d: of(ops.conv1d, wg.ones([1, 3, 2]), wg.ones([2, 2, 1]), { padding: 1 }),
  conv2d: of(ops.conv2d, wg.ones([1, 3, 3, 2]), wg.ones([2, 2, 2, 1]), {
    padding: [
      [1, 0],
      [0, 1],
    ],
  }),
  depthwiseConv2d: of(ops.depthwiseConv2d, wg.ones([1, 3, 3, 2]), wg.ones([2, 2, 2, 1]), { strides: 2 }),
  separableConv2d: of(ops.separableConv2d, wg.ones([1, 3, 3, 2]), wg.ones([2, 2, 2, 1]), wg.ones([1, 1, 2, 3]), {}),
  conv1dTranspose: of(ops.conv1dTranspose, wg.ones([1, 3, 2]), wg.ones([2, 1, 2]), { strides: 2 }),
  conv2dTranspose: of(ops.conv2dTranspose, wg.ones([1, 3, 3, 2]), wg.ones([2, 2, 1, 2]), { outputPadding: 0 }),
  einsum: of(ops.einsum, 'ij,ij->', x, x),
  elu: of(ops.elu, x, 1),
  flip: of(ops.flip, x, 0),
  floorDiv: of(ops.floorDiv, x, 2),
  gelu: of(ops.gelu, x, { approximate: 'tanh' }),
  hardTanh: of(ops.hardTanh, x, -1, 1),
  inv: of(ops.inv, matrix),
  logicalAnd: of(ops.logicalAnd, x, x),
  logicalOr: of(ops.logicalOr, x, x),
  logicalXor: of(ops.logicalXor, x, x),
  logSumExp: of(ops.logSumExp, x, 0, { keepDims: true }),
  maskedFill: of(ops.maskedFill, x, x, 0),
  meshgrid: of(ops.meshgrid, [v, v], { indexing: 'xy' }),
  mixUp: of(ops.mixUp, x, x, { alpha: 0.5, key: wg.randomKey(1) }),
  mod: of(ops.mod, x, 2),
  norm: of(ops.norm, x, 0, { keepDims: true }),
  oneHot: of(ops.oneHot, i, 3),
  outer: of(ops.outer, v, v),
  pad: of(
    ops.pad,
    x,
    [
      [1, 1],
      [0, 2],
    ],
    { mode: 'edge' },
  ),
  pow: of(ops.pow, x, 3),
  prelu: of(ops.prelu, x, 0.1),
  prod: of(ops.prod, x, 0, { keepDims: true }),
  qr: of(ops.qr, x),
  randomBrightness: of(ops.randomBrightness, images, 0.2, { key: wg.randomKey(1) }),
  randomContrast: of(ops.randomContrast, images, 0.2, { key: wg.randomKey(1) }),
  randomCrop: of(ops.randomCrop, images, 2, 2, { padding: 1, key: wg.randomKey(1) }),
  randomFlip: of(ops.randomFlip, images, { mode: 'both', key: wg.randomKey(1) }),
  randomRotation: of(ops.randomRotation, images, 20, { fillMode: 'edge', key: wg.randomKey(1) }),
  randomTranslation: of(ops.randomTranslation, images, 0.1, 0.1, { fillValue: 1, key: wg.randomKey(1) }),
  roll: of(ops.roll, x, 1, 0),
  scatter: of(ops.scatter, x, i, x, 0),
  scatterAdd: of(ops.scatterAdd, x, i, x, 0),
  scatterAlongAxis: of(ops.scatterAlongAxis, x, tensor([[0], [1]], undefined, 'int32'), 0, 1),
  searchSorted: of(ops.searchSorted, v, x, { side: 'right' }),
  slice: of(ops.slice, x, [0, [0, 2, 1]]),
  slogdet: of(ops.slogdet, matrix),
  solve: of(ops.solve, matrix, matrix),
  sort: of(ops.sort, x, 0, { descending: true }),
  spaceToDepth: of(ops.spaceToDepth, images, 2),
  split: of(ops.split, x, 3, 1),
  stack: of(ops.stack, [x, x], 0),
  std: of(ops.std, x, 0, { correction: 0 }),
  take: of(ops.take, x, i, 0),
  takeAlongAxis: of(ops.takeAlongAxis, x, tensor([[0], [1]], undefined, 'int32'), 1),
  takeAt: of(ops.takeAt, x, [i, i]),
  tile: of(ops.tile, x, [2, 1]),
  topK: of(ops.topK, x, 2, 1),
  tril: of(ops.tril, x, 0),
  triu: of(ops.triu, x, 0),
  triangularSolve: of(ops.triangularSolve, matrix, matrix, { lower: true }),
  unique: of(ops.unique, x),
  upSampling2d: of(ops.upSampling2d, images, { size: 2, interpolation: 'bilinear' }),
  variance: of(ops.variance, x, 0, { correction: 0 }),
  where: of(ops.where, x, x, 0),
};

/** A method, called on x. */
const on = (name: keyof wg.Tensor, ...args: readonly unknown[]): Call =>
  of((...given) => (x[name] as (...args: never[]) => unknown).apply(x, given), ...args);

const METHODS: Record<string, Call> = {
  abs: on('abs'),
  add: on('add', 1),
  argMax: on('argMax', 0, { keepDims: true }),
  argMin: on('argMin', 0, { keepDims: true }),
  broadcastTo: on('broadcastTo', [4, 2, 3]),
  data: on('data'),
  div: on('div', 2),
  equal: on('equal', 2),
  exp: on('exp'),
  expandDims: on('expandDims', 0),
  flatten: on('flatten', 0),
  greater: on('greater', 2),
  greaterEqual: on('greaterEqual', 2),
  isNaN: on('isNaN'),
  item: of((...given) => (tensor(1).item as (...args: unknown[]) => unknown)(...given)),
  leakyRelu: on('leakyRelu', 0.1),
  less: on('less', 2),
  lessEqual: on('lessEqual', 2),
  log: on('log'),
  logSoftmax: on('logSoftmax', 0),
  matMul: on('matMul', x, { transB: true }),
  max: on('max', 0, { keepDims: true }),
  maximum: on('maximum', 2),
  mean: on('mean', 0, { keepDims: true }),
  min: on('min', 0, { keepDims: true }),
  minimum: on('minimum', 2),
  mul: on('mul', 2),
  neg: on('neg'),
  notEqual: on('notEqual', 2),
  onesLike: on('onesLike'),
  reciprocal: on('reciprocal'),
  relu: on('relu'),
  reshape: on('reshape', [3, -1]),
  rsqrt: on('rsqrt'),
  sigmoid: on('sigmoid'),
  sign: on('sign'),
  softmax: on('softmax', 0),
  softplus: on('softplus'),
  sqrt: on('sqrt'),
  square: on('square'),
  squeeze: on('squeeze', []),
  stopGradient: on('stopGradient'),
  sub: on('sub', 2),
  sum: on('sum', 0, { keepDims: true }),
  tanh: on('tanh'),
  toArray: on('toArray'),
  toFloat: on('toFloat'),
  toInt: on('toInt'),
  toJSON: on('toJSON'),
  toString: on('toString'),
  transpose: on('transpose', [1, 0]),
  zerosLike: on('zerosLike'),
};
/** The methods that are functions of wasmgrad/ops, too. */
const AS_FUNCTIONS = Object.fromEntries(
  Object.entries(ops)
    .filter(([name]) => name in METHODS)
    .map(([name, call]) => [name, of(call, x, ...METHODS[name]!.args)]),
);

/**
 * Tested elsewhere: models and init() in errors.test.ts, assign in optimizers.test.ts, treeMap and treeReduce, which
 * return what their function does, in trees.test.ts; what is async, and generate, in tests of its own; classes of
 * errors are no functions.
 */
const ELSEWHERE = [
  'assign',
  'fitBatches',
  'generate',
  'init',
  'learningRateFinder',
  'sequential',
  'treeMap',
  'treeReduce',
  'NonFiniteLossError',
  'WasmgradError',
];

/** Methods that only derivatives and stages call. */
const INTERNAL = [
  'checkSeen',
  'constructor',
  'crossEntropy',
  'crossEntropyGrad',
  'identity',
  'keepValue',
  'known',
  'leakyReluGrad',
  'reluGrad',
  'rewrite',
  'sigmoidGrad',
  'sumTo',
  'tanhGrad',
  'tracked',
  'values',
];

/** Wrong for almost everything. */
function rubbish(): [string, unknown][] {
  const buffer = new ArrayBuffer(8);
  const detached = new Float32Array(buffer);
  structuredClone(buffer, { transfer: [buffer] });
  return [
    ['undefined', undefined],
    ['null', null],
    ['true', true],
    ['NaN', Number.NaN],
    ['-1', -1],
    ['1.5', 1.5],
    ['Infinity', Infinity],
    ['1n', 1n],
    ['a symbol', Symbol('s')],
    ["''", ''],
    ["'x'", 'x'],
    ['{}', {}],
    ['[]', []],
    ['[[]]', [[]]],
    ['[Symbol()]', [Symbol('s')]],
    ['an object without prototype', Object.create(null)],
    ['a function', () => {}],
    ['a Date', new Date()],
    ['a Map', new Map()],
    ['a detached array', detached],
    ['a float tensor', tensor([1.5, 2])],
    ['an int tensor', tensor([1, 2], undefined, 'int32')],
    ['2^53', 2 ** 53],
    ['1e20', 1e20],
  ];
}

/** The valid call with each argument left out from the end, replaced in turn, or one too many. */
function wrongCalls({ args }: Call): [string, unknown[]][] {
  const shorter = args.map((_, n): [string, unknown[]] => [`${n} arguments`, args.slice(0, n)]);
  const replaced = rubbish().flatMap(([what, value]) =>
    [...args, undefined].map((_, at): [string, unknown[]] => {
      const list = [...args];
      list[at] = value;
      return [`argument ${at} being ${what}`, list];
    }),
  );
  return [...shorter, ...replaced];
}

/** Whether what came back is whole: tensors that can be read, nothing that is undefined in it. */
function isSound(value: unknown): boolean {
  if (value instanceof Tensor) return isSoundTensor(value);
  if (value === null || value === undefined) return false;
  if (typeof value !== 'object') return true;
  return Object.values(value).every(isSound);
}

function isSoundTensor(t: Tensor): boolean {
  const isShape = t.shape.every((d) => Number.isSafeInteger(d) && d >= 0);
  return (
    isShape && ['float32', 'int32'].includes(t.dtype) && (t.op.mutates !== undefined || t.data().length === t.size)
  );
}

/** What a call did wrong, or undefined. */
function fault({ call }: Call, args: readonly unknown[], isVoid: boolean): string | undefined {
  try {
    const value = call(...(args as never[]));
    return isSound(value) || (isVoid && value === undefined) ? undefined : `returned ${inspect(value)}`;
  } catch (error) {
    return error instanceof wg.WasmgradError ? undefined : `threw ${error}`;
  }
}

describe.each([
  ['function', FUNCTIONS],
  ['op', OPS],
  ['method of a tensor as a function', AS_FUNCTIONS],
  ['method of a tensor', METHODS],
] as const)('every %s called wrongly returns something sound or throws a WasmgradError', (_, table) => {
  it.each(Object.entries<Call>(table))('%s', (_name, valid) => {
    const isVoid = valid.call(...(valid.args as never[])) === undefined;
    expect(fault(valid, valid.args, isVoid), 'called rightly').toBeUndefined();
    for (const [what, args] of wrongCalls(valid)) expect(fault(valid, args, isVoid), what).toBeUndefined();
  });
});

describe('a count or size that no memory can hold, or that is none, is refused before anything is made', () => {
  const [key, none] = [wg.randomKey(1), wg.zeros([0])];
  const noLabels = wg.zeros([0], 'int32');
  it.each<[string, (n: number) => unknown]>([
    ['linspace', (n) => wg.linspace(0, 1, n)],
    ['eye', (n) => wg.eye(n)],
    ['columns of eye', (n) => wg.eye(0, n)],
    ['zeros', (n) => wg.zeros([n])],
    ['zeros beside a 0', (n) => wg.zeros([0, n])],
    ['full', (n) => wg.full([n, 1], 2)],
    ['tensor', (n) => tensor([], [0, n])],
    ['randomNormal', (n) => wg.randomNormal([n])],
    ['permutation', (n) => wg.permutation(n)],
    ['splitKey', (n) => wg.splitKey(key, n)],
    ['splitKeys', (n) => wg.splitKeys(key, n)],
    ['split', (n) => ops.split(x, n)],
    ['split of nothing', (n) => ops.split(none, n)],
    ['split into lengths', (n) => ops.split(none, [n])],
    ['tile', (n) => ops.tile(v, [n])],
    ['tile of nothing', (n) => ops.tile(none, [n])],
    ['oneHot', (n) => ops.oneHot(i, n)],
    ['oneHot of nothing', (n) => ops.oneHot(noLabels, n)],
    ['topK', (n) => ops.topK(none, n)],
    ['pad', (n) => ops.pad(v, [[n, 0]])],
    ['broadcastTo', (n) => none.broadcastTo([n, 0])],
    ['length of scan', (n) => wg.scan((carry) => [carry, carry], 0, null, { length: n })],
    ['dense', (n) => wg.dense(n)],
    ['sequential', (n) => wg.sequential([n], [wg.dense(1)])],
  ])('%s', (_, call) => {
    for (const n of [1e20, 2 ** 53, Infinity, Number.NaN, -1, 1.5]) {
      expect(() => call(n), String(n)).toThrow(wg.WasmgradError);
    }
  });

  it('arange, whose numbers may be fractions', () => {
    for (const n of [1e20, 2 ** 53, 2 ** 32, Infinity, Number.NaN]) {
      expect(() => wg.arange(n), String(n)).toThrow(wg.WasmgradError);
      expect(() => wg.arange(0, 1, 1 / n), String(n)).toThrow(wg.WasmgradError);
    }
  });

  it('an array of more tensors than there can be', () => {
    expect(() => ops.split(none, 2 ** 32)).toThrow(/the number of parts must be a whole number from 1 to 1048576, got/);
    expect(() => wg.splitKey(key, 2 ** 32)).toThrow(
      /splitKey: n must be a whole number from 0 to 1048576, got 4294967296/,
    );
  });
});

it('every export and every method is in the tables', () => {
  const methods = Object.getOwnPropertyNames(Tensor.prototype).filter((name) => !INTERNAL.includes(name));
  expect(Object.keys(FUNCTIONS).concat(ELSEWHERE).sort()).toEqual(Object.keys(wg).sort());
  expect(Object.keys({ ...OPS, ...AS_FUNCTIONS }).sort()).toEqual(Object.keys(ops).sort());
  expect(Object.keys(METHODS).sort()).toEqual(methods.sort());
});

describe('what is wrong is said', () => {
  const bad = any(undefined);
  it.each<[string, () => unknown, RegExp]>([
    [
      'oneHot of floats',
      () => ops.oneHot(v, 3),
      /oneHot: the labels must be int32, got float32; convert with toInt\(\)/,
    ],
    ['tile by a half', () => ops.tile(v, [0.5]), /tile: 0\.5 is not a number of repeats, 0, 1 …/],
    [
      'grad by whole numbers',
      () => wg.grad((t: wg.Tensor) => t.toFloat().sum())(i),
      /the argument of grad: cannot differentiate by an int32 tensor; convert with toFloat\(\)/,
    ],
    [
      'hasAux without aux',
      () => wg.grad(any(square), { hasAux: true })(v),
      /with hasAux the function must return \[scalar, aux\], got float32\[\]/,
    ],
    ['oneHot of nothing', () => ops.oneHot(bad, 3), /oneHot: expected a Tensor, got undefined/],
    [
      'split into nothing',
      () => ops.split(x, bad),
      /split: parts must be a number or an array of lengths, got undefined/,
    ],
    ['take at nothing', () => ops.take(x, bad), /take: the indices: expected a Tensor, got undefined/],
    ['take at floats', () => ops.take(x, v), /take: the indices must be int32, got float32; convert with toInt\(\)/],
    ['transpose by a number', () => x.transpose(any(1)), /transpose: axes must be an array, .*, got 1/],
    [
      'softmaxCrossEntropy without a target',
      () => ops.softmaxCrossEntropy(x, bad),
      /softmaxCrossEntropy: the target: expected a Tensor or a number, got undefined/,
    ],
    [
      'softmaxCrossEntropy with a label that is no class',
      () => ops.softmaxCrossEntropy(matrix, tensor([0, 2], undefined, 'int32')),
      /cross-entropy of logits .*: label 2 is out of range for an axis of 2/,
    ],
    [
      'clip between tensors',
      () => ops.clip(x, any(v), 1),
      /clip: the bounds must be numbers, got float32\[3\]; for tensors use maximum/,
    ],
    ['hardTanh up to a word', () => ops.hardTanh(x, 0, any('1')), /hardTanh: the bounds must be numbers, got '1'/],
    ['hardTanh up to NaN', () => ops.hardTanh(x, 0, Number.NaN), /the bounds 0 and NaN are not in order/],
    ['elu of NaN', () => ops.elu(x, Number.NaN), /elu: alpha must be a finite number, got NaN/],
    ['celu of a word', () => ops.celu(x, any('1')), /celu: alpha must be a finite number, got '1'/],
    [
      'leakyRelu of a word',
      () => x.leakyRelu(any('1')),
      /leakyRelu: the slope must be a finite number of at least 0, got '1'/,
    ],
    [
      'pad with a word',
      () =>
        ops.pad(
          x,
          [
            [0, 0],
            [0, 1],
          ],
          { value: any('x') },
        ),
      /pad of \[2, 3\]: the value must be a number, got 'x'/,
    ],
    ['pad of int32 with a half', () => ops.pad(i, [[0, 1]], { value: 0.5 }), /the value must be an int32, got 0\.5/],
    ['full of a word', () => wg.full([1], any('1')), /full: the value must be a number, got '1'/],
    ['a symbol in a shape', () => x.reshape(any([Symbol('s')])), /dimension Symbol\(s\) of the shape \[Symbol\(s\)\]/],
    ['an object in a shape', () => wg.zeros(any([Object.create(null)])), /shape \[an object of type null\] is not/],
    ['reshape to a number', () => x.reshape(any(6)), /reshape: a shape is an array of whole numbers, got 6/],
    ['broadcastTo a number', () => x.broadcastTo(any(6)), /broadcastTo: a shape is an array of whole numbers, got 6/],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message);
    expect(call).toThrow(wg.WasmgradError);
  });
});

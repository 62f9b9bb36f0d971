// The entry wasmgrad/ops: every op as a function of tensors. Public exports only. Not here: what makes tensors of
// numbers and shapes (api.ts), random ones among them.

/** @module wasmgrad/ops */

export {
  celu,
  elu,
  type GeluOptions,
  gelu,
  hardSigmoid,
  hardSwish,
  hardTanh,
  logSigmoid,
  mish,
  prelu,
  relu6,
  selu,
  silu,
  softsign,
} from './ops/activations.js';
export { adaptiveAvgPool1d, adaptiveAvgPool2d } from './ops/adaptive.js';
export { acos, asin, atan2, hypot } from './ops/angles.js';
export { type AttentionOptions, scaledDotProductAttention } from './ops/attention.js';
export { type CutoutOptions, cutout, type HoleOptions } from './ops/augmentation/cutout.js';
export {
  type CropOptions,
  type FlipOptions,
  type RandomCropOptions,
  type RandomFlipOptions,
  type RandomMoveOptions,
  randomCrop,
  randomFlip,
  randomRotation,
  randomTranslation,
} from './ops/augmentation/geometry.js';
export { randomBrightness, randomContrast } from './ops/augmentation/light.js';
export { type MixUpOptions, mixUp } from './ops/augmentation/mixup.js';
export type { FillOptions } from './ops/augmentation/pixels.js';
export {
  type Conv1dOptions,
  type Conv2dOptions,
  conv1d,
  conv2d,
  type DepthwiseConv2dOptions,
  depthwiseConv2d,
  separableConv2d,
} from './ops/convolve.js';
export { atan, ceil, cos, erf, expm1, floor, log1p, pow, round, sin, tan } from './ops/curves.js';
export { depthToSpace, spaceToDepth } from './ops/depth.js';
export { diag, tril, triu } from './ops/diagonals.js';
export { gaussianNoise, spatialDropout1d, spatialDropout2d } from './ops/disturbing.js';
export { floorDiv, mod } from './ops/division.js';
export { dropout } from './ops/dropout.js';
export {
  cropping1d,
  cropping2d,
  type Width,
  type Widths1d,
  type Widths2d,
  zeroPadding1d,
  zeroPadding2d,
} from './ops/edges.js';
export { einsum } from './ops/einsum.js';
export {
  type EmbeddingOptions,
  embedding,
  type PositionalEmbeddingOptions,
  positionalEmbedding,
  type RotaryEmbeddingOptions,
  rotaryEmbedding,
} from './ops/embedding.js';
export { scatter, scatterAdd, scatterAlongAxis, take, takeAlongAxis, takeAt } from './ops/gather.js';
export {
  type GlobalPool1dOptions,
  type GlobalPoolOptions,
  globalAvgPool1d,
  globalAvgPool2d,
  globalMaxPool1d,
  globalMaxPool2d,
} from './ops/globalpooling.js';
export { acosh, asinh, atanh, cosh, sinh } from './ops/hyperbolic.js';
export { cholesky } from './ops/linalg/cholesky.js';
export { det, type SignAndLogDet, slogdet } from './ops/linalg/det.js';
export { type QrDecomposition, qr } from './ops/linalg/qr.js';
export { inv, solve } from './ops/linalg/solve.js';
export { type TriangularSolveOptions, triangularSolve } from './ops/linalg/triangular.js';
export { exp2, log2, log10, logAddExp, logSumExp } from './ops/logarithms.js';
export { all, any, logicalAnd, logicalNot, logicalOr, logicalXor, maskedFill } from './ops/logic.js';
export {
  type BinaryCrossEntropyOptions,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  type FocalOptions,
  focal,
} from './ops/losses/binary.js';
export {
  type ClassOptions,
  categoricalCrossEntropy,
  nllLoss,
  type SoftmaxCrossEntropyOptions,
  softmaxCrossEntropy,
} from './ops/losses/classes.js';
export {
  type CtcDecodeOptions,
  type CtcLossOp,
  type CtcLossOptions,
  ctcGreedyDecode,
  ctcLoss,
} from './ops/losses/ctc.js';
export {
  type GaussianNllOp,
  type GaussianNllOptions,
  gaussianNll,
  type KlDivergenceOp,
  type KlDivergenceOptions,
  klDivergence,
  type PoissonNllOptions,
  poissonNll,
} from './ops/losses/densities.js';
export type { LossOp, LossOptions, Numbers } from './ops/losses/loss.js';
export {
  type ContrastiveOptions,
  type CosineEmbeddingOptions,
  contrastive,
  cosineEmbedding,
  hinge,
  squaredHinge,
  type TripletMarginOptions,
  tripletMargin,
} from './ops/losses/margins.js';
export {
  type HuberOptions,
  huber,
  logCosh,
  meanAbsoluteError,
  meanSquaredError,
  type PinballOptions,
  pinball,
  type SmoothL1Options,
  smoothL1,
} from './ops/losses/regression.js';
export { type CosineSimilarityOptions, cosineSimilarity } from './ops/losses/similarity.js';
export { type MeshgridOptions, meshgrid } from './ops/meshgrid.js';
export * from './ops/methods.js';
export {
  type AttentionParameters,
  type MultiHeadAttentionOptions,
  multiHeadAttention,
} from './ops/multihead.js';
export { type BatchNormOptions, batchNorm } from './ops/normalization/columns.js';
export { localResponseNorm, type ResponseNormOptions } from './ops/normalization/response.js';
export {
  type GroupNormOptions,
  groupNorm,
  instanceNorm,
  type LayerNormOptions,
  layerNorm,
  type RmsNormOptions,
  rmsNorm,
} from './ops/normalization/rows.js';
export { oneHot } from './ops/onehot.js';
export { type PadOptions, pad } from './ops/pad.js';
export {
  type AvgPoolOptions,
  avgPool1d,
  avgPool2d,
  type MaxPoolOptions,
  maxPool1d,
  maxPool2d,
  type PoolPadding,
} from './ops/pooling.js';
export { dot, outer, prod } from './ops/products.js';
export { recompute } from './ops/recompute.js';
export {
  gru,
  type LstmState,
  lstm,
  type RecurrentParameters,
  type SimpleRnnOptions,
  simpleRnn,
} from './ops/recurrent/recurrent.js';
export { type RecurrentCell, rnn, type StateOf, type StateShape } from './ops/recurrent/rnn.js';
export type { OutputOf, RecurrentOptions, Sequences, StepOptions, WithState } from './ops/recurrent/sequences.js';
export {
  type BidirectionalOptions,
  type BothStates,
  bidirectional,
  timeDistributed,
} from './ops/recurrent/wrappers.js';
export { repeatVector } from './ops/repeatvector.js';
export { cumProd, cumSum } from './ops/scan.js';
export { concat, flip, type Range, roll, slice, split, stack, tile } from './ops/slicing.js';
export { argSort, type SearchOptions, type SortOptions, searchSorted, sort, type TopK, topK } from './ops/sort.js';
export type { Pair } from './ops/spatial.js';
export { norm, std, type VarianceOptions, variance } from './ops/spread.js';
export {
  type Conv1dTransposeOptions,
  type Conv2dTransposeOptions,
  conv1dTranspose,
  conv2dTranspose,
} from './ops/transposed.js';
export { type Unique, unique } from './ops/unique.js';
export { type UpSamplingOptions, upSampling2d } from './ops/upsampling.js';
export { clip, where } from './ops/where.js';

// Public exports only: all but init, in which the entries differ (entry/), and functions of tensors (ops.ts).

export type { ProgressStream } from './callbacks/bar.js';
export type { Callback, Logs, Progress, TrainingModel } from './callbacks/callback.js';
export { type EarlyStoppingOptions, earlyStopping } from './callbacks/earlystopping.js';
export { type LoggerOptions, logger } from './callbacks/logger.js';
export type { Mode } from './callbacks/monitor.js';
export { type ProgressBarOptions, progressBar } from './callbacks/progressbar.js';
export { type ReduceLROnPlateauOptions, reduceLROnPlateau } from './callbacks/reducelronplateau.js';
export { type StopBelowOptions, stopBelow } from './callbacks/stopbelow.js';
export {
  arange,
  eye,
  full,
  linspace,
  ones,
  zeros,
} from './creation.js';
export type { DebugOptions } from './debug/init.js';
export type { NonFiniteValueError } from './debug/nonfinite.js';
export { profile } from './debug/profile.js';
export type { Profile, ProfileRow } from './debug/report.js';
export { NonFiniteLossError, WasmgradError } from './errors.js';
export { type GenerateOptions, generate, type LanguageModel, type Prompt } from './generate/generate.js';
export type { Initializer, InitializerName } from './initializers/initializers.js';
export { glorotNormal, heNormal } from './initializers/normal.js';
export { orthogonal } from './initializers/orthogonal.js';
export { activation, type PreluOptions, prelu } from './layers/activation.js';
export type { Activation, ActivationName } from './layers/activations.js';
export { type AttentionInput, type MultiHeadAttentionLayerOptions, multiHeadAttention } from './layers/attention.js';
export {
  type CropLayerOptions,
  type CutoutLayerOptions,
  cutout,
  type FlipLayerOptions,
  type MoveLayerOptions,
  randomBrightness,
  randomContrast,
  randomCrop,
  randomFlip,
  randomRotation,
  randomTranslation,
} from './layers/augmentation.js';
export {
  type Conv1dLayerOptions,
  type Conv1dTransposeLayerOptions,
  type Conv2dLayerOptions,
  type Conv2dTransposeLayerOptions,
  conv1d,
  conv1dTranspose,
  conv2d,
  conv2dTranspose,
} from './layers/convolution.js';
export { type DenseOptions, dense } from './layers/dense.js';
export {
  type DepthwiseConv2dLayerOptions,
  depthwiseConv2d,
  type SeparableConv2dLayerOptions,
  separableConv2d,
} from './layers/depthwise.js';
export { dropout, gaussianNoise, spatialDropout1d, spatialDropout2d } from './layers/dropout.js';
export {
  type EmbeddingLayerOptions,
  embedding,
  type PositionalEmbeddingLayerOptions,
  positionalEmbedding,
  type RotaryEmbeddingLayerOptions,
  rotaryEmbedding,
  tiedOutput,
} from './layers/embedding.js';
export type { FilterOptions, KernelOptions } from './layers/filters.js';
export { flatten } from './layers/flatten.js';
export {
  type GlobalPoolLayerOptions,
  globalAvgPool1d,
  globalAvgPool2d,
  globalMaxPool1d,
  globalMaxPool2d,
} from './layers/globalpooling.js';
export type {
  Context,
  Layer,
  LayerDefinition,
  ParameterSpec,
  Regularizer,
  SpecOf,
  Specs,
  StateSpec,
  TensorSpec,
  TensorsOf,
} from './layers/layer.js';
export { masking } from './layers/masking.js';
export { maskOf, withMask } from './layers/masks.js';
export type { NameOptions } from './layers/named.js';
export {
  type BatchNormLayerOptions,
  batchNorm,
  groupNorm,
  instanceNorm,
  type LayerNormLayerOptions,
  layerNorm,
  localResponseNorm,
  type NormOptions,
  type ResponseNormLayerOptions,
  type RmsNormLayerOptions,
  rmsNorm,
} from './layers/normalization.js';
export { layer } from './layers/own.js';
export {
  cropping1d,
  cropping2d,
  zeroPadding1d,
  zeroPadding2d,
} from './layers/padding.js';
export {
  type AvgPoolLayerOptions,
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  avgPool1d,
  avgPool2d,
  type MaxPoolLayerOptions,
  maxPool1d,
  maxPool2d,
} from './layers/pooling.js';
export { recompute } from './layers/recompute.js';
export {
  gru,
  type LstmLayerOptions,
  lstm,
  type RecurrentLayerOptions,
  type SimpleRnnLayerOptions,
  simpleRnn,
} from './layers/recurrent.js';
export { l1, l2 } from './layers/regularizers.js';
export { type RescalingOptions, rescaling } from './layers/rescaling.js';
export { depthToSpace, spaceToDepth, type UpSamplingLayerOptions, upSampling2d } from './layers/resizing.js';
export {
  type BidirectionalLayerOptions,
  bidirectional,
  type RnnLayerOptions,
  rnn,
  timeDistributed,
} from './layers/sequences.js';
export { permute, repeatVector, reshape } from './layers/shaping.js';
export {
  type DecoderInput,
  type EncoderInput,
  type TransformerOptions,
  transformerDecoder,
  transformerEncoder,
} from './layers/transformer.js';
export { type CtcOptions, ctcLoss } from './losses/ctc.js';
export {
  binaryCrossEntropyWithLogits,
  contrastive,
  cosineDistance,
  focal,
  hinge,
  huber,
  klDivergence,
  logCosh,
  nllLoss,
  pinball,
  poissonNll,
  smoothL1,
  softmaxCrossEntropy,
  squaredHinge,
} from './losses/factories.js';
export type { LabelCheck, Loss, LossFunction, LossLike, LossName } from './losses/losses.js';
export {
  type Average,
  type ConfusionMatrixOptions,
  type CountMetric,
  type CountOptions,
  type Counts,
  confusionMatrix,
  f1,
  precision,
  recall,
} from './metrics/counts.js';
export { type ExactMetric, type MetricValue, measure } from './metrics/exact.js';
export { type Entropy, type LikelihoodOptions, logLoss, perplexity } from './metrics/likelihood.js';
export { metric } from './metrics/metric.js';
export type { Metric, MetricFunction, MetricLike, MetricName } from './metrics/metrics.js';
export { type CurveMetric, type CurveOptions, prAuc, type Ranked, rocAuc } from './metrics/ranking.js';
export { type Deviations, r2, rmse, type SquaredErrors } from './metrics/regression.js';
export { topKAccuracy } from './metrics/topk.js';
export { type LbfgsOptions, lbfgs } from './minimize/lbfgs.js';
export { type MinimizeOptions, minimize } from './minimize/minimize.js';
export { type NewtonOptions, newton } from './minimize/newton.js';
export type { Minimum, Point, StepHooks } from './minimize/points.js';
export type { Applied, ApplyOptions, NamedTensors } from './model/apply.js';
export type { FitBatchesOptions } from './model/batchloop.js';
export type { Batch, BatchSource, BatchStream } from './model/batchreader.js';
export type { ClassWeight } from './model/classweights.js';
export type { CompileOptions } from './model/compile.js';
export type { DataLike } from './model/data.js';
export type { Ends, InputOf, InputSpec, InputSpecs } from './model/ends.js';
export type { History } from './model/fit.js';
export { fitBatches } from './model/fitbatches.js';
export type { FitOptions, Signal } from './model/fitoptions.js';
export type { Inspection, LayerInspection } from './model/inspect.js';
export {
  type LearningRateFinderOptions,
  type LearningRateSweep,
  learningRateFinder,
} from './model/learningratefinder.js';
export type { LogNames, MetricsOf, PerOutput, ValidationNames, WithValidation } from './model/lognames.js';
export type { MeansState } from './model/means.js';
export {
  type BatchOptions,
  type CopyOptions,
  type DataOf,
  type EvaluateOptions,
  type LabelsOf,
  type Model,
  model,
} from './model/model.js';
export type { AsLayerOptions } from './model/nested.js';
export type { PredictOptions } from './model/predictor.js';
export type { FitPlace, TrainingState } from './model/resume.js';
export { type Sequential, sequential } from './model/sequential.js';
export {
  type AnyLossValue,
  type AnyModel,
  type KeyedOptions,
  type LossAndAux,
  type StepResult,
  type Trainer,
  type TrainerOptions,
  type TrainerState,
  trainer,
} from './model/trainer.js';
export type { NestedArray, NestedValues, Shaped, TypedArray } from './nested.js';
export type { ObjectiveFunction } from './objective.js';
export { type CategoricalOptions, categorical, permutation } from './ops/chance.js';
export type { Width, Widths1d, Widths2d } from './ops/edges.js';
export type { GlobalPoolOptions } from './ops/globalpooling.js';
export { type Keys, splitKey, splitKeys } from './ops/keys.js';
export type { BinaryCrossEntropyOptions, FocalOptions } from './ops/losses/binary.js';
export type { ClassOptions, SoftmaxCrossEntropyOptions } from './ops/losses/classes.js';
export type { KlDivergenceOptions, PoissonNllOptions } from './ops/losses/densities.js';
export type { Numbers } from './ops/losses/loss.js';
export type { ContrastiveOptions } from './ops/losses/margins.js';
export type { HuberOptions, PinballOptions, SmoothL1Options } from './ops/losses/regression.js';
export { type NormalOptions, randomNormal, truncatedNormal } from './ops/normal.js';
export { foldIn, type RandomOptions, randomKey } from './ops/random.js';
export type { LstmState } from './ops/recurrent/recurrent.js';
export type { RecurrentCell, StateOf, StateShape } from './ops/recurrent/rnn.js';
export type { OutputOf, Sequences, StepOptions, WithState } from './ops/recurrent/sequences.js';
export type { BidirectionalOptions, BothStates } from './ops/recurrent/wrappers.js';
export type { Axes } from './ops/reduce.js';
export {
  type BernoulliOptions,
  bernoulli,
  type IntegerOptions,
  randomInt,
  randomUniform,
  type UniformOptions,
} from './ops/uniform.js';
export type { Padding, Padding1d } from './ops/windows.js';
export { type AdadeltaOptions, adadelta } from './optimizers/adadelta.js';
export { type AdafactorOptions, adafactor } from './optimizers/adafactor.js';
export { type AdagradOptions, adagrad } from './optimizers/adagrad.js';
export { type AdamOptions, adam } from './optimizers/adam.js';
export { type AdamaxOptions, adamax } from './optimizers/adamax.js';
export { type AdamWOptions, adamW } from './optimizers/adamw.js';
export { amsgrad } from './optimizers/amsgrad.js';
export { assign } from './optimizers/assign.js';
export { averageWeights } from './optimizers/average.js';
export { clipByGlobalNorm, clipByNorm, clipByValue } from './optimizers/clipping.js';
export type { DecayRule } from './optimizers/decay.js';
export { grouped, type ParameterGroup } from './optimizers/grouped.js';
export { type LionOptions, lion } from './optimizers/lion.js';
export { type NadamOptions, nadam } from './optimizers/nadam.js';
export type { LearningRate, Optimizer, ParameterInfo, Schedule, UpdateInputs } from './optimizers/optimizer.js';
export { type RadamOptions, radam } from './optimizers/radam.js';
export { type RmspropOptions, rmsprop } from './optimizers/rmsprop.js';
export { type RpropOptions, rprop } from './optimizers/rprop.js';
export { type SgdOptions, sgd } from './optimizers/sgd.js';
export type { ResponseLike, UrlLike, WasmModule, WasmSource } from './run/modules.js';
export type { Backend } from './run/runner.js';
export { type InitOptions, type RuntimeInfo, runtimeInfo } from './run/runtime.js';
export {
  type CosineDecayOptions,
  type CosineDecayRestartsOptions,
  constantSchedule,
  cosineDecay,
  cosineDecayRestarts,
  type DecayOptions,
  exponentialDecay,
  inverseTimeDecay,
  type MultiStepOptions,
  multiStep,
  type PolynomialDecayOptions,
  piecewiseConstant,
  polynomialDecay,
  type StepDecayOptions,
  stepDecay,
} from './schedules/decays.js';
export {
  joinSchedules,
  type LinearWarmupOptions,
  linearWarmup,
  type OneCycleOptions,
  oneCycle,
} from './schedules/warmups.js';
export { setSeed } from './seed.js';
export type { Shape } from './shape.js';
export {
  type DType,
  type MatMulOptions,
  type ReduceOptions,
  type Tensor,
  type TensorData,
  type TensorLike,
  tensor,
} from './tensor.js';
export {
  type Aux,
  type GradAuxFunction,
  type GradFunction,
  type GradOptions,
  type Grads,
  type GradTransform,
  grad,
  jvp,
  type Pullback,
  type Pushforward,
  type TensorFunction,
  type ValueAndGrad,
  type ValueAndGradFunction,
  type ValueAndGradTransform,
  type ValueOf,
  valueAndGrad,
  vjp,
} from './transforms/autodiff.js';
export type { Fed, FeedAll, Trees } from './transforms/call.js';
export { cond, whileLoop } from './transforms/control.js';
export { customVjp, type GradsOf, type Saving } from './transforms/customvjp.js';
export { type GradCheckOptions, type GradCheckReport, gradCheck } from './transforms/gradcheck.js';
export { type HessianOf, hessian, type JacobianOf, jacobian } from './transforms/jacobian.js';
export { jit } from './transforms/jit.js';
export { type ScanOptions, type ScanResult, scan } from './transforms/scan.js';
export { type MapTree, treeLeaves, treeMap, treeReduce } from './transforms/trees.js';
export { type AxisTree, type VmapOptions, vmap } from './transforms/vmap.js';
export type { Feed, Leaf, LeafTree, Nest, Same, Tensors, TensorTree, Tree, TreeOf } from './tree.js';

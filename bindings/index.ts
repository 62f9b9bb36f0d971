// Public exports only.

export { NonFiniteLossError, WasmgradError } from './errors.js';
export type { Initializer, InitializerName } from './initializers/initializers.js';
export type { Activation, ActivationName } from './layers/activations.js';
export { type DenseOptions, dense } from './layers/dense.js';
export { flatten } from './layers/flatten.js';
export type { Layer, LayerSpec, ParameterSpec, Parameters } from './layers/layer.js';
export type { Loss, LossFunction, LossName } from './losses/losses.js';
export type { MetricFunction, MetricName } from './metrics/metrics.js';
export {
  type Callback,
  type EarlyStoppingOptions,
  earlyStopping,
  type Logs,
  type Progress,
  stopBelow,
  type TrainingModel,
} from './model/callbacks.js';
export type { DataLike } from './model/data.js';
export type { History } from './model/fit.js';
export type { Inspection, LayerInspection } from './model/inspect.js';
export {
  type BatchOptions,
  type CompileOptions,
  type FitOptions,
  type Sequential,
  sequential,
} from './model/sequential.js';
export type { NestedArray } from './nested.js';
export type { Axes } from './ops/reduce.js';
export { type AdagradOptions, adagrad } from './optimizers/adagrad.js';
export { type AdamOptions, adam } from './optimizers/adam.js';
export type { Optimizer, UpdateInputs } from './optimizers/optimizer.js';
export { type RmspropOptions, rmsprop } from './optimizers/rmsprop.js';
export { type SgdOptions, sgd } from './optimizers/sgd.js';
export { Random, setSeed } from './random.js';
export type { Backend } from './run/runner.js';
export { type InitOptions, init, type RuntimeInfo, runtimeInfo } from './run/runtime.js';
export type { Shape } from './shape.js';
export {
  assignTo as assign,
  type DType,
  type MatMulOptions,
  type ReduceOptions,
  type Tensor,
  type TensorLike,
  tensor,
} from './tensor.js';

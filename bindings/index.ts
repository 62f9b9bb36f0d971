// Public exports only.

export {
  arange,
  type BernoulliOptions,
  bernoulli,
  eye,
  full,
  linspace,
  type NormalOptions,
  oneHot,
  ones,
  permutation,
  type RandomOptions,
  randomNormal,
  randomUniform,
  truncatedNormal,
  type UniformOptions,
  zeros,
} from './creation.js';
export { init } from './entry/inline.js';
export { NonFiniteLossError, WasmgradError } from './errors.js';
export type { Initializer, InitializerName } from './initializers/initializers.js';
export type { Activation, ActivationName } from './layers/activations.js';
export { type DenseOptions, dense } from './layers/dense.js';
export { flatten } from './layers/flatten.js';
export type { Layer, LayerSpec, ParameterSpec, Parameters } from './layers/layer.js';
export type { Loss, LossFunction, LossName } from './losses/losses.js';
export type { MetricFunction, MetricName } from './metrics/metrics.js';
export { type LbfgsOptions, lbfgs } from './minimize/lbfgs.js';
export { type MinimizeOptions, minimize } from './minimize/minimize.js';
export { type NewtonOptions, newton } from './minimize/newton.js';
export type { Minimum, ObjectiveFunction, Point, StepHooks } from './minimize/objective.js';
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
export type { Range } from './ops/slicing.js';
export type { TopK } from './ops/sort.js';
export { type AdagradOptions, adagrad } from './optimizers/adagrad.js';
export { type AdamOptions, adam } from './optimizers/adam.js';
export type { Optimizer, UpdateInputs } from './optimizers/optimizer.js';
export { type RmspropOptions, rmsprop } from './optimizers/rmsprop.js';
export { type SgdOptions, sgd } from './optimizers/sgd.js';
export { Random, setSeed } from './random.js';
export type { WasmSource } from './run/modules.js';
export type { Backend } from './run/runner.js';
export { type InitOptions, type RuntimeInfo, runtimeInfo } from './run/runtime.js';
export type { Shape } from './shape.js';
export {
  assignTo as assign,
  concat,
  type DType,
  einsum,
  type GeluOptions,
  type MatMulOptions,
  type ReduceOptions,
  type SortOptions,
  stack,
  type Tensor,
  type TensorLike,
  tensor,
  type VarianceOptions,
  where,
} from './tensor.js';
export {
  type GradOptions,
  type GradTransform,
  grad,
  jvp,
  type TensorFunction,
  type ValueAndGrad,
  type ValueAndGradTransform,
  type ValueOf,
  valueAndGrad,
  vjp,
} from './transforms/autodiff.js';
export { type GradCheckOptions, type GradCheckReport, gradCheck } from './transforms/gradcheck.js';
export { type HessianOf, hessian, type JacobianOf, jacobian } from './transforms/jacobian.js';
export { type FeedAll, jit } from './transforms/jit.js';
export type { Feed, Leaf, Same, TensorTree, Tree } from './tree.js';

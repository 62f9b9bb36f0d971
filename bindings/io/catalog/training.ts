// What a model is trained with: all other optimizers, schedules, losses and metrics.

export { ctcLoss } from '../../losses/ctc.js';
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
} from '../../losses/factories.js';
export { f1, precision, recall } from '../../metrics/counts.js';
export { logLoss, perplexity } from '../../metrics/likelihood.js';
export { metric } from '../../metrics/metric.js';
export { prAuc, rocAuc } from '../../metrics/ranking.js';
export { r2, rmse } from '../../metrics/regression.js';
export { topKAccuracy } from '../../metrics/topk.js';
export { adadelta } from '../../optimizers/adadelta.js';
export { adafactor } from '../../optimizers/adafactor.js';
export { adagrad } from '../../optimizers/adagrad.js';
export { adamax } from '../../optimizers/adamax.js';
export { adamW } from '../../optimizers/adamw.js';
export { amsgrad } from '../../optimizers/amsgrad.js';
export { averageWeights } from '../../optimizers/average.js';
export { clipByGlobalNorm, clipByNorm, clipByValue } from '../../optimizers/clipping.js';
export { grouped } from '../../optimizers/grouped.js';
export { lion } from '../../optimizers/lion.js';
export { nadam } from '../../optimizers/nadam.js';
export { radam } from '../../optimizers/radam.js';
export { rmsprop } from '../../optimizers/rmsprop.js';
export { rprop } from '../../optimizers/rprop.js';
export {
  constantSchedule,
  cosineDecay,
  cosineDecayRestarts,
  exponentialDecay,
  inverseTimeDecay,
  multiStep,
  piecewiseConstant,
  polynomialDecay,
  stepDecay,
} from '../../schedules/decays.js';
export { joinSchedules, linearWarmup, oneCycle } from '../../schedules/warmups.js';

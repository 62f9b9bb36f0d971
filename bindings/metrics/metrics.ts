// Metrics: measured and shown beside the loss, but not trained on. Here are those that `compile` knows by name, and
// that are means over samples, so that those of batches can be averaged. Not here: metrics of all samples together
// (exact.ts).

import { check, lookup } from '../errors.js';
import { checkLabelsFirst, type Loss } from '../losses/losses.js';
import { absoluteErrors, squaredErrors } from '../ops/losses/each.js';
import type { Tensor } from '../tensor.js';
import type { ExactMetric } from './exact.js';

/**
 * Computes a metric of a batch: a number for each sample or each step, whose mean is taken, or a scalar. `loss` is the
 * one that the model was compiled with.
 */
export type MetricFunction = (yTrue: Tensor, yPred: Tensor, loss: Loss) => Tensor;

/** A metric with the name that history and logs show. */
export interface Metric<Name extends string = string> {
  readonly name: Name;
  readonly compute: MetricFunction;
}

/** 1 where an output is NaN, which is on no side of ½ and in no class. What is right, 1, counts where it is above this. */
const isNaNOf = (yPred: Tensor): Tensor => yPred.notEqual(yPred);

/** The fraction of outputs on the right side of ½ (of 0 for logits). NaN is on none. */
const binaryAccuracy: MetricFunction = (yTrue, yPred, { fromLogits }) => {
  const right = yPred.greater(fromLogits ? 0 : 0.5).equal(yTrue.greater(0.5));
  return right.greater(isNaNOf(yPred));
};

/**
 * The fraction of samples whose largest output is the right class; with one output, binaryAccuracy. NaN is of no class.
 */
const accuracy: MetricFunction = (yTrue, yPred, loss) => {
  check(!loss.readLabels, () => `${loss.name} has no accuracy`);
  const areIndices = yTrue.dtype === 'int32';
  if (!areIndices && yPred.shape.at(-1) === 1) return binaryAccuracy(yTrue, yPred, loss);
  const right = yPred.argMax().equal(areIndices ? yTrue : yTrue.argMax());
  return right.greater(isNaNOf(yPred).sum(-1));
};

/** Names of the metrics; all others are imported. */
export type MetricName = 'accuracy' | 'binaryAccuracy' | 'mae' | 'mse';

/** What `compile` takes as a metric. */
export type MetricLike = MetricName | MetricFunction | Metric | ExactMetric;

/** Makes a metric refuse class indices, which are not values to compare with. */
const onValues = (name: string, compute: MetricFunction): MetricFunction => {
  return (yTrue, yPred, loss) => {
    check(yTrue.dtype === 'float32', () => `${name}: the labels are class indices; it needs values, or use accuracy`);
    return compute(yTrue, yPred, loss);
  };
};

const METRICS: Record<MetricName, MetricFunction> = {
  accuracy,
  binaryAccuracy: onValues('binaryAccuracy', binaryAccuracy),
  mae: onValues('mae', absoluteErrors),
  mse: onValues('mse', squaredErrors),
};

/** The metric of that name, an imported one, or one made of the function and its name. */
export function metricOf(value: MetricLike): Metric | ExactMetric {
  if (typeof value === 'function') {
    checkLabelsFirst(value);
    return { name: value.name || 'metric', compute: value };
  }
  const made = value as Partial<Metric & ExactMetric> | undefined;
  if (made?.compute ?? made?.update) return value as Metric | ExactMetric;
  return {
    name: value as MetricName,
    compute: lookup('metric', value as MetricName, METRICS, '; or imported; or a function'),
  };
}

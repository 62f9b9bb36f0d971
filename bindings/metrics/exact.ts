// Metrics of all samples together: precision, the area under a curve … What they are of an epoch does not follow from
// what they are of its batches, so they keep what they need of each batch, in plain JavaScript, and say at the end what
// it comes to.

import { check, checkFunction, show } from '../errors.js';
import { type Loss, lossOf } from '../losses/losses.js';
import type { NestedValues } from '../nested.js';
import { sameShape, shapeText } from '../shape.js';
import { Tensor, tensor } from '../tensor.js';
import { type Metric, type MetricFunction, type MetricName, metricOf } from './metrics.js';

/** What a metric comes to: a number, one a class, or a matrix. */
export type MetricValue = number | readonly number[] | readonly (readonly number[])[];

/** A metric of all samples. `update` is called with one batch after the other, whose values can be read. */
export interface ExactMetric<State = unknown, Value extends MetricValue = MetricValue, Name extends string = string> {
  /** What history and logs show. */
  readonly name: Name;
  /** What is kept, before the first batch. */
  init(): State;
  /**
   * The state with one batch more; it may be the same object, changed. `loss` is that of the model, if there is one.
   */
  update(state: State, yTrue: Tensor, yPred: Tensor, loss?: Loss): State;
  /** The metric of all batches so far. */
  result(state: State): Value;
}

/**
 * Refuses what makes a metric where a metric is to be: it is called with labels, predictions and loss in place of
 * options.
 */
export const checkCalled = (name: string, others: readonly unknown[]): void =>
  check(others.length === 0, () => `${name} makes a metric: call it, ${name}()`);

/** Whether a metric is one of all samples. */
export const isExact = (metric: Metric | ExactMetric): metric is ExactMetric => 'update' in metric;

const asTensor = (value: Tensor | NestedValues): Tensor => (value instanceof Tensor ? value : tensor(value));

/**
 * Labels and predictions as a model has them: those that are numbers in a row are the outputs of as many samples,
 * labels of one output have its shape, and labels that have one for each row of several outputs are class indices.
 */
function asOfModel(yTrue: Tensor, yPred: Tensor): [Tensor, Tensor] {
  const outputs = yPred.shape.length < 2 ? yPred.reshape([-1, 1]) : yPred;
  const [rows, width] = [outputs.shape.slice(0, -1), outputs.shape.at(-1)!];
  if (width === 1) return [yTrue.size === outputs.size ? yTrue.reshape(outputs.shape).toFloat() : yTrue, outputs];
  const areIndices = sameShape(yTrue.shape, rows) || sameShape(yTrue.shape, [...rows, 1]);
  if (areIndices) return [indicesOf(yTrue, outputs).reshape(rows), outputs];
  return [sameShape(yTrue.shape, outputs.shape) ? yTrue.toFloat() : yTrue, outputs];
}

/** Class indices as int32; what is no whole number would be cut to one. */
function indicesOf(yTrue: Tensor, yPred: Tensor): Tensor {
  const labels = yTrue.values();
  const row = labels.findIndex((label) => !Number.isInteger(label));
  check(row < 0, () => {
    const [y, p] = [shapeText(yTrue.shape), shapeText(yPred.shape)];
    return `measure: label ${labels[row]} of row ${row} is no class, and values ${y} do not fit predictions ${p}`;
  });
  return yTrue.toInt();
}

/** Refuses labels that are classes where there is one score a row, which says yes or no. */
export function checkYesNo(name: string, yTrue: Tensor, yPred: Tensor): void {
  if (yPred.shape.length > 1 && yPred.shape.at(-1) !== 1) return;
  const labels = yTrue.values();
  const row = labels.findIndex((label) => label > 1);
  check(row < 0, () => {
    return `${name}: label ${labels[row]} of row ${row} is above 1, and the predictions are one number each: give a score for each class, as oneHot makes them of indices`;
  });
}

/** Refuses class indices beyond the scores of a row: no prediction would ever be right. */
function checkClasses(name: string, yTrue: Tensor, classes: number): void {
  const labels = yTrue.values();
  const row = labels.findIndex((label) => label < 0 || label >= classes);
  check(row < 0, () => `${name}: label ${labels[row]} of row ${row} is out of range for ${classes} classes`);
}

/** Refuses what a metric by name would broadcast, or take for yes and no. */
function checkNamed(name: MetricName, yTrue: Tensor, yPred: Tensor): void {
  const indices = yTrue.dtype === 'int32';
  const [rows, classes] = [yPred.shape.slice(0, -1), yPred.shape.at(-1)!];
  check(sameShape(yTrue.shape, indices ? rows : yPred.shape), () => {
    return `${name}: labels ${shapeText(yTrue.shape)} do not fit predictions ${shapeText(yPred.shape)}`;
  });
  if (indices) checkClasses(name, yTrue, classes);
  else if (/accuracy/i.test(name)) checkYesNo(name, yTrue, yPred);
}

/** Whether a number is NaN, which is on no side of ½. */
const hasNaN = (...tensors: readonly Tensor[]): boolean => tensors.some((t) => t.values().some(Number.isNaN));

function numberOf(name: string, value: Tensor): number {
  check(value instanceof Tensor, () => `the metric ${name} must return a tensor, got ${show(value)}`);
  return value.mean().item();
}

/**
 * A metric of labels and predictions at hand: `measure(rocAuc(), y, model.predict(x))`. Predictions are probabilities
 * or values; labels have their shape, or are class indices, one for each row. A metric by name is NaN where a number
 * is.
 *
 * @param metric an exact metric, a name or a function as `compile` takes it
 * @throws if labels and predictions do not fit, or the metric does not take them
 */
export function measure<State, Value extends MetricValue>(
  metric: ExactMetric<State, Value>,
  yTrue: Tensor | NestedValues,
  yPred: Tensor | NestedValues,
): Value;
export function measure(
  metric: MetricName | MetricFunction | Metric,
  yTrue: Tensor | NestedValues,
  yPred: Tensor | NestedValues,
): number;
export function measure(
  metric: MetricName | MetricFunction | Metric | ExactMetric,
  yTrue: Tensor | NestedValues,
  yPred: Tensor | NestedValues,
): MetricValue {
  const made = metricOf(metric);
  const [labels, predictions] = asOfModel(asTensor(yTrue), asTensor(yPred));
  if (!isExact(made)) {
    if (typeof metric === 'string') {
      checkNamed(metric, labels, predictions);
      if (hasNaN(labels, predictions)) return Number.NaN;
    }
    return numberOf(made.name, made.compute(labels, predictions, lossOf('meanSquaredError')));
  }
  for (const name of ['init', 'update', 'result'] as const)
    checkFunction(`measure: ${name} of ${made.name}`, made[name]);
  return made.result(made.update(made.init(), labels, predictions));
}

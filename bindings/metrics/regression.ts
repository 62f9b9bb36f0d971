// Metrics of predicted values: how far they are from the labels.

import { check } from '../errors.js';
import { madeBy } from '../made.js';
import { shapeText } from '../shape.js';
import type { Tensor, TensorData } from '../tensor.js';
import { checkCalled, type ExactMetric } from './exact.js';
import { areAlike } from './rows.js';

/** Labels and predictions as values, which have the same shape. */
function valuesOf(name: string, yTrue: Tensor, yPred: Tensor): [labels: TensorData, predictions: TensorData] {
  check(areAlike(yTrue, yPred), () => {
    const [y, p] = [shapeText(yTrue.shape), shapeText(yPred.shape)];
    return `${name}: labels ${y} do not fit predictions ${p}: it needs values of the same shape`;
  });
  return [yTrue.values(), yPred.values()];
}

/** The state of `rmse`. */
export interface SquaredErrors {
  readonly sum: number;
  readonly count: number;
}

/**
 * The metric of the typical distance from the label, in its unit: √(Σ (ŷ - y)² / n) over all values. Exact over all
 * samples.
 */
export const rmse: () => ExactMetric<SquaredErrors, number, 'rmse'> = (...others: readonly unknown[]) => {
  checkCalled('rmse', others);
  return madeBy('rmse', [], {
    name: 'rmse',
    init: () => ({ sum: 0, count: 0 }),
    update: (state, yTrue, yPred) => {
      const [labels, predictions] = valuesOf('rmse', yTrue, yPred);
      let { sum } = state;
      for (let i = 0; i < labels.length; i++) sum += (predictions[i]! - labels[i]!) ** 2;
      return { sum, count: state.count + labels.length };
    },
    result: ({ sum, count }) => Math.sqrt(sum / count),
  });
};

/** The state of `r2`, by output: mean and squared deviations of the labels so far, and squared errors. */
export interface Deviations {
  count: number;
  readonly mean: number[];
  readonly squares: number[];
  readonly errors: number[];
}

/** 1 - errors / squares. Where all labels are equal it is 1 for predictions without error, else 0. */
const explained = (errors: number, squares: number): number => {
  if (squares > 0) return 1 - errors / squares;
  return errors === 0 ? 1 : errors > 0 ? 0 : Number.NaN;
};

/**
 * The metric of how much of the variance of the labels is explained: 1 - Σ (ŷ - y)² / Σ (y - ȳ)², of several outputs
 * their mean. 1 is perfect, 0 is no better than the mean. Where all labels are equal it is 1 for predictions without
 * error, else 0; NaN for fewer than two samples. Exact over all samples. (As r2_score of scikit-learn.)
 */
export const r2: () => ExactMetric<Deviations, number, 'r2'> = (...others: readonly unknown[]) => {
  checkCalled('r2', others);
  return madeBy('r2', [], {
    name: 'r2',
    init: () => ({ count: 0, mean: [], squares: [], errors: [] }),
    update: (state, yTrue, yPred) => {
      const [labels, predictions] = valuesOf('r2', yTrue, yPred);
      const rows = yPred.shape[0] ?? 1;
      const width = rows === 0 ? 0 : labels.length / rows;
      const { mean, squares, errors } = state;
      check(state.count === 0 || mean.length === width, () => `r2: batches of ${mean.length} and of ${width} outputs`);
      for (let i = 0; i < labels.length; i++) {
        const column = i % width;
        if (column === 0) state.count++;
        // Welford's running mean, which loses no digits where the mean is large.
        const before = labels[i]! - (mean[column] ??= 0);
        mean[column] += before / state.count;
        squares[column] = (squares[column] ?? 0) + before * (labels[i]! - mean[column]!);
        errors[column] = (errors[column] ?? 0) + (predictions[i]! - labels[i]!) ** 2;
      }
      return state;
    },
    result: ({ count, squares, errors }) => {
      if (count < 2) return Number.NaN;
      return squares.reduce((sum, s, column) => sum + explained(errors[column]!, s), 0) / squares.length;
    },
  });
};

// Losses: the negative logarithm of the probability of the class that it is.

import { check } from '../../../errors.js';
import { take, takeAlongAxis } from '../../../ops/gather.js';
import { where } from '../../../ops/where.js';
import type { Tensor } from '../../../tensor.js';
import type { Imported, Rows } from '../op.js';

/** -log p of the class of each place, by weights of the classes; logs are [n, classes, …], labels [n, …]. */
function negativeLogs(op: Imported, logs: Tensor): Tensor {
  const labels = op.in(1).toInt();
  const ignored = op.int('ignore_index');
  const counts = ignored === undefined ? undefined : labels.notEqual(ignored);
  const classes = counts ? where(counts, labels, 0) : labels;
  const losses = takeAlongAxis(logs, classes.expandDims(1), 1).squeeze(1).neg();
  const given = op.maybe(2);
  const ofClass = given ? take(given, classes) : undefined;
  const weights = counts && ofClass ? ofClass.mul(counts) : (ofClass ?? counts);
  const weighted = weights ? losses.mul(weights) : losses;
  const reduction = op.text('reduction', 'mean');
  if (reduction === 'none') return weighted;
  if (reduction === 'sum') return weighted.sum();
  check(reduction === 'mean', () => `the reduction ${reduction} is not known`);
  return weights ? weighted.sum().div(weights.sum()) : weighted.mean();
}

export const LOSSES: Rows = {
  NegativeLogLikelihoodLoss: (op) => negativeLogs(op, op.in(0)),
  SoftmaxCrossEntropyLoss: (op) => {
    const logs = op.in(0).logSoftmax(1);
    return [negativeLogs(op, logs), logs];
  },
};

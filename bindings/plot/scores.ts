// Labels and predictions of a classifier, as the metrics of the library read them.

import type { ExactMetric } from '../metrics/exact.js';
import { measure } from '../metrics/exact.js';
import { type Rows, rowsOf } from '../metrics/rows.js';
import type { NestedValues } from '../nested.js';
import type { Tensor } from '../tensor.js';

/** What `measure` takes. */
export type Values = Tensor | NestedValues;

/** Rows of scores with their labels; `where` is the figure, for errors. */
export function scoresOf(where: string, yTrue: Values, yPred: Values): Rows {
  const read: ExactMetric<Rows[], never> = {
    name: where,
    init: () => [],
    update: (_, labels, predictions) => [rowsOf(where, labels, predictions)],
    result: ([rows]) => rows as never,
  };
  return measure(read, yTrue, yPred);
}

// Weights of samples: how much each one counts in the loss. Not here: weights by class (classweights.ts), and the
// weighted mean (training.ts).

import { check } from '../errors.js';
import { type DataSet, flatOf, type Rows } from './data.js';

const NAME = 'sampleWeight';

/** A data set whose samples have these weights, `what` in errors: one for each, 0 or more. */
export function weighted(what: string, data: DataSet, given: unknown): DataSet {
  if (given === undefined) return data;
  const { data: values } = flatOf(what, given);
  check(values.length === data.count, () => `${what} has ${values.length} numbers for ${data.count} samples`);
  const wrong = values.findIndex((w) => !(w >= 0 && w < Infinity));
  check(wrong < 0, () => `${what} must be 0 or positive numbers, got ${values[wrong]} for sample ${wrong}`);
  return withWeights(data, Float32Array.from(values));
}

/** Whether these labels are the weights of samples. */
export const isWeights = ({ name }: Rows): boolean => name === NAME;

/** A data set whose samples have these weights. */
export function withWeights({ count, inputs, labels }: DataSet, data: Float32Array): DataSet {
  return { count, inputs, labels: [...labels, { name: NAME, data, count, rowShape: [], dtype: 'float32' }] };
}

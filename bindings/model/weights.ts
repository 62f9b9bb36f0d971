// Weights of samples: how much each one counts in the loss, given one by one or by class. Not here: the weighted mean
// (training.ts).

import { check, checkIs, isRecord } from '../errors.js';
import type { Loss } from '../losses/losses.js';
import { shapeText, sizeOf } from '../shape.js';
import { type DataSet, flatOf, type Rows } from './data.js';

/** Weights of classes: of some by their numbers, the others have 1; 'balanced' gives all classes the same weight in sum. */
export type ClassWeight = 'balanced' | Readonly<Record<number, number>>;

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

/** A data set whose samples have the weights of their classes besides; rows that the loss ignores are of no class. */
export function weightedByClass(data: DataSet, given: ClassWeight | undefined, { ignoreIndex }: Loss): DataSet {
  if (given === undefined) return data;
  const own = data.labels.find(({ name }) => name === NAME);
  const labels = data.labels.filter((rows) => rows !== own);
  check(labels.length === 1, () => 'fit: classWeight is for models with one loss; of several give sampleWeight');
  const { dtype, rowShape } = labels[0]!;
  check(dtype === 'float32' || rowShape.length === 0, () => {
    return `fit: classWeight is for one class a sample; for ${shapeText(rowShape)} of them give the loss weights: softmaxCrossEntropy({ weight })`;
  });
  const classes = classesOf(labels[0]!);
  const weights = given === 'balanced' ? balanced(classes.filter((c) => c !== ignoreIndex)) : given;
  const values = Float32Array.from(classes, (c, i) => (weights[c] ?? 1) * (own ? own.data[i]! : 1));
  return withWeights({ ...data, labels }, values);
}

function withWeights({ count, inputs, labels }: DataSet, data: Float32Array): DataSet {
  return { count, inputs, labels: [...labels, { name: NAME, data, count, rowShape: [], dtype: 'float32' }] };
}

/** The class of each sample: its index, the place of the largest of its labels, or of one label 0 or 1. */
function classesOf({ data, count, rowShape, dtype }: Rows): number[] {
  const width = sizeOf(rowShape);
  return Array.from({ length: count }, (_, i) => {
    if (width > 1) return largest(data.subarray(i * width, (i + 1) * width));
    return dtype === 'int32' ? data[i]! : +(data[i]! > 0.5);
  });
}

const largest = (row: ArrayLike<number>): number => {
  let best = 0;
  for (let i = 1; i < row.length; i++) if (row[i]! > row[best]!) best = i;
  return best;
};

/** n / (classes · samples of the class), as in scikit-learn. */
function balanced(classes: readonly number[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const c of classes) counts[c] = (counts[c] ?? 0) + 1;
  const entries = Object.entries(counts);
  return Object.fromEntries(entries.map(([c, n]) => [c, classes.length / (entries.length * n)]));
}

/** Throws unless `given` can be weights of classes. */
export function checkClassWeight(what: string, given: unknown): void {
  const fits =
    given === 'balanced' ||
    (isRecord(given) && Object.entries(given as object).every(([c, w]) => /^\d+$/.test(c) && w >= 0 && w < Infinity));
  checkIs(fits, what, "'balanced', or an object of class numbers with weights of 0 or more", given);
}

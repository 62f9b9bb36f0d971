// Weights of classes: how much each sample counts by its class. Loaded when a training has them. Not here: weights of
// samples (weights.ts), and the weighted mean (training.ts).

import { check, checkIs, isRecord, show } from '../errors.js';
import { shapeText, sizeOf } from '../shape.js';
import type { DataSet, Rows } from './data.js';
import type { Training } from './training.js';
import { isWeights, withWeights } from './weights.js';

/**
 * Weights of classes: of some by their numbers, the others have 1; 'balanced' gives all classes the same weight in sum.
 */
export type ClassWeight = 'balanced' | Readonly<Record<number, number>>;

/** A data set whose samples have the weights of their classes besides; rows that the loss ignores are of no class. */
export function weightedByClass(data: DataSet, given: ClassWeight, { compiled, network }: Training): DataSet {
  const own = data.labels.find(isWeights);
  const labels = data.labels.filter((rows) => rows !== own);
  check(labels.length === 1, () => 'fit: classWeight is for models with one loss; of several give sampleWeight');
  const { output, loss } = compiled.targets[0]!;
  const width = network.definition.outputs.specs[output]!.shape.at(-1) ?? 1;
  checkClassWeight('fit: classWeight', given, Math.max(2, width));
  const classes = classesOf(labels[0]!);
  const weights = given === 'balanced' ? balanced(classes.filter((c) => c !== loss.ignoreIndex)) : given;
  const values = Float32Array.from(classes, (c, i) => (weights[c] ?? 1) * (own ? own.data[i]! : 1));
  return withWeights({ ...data, labels }, values);
}

/** The class of each sample: its index, the place of the largest of its labels, or of one label 0 or 1. */
function classesOf({ data, count, rowShape, dtype }: Rows): number[] {
  check(rowShape.length <= +(dtype === 'float32'), () => {
    return `fit: classWeight is for one class a sample; for ${shapeText(rowShape)} of them give the loss weights: softmaxCrossEntropy({ weight })`;
  });
  const width = sizeOf(rowShape);
  return Array.from({ length: count }, (_, i) => {
    if (dtype === 'int32') return data[i]!;
    return width === 1 ? yesOrNo(data[i]!, i) : classOf(data.subarray(i * width, (i + 1) * width), i);
  });
}

/** The class of a label of yes or no: 1 of 1, and 0 of 0 or -1. */
function yesOrNo(label: number, sample: number): number {
  check(Math.abs(label) === 1 || label === 0, () => {
    return `fit: classWeight is for labels 0 and 1, got ${label} for sample ${sample}; for values give sampleWeight`;
  });
  return +(label > 0);
}

/** The most likely class of a distribution, as one is that is 1 for one class. */
function classOf(row: ArrayLike<number>, sample: number): number {
  let [best, sum, least] = [0, 0, Infinity];
  for (let i = 0; i < row.length; i++) {
    if (row[i]! > row[best]!) best = i;
    sum += row[i]!;
    least = Math.min(least, row[i]!);
  }
  check(least >= 0 && Math.abs(sum - 1) < 1e-3, () => {
    return `fit: classWeight is for one class a sample, but sample ${sample} has the labels ${Array.from(row).slice(0, 10)}; give sampleWeight`;
  });
  return best;
}

/** n / (classes · samples of the class), as in scikit-learn. */
function balanced(classes: readonly number[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const c of classes) counts[c] = (counts[c] ?? 0) + 1;
  const entries = Object.entries(counts);
  return Object.fromEntries(entries.map(([c, n]) => [c, classes.length / (entries.length * n)]));
}

/** Throws unless `given` can be weights of so many classes. */
export function checkClassWeight(what: string, given: unknown, classes = Infinity): void {
  if (given === 'balanced') return;
  const fits = isRecord(given) && Object.keys(given as object).every((c) => /^\d+$/.test(c));
  checkIs(fits, what, "'balanced', or an object of class numbers with weights of 0 or more", given);
  for (const [c, weight] of Object.entries(given as object)) {
    check(+c < classes, () => `${what} has ${c} in it, and the classes are 0 … ${classes - 1}`);
    check(
      weight >= 0 && weight < Infinity,
      () => `${what}: the weight of class ${c} must be 0 or more, got ${show(weight)}`,
    );
  }
}

// How metrics read labels and predictions: rows of scores, and what is true of each row. Labels are class indices, rows
// with a number for each class, or, where there is one score a row, 0 and 1.

import { check } from '../errors.js';
import type { Loss } from '../losses/losses.js';
import { sigmoid } from '../ops/epilogues.js';
import { narrow, sameShape, shapeText } from '../shape.js';
import type { Tensor, TensorData } from '../tensor.js';
import { checkYesNo } from './exact.js';

export interface Rows {
  readonly count: number;
  /** Scores of a row: 1 for yes or no, else one for each class. */
  readonly width: number;
  readonly scores: TensorData;
  /** The labels as they were given: `count` class indices if `areIndices`, else as many as scores. */
  readonly labels: TensorData;
  readonly areIndices: boolean;
}

/** Whether there is a label for each prediction, in the same places: of [2, 3] none are read as [3, 2]. */
export const areAlike = (yTrue: Tensor, yPred: Tensor): boolean => sameShape(narrow(yTrue.shape), narrow(yPred.shape));

/** Labels and predictions of a batch, for the metric `name`. */
export function rowsOf(name: string, yTrue: Tensor, yPred: Tensor): Rows {
  const width = yPred.shape.length > 1 ? yPred.shape.at(-1)! : 1;
  const count = width === 0 ? 0 : yPred.size / width;
  const areIndices = width > 1 && yTrue.size === count && yTrue.dtype === 'int32';
  check(areIndices || areAlike(yTrue, yPred), () => {
    const [y, p] = [shapeText(yTrue.shape), shapeText(yPred.shape)];
    return `${name}: labels ${y} do not fit predictions ${p}: expected the same shape, or int32 class indices`;
  });
  checkYesNo(name, yTrue, yPred);
  return { count, width, scores: yPred.values(), labels: yTrue.values(), areIndices };
}

/** Which of the labels and predictions is the first that is NaN, which belongs to no class; undefined if none is. */
export function firstNaN({ scores, labels, width, areIndices }: Rows): string | undefined {
  const isBad = (value: number): boolean => Number.isNaN(value);
  const [score, label] = [scores.findIndex(isBad), labels.findIndex(isBad)];
  if (score >= 0) return `the prediction of row ${Math.floor(score / width)}`;
  return label < 0 ? undefined : `the label of row ${areIndices ? label : Math.floor(label / width)}`;
}

/**
 * The index of the largest of the numbers [from, from + n), the first of equal ones; NaN is larger than all, as in
 * argMax.
 */
export function largest(values: TensorData, from: number, n: number): number {
  let best = 0;
  for (let k = 1; k < n; k++) {
    const [value, most] = [values[from + k]!, values[from + best]!];
    if (value > most || (Number.isNaN(value) && !Number.isNaN(most))) best = k;
  }
  return best;
}

/** The class of a row, 0 or 1 where there is one score. */
export function labelOf({ labels, areIndices, width }: Rows, row: number, name: string): number {
  if (width === 1) return labels[row]! > 0.5 ? 1 : 0;
  if (!areIndices) return largest(labels, row * width, width);
  const label = labels[row]!;
  check(
    label >= 0 && label < width,
    () => `${name}: label ${label} of row ${row} is out of range for ${width} classes`,
  );
  return label;
}

/** Whether a class is true of a row: for scores that are looked at one by one. */
export const isTrue = (rows: Rows, row: number, column: number): boolean =>
  rows.areIndices ? rows.labels[row] === column : rows.labels[row * rows.width + column]! > 0.5;

/** What separates yes from no: the option if it is given, 0 for logits, else ½. */
export const thresholdFor = (option: number | undefined, loss: Loss | undefined): number =>
  option ?? (loss?.fromLogits ? 0 : 0.5);

/** Whether each output of a row is a yes or no of its own, as the loss of the model has it. */
export const isMultiLabel = (loss: Loss | undefined): boolean => loss?.activation === sigmoid;

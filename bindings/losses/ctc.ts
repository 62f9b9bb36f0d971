// ctcLoss: the loss of `compile` for labels that are somewhere in longer sequences. Not here: its formula
// (ops/losses/ctc.ts).

import { check } from '../errors.js';
import { maskOf } from '../layers/masks.js';
import { madeBy } from '../made.js';
import type { Rows } from '../model/data.js';
import type { Flat } from '../nested.js';
import { type CtcLossOptions, ctcLosses, ctcRules } from '../ops/losses/ctc.js';
import { softmax } from '../ops/softmax.js';
import { options, type Rules, type Values } from '../options.js';
import { type Shape, shapeText } from '../shape.js';
import type { Loss } from './losses.js';

/** Options of the loss `ctcLoss` of `compile`. */
export type CtcOptions = Pick<CtcLossOptions, 'blank' | 'zeroInfinity'>;

const ctcOptions = options(ctcRules satisfies Rules<CtcOptions>);

/**
 * A loss of `compile` for a model that reads labels from a longer sequence, as speech or handwriting, without being
 * told at which steps they are: each step says a label or the blank, and labels that are said in several steps in a row
 * are taken once. The model returns logits [time, classes] for each sample, or their logSoftmax; labels are whole
 * numbers [n, labels], filled up at the end by the blank, as `padSequences` does. If the output has a mask, the steps
 * that it leaves out are skipped.
 *
 * The loss is the mean over samples, each over the number of its labels. `ctcGreedyDecode` of `wasmgrad/ops` reads what
 * `predict` returns; `ctcLoss` of `wasmgrad/ops` is the function of log-probabilities and a target.
 *
 * @throws if an option is unknown; `fit` and the like, if labels are none of the classes, stand behind a blank, or are
 *   more than fit into the steps (unless `zeroInfinity` is true)
 */
export function ctcLoss(given?: CtcOptions): Loss;
export function ctcLoss(given?: CtcOptions, ...others: readonly unknown[]): Loss {
  check(others.length === 0, () => 'ctcLoss makes a loss: call it, ctcLoss()');
  const values = ctcOptions('ctcLoss', given);
  const each: Loss['compute'] = (yTrue, yPred) => ctcLosses(yPred, yTrue, maskOf(yPred), values);
  return madeBy('ctcLoss', [{ ...given }], {
    name: 'ctcLoss',
    fromLogits: true,
    activation: softmax,
    instead: 'logSoftmax',
    ofSamples: true,
    compute: (yTrue, yPred) => each(yTrue, yPred).mean(),
    each,
    readLabels: (name, labels, count, outputShape) => labelsOf(name, labels, count, outputShape, values),
  });
}

/** Labels as int32 [count, labels]; throws unless they are such that the loss is a number. */
function labelsOf(
  name: string,
  { data, shape }: Flat,
  count: number,
  outputShape: Shape,
  { blank, zeroInfinity }: Values<typeof ctcRules>,
): Rows {
  const [time, classes] = outputShape as [number, number];
  check(outputShape.length === 2 && blank < classes, () => {
    return `ctcLoss: the model must return logits [time, classes], with a class for the blank, ${blank}; it returns ${shapeText(outputShape)}`;
  });
  check(shape.length === 2 && shape[0] === count, () => {
    return `${name} has the shape ${shapeText(shape)}; for ctcLoss ${count} samples need [${count}, labels], rows filled up to one length by the blank, ${blank}`;
  });
  const width = shape[1]!;
  for (let s = 0; s < count; s++) {
    const row = data.subarray(s * width, (s + 1) * width);
    const where = `ctcLoss: sample ${s} of ${name}`;
    checkRow(where, row, classes, blank);
    const needed = stepsFor(row, blank);
    check(zeroInfinity || needed <= time, () => {
      return `${where} needs ${needed} steps, one a label and one between equal neighbours, and the model returns ${time}; ctcLoss({ zeroInfinity: true }) does without such samples`;
    });
  }
  return { name, data: Int32Array.from(data), count, rowShape: [width], dtype: 'int32' };
}

/** Throws unless a row has labels, and behind them blanks. */
function checkRow(where: string, row: ArrayLike<number>, classes: number, blank: number): void {
  let ended = false;
  for (let i = 0; i < row.length; i++) {
    const label = row[i]!;
    check(Number.isInteger(label) && label >= 0 && label < classes, () => {
      return `${where} has the label ${label}: expected a class, a whole number from 0 to ${classes - 1}, and the blank, ${blank}, behind the last one`;
    });
    check(
      !ended || label === blank,
      () => `${where} has the label ${label} behind the blank, ${blank}, which ends labels`,
    );
    ended ||= label === blank;
  }
}

/** In how many steps labels can be said: equal neighbours want a blank between them. */
function stepsFor(row: ArrayLike<number>, blank: number): number {
  let steps = 0;
  for (let i = 0; i < row.length && row[i] !== blank; i++) steps += row[i] === row[i - 1] ? 2 : 1;
  return steps;
}

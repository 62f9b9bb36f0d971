// Metrics that count hits and misses by class: precision, recall, F1, and the confusion matrix. Definitions and edge
// cases are those of scikit-learn.

import { check, checkNumber } from '../errors.js';
import type { Loss } from '../losses/losses.js';
import { madeBy } from '../made.js';
import { oneOf, options, type Rules, rule } from '../options.js';
import { checkCalled, type ExactMetric, type MetricValue } from './exact.js';
import { firstNaN, isMultiLabel, isTrue, labelOf, largest, type Rows, rowsOf, thresholdFor } from './rows.js';

/** How the classes of `precision`, `recall` and `f1` become one number. */
export type Average = 'binary' | 'micro' | 'macro' | 'weighted' | 'none';

/** Options of `precision`, `recall` and `f1`. */
export interface CountOptions<A extends Average = Average> {
  /**
   * 'binary' (default): that of class 1, of one output or two. 'micro': of all classes counted together; 'macro': the
   * mean of the classes that are there, 'weighted': the mean by how many samples each has; 'none': a list, one a class.
   */
  readonly average?: A | undefined;
  /**
   * What a score must be above to be a yes; default ½, or 0 where the loss of the model takes logits. Given for several
   * outputs, each of them is a yes or no of its own, as it is after a loss of yes or no.
   */
  readonly threshold?: number | undefined;
}

const countOptions = options({
  average: oneOf('binary', 'micro', 'macro', 'weighted', 'none'),
  threshold: rule<number, undefined>(undefined, checkNumber),
} satisfies Rules<CountOptions>);

/** Of each class how many samples were rightly taken for it, wrongly, and how many were missed. */
export interface Counts {
  readonly hits: number[];
  readonly wrong: number[];
  readonly missed: number[];
  /** Each class is a yes or no of its own. */
  readonly independent: boolean;
}

const noCounts = (): Counts => ({ hits: [], wrong: [], missed: [], independent: false });

/** The counts with those of a batch, in which one class is right for each row, or each class may be. */
function counted(before: Counts, rows: Rows, independent: boolean, threshold: number, name: string): Counts {
  const classes = rows.width === 1 ? 2 : rows.width;
  const counts = before.hits.length === 0 ? emptyCounts(classes, independent) : before;
  const { hits, wrong, missed } = counts;
  check(hits.length === classes, () => `${name}: batches of ${hits.length} and of ${classes} classes`);
  if (firstNaN(rows)) hits.fill(Number.NaN);
  for (let row = 0; row < rows.count; row++) {
    if (independent) {
      for (let c = 0; c < classes; c++) {
        const yes = rows.scores[row * classes + c]! > threshold;
        if (isTrue(rows, row, c)) (yes ? hits : missed)[c]!++;
        else if (yes) wrong[c]!++;
      }
      continue;
    }
    const [truth, guess] = [labelOf(rows, row, name), guessOf(rows, row, threshold)];
    if (truth === guess) hits[truth]!++;
    else {
      wrong[guess]!++;
      missed[truth]!++;
    }
  }
  return counts;
}

const zerosOf = (n: number): number[] => new Array<number>(n).fill(0);

const emptyCounts = (classes: number, independent: boolean): Counts => ({
  hits: zerosOf(classes),
  wrong: zerosOf(classes),
  missed: zerosOf(classes),
  independent,
});

/** The class that a row is taken for. */
const guessOf = ({ scores, width }: Rows, row: number, threshold: number): number =>
  width === 1 ? +(scores[row]! > threshold) : largest(scores, row * width, width);

type Score = (hits: number, wrong: number, missed: number) => number;

/** 0 / 0 is 0: nothing was there to be found, or nothing was taken for it. */
const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

const sumOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** The scores of the classes, as one number or as a list. */
function averaged(
  name: string,
  { hits, wrong, missed, independent }: Counts,
  score: Score,
  average: Average,
): MetricValue {
  if (average === 'micro') return score(sumOf(hits), sumOf(wrong), sumOf(missed));
  const scores = hits.map((h, c) => score(h, wrong[c]!, missed[c]!));
  if (average === 'none') return scores;
  if (average === 'binary') {
    check(hits.length < 3 && !independent, () => {
      return `${name}: ${hits.length} classes need an average: 'macro', 'micro', 'weighted' or 'none'`;
    });
    return scores[1] ?? 0;
  }
  const sizes = hits.map((h, c) => h + missed[c]!);
  if (average === 'weighted') return ratio(sumOf(scores.map((s, c) => s * sizes[c]!)), sumOf(sizes));
  const there = scores.filter((_, c) => independent || sizes[c]! + wrong[c]! !== 0); // NaN is there, too
  return ratio(sumOf(there), there.length);
}

/** A metric of such counts; the list of `average: 'none'` is a type of its own. */
export interface CountMetric<Name extends string = string> {
  (options: CountOptions<'none'> & { readonly average: 'none' }): ExactMetric<Counts, number[], Name>;
  (options?: CountOptions<Exclude<Average, 'none'>>): ExactMetric<Counts, number, Name>;
}

/*@__NO_SIDE_EFFECTS__*/
function countMetric<Name extends string>(name: Name, score: Score): CountMetric<Name> {
  const make = (given?: CountOptions, ...others: readonly unknown[]): ExactMetric<Counts, MetricValue, Name> => {
    checkCalled(name, others);
    const { average, threshold } = countOptions(name, given);
    return madeBy(name, [{ ...given }], {
      name,
      init: noCounts,
      update: (state, yTrue, yPred, loss?: Loss) => {
        const rows = rowsOf(name, yTrue, yPred);
        const independent = rows.width > 1 && !rows.areIndices && (threshold !== undefined || isMultiLabel(loss));
        return counted(state, rows, independent, thresholdFor(threshold, loss), name);
      },
      result: (state) => averaged(name, state, score, average),
    });
  };
  return make as CountMetric<Name>;
}

/**
 * The metric of how many of the samples that were taken for a class are of it: hits / (hits + wrong). 0 for a class
 * that no sample was taken for, NaN if a label or prediction is. Exact over all samples; the definitions are those of
 * scikit-learn.
 */
export const precision = countMetric('precision', (hits, wrong) => ratio(hits, hits + wrong));

/**
 * The metric of how many of the samples of a class were found: hits / (hits + missed). 0 for a class without samples,
 * NaN if a label or prediction is. Exact over all samples; the definitions are those of scikit-learn.
 */
export const recall = countMetric('recall', (hits, _, missed) => ratio(hits, hits + missed));

/**
 * The metric of both in one, the harmonic mean of precision and recall: 2·hits / (2·hits + wrong + missed). 0 for a
 * class that neither labels nor predictions have, NaN if a label or prediction is. Exact over all samples; the
 * definitions are those of scikit-learn.
 */
export const f1 = countMetric('f1', (hits, wrong, missed) => ratio(2 * hits, 2 * hits + wrong + missed));

/** Options of `confusionMatrix`. */
export interface ConfusionMatrixOptions {
  /**
   * What a score must be above to be a yes, of one output; default ½, or 0 where the loss of the model takes logits.
   */
  readonly threshold?: number | undefined;
}

const matrixOptions = options({
  threshold: rule<number, undefined>(undefined, checkNumber),
} satisfies Rules<ConfusionMatrixOptions>);

/**
 * The metric of which class was taken for which: a row for each true class, a column for each predicted one, with the
 * number of samples. One output is two classes, 0 and 1. Exact over all samples.
 *
 * @throws if a label or prediction is NaN, which belongs to no class
 */
export const confusionMatrix: (
  options?: ConfusionMatrixOptions,
) => ExactMetric<number[][], number[][], 'confusionMatrix'> = (given, ...others: readonly unknown[]) => {
  const name = 'confusionMatrix';
  checkCalled(name, others);
  const { threshold } = matrixOptions(name, given);
  return {
    name,
    init: () => [],
    update: (state, yTrue, yPred, loss) => {
      const rows = rowsOf(name, yTrue, yPred);
      const bad = firstNaN(rows);
      check(bad === undefined, () => `${name}: ${bad} is NaN, which belongs to no class`);
      const classes = rows.width === 1 ? 2 : rows.width;
      const matrix = state.length > 0 ? state : Array.from({ length: classes }, () => zerosOf(classes));
      check(matrix.length === classes, () => `${name}: batches of ${matrix.length} and of ${classes} classes`);
      const bound = thresholdFor(threshold, loss);
      for (let row = 0; row < rows.count; row++) matrix[labelOf(rows, row, name)]![guessOf(rows, row, bound)]!++;
      return matrix;
    },
    result: (state) => state.map((row) => [...row]),
  };
};

// Metrics of how well scores put samples in order: the area under the ROC curve, and the one under the curve of
// precision and recall. Equal scores are taken together, so that no order among them counts.

import { check } from '../errors.js';
import { madeBy } from '../made.js';
import { oneOf, options, type Rules } from '../options.js';
import { checkCalled, type ExactMetric } from './exact.js';
import { isMultiLabel, isTrue, rowsOf } from './rows.js';

/** Options of `rocAuc` and `prAuc`. */
export interface CurveOptions<
  A extends 'auto' | 'macro' | 'weighted' | 'none' = 'auto' | 'macro' | 'weighted' | 'none',
> {
  /**
   * 'auto' (default): that of class 1, of one output or two; of more the mean of the classes, each against all others,
   * which 'macro' is for two as well. 'weighted': the mean by how many samples each class has; 'none': a list, one a
   * class.
   */
  readonly average?: A | undefined;
}

const curveOptions = options({
  average: oneOf('auto', 'macro', 'weighted', 'none'),
} satisfies Rules<CurveOptions>);

/** All scores so far, and for each whether its class is true, row by row. */
export interface Ranked {
  width: number;
  /** Each output is a yes or no of its own. */
  independent: boolean;
  readonly scores: number[];
  readonly truths: boolean[];
}

/** How many yes and no have one score; the groups of a ranking go from the largest score down. */
interface Ties {
  readonly yes: number;
  readonly no: number;
}

/**
 * The groups of equal scores of a column; undefined if a score, or a label, is NaN, which has no place among others.
 */
function groupsOf({ width, scores, truths }: Ranked, column: number): Ties[] | undefined {
  const at = Array.from({ length: scores.length / width }, (_, row) => row * width + column);
  if (at.some((i) => Number.isNaN(scores[i]))) return undefined;
  at.sort((i, j) => (scores[j]! > scores[i]! ? 1 : scores[j]! < scores[i]! ? -1 : 0));
  const groups: { yes: number; no: number }[] = [];
  at.forEach((i, k) => {
    if (k === 0 || scores[i] !== scores[at[k - 1]!]) groups.push({ yes: 0, no: 0 });
    groups.at(-1)![truths[i] ? 'yes' : 'no']++;
  });
  return groups;
}

type Area = (groups: readonly Ties[], yes: number, no: number) => number;

const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

function averaged(state: Ranked, area: Area, average: string): number | number[] {
  const { width, truths } = state;
  const sizes = Array.from({ length: width }, (_, c) => total(truths.map((t, i) => +(t && i % width === c))));
  const areaOf = (column: number): number => {
    const groups = groupsOf(state, column);
    const rows = truths.length / width;
    return groups ? area(groups, sizes[column]!, rows - sizes[column]!) : Number.NaN;
  };
  if (width === 1) return average === 'none' ? [areaOf(0)] : areaOf(0);
  if (average === 'auto' && width === 2 && !state.independent) return areaOf(1);
  const areas = sizes.map((_, column) => areaOf(column));
  if (average === 'none') return areas;
  if (average === 'weighted') return total(areas.map((a, c) => a * sizes[c]!)) / total(sizes);
  return total(areas) / width;
}

/** A metric of such an area; the list of `average: 'none'` is a type of its own. */
export interface CurveMetric<Name extends string = string> {
  (options: CurveOptions<'none'> & { readonly average: 'none' }): ExactMetric<Ranked, number[], Name>;
  (options?: CurveOptions<'auto' | 'macro' | 'weighted'>): ExactMetric<Ranked, number, Name>;
}

/*@__NO_SIDE_EFFECTS__*/
function curveMetric<Name extends string>(name: Name, area: Area): CurveMetric<Name> {
  const make = (given?: CurveOptions, ...others: readonly unknown[]): ExactMetric<Ranked, number | number[], Name> => {
    checkCalled(name, others);
    const { average } = curveOptions(name, given);
    return madeBy(name, [{ ...given }], {
      name,
      init: () => ({ width: 0, independent: false, scores: [], truths: [] }),
      update: (state, yTrue, yPred, loss) => {
        const rows = rowsOf(name, yTrue, yPred);
        const { width, count, scores } = rows;
        check(state.width === 0 || state.width === width, () => {
          return `${name}: batches of ${state.width} and of ${width} outputs`;
        });
        state.width = width;
        state.independent = isMultiLabel(loss);
        for (let i = 0; i < count * width; i++) {
          state.scores.push(rows.areIndices ? scores[i]! : scores[i]! + 0 * rows.labels[i]!); // NaN with its label
          state.truths.push(isTrue(rows, Math.floor(i / width), i % width));
        }
        return state;
      },
      result: (state) => (state.width === 0 ? Number.NaN : averaged(state, area, average)),
    });
  };
  return make as CurveMetric<Name>;
}

/**
 * The metric of how likely a sample of the class has a larger score than another one: the area under the ROC curve, ½
 * for scores that say nothing, 1 for those that separate. Equal scores count half, which is the trapezoid below them.
 * NaN where all samples are of the class, or none. Probabilities and logits have the same. Exact over all samples. (J.
 * Hanley and B. McNeil, "The meaning and use of the area under a ROC curve", 1982; as roc_auc_score of scikit-learn.)
 */
export const rocAuc = curveMetric('rocAuc', (groups, yes, no) => {
  let [above, pairs] = [0, 0];
  for (const group of groups) {
    pairs += group.no * (above + group.yes / 2);
    above += group.yes;
  }
  return pairs / (yes * no);
});

/**
 * The metric of how pure the top of the ranking is, for classes with few samples: the average precision Σ (Rₙ -
 * Rₙ₋₁)·Pₙ over all thresholds, with precision P and recall R, which is the area under their curve in steps. 0 where no
 * sample is of the class. Exact over all samples. (As average_precision_score of scikit-learn.)
 */
export const prAuc = curveMetric('prAuc', (groups, yes) => {
  let [found, seen, area] = [0, 0, 0];
  for (const group of groups) {
    found += group.yes;
    seen += group.yes + group.no;
    area += group.yes * (found / seen);
  }
  return yes === 0 ? 0 : area / yes;
});

// Metrics of how likely the labels are by the predicted probabilities: the logarithmic loss, and perplexity.

import { check, checkIs } from '../errors.js';
import type { Loss } from '../losses/losses.js';
import { madeBy } from '../made.js';
import { options, type Rules, rule, whole } from '../options.js';
import type { Tensor } from '../tensor.js';
import { checkCalled, type ExactMetric } from './exact.js';
import { labelOf, type Rows, rowsOf } from './rows.js';

/** Options of `logLoss` and `perplexity`. */
export interface LikelihoodOptions {
  /** The predictions are logits, not probabilities; by default as the loss of the model has it, and false by hand. */
  readonly fromLogits?: boolean | undefined;
  /** Rows with this class index count nothing, e.g. those of padding. */
  readonly ignoreIndex?: number | undefined;
}

const likelihoodOptions = options({
  fromLogits: rule<boolean, undefined>(undefined, (what, given) =>
    checkIs(typeof given === 'boolean', what, 'true or false', given),
  ),
  ignoreIndex: whole(undefined, -Infinity),
} satisfies Rules<LikelihoodOptions>);

/** Refuses what is no probability but for rounding: it would be held as one. */
function checkProbabilities(name: string, { scores, width }: Rows): void {
  const at = scores.findIndex((p) => p < -ROUNDING || p > 1 + ROUNDING);
  check(at < 0, () => {
    return `${name}: the prediction ${scores[at]} of row ${Math.floor(at / width)} is no probability: for logits say fromLogits: true`;
  });
}

const ROUNDING = 1e-3;

/** The sum of -ln p over the rows so far. */
export interface Entropy {
  readonly sum: number;
  readonly rows: number;
}

/** Probabilities are held so far from 0 and 1, 2^-23, as in scikit-learn for float32. */
const EPSILON = 1.1920928955078125e-7;

const logOf = (p: number): number => Math.log(Math.min(Math.max(p, EPSILON), 1 - EPSILON));

/** ln(1 + e^x) */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** -ln of the probability of what is true of a row. */
function entropyOf(rows: Rows, row: number, fromLogits: boolean, name: string): number {
  const { width, scores, labels, areIndices } = rows;
  if (width === 1) {
    const [p, y] = [scores[row]!, labels[row]!];
    return fromLogits ? p * (1 - y) + softplus(-p) : -y * logOf(p) - (1 - y) * logOf(1 - p);
  }
  const own = Array.from(scores.subarray(row * width, (row + 1) * width));
  const most = own.reduce((a, b) => Math.max(a, b));
  const total = fromLogits ? most + Math.log(own.reduce((sum, z) => sum + Math.exp(z - most), 0)) : 0;
  const cost = (c: number): number => (fromLogits ? total - own[c]! : -logOf(own[c]!));
  if (areIndices) return cost(labelOf(rows, row, name));
  let sum = 0;
  for (let c = 0; c < width; c++) if (labels[row * width + c] !== 0) sum += labels[row * width + c]! * cost(c);
  return sum;
}

/*@__NO_SIDE_EFFECTS__*/
function likelihood<Name extends string>(name: Name, of: (entropy: number) => number) {
  return (given?: LikelihoodOptions, ...others: readonly unknown[]): ExactMetric<Entropy, number, Name> => {
    checkCalled(name, others);
    const { fromLogits, ignoreIndex } = likelihoodOptions(name, given);
    return madeBy(name, [{ ...given }], {
      name,
      init: () => ({ sum: 0, rows: 0 }),
      update: (state, yTrue: Tensor, yPred: Tensor, loss?: Loss) => {
        const rows = rowsOf(name, yTrue, yPred);
        const logits = fromLogits ?? loss?.fromLogits ?? false;
        if (!logits && !loss) checkProbabilities(name, rows); // in a training it may be so for some steps
        let { sum, rows: seen } = state;
        for (let row = 0; row < rows.count; row++) {
          if (rows.areIndices && rows.labels[row] === ignoreIndex) continue;
          sum += entropyOf(rows, row, logits, name);
          seen++;
        }
        return { sum, rows: seen };
      },
      result: ({ sum, rows }) => of(sum / rows),
    });
  };
}

/**
 * The metric of how surprising the labels are: the mean of -ln p of what is true, with p held 2^-23 or more from 0
 * and 1. NaN if no row counts. Exact over all samples. (As log_loss of scikit-learn.)
 *
 * @throws by hand, if predictions are no probabilities, and it was not said that they are logits
 */
export const logLoss = likelihood('logLoss', (entropy) => entropy);

/**
 * The metric of how many classes a model chooses among as if by chance: e to the mean of -ln p of what is true. 1 is
 * certain, the number of classes is no better than a guess. Exact over all samples.
 *
 * @throws by hand, if predictions are no probabilities, and it was not said that they are logits
 */
export const perplexity = likelihood('perplexity', Math.exp);

// What the losses of `compile` that have names are in formulas, and their derivatives by the model's output. Not here:
// their numbers.

import {
  absolute,
  call,
  difference,
  fraction,
  negative,
  number,
  power,
  product,
  sum,
  type Term,
  total,
} from './notation.js';

/** A loss in formulas. */
export interface LossFormulas {
  /** L of labels y and outputs a. */
  readonly value: (a: Term, y: Term) => Term;
  /** ∂L/∂a of n numbers of the output; of cross-entropies with the activation before them ∂L/∂z. */
  readonly slope: (a: Term, y: Term, n: Term) => Term;
}

const ONE = number(1, 1);
const TWO = number(2, 1);
const ln = (t: Term): Term => call('ln', [t], '\\ln');
const mean = (t: Term): Term => call('mean', [t]);
const excess = (a: Term, y: Term, n: Term): Term => fraction(difference(a, y), n);

const squared: LossFormulas = {
  value: (a, y) => mean(power(difference(a, y), TWO)),
  slope: (a, y, n) => fraction(product([TWO, difference(a, y)]), n),
};
const absoluteError: LossFormulas = {
  value: (a, y) => mean(absolute(difference(a, y))),
  slope: (a, y, n) => fraction(call('sign', [difference(a, y)]), n),
};
const binary: LossFormulas = {
  value: (a, y) =>
    mean(negative(sum([product([y, ln(a)], true), product([difference(ONE, y), ln(difference(ONE, a))], true)]))),
  slope: excess,
};
const classes: LossFormulas = { value: (a, y) => mean(negative(total(product([y, ln(a)], true)))), slope: excess };
const after = (name: string, of: LossFormulas): LossFormulas => ({
  value: (a, y) => of.value(call(name, [a], name === 'σ' ? '\\sigma' : undefined), y),
  slope: (a, y, n) => excess(call(name, [a], name === 'σ' ? '\\sigma' : undefined), y, n),
});

export const LOSSES: Readonly<Record<string, LossFormulas>> = {
  mse: squared,
  meanSquaredError: squared,
  mae: absoluteError,
  meanAbsoluteError: absoluteError,
  binaryCrossEntropy: binary,
  binaryCrossEntropyWithLogits: after('σ', binary),
  categoricalCrossEntropy: classes,
  softmaxCrossEntropy: after('softmax', classes),
};

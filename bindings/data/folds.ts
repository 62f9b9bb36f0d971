// Cross-validation: each sample is in the test part of one fold, and in the training part of all others.

import { check, checkWhole } from '../errors.js';
import { flag, options, type Rules, whole } from '../options.js';
import { Draws, inOrder, seedRule } from './draws.js';
import { classesOf, type Rows } from './rows.js';

/** Options of `kFold`. */
export interface FoldOptions {
  /** How many folds; default 5. */
  readonly folds?: number | undefined;
  /** Random order, default false: then each fold's test part is a stretch of the samples as they come. */
  readonly shuffle?: boolean | undefined;
  /** Makes the order repeatable; by default it is the next one after `setSeed`. */
  readonly seed?: number | undefined;
  /** Labels by which to divide: each fold gets the same share of each class. */
  readonly stratify?: Rows | undefined;
}

const foldOptions = options({
  folds: whole(5, 2),
  shuffle: flag(false),
  seed: seedRule,
  stratify: (given) => given as Rows | undefined,
} satisfies Rules<FoldOptions>);

/** Indices of the samples to train on, and of those to test on, from the smallest up. */
export interface Fold {
  readonly train: Int32Array;
  readonly test: Int32Array;
}

/**
 * The folds of a cross-validation of `count` samples, as indices:
 * `for (const { train, test } of kFold(150, { folds: 5 }))`, with `rowsAt(x, train)`. Their sizes, and how classes are
 * divided, are those of KFold and StratifiedKFold of scikit-learn.
 *
 * @throws if there are fewer samples than folds, or fewer in every class
 */
export function kFold(count: number, options?: FoldOptions): Fold[] {
  checkWhole('kFold: the number of samples', count, 2);
  const { folds, shuffle, seed, stratify } = foldOptions('kFold', options);
  check(folds <= count, () => `kFold: ${folds} folds of ${count} samples`);
  const draws = shuffle ? new Draws(seed) : undefined;
  const foldOf =
    stratify === undefined
      ? evenly(count, folds, draws)
      : stratified(classesOf('kFold: stratify', stratify, count), folds, draws);
  const rows = inOrder(count);
  return Array.from({ length: folds }, (_, fold) => ({
    train: rows.filter((row) => foldOf[row] !== fold),
    test: rows.filter((row) => foldOf[row] === fold),
  }));
}

/** The fold of each sample: the first ones are larger by one sample if they can't be equal. */
function evenly(count: number, folds: number, draws: Draws | undefined): Int32Array {
  const order = draws ? draws.permutation(count) : inOrder(count);
  const foldOf = new Int32Array(count);
  const [size, larger] = [Math.floor(count / folds), count % folds];
  let next = 0;
  for (let fold = 0; fold < folds; fold++) {
    for (let k = 0; k < size + (fold < larger ? 1 : 0); k++) foldOf[order[next++]!] = fold;
  }
  return foldOf;
}

/**
 * Samples sorted by class are dealt out to the folds: so many of a class does each get, in the order in which they
 * come.
 */
function stratified(
  { of, sizes }: { readonly of: Int32Array; readonly sizes: readonly number[] },
  folds: number,
  draws: Draws | undefined,
): Int32Array {
  const most = Math.max(...sizes);
  check(most >= folds, () => `kFold: ${folds} folds, but no class has more than ${most} samples`);
  const sorted = of.slice().sort();
  const foldOf = new Int32Array(of.length);
  sizes.forEach((_, c) => {
    const dealt = inOrder(of.length).filter((at) => sorted[at] === c);
    const own = dealt.map((at) => at % folds).sort();
    if (draws) draws.shuffle(own);
    let next = 0;
    for (let row = 0; row < of.length; row++) if (of[row] === c) foldOf[row] = own[next++]!;
  });
  return foldOf;
}

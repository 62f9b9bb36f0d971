// Data in random order, and in two parts: one to train on, one that the model never sees.

import { check, checkIs } from '../errors.js';
import { flag, options, type Rule, type Rules } from '../options.js';
import { Draws, inOrder, seedRule } from './draws.js';
import { classesOf, type Rows, readGiven } from './rows.js';

/** Options of `shuffle`. */
export interface ShuffleOptions {
  /** Makes the order repeatable; by default it is the next one after `setSeed`. */
  readonly seed?: number | undefined;
}

const shuffleOptions = options({ seed: seedRule } satisfies Rules<ShuffleOptions>);

/**
 * Data sets in one random order: `[x, y] = shuffle(x, y, { seed: 1 })`. Each goes out as the kind that it came in as.
 *
 * @throws if the arrays have not as many rows
 */
export function shuffle<A extends readonly [Rows, ...Rows[]]>(...given: [...arrays: A]): A;
export function shuffle<A extends readonly [Rows, ...Rows[]]>(...given: [...arrays: A, options: ShuffleOptions]): A;
export function shuffle(...given: readonly unknown[]): readonly Rows[] {
  const { views, count, options } = readGiven('shuffle', given);
  const { seed } = shuffleOptions('shuffle', options);
  const order = new Draws(seed).permutation(count);
  return views.map((view) => view.pick(order));
}

/** Options of `trainTestSplit`. */
export interface SplitOptions {
  /**
   * The part that is held out: a fraction in (0, 1), rounded up to whole samples, or a number of samples; default 0.25.
   */
  readonly testSize?: number | undefined;
  /** Makes the order repeatable; by default it is the next one after `setSeed`. */
  readonly seed?: number | undefined;
  /** Labels by which to divide: both parts get the same share of each class. */
  readonly stratify?: Rows | undefined;
  /** Random order, default true; else the last samples are held out. */
  readonly shuffle?: boolean | undefined;
}

/** A fraction, or a number of samples. */
const sizeRule: Rule<number> = (given, what) => {
  if (given === undefined) return 0.25;
  const isSize = typeof given === 'number' && given > 0 && (given < 1 || Number.isSafeInteger(given));
  checkIs(isSize, what, 'a fraction between 0 and 1, or a whole number of samples', given);
  return given as number;
};

const splitOptions = options({
  testSize: sizeRule,
  seed: seedRule,
  stratify: (given) => given as Rows | undefined,
  shuffle: flag(true),
} satisfies Rules<SplitOptions>);

/** For each data set the part to train on, and the part to test on. */
export type Split<A extends readonly unknown[]> = A extends readonly [infer First, ...infer Rest]
  ? [train: First, test: First, ...Split<Rest>]
  : [];

/**
 * Divides data sets into what a model is trained on and what it is tested on:
 * `[xTrain, xTest, yTrain, yTest] = trainTestSplit(x, y, { testSize: 0.2, seed: 1, stratify: y })`. Each goes out as
 * the kind that it came in as. Sizes are those of scikit-learn.
 *
 * @throws if the arrays have not as many rows, or a part would be empty
 */
export function trainTestSplit<A extends readonly [Rows, ...Rows[]]>(...given: [...arrays: A]): Split<A>;
export function trainTestSplit<A extends readonly [Rows, ...Rows[]]>(
  ...given: [...arrays: A, options: SplitOptions]
): Split<A>;
export function trainTestSplit(...given: readonly unknown[]): unknown {
  const name = 'trainTestSplit';
  const { views, count, options } = readGiven(name, given);
  const { testSize, seed, stratify, shuffle } = splitOptions(name, options);
  const held = testSize < 1 ? Math.ceil(testSize * count) : testSize;
  check(held < count, () => `${name}: testSize ${testSize} of ${count} samples leaves none to train on`);
  check(stratify === undefined || shuffle, () => `${name}: stratify needs shuffle`);
  const order = shuffle ? new Draws(seed) : undefined;
  const [train, test] = !order
    ? halves(inOrder(count), count - held)
    : stratify === undefined
      ? halves(order.permutation(count), held).reverse()
      : stratified(name, classesOf(`${name}: stratify`, stratify, count), count, held, order);
  return views.flatMap((view) => [view.pick(train!), view.pick(test!)]);
}

const halves = (indices: Int32Array, first: number): Int32Array[] => [
  indices.subarray(0, first),
  indices.subarray(first),
];

/** The rows to train on and those that are held out, so that both have the same share of each class. */
function stratified(
  name: string,
  { of, sizes }: { readonly of: Int32Array; readonly sizes: readonly number[] },
  count: number,
  held: number,
  draws: Draws,
): Int32Array[] {
  check(Math.min(...sizes) > 1, () => `${name}: stratify has a class with one sample; each needs at least 2`);
  const fewest = Math.min(held, count - held);
  check(fewest >= sizes.length, () => `${name}: a part of ${fewest} samples has no room for ${sizes.length} classes`);
  const trained = allotted(sizes, count - held, draws);
  const tested = allotted(
    sizes.map((size, c) => size - trained[c]!),
    held,
    draws,
  );
  const [train, test]: [number[], number[]] = [[], []];
  sizes.forEach((_, c) => {
    const rows = draws.shuffle(Array.from(of.keys()).filter((row) => of[row] === c));
    train.push(...rows.slice(0, trained[c]));
    test.push(...rows.slice(trained[c], trained[c]! + tested[c]!));
  });
  return [Int32Array.from(draws.shuffle(train)), Int32Array.from(draws.shuffle(test))];
}

/**
 * `total` samples over classes of these sizes, as evenly as whole numbers allow; among equal remainders chance decides.
 */
function allotted(sizes: readonly number[], total: number, draws: Draws): number[] {
  const all = sizes.reduce((a, b) => a + b, 0);
  const shares = sizes.map((size) => Math.floor((size * total) / all));
  const rest = total - shares.reduce((a, b) => a + b, 0);
  const order = Array.from(draws.permutation(sizes.length));
  order.sort((a, b) => ((sizes[b]! * total) % all) - ((sizes[a]! * total) % all));
  for (const c of order.slice(0, rest)) shares[c]!++;
  return shares;
}

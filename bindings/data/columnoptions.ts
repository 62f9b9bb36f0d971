// The options of tables that are read from files. Not here: what they do (columns.ts).

import { checkIs, isRecord } from '../errors.js';
import { type Rule, type Rules, rule, type Values } from '../options.js';
import type { Target } from './tables.js';

/** Numbers are as they are, categories become class indices, dates the number of days since 1970-01-01. */
export type ColumnType = 'number' | 'category' | 'date';

/** What becomes of missing values. */
export type Missing = 'error' | 'drop' | number | Readonly<Record<string, number | string>>;

/** Options of tables: which columns there are, and what they hold. */
export interface ColumnOptions {
  /** The columns of x, in this order; by default all but the target. */
  readonly columns?: readonly string[] | undefined;
  /** Columns that are left out. */
  readonly ignore?: readonly string[] | undefined;
  /** What columns hold, by name. By default a column holds what its first cell is. */
  readonly types?: Readonly<Record<string, ColumnType>> | undefined;
  /**
   * The categories of columns, by name, in the order of their indices: those of the training data, for data that is
   * read after it. By default they are those that occur, sorted. Names of columns that are not there count for nothing.
   */
  readonly categories?: Readonly<Record<string, readonly string[]>> | undefined;
  /**
   * Columns of x whose categories become columns of their own, 1 in one of them and 0 in the others; `true` for all.
   */
  readonly oneHot?: boolean | readonly string[] | undefined;
  /**
   * What becomes of missing values: 'error' (default) throws, 'drop' leaves out the row, a number stands for those of x
   * that are numbers; an object has a number or a category for each column where values may be missing.
   */
  readonly missing?: Missing | undefined;
}

export const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

export const texts: Rule<readonly string[] | undefined> = rule<readonly string[], undefined>(undefined, (what, given) =>
  checkIs(isTexts(given), what, 'an array of names', given),
);

/** An object whose values pass `holds`. */
const byName = <T>(expected: string, holds: (value: unknown) => boolean): Rule<Readonly<Record<string, T>>> =>
  rule<Readonly<Record<string, T>>, Readonly<Record<string, T>>>({}, (what, given) => {
    checkIs(isRecord(given), what, `an object with ${expected} by name`, given);
    for (const [name, value] of Object.entries(given as object))
      checkIs(holds(value), `${what}.${name}`, expected, value);
  });

const checkOneHot = (what: string, given: unknown): void =>
  checkIs(typeof given === 'boolean' || isTexts(given), what, 'true, false or an array of names', given);

const isFill = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number';

function checkMissing(what: string, given: unknown): void {
  if (isRecord(given)) byName('a number or a category', isFill)(given, what);
  else checkIs(given === 'error' || given === 'drop' || typeof given === 'number', what, MISSING, given);
}

const MISSING = "'error', 'drop', a number, or an object with a number or a category by name";

/** The rules of these options. */
export const columnRules = {
  columns: texts,
  ignore: texts,
  types: byName<ColumnType>("'number', 'category' or 'date'", (value) =>
    /^(number|category|date)$/.test(String(value)),
  ),
  categories: byName<readonly string[]>('an array of categories', isTexts),
  oneHot: rule<boolean | readonly string[], false>(false, checkOneHot),
  missing: rule<Missing, 'error'>('error', checkMissing),
} satisfies Rules<ColumnOptions>;

/** These options, read. */
export type ColumnValues = Values<typeof columnRules>;

/** The rule of the option `target`. */
export const targetRule: Rule<Target> = rule<Exclude<Target, undefined>, undefined>(undefined, (what, given) => {
  checkIs(
    typeof given === 'string' || (isTexts(given) && given.length > 0),
    what,
    'the name of a column, or several',
    given,
  );
});

// Scaling the columns of a table to a common range: networks learn badly from numbers of different size. A scaler
// learns from the training data, and is then applied to all data; kept with a model as JSON, it does the same to what
// the model is asked for later.

import { check, checkIs } from '../errors.js';
import { flag, options, type Rule, type Rules } from '../options.js';
import { checkFinite, type NumberRows, type Scaled, type Table, tableOf } from './table.js';

/** A scaler: what it learns from data in `fit` it applies in `transform`. */
export interface Scaler<Kept extends object = object> {
  /** Learns from the data; NaN counts nothing. Returns the scaler. */
  fit(data: NumberRows): this;
  /** The data, scaled: in the form in which it came in. */
  transform<T extends NumberRows>(data: T): Scaled<T>;
  /** Scaled data as it was before. */
  inverseTransform<T extends NumberRows>(data: T): Scaled<T>;
  /** Learns from the data, and scales it. */
  fitTransform<T extends NumberRows>(data: T): Scaled<T>;
  /** What it has learnt, for JSON.stringify. */
  toJSON(): Kept;
  /** Takes what toJSON returned in place of learning. Returns the scaler. */
  fromJSON(kept: unknown): this;
}

/** How a number of a column is scaled, and back. */
interface Functions {
  readonly to: (x: number, column: number) => number;
  readonly from: (y: number, column: number) => number;
}

/** A kind of scaler: `Kept` are the numbers that it learns. */
interface Kind<Kept extends { readonly kind: string }> {
  readonly kind: Kept['kind'];
  learn(table: Table): Kept;
  functions(kept: Kept): Functions;
  /** Lists of as many numbers as there are columns, by name. */
  readonly lists: readonly (keyof Kept & string)[];
  /** Throws unless all else of what was kept is right. */
  check?(kept: Kept): void;
}

function scaler<Kept extends { readonly kind: string }>(kind: Kind<Kept>): Scaler<Kept> {
  const name = kind.kind;
  let kept: Kept | undefined;
  const learnt = (): Kept => {
    check(kept !== undefined, () => `${name}: call fit first`);
    return kept;
  };
  const applied = (data: unknown, direction: keyof Functions): unknown => {
    const kept = learnt();
    const columns = (kept[kind.lists[0]!] as readonly number[]).length;
    const scale = kind.functions(kept)[direction];
    const { width, values, like } = tableOf(`${name}: the data`, data);
    check(width === columns || values.length === 0, () => `${name} was fitted to ${columns} columns, got ${width}`);
    return like(Float64Array.from(values, (x, i) => scale(x, i % width)));
  };
  return {
    fit(data) {
      const table = tableOf(`${name}: the data`, data);
      checkFinite(name, table);
      kept = kind.learn(table);
      return this;
    },
    transform: <T>(data: T) => applied(data, 'to') as Scaled<T>,
    inverseTransform: <T>(data: T) => applied(data, 'from') as Scaled<T>,
    fitTransform<T extends NumberRows>(data: T) {
      return this.fit(data).transform(data);
    },
    toJSON: learnt,
    fromJSON(given) {
      const read = given as Kept;
      checkIs(read?.kind === name, `${name}: what was kept`, `what its toJSON returned, of kind '${name}'`, given);
      const length = (read[kind.lists[0]!] as readonly number[] | undefined)?.length;
      for (const list of kind.lists) checkNumbers(`${name}: ${list}`, read[list], length);
      kind.check?.(read);
      kept = read;
      return this;
    },
  };
}

function checkNumbers(what: string, list: unknown, length: number | undefined): void {
  const holds = Array.isArray(list) && list.length === length && list.every((x) => typeof x === 'number');
  checkIs(holds, what, 'an array of numbers, one for each column', list);
}

/** A number for each column, of those of its values that are not NaN. */
const byColumn = ({ width, values }: Table, of: (column: number[]) => number): number[] =>
  Array.from({ length: width }, (_, c) => {
    const column: number[] = [];
    for (let i = c; i < values.length; i += width) if (!Number.isNaN(values[i]!)) column.push(values[i]!);
    return of(column);
  });

const meanOf = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

const EPSILON = 2 ** -52;

/** The standard deviation of all values, or 1 where it is 0 but for rounding. */
function deviationOf(values: readonly number[]): number {
  const [n, mean] = [values.length, meanOf(values)];
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n;
  const rounding = n * EPSILON * variance + (n * mean * EPSILON) ** 2;
  return variance <= rounding ? 1 : Math.sqrt(variance);
}

/** What `standardScaler` learns. */
export interface StandardScalerJson {
  readonly kind: 'standardScaler';
  readonly mean: readonly number[];
  readonly scale: readonly number[];
}

/**
 * Makes a scaler that brings each column to mean 0 and standard deviation 1: (x - mean) / scale. A column whose values
 * are all equal becomes 0. As in scikit-learn the deviation is that of all values, over n. Samples of any shape are
 * rows of their numbers.
 */
/*@__NO_SIDE_EFFECTS__*/
export function standardScaler(): Scaler<StandardScalerJson> {
  return scaler<StandardScalerJson>({
    kind: 'standardScaler',
    lists: ['mean', 'scale'],
    learn: (table) => ({ kind: 'standardScaler', mean: byColumn(table, meanOf), scale: byColumn(table, deviationOf) }),
    functions: ({ mean, scale }) => ({
      to: (x, c) => (x - mean[c]!) / scale[c]!,
      from: (y, c) => y * scale[c]! + mean[c]!,
    }),
  });
}

/** Options of `minMaxScaler`. */
export interface MinMaxOptions {
  /** What the smallest and the largest value become; default [0, 1]. */
  readonly range?: readonly [low: number, high: number] | undefined;
  /** Holds what lies beyond the data that it learnt from within the range; default false. */
  readonly clip?: boolean | undefined;
}

const rangeRule: Rule<readonly [number, number]> = (given, what) => {
  if (given === undefined) return [0, 1];
  const [low, high] = Array.isArray(given) ? given : [];
  const isRange = (given as unknown[])?.length === 2 && Number.isFinite(low) && Number.isFinite(high) && low < high;
  checkIs(isRange, what, 'two numbers, the smaller one first', given);
  return [low, high];
};

const minMaxOptions = options({ range: rangeRule, clip: flag(false) } satisfies Rules<MinMaxOptions>);

/** What `minMaxScaler` learns, and its options. */
export interface MinMaxScalerJson {
  readonly kind: 'minMaxScaler';
  readonly range: readonly [low: number, high: number];
  readonly clip: boolean;
  readonly min: readonly number[];
  readonly max: readonly number[];
}

/** How far apart the ends of a column are, or 1 where they are equal but for rounding. */
const widthOf = (min: number, max: number): number => (max - min < 10 * EPSILON ? 1 : max - min);

/**
 * Makes a scaler that brings each column into a range, [0, 1] by default, its smallest value to the lower end and its
 * largest to the upper one. A column whose values are all equal becomes the lower end. Samples of any shape are rows of
 * their numbers.
 */
export function minMaxScaler(options?: MinMaxOptions): Scaler<MinMaxScalerJson> {
  const { range, clip } = minMaxOptions('minMaxScaler', options);
  return scaler<MinMaxScalerJson>({
    kind: 'minMaxScaler',
    lists: ['min', 'max'],
    learn: (table) => ({
      kind: 'minMaxScaler',
      range,
      clip,
      min: byColumn(table, (values) => values.reduce((a, b) => Math.min(a, b), Infinity)),
      max: byColumn(table, (values) => values.reduce((a, b) => Math.max(a, b), -Infinity)),
    }),
    functions: ({ range: [low, high], clip, min, max }) => {
      const widths = min.map((least, c) => widthOf(least, max[c]!));
      return {
        to: (x, c) => {
          const y = ((x - min[c]!) / widths[c]!) * (high - low) + low;
          return clip ? Math.min(Math.max(y, low), high) : y;
        },
        from: (y, c) => ((y - low) / (high - low)) * widths[c]! + min[c]!,
      };
    },
    check: ({ range, clip }) => void minMaxOptions('minMaxScaler', { range, clip }),
  });
}

// Categories as rows of zeros with a single 1, and back. What the encoder has learnt from the training data is kept
// with a model as JSON.

import { check, checkIs } from '../errors.js';
import type { Shaped } from '../nested.js';
import { oneOf, options, type Rules } from '../options.js';
import { constantOf, Tensor } from '../tensor.js';
import { typedName } from '../typed.js';
import { type Category, categoriesOf, checkCategories, indexOf, indicesOf } from './categories.js';
import { isShaped, type Rows, viewOf } from './rows.js';
import { tableOf } from './table.js';

/**
 * Rows of zeros and ones in the form of the data: of a tensor a tensor, of a typed array one with a shape, else arrays.
 */
export type Encoded<T> = T extends Tensor
  ? Tensor
  : T extends ArrayBufferView | Shaped
    ? Shaped<Float32Array>
    : number[][];

/** Options of `oneHotEncoder`. */
export interface OneHotOptions {
  /**
   * What becomes of a category that was not there when it was fitted: 'error' (default) throws, 'ignore' gives zeros.
   */
  readonly handleUnknown?: 'error' | 'ignore' | undefined;
}

const oneHotOptions = options({ handleUnknown: oneOf('error', 'ignore') } satisfies Rules<OneHotOptions>);

/** What `oneHotEncoder` learns, and its options. */
export interface OneHotEncoderJson {
  readonly kind: 'oneHotEncoder';
  readonly handleUnknown: 'error' | 'ignore';
  /** By column. */
  readonly categories: readonly (readonly Category[])[];
}

/** Categories as rows of zeros with a single 1 for each column, and back. */
export interface OneHotEncoder {
  /** The categories of each column, sorted: those of the first column come first in a row. */
  readonly categories: readonly (readonly Category[])[];
  /** Learns which categories there are. Returns the encoder. */
  fit(data: Rows): this;
  /** A row of zeros and ones for each sample. */
  transform<T extends Rows>(data: T): Encoded<T>;
  /**
   * The category of each column of each sample, the one with the largest number; null where all are 0. Of one column it
   * is an array of these, of several an array of rows. `T` names what it is.
   */
  inverseTransform<T = (Category | null)[]>(rows: readonly (readonly number[])[] | Shaped | Tensor): T;
  /** Learns from the data, and encodes it. */
  fitTransform<T extends Rows>(data: T): Encoded<T>;
  /** What it has learnt, for JSON.stringify. */
  toJSON(): OneHotEncoderJson;
  /** Takes what toJSON returned in place of learning. Returns the encoder. */
  fromJSON(kept: unknown): this;
}

/** Data of categories by column: an array of values is one column, of rows as many as they have. */
function columnsOf(where: string, data: unknown): unknown[][] {
  const { count } = viewOf(where, data);
  const flat = data instanceof Tensor ? data.values() : isShaped(data) ? data.data : undefined;
  if (typedName(data) !== undefined) return [Array.from(data as ArrayLike<number>)];
  if (flat) {
    const width = count === 0 ? 0 : flat.length / count;
    return Array.from({ length: width }, (_, c) => Array.from({ length: count }, (_, row) => flat[row * width + c]));
  }
  const rows = (data as readonly unknown[]).map((row) => (isRow(row) ? Array.from(row) : [row]));
  rows.forEach((row, i) => {
    const expected = rows[0]!.length;
    check(row.length === expected, () => `${where}: row ${i} has ${row.length} columns, the first one ${expected}`);
  });
  return Array.from({ length: rows[0]?.length ?? 0 }, (_, c) => rows.map((row) => row[c]));
}

const isRow = (value: unknown): value is ArrayLike<unknown> => Array.isArray(value) || typedName(value) !== undefined;

/**
 * Makes an encoder of categories, as inputs that have no order: each column becomes as many as it has categories, all 0
 * but for a single 1. As in scikit-learn, without the sparse form.
 */
export function oneHotEncoder(options?: OneHotOptions): OneHotEncoder {
  const name = 'oneHotEncoder';
  let { handleUnknown } = oneHotOptions(name, options);
  let categories: readonly (readonly Category[])[] | undefined;
  const learnt = (): readonly (readonly Category[])[] => {
    check(categories !== undefined, () => `${name}: call fit first`);
    return categories;
  };
  return {
    get categories() {
      return learnt();
    },
    fit(data) {
      const columns = columnsOf(`${name}: the data`, data);
      check(columns.length > 0, () => `${name}: there is no data`);
      categories = columns.map((column, c) => categoriesOf(`${name}: column ${c}`, column));
      return this;
    },
    transform<T extends Rows>(data: T) {
      const known = learnt();
      const columns = columnsOf(`${name}: the data`, data);
      const { count } = viewOf(name, data);
      check(columns.length === known.length || count === 0, () => {
        return `${name} was fitted to ${known.length} columns, got ${columns.length}`;
      });
      const width = known.reduce((sum, { length }) => sum + length, 0);
      const values = new Float32Array(count * width);
      let from = 0;
      columns.forEach((column, c) => {
        const indices = indicesOf(known[c]!);
        column.forEach((value, row) => {
          if (handleUnknown === 'ignore' && !indices.has(value as Category)) return;
          values[row * width + from + indexOf(`${name}: column ${c}`, indices, value)] = 1;
        });
        from += indices.size;
      });
      return encodedLike(data, values, [count, width]) as Encoded<T>;
    },
    inverseTransform<T>(rows: readonly (readonly number[])[] | Shaped | Tensor) {
      const known = learnt();
      const { count, width, values } = tableOf(`${name}: the rows`, rows);
      const expected = known.reduce((sum, { length }) => sum + length, 0);
      check(width === expected || count === 0, () => `${name} makes rows of ${expected} numbers, got ${width}`);
      return Array.from({ length: count }, (_, row) => {
        let from = row * width;
        const found = known.map((column) => {
          const own = Array.from(column, (_, i) => values[from + i]!);
          from += column.length;
          return own.every((x) => x === 0) ? null : column[own.indexOf(Math.max(...own))]!;
        });
        return known.length === 1 ? found[0] : found;
      }) as T;
    },
    fitTransform(data) {
      return this.fit(data).transform(data);
    },
    toJSON: () => ({ kind: name, handleUnknown, categories: learnt() }),
    fromJSON(kept) {
      const read = kept as OneHotEncoderJson;
      checkIs(read?.kind === name, `${name}: what was kept`, `what its toJSON returned, of kind '${name}'`, kept);
      checkIs(
        Array.isArray(read.categories),
        `${name}: categories`,
        'an array of categories for each column',
        read.categories,
      );
      read.categories.forEach((list, c) => void checkCategories(`${name}: categories[${c}]`, list));
      ({ handleUnknown } = oneHotOptions(name, { handleUnknown: read.handleUnknown }));
      categories = read.categories;
      return this;
    },
  };
}

/** Rows in the form of the data that they are made of. */
function encodedLike(data: Rows, values: Float32Array, shape: readonly [number, number]): Tensor | Shaped | number[][] {
  if (data instanceof Tensor) return constantOf(values, shape);
  if (isShaped(data) || typedName(data) !== undefined) return { data: values, shape };
  const [count, width] = shape;
  return Array.from({ length: count }, (_, row) => Array.from(values.subarray(row * width, (row + 1) * width)));
}

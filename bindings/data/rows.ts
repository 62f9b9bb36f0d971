// Data sets as users have them, seen as rows: arrays of anything, typed arrays, tensors. What is picked from one is of
// the same kind; bytes stay bytes.

import { check, checkIs, show } from '../errors.js';
import type { Shaped, TypedArray } from '../nested.js';
import { checkShape, shapeText, sizeOf } from '../shape.js';
import { constantOf, Tensor } from '../tensor.js';
import { typedName } from '../typed.js';

/** Data whose first axis are samples: an array of anything, a typed array of numbers, or one with a shape, a tensor. */
export type Rows = readonly unknown[] | TypedArray | Shaped | Tensor;

/** Rows that can be counted, and picked into data of the same kind. */
export interface RowView {
  readonly count: number;
  pick(indices: ArrayLike<number>): Rows;
}

/** Whether it is a typed array with a shape. */
export const isShaped = (value: unknown): value is Shaped =>
  value !== null && typeof value === 'object' && 'data' in value && 'shape' in value && !(value instanceof Tensor);

/** A new typed array of the type of another one, of this realm: a Buffer becomes a Uint8Array. */
export function emptyLike(array: TypedArray, length: number): TypedArray {
  const types = globalThis as unknown as Record<string, new (length: number) => TypedArray>;
  return new types[typedName(array)!]!(length);
}

/** The rows of a flat array that have `size` numbers each. */
function pickFlat(from: TypedArray, size: number, indices: ArrayLike<number>): TypedArray {
  const to = emptyLike(from, indices.length * size) as unknown as { [index: number]: number };
  for (let r = 0; r < indices.length; r++) {
    for (let k = 0; k < size; k++) to[r * size + k] = from[indices[r]! * size + k]!;
  }
  return to as unknown as TypedArray;
}

/** Data as rows; `where` names it in errors. */
export function viewOf(where: string, rows: unknown): RowView {
  if (Array.isArray(rows)) return { count: rows.length, pick: (indices) => Array.from(indices, (i) => rows[i]) };
  if (typedName(rows) !== undefined) {
    const array = rows as TypedArray;
    return { count: array.length, pick: (indices) => pickFlat(array, 1, indices) };
  }
  if (rows instanceof Tensor) return tensorView(where, rows);
  checkIs(isShaped(rows), where, 'an array, a typed array, { data, shape } or a tensor', rows);
  const { data, shape } = rows;
  checkShape(where, shape);
  check(typedName(data) !== undefined && shape.length > 0 && sizeOf(shape) === data.length, () => {
    return `${where}: the data of the shape ${shapeText(shape)} must be a typed array of ${sizeOf(shape)} numbers, got ${show(data)}`;
  });
  const inner = shape.slice(1);
  return {
    count: shape[0]!,
    pick: (indices) => ({ data: pickFlat(data, sizeOf(inner), indices), shape: [indices.length, ...inner] }),
  };
}

function tensorView(where: string, tensor: Tensor): RowView {
  const { shape, dtype } = tensor;
  check(shape.length > 0, () => `${where} is a scalar, which has no rows`);
  const inner = shape.slice(1);
  return {
    count: shape[0]!,
    pick: (indices) => {
      const data = pickFlat(tensor.values(), sizeOf(inner), indices);
      return constantOf(data as Float32Array, [indices.length, ...inner], dtype);
    },
  };
}

/**
 * Some rows of a data set, in the order of their indices: those of a fold, `rowsAt(x, fold.train)`. What comes in as an
 * array, a typed array or a tensor goes out as one.
 *
 * @throws if an index is no row
 */
export function rowsAt<T extends Rows>(data: T, indices: ArrayLike<number>): T {
  const view = viewOf('rowsAt: the data', data);
  const isList = Array.isArray(indices) || typedName(indices) !== undefined;
  checkIs(isList, 'rowsAt: the indices', 'an array of whole numbers', indices);
  for (let k = 0; k < indices.length; k++) {
    const i = indices[k]!;
    check(Number.isInteger(i) && i >= 0 && i < view.count, () => `rowsAt: ${show(i)} is no row of ${view.count}`);
  }
  return view.pick(indices) as T;
}

/** What `...arrays, options` holds: the options are what is last and no data. */
export interface Given {
  readonly views: readonly RowView[];
  readonly count: number;
  readonly options: unknown;
}

const isData = (value: unknown): boolean =>
  Array.isArray(value) || typedName(value) !== undefined || value instanceof Tensor || isShaped(value);

/** Reads arrays that have as many rows, and the options behind them. */
export function readGiven(where: string, given: readonly unknown[]): Given {
  const last = given.at(-1);
  const hasOptions = given.length > 1 && !isData(last);
  const arrays = hasOptions ? given.slice(0, -1) : given;
  check(arrays.length > 0, () => `${where}: there is no data`);
  const views = arrays.map((rows, i) => viewOf(`${where}: argument ${i + 1}`, rows));
  const { count } = views[0]!;
  views.forEach((view, i) => {
    check(view.count === count, () => {
      const flat = arrays.some((rows) => typedName(rows) !== undefined);
      const hint = flat ? '; a flat array has a row for each number: give { data, shape } for rows of several' : '';
      return `${where}: argument ${i + 1} has ${view.count} rows, the first one ${count}${hint}`;
    });
  });
  return { views, count, options: hasOptions ? last : undefined };
}

/**
 * The class of each row, as a number: 0 for that of the first row, and so on as they come. Rows of numbers are compared
 * as such.
 */
export function classesOf(where: string, labels: unknown, count: number): { of: Int32Array; sizes: number[] } {
  const view = viewOf(where, labels);
  check(view.count === count, () => `${where} has ${view.count} rows, the data ${count}`);
  const known = new Map<unknown, number>();
  const sizes: number[] = [];
  const of = Int32Array.from({ length: count }, (_, i) => {
    const key = keyOf(view.pick([i]));
    const index = known.get(key) ?? known.size;
    known.set(key, index);
    sizes[index] = (sizes[index] ?? 0) + 1;
    return index;
  });
  return { of, sizes };
}

/** What is equal for equal labels: of one row that was picked. */
function keyOf(picked: Rows): unknown {
  const values = picked instanceof Tensor ? picked.values() : isShaped(picked) ? picked.data : picked;
  const [value] = Array.from(values as ArrayLike<unknown>);
  if (values.length === 1 && (value === null || typeof value !== 'object')) return value;
  return JSON.stringify(
    values.length === 1 ? Array.from(value as ArrayLike<unknown>) : Array.from(values as ArrayLike<unknown>),
  );
}

// Data of numbers, as a table: a row for each sample, a column for each of its numbers. What is computed from a table
// goes out in the form in which it came in.

import { check, checkIs } from '../errors.js';
import { type NestedValues, type Shaped, type TypedArray, unnestInto } from '../nested.js';
import { type Shape, sizeOf } from '../shape.js';
import { constantOf, Tensor } from '../tensor.js';
import { typedName } from '../typed.js';
import { isShaped, viewOf } from './rows.js';

/** Data of numbers: nested arrays, a typed array (of one column), one with a shape, a tensor. */
export type NumberRows = NestedValues | Shaped | Tensor;

/** What becomes of data when its numbers are scaled: the same, and of whole numbers floats. */
export type Scaled<T> = T extends Tensor
  ? Tensor
  : T extends Float64Array
    ? Float64Array
    : T extends ArrayBufferView
      ? Float32Array
      : T extends readonly (infer E)[]
        ? Scaled<E>[]
        : T extends { readonly data: infer D; readonly shape: Shape }
          ? { data: Scaled<D>; shape: Shape }
          : T extends number | boolean
            ? number
            : T;

export interface Table {
  readonly count: number;
  readonly width: number;
  readonly values: ArrayLike<number>;
  /** The same data with other numbers, as many, in the same form. */
  like(values: Float64Array): unknown;
}

/** Data as a table; `where` names it in errors. */
export function tableOf(where: string, data: unknown): Table {
  if (typedName(data) !== undefined || isShaped(data) || data instanceof Tensor) {
    const { count } = viewOf(where, data);
    const values = data instanceof Tensor ? data.values() : isShaped(data) ? data.data : (data as TypedArray);
    return { count, width: values.length / count, values, like: (numbers) => likeFlat(data as TypedArray, numbers) };
  }
  checkIs(Array.isArray(data), where, 'an array, a typed array, { data, shape } or a tensor', data);
  const { data: values, shape } = unnestInto(where, data, () => Float64Array);
  return { count: shape[0]!, width: sizeOf(shape.slice(1)), values, like: (numbers) => likeNested(data, numbers) };
}

const floatsOf = (array: TypedArray, numbers: Float64Array): Float64Array | Float32Array =>
  typedName(array) === 'Float64Array' ? numbers : Float32Array.from(numbers);

function likeFlat(data: TypedArray | Shaped | Tensor, numbers: Float64Array): unknown {
  if (data instanceof Tensor) return constantOf(numbers, data.shape);
  return isShaped(data) ? { data: floatsOf(data.data, numbers), shape: data.shape } : floatsOf(data, numbers);
}

function likeNested(data: readonly unknown[], numbers: Float64Array): unknown {
  let next = 0;
  const build = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(build);
    if (typedName(part) === undefined) return numbers[next++];
    const row = part as TypedArray;
    next += row.length;
    return floatsOf(row, numbers.slice(next - row.length, next));
  };
  return build(data);
}

/** Throws unless there is a sample, and all numbers are finite or NaN. */
export function checkFinite(where: string, { count, width, values }: Table): void {
  check(count > 0 && width > 0, () => `${where}: there is no data`);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    check(Math.abs(value) !== Infinity, () => {
      return `${where}: row ${Math.floor(i / width)}, column ${i % width} is ${value}`;
    });
  }
}

// Reads what users pass as samples and labels: flattens and checks it. What does not fit is refused here, before
// anything is changed.

import { check } from '../errors.js';
import type { Loss } from '../losses/losses.js';
import { type Flat, type NestedValues, type Shaped, unnest } from '../nested.js';
import { floats } from '../run/runtime.js';
import { checkShape, narrow, type Shape, sameShape, shapeText, sizeOf } from '../shape.js';
import { type DType, type StoredData, Tensor } from '../tensor.js';
import { checkAlive, isBytes, typedName } from '../typed.js';
import { type EndSpecs, endNames, valuesOf } from './ends.js';

/**
 * Samples or labels: a tensor, nested arrays, an array of typed arrays, a flat array of whole samples, or { data, shape
 * }.
 *
 * Bytes (Uint8Array, Uint8ClampedArray) are kept as bytes, a quarter of the memory, and become the float32 numbers 0 …
 * 255 when a batch is computed.
 */
export type DataLike = Tensor | NestedValues | Shaped;

/** Rows of one shape. */
export interface Rows {
  /** What errors call them: 'x', 'y', 'x.image' … */
  readonly name: string;
  readonly data: StoredData;
  readonly count: number;
  readonly rowShape: Shape;
  readonly dtype: DType;
}

/** Samples and their labels. */
export interface DataSet {
  readonly count: number;
  readonly inputs: readonly Rows[];
  readonly labels: readonly Rows[];
}

/** The inputs, then the labels. */
export const rowsOf = ({ inputs, labels }: DataSet): Rows[] => [...inputs, ...labels];

/** Flat data with the shape it came in. What is flat already is not copied. */
export function flatOf(where: string, value: unknown): Flat {
  if (value instanceof Tensor) {
    value.checkSeen(`passing ${where} to a model`);
    return { data: value.values(), shape: value.shape };
  }
  const isPlain = value instanceof Float32Array || value instanceof Int32Array;
  if (!isPlain || value.length === 0) checkAlive(where, value);
  if (isPlain) return { data: value, shape: [value.length] };
  if (isBytes(value)) return { data: bytesOf(value), shape: [value.length] };
  if (typedName((value as Shaped | undefined)?.data)) return shapedOf(where, value as Shaped);
  return unnest(where, value, 'float32', true);
}

function shapedOf(where: string, { data, shape }: Shaped): Flat {
  checkShape(where, shape);
  const { length } = data;
  check(
    length === sizeOf(shape),
    () => `${where} has ${length} numbers in its data, and the shape ${shapeText(shape)}`,
  );
  return { data: flatOf(where, data).data, shape };
}

/** The same memory as an array of our own: the slice() of Node's Buffer makes no copy. */
const bytesOf = ({ buffer, byteOffset, length }: Uint8Array | Uint8ClampedArray): Uint8Array =>
  new Uint8Array(buffer, byteOffset, length);

/** What is stored of float32 rows. */
const asFloats = (data: StoredData): StoredData => (data instanceof Int32Array ? new (floats())(data) : data);

/** The samples for the inputs of a model, `what` in errors: as many of each. */
export function inputsOf(what: string, given: unknown, ends: EndSpecs): Rows[] {
  if (!ends.names) return [samplesOf(what, given, ends.specs[0]!)];
  const names = endNames(what, ends);
  const rows = valuesOf(what, ends, given).map((value, i) => samplesOf(names[i]!, value, ends.specs[i]!));
  const [first] = rows;
  for (const { name, count } of rows) {
    check(count === first!.count, () => `${first!.name} has ${first!.count} samples, ${name} has ${count}`);
  }
  return rows;
}

/** Samples of this shape: [n, …shape], [n, size], one sample alone, or a flat array of whole samples. */
function samplesOf(name: string, value: unknown, spec: EndSpecs['specs'][number]): Rows {
  const { shape: rowShape, dtype } = spec;
  const { data, shape } = flatOf(name, value);
  const size = sizeOf(rowShape);
  const isRow = (row: Shape): boolean => sameShape(row, rowShape) || sameShape(row, [size]);
  const fits = shape.length === 1 || isRow(shape.slice(1)) || sameShape(shape, rowShape);
  check(fits, () => `${name} has the shape ${shapeText(shape)}; expected ${shapeText(['n' as never, ...rowShape])}`);
  check(data.length > 0, () => `${name} is empty; expected at least one sample of the shape ${shapeText(rowShape)}`);
  check(data.length % size === 0, () => {
    return `${name} has ${data.length} numbers; expected samples of the shape ${shapeText(rowShape)}, ${size} numbers each`;
  });
  const stored = dtype === 'int32' ? asIntegers(name, data) : asFloats(data);
  spec.check?.(name, stored);
  return { name, data: stored, count: data.length / size, rowShape, dtype };
}

/** What is stored of int32 rows: whole numbers. */
function asIntegers(name: string, data: StoredData): Int32Array {
  if (data instanceof Int32Array) return data;
  const wrong = data.findIndex((value) => (value | 0) !== value);
  check(wrong < 0, () => `${name} must hold whole numbers, int32, got ${data[wrong]}`);
  return Int32Array.from(data);
}

/**
 * Labels for `count` samples of an output of shape `outputShape`, [n, …classes]: class indices [n, …] where the loss
 * takes them, and for a loss of the user's own any rows.
 */
export function labelsOf(name: string, value: unknown, count: number, outputShape: Shape, loss: Loss): Rows {
  const flat = flatOf(name, value);
  if (loss.readLabels) return loss.readLabels(name, flat, count, outputShape);
  const { data, shape } = flat;
  const isRow = (rowShape: Shape) => shape.length < 3 || sameShape(narrow(shape.slice(1)), narrow(rowShape));
  const rowsFit = (rowShape: Shape) =>
    data.length === count * sizeOf(rowShape) && (shape.length < 2 || shape[0] === count) && isRow(rowShape);
  const rowShape = outputShape.slice(0, -1);
  if (loss.classes && rowsFit(rowShape)) {
    return { name, data: classIndices(name, data, outputShape.at(-1)!, loss), count, rowShape, dtype: 'int32' };
  }
  const fits = rowsFit(outputShape);
  if (loss.own && (!fits || data instanceof Int32Array) && shape[0] === count && data.length > 0) {
    const dtype = data instanceof Int32Array ? 'int32' : 'float32';
    return { name, data, count, rowShape: fits ? outputShape : shape.slice(1), dtype };
  }
  check(fits, () => {
    const expected = shapeText([count, ...outputShape]);
    const classes =
      outputShape.at(-1)! > 1 ? `, or ${shapeText([count, ...rowShape])} for a loss that takes classes` : '';
    return `${name} has the shape ${shapeText(shape)}; ${count} samples need ${expected}${classes}`;
  });
  loss.checkLabels?.(name, data, sizeOf(outputShape));
  return { name, data: asFloats(data), count, rowShape: outputShape, dtype: 'float32' };
}

function classIndices(where: string, data: StoredData, classes: number, { ignoreIndex }: Loss): Int32Array {
  const wrong = data.findIndex((c) => c !== ignoreIndex && !(c >= 0 && c < classes && Number.isInteger(c)));
  check(wrong < 0, () => {
    return `${where}[${wrong}] is ${data[wrong]}: expected a class, a whole number from 0 to ${classes - 1}`;
  });
  return data instanceof Int32Array ? data : Int32Array.from(data);
}

/** Samples and labels that nobody else can change. */
export function copyOf(data: DataSet): DataSet {
  return eachOf(data, (rows) => ({ ...rows, data: rows.data.slice() }));
}

/** The rows [from, to) without a copy. */
export function sliceRows(rows: Rows, from: number, to: number): Rows {
  if (to - from === rows.count) return rows;
  const size = sizeOf(rows.rowShape);
  return { ...rows, data: rows.data.subarray(from * size, to * size), count: to - from };
}

/** The samples [from, to) with their labels, without a copy. */
export function sliceData(data: DataSet, from: number, to: number): DataSet {
  return to - from === data.count ? data : eachOf(data, (rows) => sliceRows(rows, from, to));
}

/** What `change` makes of all rows: as many of each. */
export function eachOf(data: DataSet, change: (rows: Rows) => Rows): DataSet {
  const inputs = data.inputs.map(change);
  return { count: inputs[0]!.count, inputs, labels: data.labels.map(change) };
}

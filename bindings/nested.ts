// Nested arrays of numbers to flat typed arrays, and back. Arrays of different lengths, and what is no number, are
// refused with their position.

import { check, checkIs, show, WasmgradError } from './errors.js';
import type { FloatsConstructor } from './run/runner.js';
import { floats } from './run/runtime.js';
import { checkShape, type Shape, shapeText, sizeOf, stridesOf } from './shape.js';
import type { DType, StoredData } from './tensor.js';
import { checkAlive, isBytes, typedName } from './typed.js';

/** A typed array of numbers: Float32Array, Uint8Array … and what else has these, as all typed arrays do. */
export interface TypedArray {
  readonly BYTES_PER_ELEMENT: number;
  readonly buffer: ArrayBufferLike;
  readonly length: number;
  readonly [index: number]: number;
}

/**
 * A flat typed array with the shape that it stands for: { data: bytes, shape: [1000, 28, 28] } is a thousand images.
 */
export interface Shaped<D extends TypedArray = TypedArray> {
  readonly data: D;
  readonly shape: Shape;
}

/** Nested arrays of numbers; the innermost may be typed arrays. */
export type NestedArray = number | readonly NestedArray[] | TypedArray;

/** What a tensor can be made of: nested arrays of numbers, in which true and false stand for 1 and 0. */
export type NestedValues = number | boolean | readonly NestedValues[] | TypedArray;

/** Elements, and the shape in which they were given. */
export interface Flat {
  readonly data: StoredData;
  readonly shape: Shape;
}

type Sequence = ArrayLike<unknown>;

/** Levels of a nest: what is deeper is refused, and so is an array that is inside of itself. */
const MAX_DEPTH = 32;

/** Throws if a nest is deeper; `where` may be the place that was reached. */
export function checkDepth(where: string, depth: number): void {
  check(depth <= MAX_DEPTH, () => {
    const whole = where.replace(/[.[].*/s, '');
    return `${whole} is nested more than ${MAX_DEPTH} levels deep: does it hold itself?`;
  });
}

/** An array, or a typed array of numbers. */
const isSequence = (value: unknown): value is Sequence =>
  Array.isArray(value) || typedName(value)?.startsWith('Big') === false;

/** The dimensions along the first element of each level. */
function shapeOf(where: string, value: unknown): number[] {
  const shape: number[] = [];
  for (let level = value; isSequence(level); level = level[0]) {
    checkDepth(where, shape.push(level.length));
    if (level.length === 0) break;
  }
  return shape;
}

/** `x[3][1]`: where element `index` of a nest of this shape lies. */
function placeOf(where: string, shape: Shape, index: number): string {
  const strides = stridesOf(shape);
  return where + shape.map((d, axis) => `[${Math.floor(index / strides[axis]!) % d}]`).join('');
}

/** The innermost arrays, in order. Throws if an array is not as long as its first neighbour. */
function rowsOf(where: string, value: unknown, shape: Shape): Sequence[] {
  let level: unknown[] = [value];
  shape.forEach((expected, depth) => {
    level.forEach((part, i) => {
      const place = (): string => placeOf(where, shape.slice(0, depth), i);
      const fits = isSequence(part) && part.length === expected;
      if (!fits || expected === 0) checkAlive(place(), part);
      check(fits, () => `${place()} must be an array of length ${expected}, as its neighbours, got ${show(part)}`);
    });
    if (depth < shape.length - 1) level = (level as unknown[][]).flatMap((part) => Array.from(part));
  });
  return level as Sequence[];
}

/** What holds elements of this type in JavaScript. */
export const arraysOf = (dtype: DType): Int32ArrayConstructor | FloatsConstructor =>
  dtype === 'int32' ? Int32Array : floats();

/** Memory for `shape`, an array that `Elements` makes. */
export function allocate<D>(where: string, shape: Shape, Elements: new (length: number) => D): D {
  checkShape(where, shape);
  try {
    return new Elements(sizeOf(shape));
  } catch (cause) {
    throw new WasmgradError(`${where}: no memory for a tensor of shape ${shapeText(shape)}`, { cause });
  }
}

/**
 * Flattens `value`; `where` names it in errors. A copy is always made. With `keepsBytes` arrays of bytes stay bytes.
 */
export function unnest(where: string, value: unknown, dtype: DType, keepsBytes = false): Flat {
  return unnestInto(where, value, (rows) => (keepsBytes && rows.every(isBytes) ? Uint8Array : arraysOf(dtype)));
}

/** The same into an array of the kind that `kindOf` says for the innermost arrays. */
export function unnestInto(
  where: string,
  value: unknown,
  kindOf: (rows: readonly Sequence[]) => new (length: number) => StoredData,
): Flat {
  const shape = shapeOf(where, value);
  checkShape(where, shape);
  // The structure is checked before memory is taken: one level after the other, so that no nest is too deep for it.
  const rows = shape.length ? rowsOf(where, value, shape) : [[value]];
  const data = allocate<StoredData>(where, shape, kindOf(rows));
  const width = shape.at(-1) ?? 1;
  rows.forEach((row, r) => {
    if (row.length < width) checkAlive(placeOf(where, shape.slice(0, -1), r), row); // since a getter of a row above
    const bad = copyRow(data, r * width, row, width);
    if (bad >= 0) refuse(placeOf(where, shape, r * width + bad), row[bad], shape);
  });
  return { data, shape };
}

/** Copies a row to `data`; returns the index of the first element that is no number of its kind, or -1. */
function copyRow(data: StoredData, at: number, row: Sequence, width: number): number {
  const ints = data instanceof Int32Array;
  if (ArrayBuffer.isView(row) && (!ints || typedName(row) === 'Int32Array')) {
    data.set(row as unknown as ArrayLike<number>, at);
    return -1;
  }
  for (let i = 0; i < width; i++) {
    const given = row[i];
    const x = typeof given === 'boolean' ? +given : given;
    if (typeof x !== 'number' || (ints && (x | 0) !== x)) return i;
    data[at + i] = x;
  }
  return -1;
}

function refuse(place: string, x: unknown, shape: Shape): never {
  checkIs(typeof x === 'number', place, shape.length ? 'a number' : 'numbers in arrays', x);
  throw new WasmgradError(`${place} must be a whole number (int32), got ${show(x)}`);
}

/** Flat elements as nested arrays. */
export function nest(data: ArrayLike<number>, shape: Shape): NestedArray {
  let next = 0;
  const build = (depth: number): NestedArray => {
    if (depth === shape.length) return data[next++]!;
    return Array.from({ length: shape[depth]! }, () => build(depth + 1));
  };
  return build(0);
}

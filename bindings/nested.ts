// Nested arrays of numbers to flat typed arrays and back. Ragged or non-numeric input is refused with its position.

import { check, checkIs, show } from './errors.js';
import type { Shape } from './shape.js';
import type { DType } from './tensor.js';

/** A typed array of numbers: Float32Array, Uint8Array … and what else has these, as all typed arrays do. */
export interface TypedArray {
  readonly BYTES_PER_ELEMENT: number;
  readonly buffer: ArrayBufferLike;
  readonly length: number;
  readonly [index: number]: number;
}

/** Nested arrays of numbers; the innermost may be typed arrays. */
export type NestedArray = number | readonly NestedArray[] | TypedArray;

export interface Flat {
  readonly data: Float32Array | Int32Array;
  readonly shape: Shape;
}

type Sequence = ArrayLike<unknown>;

/** An array, or a typed array of numbers. */
const isSequence = (value: unknown): value is Sequence => {
  const typed = ArrayBuffer.isView(value) && 'length' in value && typeof (value as never)[0] !== 'bigint';
  return typed || Array.isArray(value);
};

/** The dimensions along the first element of each level. */
function shapeOf(value: unknown): number[] {
  const shape: number[] = [];
  for (let level = value; isSequence(level); level = level[0]) {
    shape.push(level.length);
    if (level.length === 0) break;
  }
  return shape;
}

/** Flattens `value`; `where` names it in errors. A copy is always made. */
export function unnest(where: string, value: unknown, dtype: DType): Flat {
  const shape = shapeOf(value);
  const data = new (dtype === 'int32' ? Int32Array : Float32Array)(shape.reduce((a, b) => a * b, 1));
  let next = 0;
  const fill = (part: unknown, depth: number, path: string): void => {
    if (depth === shape.length) {
      checkIs(typeof part === 'number', path, depth ? 'a number' : 'numbers in arrays', part);
      checkIs(dtype === 'float32' || isInt32(part), path, 'a whole number (int32)', part);
      data[next++] = part;
      return;
    }
    const expected = shape[depth]!;
    const fits = isSequence(part) && part.length === expected;
    check(fits, () => `${path} must be an array of length ${expected}, as its neighbours, got ${show(part)}`);
    if (ArrayBuffer.isView(part) && depth === shape.length - 1 && dtype === 'float32') {
      data.set(part as never, next);
      next += expected;
    } else for (let i = 0; i < expected; i++) fill(part[i], depth + 1, `${path}[${i}]`);
  };
  fill(value, 0, where);
  return { data, shape };
}

const isInt32 = (value: number): boolean => (value | 0) === value;

/** Flat elements as nested arrays. */
export function nest(data: ArrayLike<number>, shape: Shape): NestedArray {
  let next = 0;
  const build = (depth: number): NestedArray => {
    if (depth === shape.length) return data[next++]!;
    return Array.from({ length: shape[depth]! }, () => build(depth + 1));
  };
  return build(0);
}

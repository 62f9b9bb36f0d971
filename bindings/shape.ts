// Shapes: arithmetic on lists of dimensions. Not here: tensors.

import { check, show } from './errors.js';

/** Dimensions, outermost first. `[]` is a scalar; a dimension may be 0. */
export type Shape = readonly number[];

/** The most elements of a tensor: what 4 GiB, all of 32-bit linear memory, hold in float32. */
const MAX_ELEMENTS = 2 ** 30 - 1;

/** The most tensors that one call returns: in JavaScript they take some hundred bytes each. */
export const MAX_TENSORS = 2 ** 20;

/** Number of elements. */
export function sizeOf(shape: Shape): number {
  return sizeBetween(shape, 0, shape.length);
}

/** `[32, 784]`, as errors and text forms print it; a shape of a user may hold anything. */
export const shapeText = (shape: Shape): string => {
  const texts = shape.map((d: unknown) => (typeof d === 'number' || typeof d === 'string' ? d : show(d)));
  return `[${texts.join(', ')}]`;
};

// Shapes are frozen, on which V8's every, slice and join are two to ten times as slow as a loop (measured).

export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** A shape without its axes of length 1. */
export const narrow = (shape: Shape): Shape => shape.filter((d) => d !== 1);

/** Number of elements of the dimensions [from, to). */
export function sizeBetween(shape: Shape, from: number, to: number): number {
  let size = 1;
  for (let i = from; i < to; i++) size *= shape[i]!;
  return size;
}

/** `shape` itself if nobody can change it, else a copy. */
export const owned = (shape: Shape): Shape => (Object.isFrozen(shape) ? shape : [...shape]);

/** Throws unless `shape` is a list of whole dimensions whose product fits into 32-bit linear memory. */
export function checkShape(where: string, shape: unknown): asserts shape is Shape {
  check(Array.isArray(shape), () => `${where}: a shape is an array of whole numbers, got ${show(shape)}`);
  for (const d of shape) {
    check(
      Number.isSafeInteger(d) && d >= 0,
      () => `${where}: dimension ${show(d)} of the shape ${shapeText(shape)} is not a whole number`,
    );
  }
  check(
    sizeOf(shape) <= MAX_ELEMENTS,
    () => `${where}: a tensor of shape ${shapeText(shape)} does not fit into 4 GiB of memory`,
  );
}

/** The shape that `a` and `b` broadcast to, by NumPy's rule: aligned at the right, equal or 1. */
export function broadcastShapes(where: string, a: Shape, b: Shape): Shape {
  // Most often nothing is repeated: then no new array is made.
  if (b.length === 0 || sameShape(a, b)) return a;
  if (a.length === 0) return b;
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const p = a[i - rank + a.length] ?? 1;
    const q = b[i - rank + b.length] ?? 1;
    check(
      p === q || p === 1 || q === 1,
      () => `${where}: the shapes ${shapeText(a)} and ${shapeText(b)} do not broadcast`,
    );
    return p === 1 ? q : p;
  });
}

/** Strides in elements of a contiguous row-major array. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i]!;
  }
  return strides;
}

/** Strides with which an array of shape `from` is read as if it had the shape `to`: 0 where it is repeated. */
export function broadcastStrides(from: Shape, to: Shape): number[] {
  const strides = stridesOf(from);
  const offset = to.length - from.length;
  return to.map((_, i) => (i < offset || from[i - offset] === 1 ? 0 : strides[i - offset]!));
}

/** An iteration space in which neighbouring dimensions are merged wherever every operand allows it. */
export interface Collapsed {
  readonly dims: number[];
  readonly strides: number[][];
}

/**
 * Drops dimensions of 1, and merges neighbouring ones wherever the strides of every operand allow it; a list an
 * operand.
 */
export function collapse(dims: Shape, strides: readonly (readonly number[])[]): Collapsed {
  const out: Collapsed = { dims: [], strides: strides.map(() => []) };
  for (let i = 0; i < dims.length; i++) {
    const d = dims[i]!;
    if (d === 1) continue;
    const last = out.dims.length - 1;
    const merges = last >= 0 && strides.every((s, k) => out.strides[k]![last] === s[i]! * d);
    if (merges) {
      out.dims[last]! *= d;
      for (let k = 0; k < strides.length; k++) out.strides[k]![last] = strides[k]![i]!;
    } else {
      out.dims.push(d);
      for (let k = 0; k < strides.length; k++) out.strides[k]!.push(strides[k]![i]!);
    }
  }
  return out;
}

/** `axis` counted from the front; negative ones count from the back. */
export function normalizeAxis(where: string, axis: number, rank: number): number {
  check(Number.isInteger(axis) && axis >= -rank && axis < rank, () => {
    return `${where}: axis ${show(axis)} is out of range for ${rank} dimension${rank === 1 ? '' : 's'}`;
  });
  return axis < 0 ? axis + rank : axis;
}

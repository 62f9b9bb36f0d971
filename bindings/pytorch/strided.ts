// Tensors as a file of PyTorch has them: stored numbers, of which a tensor takes some, with strides. Not here: the
// files (torchfile.ts, statefile.ts).

import { countOf } from '../files/cursor.js';
import { checkFile } from '../files/fileerror.js';
import type { StoredTensor, StoredType } from '../io/format.js';
import { numbersOf } from '../io/read/safetensors.js';
import { type Shape, sizeOf, stridesOf } from '../shape.js';

/** A tensor that begins at element `offset` of stored bytes, and whose axes go so many elements on. */
export interface StridedTensor extends StoredTensor {
  readonly strides: readonly number[];
  readonly offset: number;
}

/** A tensor whose elements lie side by side. */
export const contiguous = (t: StoredTensor): StridedTensor => ({ ...t, strides: stridesOf(t.shape), offset: 0 });

/** The element behind the last one that a tensor has. */
const endOf = ({ shape, strides, offset }: StridedTensor): number =>
  shape.includes(0) ? offset : 1 + shape.reduce((at, d, axis) => at + (d - 1) * strides[axis]!, offset);

/** Throws a FileError unless a tensor that a file describes lies within its bytes, elements of so many. */
export function checkStrided(what: string, t: StridedTensor, bytesEach: number): void {
  const { shape, strides, offset, bytes } = t;
  countOf(what, shape, 0, 0);
  const whole = Array.isArray(strides) && strides.length === shape.length && [offset, ...strides].every(isSize);
  checkFile(whole, () => `${what}: offset and strides must be whole numbers, one stride for each axis`);
  const there = Math.floor(bytes.length / bytesEach);
  const end = endOf(t);
  checkFile(end <= there, () => `${what}: it goes up to element ${end} of a storage that has ${there}`);
}

const isSize = (n: unknown): boolean => Number.isSafeInteger(n) && (n as number) >= 0;

/**
 * The elements of a tensor that was checked, in the order of its shape: to be called when that is known to be no lie.
 */
export function elementsOf(what: string, t: StridedTensor): ArrayLike<number> {
  const { dtype, shape, strides, offset, bytes } = t;
  const each = bytesOf(dtype);
  const numbers = numbersOf(what, { dtype, shape, bytes: bytes.subarray(offset * each, endOf(t) * each) });
  if (isContiguous(shape, strides)) return numbers;
  const out = new Float64Array(sizeOf(shape));
  let to = 0;
  const copy = (axis: number, at: number): void => {
    if (axis === shape.length) out[to++] = numbers[at]!;
    else for (let i = 0; i < shape[axis]!; i++) copy(axis + 1, at + i * strides[axis]!);
  };
  copy(0, 0);
  return out;
}

const isContiguous = (shape: Shape, strides: readonly number[]): boolean => {
  const side = stridesOf(shape);
  return shape.every((d, axis) => d === 1 || strides[axis] === side[axis]);
};

/** Bytes of an element: the number in the name of its type is that of its bits. */
export const bytesOf = (dtype: StoredType): number => (dtype === 'BOOL' ? 1 : Number(/\d+/.exec(dtype)![0]) / 8);

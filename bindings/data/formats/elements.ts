// The elements of arrays in files: numbers of every type, in either order of their bytes, as typed arrays.

import { checkFile } from '../../files/fileerror.js';
import { fromFloat16 } from '../../files/half.js';
import type { TypedArray } from '../../nested.js';

/** Makes a typed array over all bytes of a buffer. */
type Over<T> = new (buffer: ArrayBuffer) => T;

/** Of each type: how many bytes an element has, and the typed array over the same bits. */
export const ELEMENTS = {
  bool: { each: 1, Over: Uint8Array },
  uint8: { each: 1, Over: Uint8Array },
  int8: { each: 1, Over: Int8Array },
  uint16: { each: 2, Over: Uint16Array },
  int16: { each: 2, Over: Int16Array },
  float16: { each: 2, Over: Uint16Array },
  uint32: { each: 4, Over: Uint32Array },
  int32: { each: 4, Over: Int32Array },
  float32: { each: 4, Over: Float32Array },
  uint64: { each: 8, Over: Uint32Array },
  int64: { each: 8, Over: Int32Array },
  float64: { each: 8, Over: Float64Array },
} as const satisfies Record<string, { each: number; Over: Over<TypedArray> }>;

/** A type of numbers in files. */
export type ElementType = keyof typeof ELEMENTS;

/**
 * A copy of the elements that lie in these bytes. Of float16 it is a Float32Array; of whole numbers of 64 bits an
 * Int32Array, or a Float64Array if some are larger than that holds.
 *
 * @throws FileError at a whole number from 2⁵³ on, which no number of JavaScript is
 */
export function decodeElements(what: string, type: ElementType, bytes: Uint8Array, littleEndian: boolean): TypedArray {
  const { each, Over } = ELEMENTS[type];
  const copy = Uint8Array.from(bytes); // aligned, and nobody else's
  if (!littleEndian) reverseEach(copy, each);
  const elements = new Over(copy.buffer);
  if (type === 'float16') return Float32Array.from(elements, fromFloat16);
  return type === 'int64' || type === 'uint64' ? wholeNumbers(what, elements) : elements;
}

/** Turns round the bytes of each element. */
function reverseEach(bytes: Uint8Array, each: number): void {
  for (let at = 0; each > 1 && at < bytes.length; at += each) bytes.subarray(at, at + each).reverse();
}

/** Numbers of two words, the lower one first; the words of signed numbers are signed. */
function wholeNumbers(what: string, words: ArrayLike<number>): Int32Array | Float64Array {
  const numbers = new Float64Array(words.length / 2);
  let isShort = true;
  for (let i = 0; i < numbers.length; i++) {
    const value = words[2 * i + 1]! * 2 ** 32 + (words[2 * i]! >>> 0);
    checkFile(Number.isSafeInteger(value), () => `${what}: element ${i} is beyond 2^53, where numbers are not exact`);
    isShort &&= (value | 0) === value;
    numbers[i] = value;
  }
  return isShort ? Int32Array.from(numbers) : numbers;
}

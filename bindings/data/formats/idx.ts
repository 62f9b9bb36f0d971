// The file format IDX, in which MNIST and its kin come. Source: http://yann.lecun.com/exdb/mnist, "the IDX file
// format".

import { Cursor, countOf } from '../../files/cursor.js';
import { checkFile } from '../../files/fileerror.js';
import type { Shaped } from '../../nested.js';
import { decodeElements, ELEMENTS, type ElementType } from './elements.js';

const TYPES = new Map<number, ElementType>([
  [0x08, 'uint8'],
  [0x09, 'int8'],
  [0x0b, 'int16'],
  [0x0c, 'int32'],
  [0x0d, 'float32'],
  [0x0e, 'float64'],
]);

/** The array in an IDX file. */
export function parseIdx(what: string, bytes: Uint8Array): Shaped {
  const cursor = new Cursor(what, bytes, false);
  checkFile(cursor.left >= 4 && cursor.u16() === 0, () => `${what} is no IDX file: it must begin with two zeros`);
  const number = cursor.u8();
  const type = TYPES.get(number);
  checkFile(type !== undefined, () => `${what}: there is no type of elements with the number ${number}`);
  const rank = cursor.u8();
  const shape = Array.from({ length: rank }, () => cursor.u32());
  const { each } = ELEMENTS[type];
  const count = countOf(what, shape, each, cursor.left);
  checkFile(count * each === cursor.left, () => {
    return `${what}: its shape [${shape.join(', ')}] takes ${count * each} bytes, and ${cursor.left} are there`;
  });
  return { data: decodeElements(what, type, cursor.take(cursor.left), false), shape };
}

// The file format NPY of NumPy: a header in Python's syntax, then the elements. The header is matched by a pattern, and
// nothing is ever evaluated. (NumPy, numpy/lib/format.py.)

import { Cursor, countOf } from '../../files/cursor.js';
import { checkFile } from '../../files/fileerror.js';
import type { Shaped, TypedArray } from '../../nested.js';
import { type Shape, stridesOf } from '../../shape.js';
import { typedName } from '../../typed.js';
import { emptyLike } from '../rows.js';
import { decodeElements, ELEMENTS, type ElementType } from './elements.js';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY

/** NumPy itself reads headers of at most 10,000 letters. */
const MAX_HEADER = 10_000;

/** What types are called in a header, behind the order of their bytes. */
const TYPES = new Map<string, ElementType>([
  ['b1', 'bool'],
  ['u1', 'uint8'],
  ['i1', 'int8'],
  ['u2', 'uint16'],
  ['i2', 'int16'],
  ['f2', 'float16'],
  ['u4', 'uint32'],
  ['i4', 'int32'],
  ['f4', 'float32'],
  ['u8', 'uint64'],
  ['i8', 'int64'],
  ['f8', 'float64'],
]);

/** The array in an NPY file, in C order. */
export function parseNpy(what: string, bytes: Uint8Array): Shaped {
  checkFile(
    MAGIC.every((byte, i) => bytes[i] === byte),
    () => `${what} is no NPY file`,
  );
  const cursor = new Cursor(what, bytes);
  cursor.take(MAGIC.length);
  const [major, minor] = [cursor.u8(), cursor.u8()];
  const isKnown = major >= 1 && major <= 3 && minor === 0;
  checkFile(isKnown, () => `${what}: the version ${major}.${minor} of NPY is not known`);
  const length = major === 1 ? cursor.u16() : cursor.u32();
  checkFile(length <= MAX_HEADER, () => `${what}: its header is said to have ${length} bytes`);
  const { descr, isFortran, shape } = parseHeader(`${what}: its header`, cursor.text(length));
  const type = TYPES.get(descr.slice(1));
  checkFile(/^[<>|]/.test(descr) && type !== undefined, () => {
    const objects = descr.includes('O') ? ', objects of Python, which only running code could read' : '';
    return `${what}: its elements have the type '${descr}'${objects}; known are ${[...TYPES.keys()].join(', ')}`;
  });
  const { each } = ELEMENTS[type];
  const count = countOf(what, shape, each, cursor.left);
  checkFile(count * each === cursor.left, () => {
    return `${what}: its shape [${shape.join(', ')}] takes ${count * each} bytes, and ${cursor.left} are there`;
  });
  const data = decodeElements(what, type, cursor.take(cursor.left), descr[0] !== '>');
  return { data: isFortran && shape.length > 1 ? fromFortran(data, shape) : data, shape };
}

interface Header {
  readonly descr: string;
  readonly isFortran: boolean;
  readonly shape: Shape;
}

/** One entry of the dictionary: a name with a text, a truth or numbers in parentheses. */
const ENTRY = /\s*'(\w+)'\s*:\s*(?:'([^'\\]{2,40})'|(True|False)|\(([\dL,\s]*)\))\s*(?:,|(?=\}))/y;

function parseHeader(what: string, text: string): Header {
  const entries = new Map<string, RegExpExecArray>();
  let count = 0;
  let at = 1;
  for (let entry = matchAt(ENTRY, text, at); entry; entry = matchAt(ENTRY, text, at)) {
    at += entry[0].length;
    entries.set(entry[1]!, entry);
    count++;
  }
  const descr = entries.get('descr')?.[2];
  const order = entries.get('fortran_order')?.[3];
  const axes = entries.get('shape')?.[4];
  const isWhole = text[0] === '{' && /^\s*\}\s*$/.test(text.slice(at)) && count === 3;
  checkFile(isWhole && descr !== undefined && order !== undefined && axes !== undefined, () => {
    return `${what} must have 'descr', 'fortran_order' and 'shape', for numbers of one type; it is ${text.slice(0, 100).trim()}`;
  });
  return { descr, isFortran: order === 'True', shape: parseShape(what, axes) };
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** `3, 4` or `3,` or nothing; numbers of Python 2 may have an L. */
function parseShape(what: string, text: string): number[] {
  const isTuple = /^\s*(?:\d{1,16}L?\s*,\s*(?:\d{1,16}L?\s*,\s*)*(?:\d{1,16}L?\s*)?)?$/.test(text);
  checkFile(isTuple, () => `${what}: (${text.slice(0, 80)}) is no shape`);
  return [...text.matchAll(/\d+/g)].map(Number);
}

/** Elements whose first axis is the fastest one, with the last one as the fastest. */
function fromFortran(data: TypedArray, shape: Shape): TypedArray {
  const turned = emptyLike(data, data.length) as unknown as Float64Array;
  const strides = stridesOf([...shape].reverse()).reverse();
  const place = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < turned.length; to++) {
    turned[to] = data[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++place[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      place[axis] = 0;
    }
  }
  return turned;
}

/** What typed arrays are in a file. */
const WRITTEN = new Map([
  ['Uint8Array', '|u1'],
  ['Uint8ClampedArray', '|u1'],
  ['Int8Array', '|i1'],
  ['Uint16Array', '<u2'],
  ['Int16Array', '<i2'],
  ['Uint32Array', '<u4'],
  ['Int32Array', '<i4'],
  ['Float32Array', '<f4'],
  ['Float64Array', '<f8'],
]);

/** Whether arrays of this kind can be written. */
export const isWritable = (data: TypedArray): boolean => WRITTEN.has(typedName(data)!);

/** The NPY file of an array. */
export function formatNpy({ data, shape }: Shaped): Uint8Array {
  const axes = shape.map((axis) => `${axis},`).join(' ');
  const entries = `{'descr': '${WRITTEN.get(typedName(data)!)}', 'fortran_order': False, 'shape': (${axes}), }`;
  const length = Math.ceil((10 + entries.length + 1) / 64) * 64; // elements begin at a multiple of 64
  const header = `${entries.padEnd(length - 10 - 1)}\n`;
  const bytes = data as unknown as Uint8Array;
  const file = new Uint8Array(length + bytes.byteLength);
  file.set(MAGIC);
  file.set([1, 0, header.length & 255, header.length >> 8], 6);
  file.set(new TextEncoder().encode(header), 10);
  file.set(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), length);
  return file;
}

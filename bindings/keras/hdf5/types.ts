// The types and shapes of what lies in an HDF5 file. Source: HDF5 File Format Specification 3.0, sections IV.A.2.b and
// IV.A.2.d.

import type { Cursor } from '../../files/cursor.js';
import { checkFile } from '../../files/fileerror.js';
import { addressOf } from './storage.js';

/** What the elements of an array are: numbers, or texts of a fixed length or in a heap. */
export interface ElementType {
  readonly kind: 'float' | 'int' | 'uint' | 'text' | 'heapText' | 'opaque' | 'other';
  /** Bytes of each. */
  readonly size: number;
  readonly littleEndian: boolean;
}

/** Classes of types. */
const CLASSES = [
  'int',
  'float',
  'other',
  'text',
  'other',
  'opaque',
  'other',
  'other',
  'enum',
  'heap',
  'other',
] as const;

/** The type that a message says; of a number with names that of the number. */
export function readType(body: Cursor): ElementType {
  const named = typeOf(body);
  const type = named.kind === 'enum' ? typeOf(body) : named;
  return type.kind === 'enum' ? { ...type, kind: 'other' } : { ...type, kind: type.kind };
}

function typeOf(body: Cursor): Omit<ElementType, 'kind'> & { kind: ElementType['kind'] | 'enum' } {
  const first = body.u8();
  const [bits, second] = [body.u8(), body.u8()];
  body.take(1);
  const size = body.u32();
  const kind = CLASSES[first & 15] ?? 'other';
  const littleEndian = (bits & 1) === 0;
  if (kind === 'int') return { kind: bits & 8 ? 'int' : 'uint', size, littleEndian };
  if (kind === 'heap') return { kind: (bits & 15) === 1 ? 'heapText' : 'other', size, littleEndian };
  if (kind !== 'float') return { kind, size, littleEndian };
  return { kind: isUsual(body, bits, second, size) ? 'float' : 'other', size, littleEndian };
}

/** Of IEEE 754: where the sign and the exponent lie, and the size of the exponent, by the bytes of a number. */
const FLOATS: Readonly<Record<number, readonly [sign: number, at: number, bits: number]>> = {
  2: [15, 10, 5],
  4: [31, 23, 8],
  8: [63, 52, 11],
};

function isUsual(body: Cursor, bits: number, sign: number, size: number): boolean {
  body.take(4);
  const usual = FLOATS[size];
  return (
    usual !== undefined && (bits & 64) === 0 && sign === usual[0] && body.u8() === usual[1] && body.u8() === usual[2]
  );
}

/** The shape that a message says; undefined for one that has no elements at all. */
export function readShape(body: Cursor): number[] | undefined {
  const version = body.u8();
  const rank = body.u8();
  body.take(1); // whether it may grow
  checkFile(version === 1 || version === 2, () => `${body.what}: shapes of version ${version} are not read`);
  const kind = body.u8();
  if (version === 1) body.take(4);
  if (version === 2 && kind === 2) return undefined;
  return Array.from({ length: rank }, () => {
    const length = addressOf(body);
    checkFile(length !== undefined, () => `${body.what}: a shape has an axis without a length`);
    return length;
  });
}

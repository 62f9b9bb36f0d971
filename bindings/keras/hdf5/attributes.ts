// Attributes: texts and lists of texts that are written beside groups. Source: HDF5 File Format Specification 3.0,
// section IV.A.2.m.

import { Cursor, countOf } from '../../files/cursor.js';
import { checkFile } from '../../files/fileerror.js';
import type { HeaderMessage } from './headers.js';
import { MESSAGE } from './headers.js';
import type { GlobalHeap } from './heap.js';
import { knownAddress } from './storage.js';
import { readShape, readType } from './types.js';

/** Of each element of a text in a heap: length, address, index. */
const IN_HEAP = 16;

/** The texts of an attribute; undefined if there is none of that name, or its elements are no texts. */
export function textsOf(heap: GlobalHeap, messages: readonly HeaderMessage[], wanted: string): string[] | undefined {
  for (const { type, body } of messages) {
    if (type !== MESSAGE.attribute) continue;
    body.at = 0;
    const version = body.u8();
    checkFile(version >= 1 && version <= 3, () => `${body.what}: attributes of version ${version} are not read`);
    body.take(1);
    const [nameSize, typeSize, spaceSize] = [body.u16(), body.u16(), body.u16()] as const;
    if (version === 3) body.take(1);
    const padded = (size: number): Cursor => {
      const part = new Cursor(body.what, body.take(size));
      if (version === 1) body.take((8 - (size % 8)) % 8);
      return part;
    };
    const name = padded(nameSize).text(nameSize).replace(/\0.*$/s, '');
    const [kind, space] = [padded(typeSize), padded(spaceSize)];
    if (name === wanted) return readTexts(heap, body, kind, space);
  }
  return undefined;
}

function readTexts(heap: GlobalHeap, body: Cursor, kind: Cursor, space: Cursor): string[] | undefined {
  const type = readType(kind);
  const shape = readShape(space) ?? [0];
  if (type.kind === 'text') {
    const count = countOf(body.what, shape, Math.max(type.size, 1), body.left);
    heap.storage.spend(body.left);
    return Array.from({ length: count }, () => body.text(type.size).replace(/\0+$/, ''));
  }
  if (type.kind !== 'heapText') return undefined;
  return Array.from({ length: countOf(body.what, shape, IN_HEAP, body.left) }, () => {
    const length = body.u32();
    const address = knownAddress(body);
    const index = body.u32();
    return length === 0 ? '' : heap.text(address, index, length);
  });
}

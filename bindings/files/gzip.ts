// Files that were compressed by gzip. Source: RFC 1952.

import { crc32 } from './crc.js';
import { Cursor } from './cursor.js';
import { checkFile } from './fileerror.js';
import { inflater, joined } from './inflate.js';

/** Whether it is compressed by gzip. */
export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** Bits of the flags: a sum of the head, a field, a name and a comment follow it. */
const SUM = 2;
const EXTRA = 4;
const NAME = 8;
const COMMENT = 16;

/** Some tools compress in parts of 64 KiB. Each takes time, however short it is. */
const MAX_PARTS = 5000;

/**
 * What was compressed, `maxBytes` at most: one file, or several that stand for one. Throws if it is damaged, or larger.
 */
export async function gunzip(what: string, bytes: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  const inflate = await inflater();
  const cursor = new Cursor(what, bytes);
  const parts: Uint8Array[] = [];
  let count = 0;
  const large = (): string => `${what} becomes more than ${maxBytes} bytes; pass maxBytes to allow more`;
  do {
    checkFile(parts.length < MAX_PARTS, () => `${what} has more than ${MAX_PARTS} compressed parts`);
    skipHead(cursor);
    const { made, used } = inflate(what, bytes.subarray(cursor.at), maxBytes - count, large);
    cursor.take(used);
    const isWhole = cursor.u32() === crc32(made) && cursor.u32() === made.length % 2 ** 32;
    checkFile(isWhole, () => `${what} is damaged: its check sum is wrong`);
    count += made.length;
    parts.push(made);
  } while (cursor.left > 0);
  return parts.length === 1 ? parts[0]! : joined(parts, count);
}

function skipHead(cursor: Cursor): void {
  checkFile(
    cursor.u16() === 0x8b1f,
    () => `${cursor.what} is damaged: there is something else behind its compressed bytes`,
  );
  const method = cursor.u8();
  checkFile(method === 8, () => `${cursor.what} is compressed by the method ${method}, which gzip does not have`);
  const flags = cursor.u8();
  cursor.take(6);
  if (flags & EXTRA) cursor.take(cursor.u16());
  if (flags & NAME) skipText(cursor);
  if (flags & COMMENT) skipText(cursor);
  if (flags & SUM) cursor.take(2);
}

/** Goes behind a text that ends with a 0. */
function skipText(cursor: Cursor): void {
  while (cursor.u8() !== 0);
}

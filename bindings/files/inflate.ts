// Inflates, and counts what comes out: a few bytes may stand for gigabytes. Loaded on demand, since it brings a library.

import { Inflate } from 'fflate';
import { messageOf } from '../errors.js';
import { checkFile, FileError } from './fileerror.js';

/** As much goes in between two looks at the count. A byte becomes at most 1032, so 4 MiB may come out beyond the limit. */
const PIECE = 4096;

/** As many pieces may go in and nothing come out: a stored block has 64 KiB and comes out as a whole. */
const MAX_SILENT = 20;

/**
 * What a raw deflate stream becomes. Throws if it is damaged or incomplete, and as soon as more than `limit` bytes have come out:
 * `tooLarge` says what is then wrong.
 */
export function inflate(what: string, bytes: Uint8Array, limit: number, tooLarge: () => string): Uint8Array {
  const pieces: Uint8Array[] = [];
  let count = 0;
  let silent = 0;
  const stream = new Inflate((piece) => {
    count += piece.length;
    checkFile(count <= limit, tooLarge);
    // Behind its end the library would keep all that is pushed, and copy it each time.
    silent = piece.length > 0 ? 0 : silent + 1;
    checkFile(silent < MAX_SILENT, () => `${what}: there are bytes behind the end of its compressed ones`);
    if (piece.length > 0) pieces.push(piece);
  });
  try {
    for (let at = 0; at < bytes.length; at += PIECE) {
      stream.push(bytes.subarray(at, at + PIECE), at + PIECE >= bytes.length);
    }
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw new FileError(`${what}: its compressed bytes are damaged (${messageOf(error)})`);
  }
  return joined(pieces, count);
}

/** Pieces as one array. */
function joined(pieces: readonly Uint8Array[], count: number): Uint8Array {
  const all = new Uint8Array(count);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

// Inflates, and counts what comes out: a few bytes may stand for gigabytes.

import type { Inflate } from 'fflate';
import { messageOf } from '../errors.js';
import { checkFile, FileError } from './fileerror.js';

/**
 * As much goes in between two looks at the count. A byte becomes at most 1032, so 4 MiB may come out beyond the limit.
 */
const PIECE = 4096;

/** What came out, and how many bytes it was made of: others may follow them. */
export interface Inflated {
  readonly made: Uint8Array;
  readonly used: number;
}

/** What the library knows of a stream, and does not say: whether its last block has ended, and what lies behind. */
interface State {
  readonly s: { readonly f?: number; readonly l?: unknown; readonly p?: number };
  readonly p: Uint8Array;
}

/**
 * What a raw deflate stream becomes. Throws if it is damaged or incomplete, and as soon as more than `limit` bytes have
 * come out: `tooLarge` says what is then wrong.
 */
export type Inflater = (what: string, bytes: Uint8Array, limit: number, tooLarge: () => string) => Inflated;

/** Loads the library, and returns what inflates by it. */
export async function inflater(): Promise<Inflater> {
  const { Inflate } = await import('../libraries/fflate.js');
  return (...args) => inflate(Inflate, ...args);
}

function inflate(Stream: typeof Inflate, ...[what, bytes, limit, tooLarge]: Parameters<Inflater>): Inflated {
  const pieces: Uint8Array[] = [];
  let count = 0;
  const stream = new Stream((piece) => {
    count += piece.length;
    checkFile(count <= limit, tooLarge);
    if (piece.length > 0) pieces.push(piece);
  });
  const state = stream as unknown as State;
  const isDone = (): boolean => state.s.f === 1 && !state.s.l;
  let at = 0;
  try {
    do {
      stream.push(bytes.subarray(at, at + PIECE), at + PIECE >= bytes.length);
      at = Math.min(at + PIECE, bytes.length);
    } while (at < bytes.length && !isDone());
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw new FileError(`${what}: its compressed bytes are damaged (${messageOf(error)})`);
  }
  checkFile(isDone(), () => `${what}: its compressed bytes end early`);
  const behind = state.p.length - Math.sign(state.s.p ?? 0); // of the first byte some bits belong to it
  return { made: joined(pieces, count), used: at - behind };
}

/** Pieces as one array. */
export function joined(pieces: readonly Uint8Array[], count: number): Uint8Array {
  const all = new Uint8Array(count);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

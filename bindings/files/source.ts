// Where files come from: a path, bytes, a Response, a Blob, or a place of the user's. Not here: where they go to
// (target.ts), the disk (disk.ts), and what is in them.

import { checkIs, messageOf } from '../errors.js';
import { checkFile, FileError, tooLarge } from './fileerror.js';
import { type FilePath, isPath, pathText } from './paths.js';

/** A place that keeps one file: IndexedDB, OPFS, or one of your own. */
export interface FilePlace {
  /** What errors call it. */
  readonly name: string;
  /** The bytes of the file. Rejects if there is none. */
  read(): Promise<Uint8Array>;
  /** Replaces the file, as a whole or not at all. */
  write(bytes: Uint8Array): Promise<void>;
}

/** What `fetch` returns, as far as it is used. */
export interface FetchedFile {
  readonly ok: boolean;
  readonly status: number;
  readonly url: string;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** A Blob or File, as far as it is used. */
export interface BlobLike {
  readonly size: number;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/**
 * A file to read: a path or a `file:` URL (Node, Bun, Deno), bytes, a Response or a promise of one, a Blob, a place.
 */
export type FileSource =
  | FilePath
  | ArrayBuffer
  | ArrayBufferView
  | FetchedFile
  | Promise<FetchedFile>
  | BlobLike
  | FilePlace;

/** A file that was read. */
export interface ReadFile {
  /** What errors call it. */
  readonly what: string;
  readonly bytes: Uint8Array;
}

const EXPECTED = 'a path, bytes, a Response, a Blob or a place';

/**
 * Reads a whole file. The bytes of a buffer are not copied.
 *
 * @param where    the function that reads, for errors
 * @param maxBytes what it may have at most
 */
export async function readFile(where: string, from: unknown, maxBytes = Infinity): Promise<ReadFile> {
  const { what, bytes } = await open(where, await from, maxBytes);
  checkFile(bytes.length <= maxBytes, () => tooLarge(what, bytes.length, maxBytes));
  return { what, bytes };
}

async function open(where: string, from: unknown, maxBytes: number): Promise<ReadFile> {
  if (isPath(from)) {
    const what = `${where}: ${pathText(from)}`;
    const { readPath } = await import('./disk.js');
    return { what, bytes: await reading(what, () => readPath(what, from, maxBytes)) };
  }
  const file = `${where}: the file`;
  if (ArrayBuffer.isView(from)) {
    return { what: file, bytes: new Uint8Array(from.buffer, from.byteOffset, from.byteLength) };
  }
  const tag = Object.prototype.toString.call(from);
  if (tag === '[object ArrayBuffer]') return { what: file, bytes: new Uint8Array(from as ArrayBuffer) };
  const { arrayBuffer, read } = (from ?? {}) as Partial<FetchedFile & FilePlace>;
  checkIs(typeof arrayBuffer === 'function' || typeof read === 'function', file, EXPECTED, from);
  if (typeof read === 'function') {
    const place = from as FilePlace;
    const what = `${where}: ${place.name}`;
    const bytes = await reading(what, () => place.read());
    checkIs(ArrayBuffer.isView(bytes), `${where}: what read() of ${place.name} returns`, 'a Uint8Array', bytes);
    return { what, bytes };
  }
  const { ok, status, url, size } = from as FetchedFile & BlobLike;
  const what = url ? `${where}: ${url}` : file;
  checkFile(ok !== false, () => `${what} could not be fetched: status ${status}`);
  checkFile(!(size > maxBytes), () => tooLarge(what, size, maxBytes));
  return { what, bytes: new Uint8Array(await reading(what, () => (from as BlobLike).arrayBuffer())) };
}

/** What a read gives; why it failed is told in the words of a FileError. */
async function reading<T>(what: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw new FileError(`${what} can't be read: ${messageOf(error)}`);
  }
}

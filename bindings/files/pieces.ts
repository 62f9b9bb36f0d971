// Files piece by piece, for those that are larger than memory. Not here: files as a whole (source.ts).

import { checkIs, messageOf } from '../errors.js';
import { checkFile, FileError } from './fileerror.js';
import { isGzip } from './gzip.js';
import { type FilePath, isPath, pathText } from './paths.js';
import type { FetchedFile } from './source.js';

/** A Blob or File, as far as it is used. */
export interface SlicedBlob {
  readonly size: number;
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

/** What `fetch` returns, as far as it is used. */
export interface FetchedStream extends FetchedFile {
  readonly body: {
    getReader(): {
      read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
      cancel(): Promise<void>;
    };
  } | null;
}

/**
 * A file that can be read again and again from its start: a path or a `file:` URL (Node, Bun, Deno), bytes, a Blob or
 * File, or a function that fetches it: `() => fetch(url)`.
 */
export type StreamSource =
  | FilePath
  | ArrayBuffer
  | ArrayBufferView
  | SlicedBlob
  | (() => Promise<FetchedStream> | FetchedStream);

/** As much is in memory at a time. */
const PIECE = 2 ** 18;

/** A file that was found, to be gone through from its start any number of times. */
export interface Pieces {
  /** What errors call it. */
  readonly what: string;
  open(): AsyncIterable<Uint8Array>;
}

const EXPECTED = 'a path, bytes, a Blob, or a function that fetches it, as () => fetch(url)';

/** The pieces of a file; nothing is read yet. `where` names the function that reads, for errors. */
export function piecesOf(where: string, from: unknown): Pieces {
  if (isPath(from)) {
    const what = `${where}: ${pathText(from)}`;
    return { what, open: () => piecesOfPath(what, from) };
  }
  const what = `${where}: the file`;
  if (typeof from === 'function') return { what, open: () => piecesOfAnswer(what, from as () => FetchedStream) };
  if (ArrayBuffer.isView(from)) return bytePieces(what, new Uint8Array(from.buffer, from.byteOffset, from.byteLength));
  const isBuffer = Object.prototype.toString.call(from) === '[object ArrayBuffer]';
  if (isBuffer) return bytePieces(what, new Uint8Array(from as ArrayBuffer));
  const { slice, size } = (from ?? {}) as SlicedBlob;
  checkIs(typeof slice === 'function' && typeof size === 'number', what, EXPECTED, from);
  return { what, open: () => piecesOfBlob(from as SlicedBlob) };
}

/**
 * The same pieces or, if the file is compressed by gzip, what comes out of them: `maxBytes` at most.
 */
export const unzipped = ({ what, open }: Pieces, maxBytes: number): Pieces => ({
  what,
  async *open() {
    const pieces = open()[Symbol.asyncIterator]();
    const first = await pieces.next();
    const all = prepended(first, pieces);
    yield* first.done || !isGzip(first.value) ? all : inflated(what, all, maxBytes);
  },
});

async function* prepended(
  first: IteratorResult<Uint8Array>,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    for (let part = first; !part.done; part = await rest.next()) yield part.value;
  } finally {
    await rest.return?.();
  }
}

/** What the engine makes of compressed pieces, one after the other. */
async function* inflated(
  what: string,
  pieces: AsyncGenerator<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  checkFile(typeof DecompressionStream === 'function', () => {
    return `${what} is compressed, and this runtime can't inflate streams: inflate it before, or use readCsv`;
  });
  const { writable, readable } = new DecompressionStream('gzip');
  const writer = writable.getWriter();
  const written = (async () => {
    for await (const piece of pieces) await writer.write(piece as Uint8Array<ArrayBuffer>);
    await writer.close();
  })();
  written.catch((error) => writer.abort(error)).catch(() => undefined); // the reader below is told
  const reader = readable.getReader();
  let count = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      count += part.value.length;
      checkFile(count <= maxBytes, () => `${what} becomes more than ${maxBytes} bytes; pass maxBytes to allow more`);
      yield part.value;
    }
    await written;
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw new FileError(`${what} is compressed, and damaged: ${messageOf(error)}`);
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** The pieces of bytes, without a copy. */
export const bytePieces = (what: string, bytes: Uint8Array): Pieces => ({ what, open: () => piecesOfBytes(bytes) });

async function* piecesOfBytes(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

async function* piecesOfBlob(blob: SlicedBlob): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < blob.size; at += PIECE) {
    yield new Uint8Array(await blob.slice(at, at + PIECE).arrayBuffer());
  }
}

async function* piecesOfPath(what: string, path: FilePath): AsyncGenerator<Uint8Array> {
  const { checkPath, fileSystem } = await import('./disk.js');
  checkPath(what, path);
  const fs = await fileSystem(what);
  try {
    const file = await fs.open(path, 'r');
    try {
      for (;;) {
        const { bytesRead, buffer } = await file.read(new Uint8Array(PIECE), 0, PIECE);
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw new FileError(`${what} can't be read: ${messageOf(error)}`);
  }
}

async function* piecesOfAnswer(
  what: string,
  ask: () => Promise<FetchedStream> | FetchedStream,
): AsyncGenerator<Uint8Array> {
  const answer = await ask();
  const { ok, status, body } = answer ?? {};
  checkIs(typeof ok === 'boolean', `${what}: what the function returns`, 'a Response', answer);
  checkFile(ok, () => `${what} could not be fetched: status ${status}`);
  if (!body) return;
  const reader = body.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value!;
  } finally {
    await reader.cancel();
  }
}

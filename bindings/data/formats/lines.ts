// Text in pieces, with the same ends of lines everywhere.

import { FileError } from '../../files/fileerror.js';
import type { Pieces } from '../../files/pieces.js';

/** The text of a file, piece by piece, with `\n` at the ends of lines and without the mark of its encoding (BOM). */
export async function* textPieces({ what, open }: Pieces): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes?: Uint8Array): string => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch {
      throw new FileError(`${what} is not text in UTF-8`);
    }
  };
  let held = ''; // a \r, which may be half of an end
  for await (const bytes of open()) {
    const text = held + decode(bytes);
    held = text.endsWith('\r') ? '\r' : '';
    yield withoutReturns(text.slice(0, text.length - held.length));
  }
  yield withoutReturns(held + decode());
}

const withoutReturns = (text: string): string => (text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text);

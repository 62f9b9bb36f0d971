// What is thrown for a file that can't be read: it is damaged, of another kind, or lies about itself.

import { WasmgradError } from '../errors.js';

/** A file is damaged, of another kind or version, or larger than is allowed. Nothing was changed. */
export class FileError extends WasmgradError {
  override name = 'FileError';
}

/** Throws a FileError unless `condition` holds. */
export function checkFile(condition: boolean, message: () => string): asserts condition {
  if (!condition) throw new FileError(message());
}

/** What is said of a file that is too large. */
export const tooLarge = (what: string, bytes: number, maxBytes: number): string =>
  `${what} has ${bytes} bytes, and ${maxBytes} are allowed; pass maxBytes to allow more`;

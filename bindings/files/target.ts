// Where files go: a path, or a place. Not here: where they come from (source.ts), and the disk (disk.ts).

import { checkIs, messageOf } from '../errors.js';
import { FileError } from './fileerror.js';
import { type FilePath, isPath, pathText } from './paths.js';
import type { FilePlace } from './source.js';

/** Where a file is written: a path or a `file:` URL (Node, Bun, Deno), or a place such as `indexedDb(name)`. */
export type FileTarget = FilePath | FilePlace;

/** Throws unless it is a place to write to. */
export function checkTarget(where: string, to: unknown): asserts to is FileTarget {
  const holds = isPath(to) || typeof (to as Partial<FilePlace> | null)?.write === 'function';
  checkIs(holds, `${where}: the place to write to`, 'a path, or a place such as indexedDb(name)', to);
}

/** Writes a file as a whole or not at all: at any moment the old one is there, or the new one. */
export async function writeFile(where: string, to: FileTarget, bytes: Uint8Array): Promise<void> {
  checkTarget(where, to);
  const what = `${where}: ${isPath(to) ? pathText(to) : to.name}`;
  try {
    if (isPath(to)) await (await import('./disk.js')).replace(what, to, bytes);
    else await to.write(bytes);
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw new FileError(`${what} can't be written: ${messageOf(error)}`);
  }
}

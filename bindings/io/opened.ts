// Files that are read. What reads them loads while the file does, so that a page has none of it before.

import { type FileSource, readFile } from '../files/source.js';
import type { SafetensorsFile } from './format.js';

/** A file, and what is there to make of it. */
export interface Opened {
  readonly file: SafetensorsFile;
  readonly reading: typeof import('./reading.js');
}

/** Reads a file, in the name of a function of the user. */
export async function opened(where: string, from: FileSource, maxBytes?: number): Promise<Opened> {
  const [{ what, bytes }, reading] = await Promise.all([readFile(where, from, maxBytes), import('./reading.js')]);
  return { file: reading.parseSafetensors(what, bytes), reading };
}

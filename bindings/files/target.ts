// Where files go: a path, or a place. Not here: where they come from (source.ts).

import { checkIs, messageOf } from '../errors.js';
import { FileError } from './fileerror.js';
import { type FilePath, type FilePlace, type FileSystem, fileSystem, isUrl, pathText } from './source.js';

/** Where a file is written: a path or a `file:` URL (Node, Bun, Deno), or a place such as `indexedDb(name)`. */
export type FileTarget = FilePath | FilePlace;

/** Throws unless it is a place to write to. */
export function checkTarget(where: string, to: unknown): asserts to is FileTarget {
  const holds = isPath(to) || typeof (to as Partial<FilePlace> | null)?.write === 'function';
  checkIs(holds, `${where}: the place to write to`, 'a path, or a place such as indexedDb(name)', to);
}

const isPath = (to: unknown): to is FilePath => typeof to === 'string' || isUrl(to);

/** Writes a file as a whole or not at all: at any moment the old one is there, or the new one. */
export async function writeFile(where: string, to: FileTarget, bytes: Uint8Array): Promise<void> {
  checkTarget(where, to);
  const what = `${where}: ${isPath(to) ? pathText(to) : to.name}`;
  try {
    if (isPath(to)) await replace(await fileSystem(what), to, bytes);
    else await to.write(bytes);
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw new FileError(`${what} can't be written: ${messageOf(error)}`);
  }
}

let written = 0;

/** What a file is called while it is written. One that a killed process left may be deleted. */
const PARTIAL = '.partial';

/** Writes beside the file, waits until the disk has it, and only then puts it in its place. */
async function replace(fs: FileSystem, path: FilePath, bytes: Uint8Array): Promise<void> {
  const text = pathText(path);
  const { process } = globalThis as { process?: { pid?: number } };
  const beside = `${text}.${process?.pid}-${written++}${PARTIAL}`;
  const temporary: FilePath = typeof path === 'string' ? beside : new URL(beside);
  try {
    const file = await fs.open(temporary, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await fs.rename(temporary, path);
  } catch (error) {
    await fs.rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(fs, text, path);
}

/** Waits until the disk has the new name. Some systems can't open a folder: there the name may be lost with the power. */
async function syncFolder(fs: FileSystem, text: string, path: FilePath): Promise<void> {
  const folder = typeof path === 'string' ? (/^(.*)[/\\]/.exec(text)?.[1] ?? '.') || '/' : new URL('.', text);
  try {
    const handle = await fs.open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    // The file itself is whole.
  }
}

/** Makes the folder that a file is to lie in, with those around it, if it is missing. */
export async function makeFolder(where: string, path: string): Promise<void> {
  const folder = /^(.*)[/\\]/.exec(path)?.[1];
  if (!folder) return;
  const fs = await fileSystem(where);
  try {
    await fs.mkdir(folder, { recursive: true });
  } catch (error) {
    throw new FileError(`${where}: the folder ${folder} can't be made: ${messageOf(error)}`);
  }
}

/** Deletes a file, if it is there. */
export async function deleteFile(where: string, path: FilePath): Promise<void> {
  await (await fileSystem(where)).rm(path, { force: true });
}

/** Deletes what killed processes left beside a file, in whose name {epoch} and {step} stand for any numbers. */
export async function removePartial(where: string, path: string): Promise<void> {
  const fs = await fileSystem(where);
  const [, folder = '', name = ''] = /^(.*[/\\])?([^/\\]*)$/.exec(path)!;
  const plain = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\\\{(epoch|step)\\\}/g, '\\d+');
  const left = new RegExp(`^${plain}\\.\\d+-\\d+\\${PARTIAL}$`);
  const entries = await fs.readdir(folder || '.').catch(() => []);
  await Promise.all(entries.map((entry) => left.test(entry) && fs.rm(folder + entry, { force: true })));
}

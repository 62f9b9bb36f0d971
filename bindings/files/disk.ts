// Files on the disk of Node, Bun and Deno. Loaded on demand: a page has none. Not here: where else files come from and
// go to (source.ts, target.ts).

import { messageOf } from '../errors.js';
import { nodeModule } from '../run/node.js';
import { checkFile, FileError, tooLarge } from './fileerror.js';
import { type FilePath, pathText } from './paths.js';

/** An open file of Node. */
export interface FileHandle {
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
  ): Promise<{ readonly bytesRead: number; readonly buffer: Uint8Array }>;
  writeFile(bytes: Uint8Array): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** What is used of the module node:fs/promises. */
export interface FileSystem {
  stat(path: FilePath): Promise<{ readonly size: number }>;
  readFile(path: FilePath): Promise<Uint8Array>;
  open(path: FilePath, flags: string): Promise<FileHandle>;
  rename(from: FilePath, to: FilePath): Promise<void>;
  rm(path: FilePath, options: { force: boolean }): Promise<void>;
  mkdir(path: FilePath, options: { recursive: boolean }): Promise<unknown>;
  readdir(path: FilePath): Promise<string[]>;
}

/** Refuses an address of the web and the content of a file, which are no paths. */
export function checkPath(what: string, path: FilePath): void {
  const text = pathText(path);
  const isContent = text.includes('\n') || text.length > 4096;
  checkFile(!isContent, () => {
    const start = JSON.stringify(what.slice(0, 40)).slice(1, -1);
    return `${start}… is text, and no path: give its bytes, new TextEncoder().encode(text)`;
  });
  const isAddress = /^https?:/.test(text);
  checkFile(!isAddress, () => `${what} is an address, and no path: give what fetch of it returns`);
}

/** The file system of Node, Bun and Deno; elsewhere it throws. */
export async function fileSystem(what: string): Promise<FileSystem> {
  const { process } = globalThis as { process?: { versions?: { node?: string } } };
  checkFile(process?.versions?.node !== undefined, () => {
    return `${what} is a path, and there are no files here: give bytes, a Response, a Blob or a place`;
  });
  return nodeModule<FileSystem>('fs/promises');
}

/** The bytes of a file. */
export async function readPath(what: string, path: FilePath, maxBytes: number): Promise<Uint8Array> {
  checkPath(what, path);
  const fs = await fileSystem(what);
  const { size } = await fs.stat(path);
  checkFile(size <= maxBytes, () => tooLarge(what, size, maxBytes));
  return new Uint8Array(await fs.readFile(path));
}

let written = 0;

/** What a file is called while it is written. One that a killed process left may be deleted. */
const PARTIAL = '.partial';

/** Writes beside the file, waits until the disk has it, and only then puts it in its place. */
export async function replace(what: string, path: FilePath, bytes: Uint8Array): Promise<void> {
  const fs = await fileSystem(what);
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

/**
 * Waits until the disk has the new name. Some systems can't open a folder: there the name may be lost with the power.
 */
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

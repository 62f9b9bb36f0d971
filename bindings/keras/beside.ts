// Where the files beside a file are: of a path in its folder, of an address there.

import { messageOf } from '../errors.js';
import { checkFile, FileError } from '../files/fileerror.js';
import { type FilePath, isPath, pathText } from '../files/paths.js';
import type { FetchedFile, FileSource } from '../files/source.js';

/** The file of a path that another file says. */
export type Files = (path: string) => FileSource;

const isAddress = (value: unknown): value is FilePath => isPath(value) && /^https?:/i.test(pathText(value));

/** Fetches what is an address; all else is as it was. */
export async function sourceOf(from: unknown): Promise<FileSource> {
  const source = await from;
  return (isAddress(source) ? await fetchFile(pathText(source)) : source) as FileSource;
}

async function fetchFile(address: string): Promise<FetchedFile> {
  try {
    return await (globalThis as unknown as { fetch(address: string): Promise<FetchedFile> }).fetch(address);
  } catch (error) {
    throw new FileError(`${address} can't be fetched: ${messageOf(error)}`);
  }
}

/** Paths that stay in the folder: of another one a file of a stranger has nothing to say. */
function checkPath(what: string, path: string): void {
  const isInside = path !== '' && !/[\\\0?#]|^\/|^[a-z][a-z0-9+.-]*:|(^|\/)\.\.(\/|$)/i.test(path);
  checkFile(isInside, () => `${what}: '${path.slice(0, 100)}' is no path of a file beside it`);
}

/** The files beside one that was read from a path or fetched. */
export function filesBeside(what: string, source: FileSource): Files {
  const start = startOf(source);
  return (path) => {
    checkPath(what, path);
    checkFile(start !== undefined, () => {
      return `${what}: its weights are in '${path}', and where that is is not known: pass weights: { '${path}': … }`;
    });
    if (start instanceof URL) {
      const url = new URL(path.split('/').map(encodeURIComponent).join('/'), start);
      return url.protocol === 'file:' ? url : fetchFile(url.href);
    }
    return start + path;
  };
}

/** What stands before the path of a file beside it. */
function startOf(source: FileSource): URL | string | undefined {
  if (typeof source === 'string') return source.replace(/[^/\\]*$/, '');
  if (isPath(source)) return new URL(pathText(source));
  const { url } = source as Partial<FetchedFile>;
  return typeof url === 'string' && url !== '' ? new URL(url) : undefined;
}

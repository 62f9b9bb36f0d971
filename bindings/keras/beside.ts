// Where the files beside a file are: of a path in its folder, of an address there.

import { isRecord } from '../errors.js';
import { checkFile } from '../files/fileerror.js';
import { isUrl, pathText } from '../files/paths.js';
import type { FetchedFile, FileSource } from '../files/source.js';

/** The file of a path that another file says. */
export type Files = (path: string) => FileSource;

const isAddress = (value: unknown): boolean =>
  (typeof value === 'string' || isUrl(value)) && /^https?:/i.test(String(value));

/** Fetches what is an address; all else is as it was. */
export async function sourceOf(from: unknown): Promise<FileSource> {
  const source = await from;
  return (isAddress(source) ? await fetchFile(String(source)) : source) as FileSource;
}

const fetchFile = (address: string): Promise<FetchedFile> =>
  (globalThis as unknown as { fetch(address: string): Promise<FetchedFile> }).fetch(address);

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
      return url.protocol === 'file:' ? url : (fetchFile(url.href) as Promise<FetchedFile>);
    }
    return start + path;
  };
}

/** What stands before the path of a file beside it. */
function startOf(source: FileSource): URL | string | undefined {
  if (typeof source === 'string') return source.replace(/[^/\\]*$/, '');
  if (isUrl(source)) return new URL(pathText(source as URL));
  const { url } = (isResponse(source) ? source : {}) as Partial<FetchedFile>;
  return url ? new URL(url) : undefined;
}

const isResponse = (source: unknown): boolean =>
  Object.prototype.toString.call(source) === '[object Response]' ||
  (isRecord(source) && typeof (source as Partial<FetchedFile>).url === 'string');

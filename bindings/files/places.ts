// Places of a page that keep a file: IndexedDB, the page's own file system (OPFS), and a download. Not here: the disk
// (target.ts).

import { checkFile } from './fileerror.js';
import type { FilePlace } from './source.js';

/** What is used of IndexedDB: declared here, so that the types do not need those of a page. */
interface Request<T> {
  readonly result: T;
  readonly error: unknown;
  onsuccess: (() => void) | null;
  onerror: (() => void) | null;
}
interface Store {
  get(key: string): Request<unknown>;
  put(value: unknown, key: string): Request<unknown>;
}
interface Transaction {
  objectStore(name: string): Store;
  readonly error: unknown;
  oncomplete: (() => void) | null;
  onabort: (() => void) | null;
}
interface Database {
  createObjectStore(name: string): unknown;
  transaction(store: string, mode: 'readonly' | 'readwrite'): Transaction;
  close(): void;
}
interface OpenRequest extends Request<Database> {
  onupgradeneeded: (() => void) | null;
}
interface PageFile {
  getFile(): Promise<{ arrayBuffer(): Promise<ArrayBuffer> }>;
  createWritable(): Promise<{
    write(bytes: Uint8Array): Promise<void>;
    close(): Promise<void>;
    abort(): Promise<void>;
  }>;
}
interface PageFolder {
  getFileHandle(name: string, options?: { create: boolean }): Promise<PageFile>;
  getDirectoryHandle(name: string, options?: { create: boolean }): Promise<PageFolder>;
}
interface Page {
  readonly indexedDB?: { open(name: string, version: number): OpenRequest };
  readonly navigator?: { readonly storage?: { getDirectory?(): Promise<PageFolder> } };
  readonly document?: { createElement(name: 'a'): { href: string; download: string; click(): void } };
}

const page = globalThis as unknown as Page;

const STORE = 'files';

/** Settles with a request of IndexedDB. */
const settled = <T>(request: Request<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

async function open(name: string): Promise<Database> {
  checkFile(page.indexedDB !== undefined, () => `${name}: there is no IndexedDB here`);
  const request = page.indexedDB.open('wasmgrad', 1);
  request.onupgradeneeded = () => void request.result.createObjectStore(STORE);
  return settled(request);
}

/** A file in the page's IndexedDB, in the database 'wasmgrad': it stays when the page is closed. */
export function indexedDb(key: string): FilePlace {
  const name = `IndexedDB '${key}'`;
  return {
    name,
    async read() {
      const database = await open(name);
      try {
        const bytes = await settled(database.transaction(STORE, 'readonly').objectStore(STORE).get(key));
        checkFile(bytes instanceof Uint8Array, () => `${name}: nothing was saved there`);
        return bytes;
      } finally {
        database.close();
      }
    },
    async write(bytes) {
      const database = await open(name);
      try {
        const transaction = database.transaction(STORE, 'readwrite');
        transaction.objectStore(STORE).put(bytes.slice(), key); // a copy: of a view the whole buffer would be kept
        await new Promise<void>((resolve, reject) => {
          transaction.oncomplete = () => resolve();
          transaction.onabort = () => reject(transaction.error);
        });
      } finally {
        database.close();
      }
    },
  };
}

/**
 * A file in the page's own file system, the origin private file system. Folders of the path are made where they are
 * missing.
 */
export function opfs(path: string): FilePlace {
  const name = `OPFS '${path}'`;
  const handle = async (create: boolean): Promise<PageFile> => {
    checkFile(page.navigator?.storage?.getDirectory !== undefined, () => `${name}: there is no such file system here`);
    const parts = path.split('/').filter((part) => part !== '');
    let folder = await page.navigator.storage.getDirectory();
    for (const part of parts.slice(0, -1)) folder = await folder.getDirectoryHandle(part, { create });
    return folder.getFileHandle(parts.at(-1) ?? '', { create });
  };
  return {
    name,
    read: async () => new Uint8Array(await (await (await handle(false)).getFile()).arrayBuffer()),
    async write(bytes) {
      const stream = await (await handle(true)).createWritable(); // writes to a copy, which close() puts in place
      try {
        await stream.write(bytes);
      } catch (error) {
        await stream.abort();
        throw error;
      }
      await stream.close();
    },
  };
}

/** A download: the browser asks the user where to keep the file. It can't be read again by the page. */
export function download(fileName: string): FilePlace {
  const name = `the download '${fileName}'`;
  return {
    name,
    read: () => Promise.reject(new Error('a download is not kept by the page: read the File that the user chooses')),
    async write(bytes) {
      checkFile(page.document !== undefined, () => `${name}: there is no page here that could offer it`);
      const url = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>]));
      const link = page.document.createElement('a');
      Object.assign(link, { href: url, download: fileName });
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000); // the browser may not have read it before
    },
  };
}

// HDF5 files, as far as Keras writes them: groups, arrays of numbers, attributes that are texts. Why there is no
// library for it: docs/architecture.md. Source: HDF5 File Format Specification 3.0.

import { checkFile } from '../../files/fileerror.js';
import type { StoredArray } from '../stored.js';
import { readArray } from './arrays.js';
import { textsOf } from './attributes.js';
import { isGroup, readGroup } from './groups.js';
import { type HeaderMessage, readHeader } from './headers.js';
import { GlobalHeap } from './heap.js';
import { knownAddress, Storage } from './storage.js';

/** An HDF5 file. */
export interface Hdf5 {
  readonly what: string;
  /** All arrays by their paths: 'layers/dense/vars/0'. */
  readonly arrays: ReadonlyMap<string, StoredArray>;
  /** Of the group of that path, of which '' is the file itself. */
  texts(path: string, name: string): string[] | undefined;
}

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Whether bytes begin as those of an HDF5 file. */
export const isHdf5 = (bytes: Uint8Array): boolean => SIGNATURE.every((byte, i) => bytes[i] === byte);

/** Groups may be nested so deep. */
const MAX_DEPTH = 64;

/** Reads all that says what is in a file, and no array yet. */
export function openHdf5(what: string, bytes: Uint8Array): Hdf5 {
  const storage = new Storage(what, bytes);
  const heap = new GlobalHeap(storage);
  const groups = new Map<string, readonly HeaderMessage[]>();
  const arrays = new Map<string, StoredArray>();
  const seen = new Set<number>();
  const open = [{ path: '', address: rootOf(storage), depth: 0 }];
  for (const { path, address, depth } of open) {
    checkFile(!seen.has(address), () => `${what}: '${path.slice(0, 100)}' is there twice, by another name`);
    checkFile(depth <= MAX_DEPTH, () => `${what}: its groups are nested more than ${MAX_DEPTH} deep`);
    seen.add(address);
    storage.spend(path.length);
    const messages = readHeader(storage, address);
    if (!isGroup(messages)) {
      arrays.set(path, readArray(storage, path, messages));
      continue;
    }
    groups.set(path, messages);
    for (const entry of readGroup(storage, messages)) {
      const inside = path === '' ? entry.name : `${path}/${entry.name}`;
      open.push({ path: inside, address: entry.address, depth: depth + 1 });
    }
  }
  const texts = (path: string, name: string): string[] | undefined => textsOf(heap, groups.get(path) ?? [], name);
  return { what, arrays, texts };
}

/** Where the root group lies. */
function rootOf(storage: Storage): number {
  const { what, bytes } = storage;
  checkFile(isHdf5(bytes), () => `${what} is no HDF5 file`);
  const head = storage.block('its head', 0, Math.min(bytes.length, 96));
  head.at = SIGNATURE.length;
  const version = head.u8();
  checkFile(version < 2, () => {
    return `${what} is of the newer kind of HDF5 (libver 'latest'), which Keras does not write: save the model again by Keras`;
  });
  head.take(4);
  const sizes = [head.u8(), head.u8()];
  checkFile(
    sizes.every((size) => size === 8),
    () => `${what} has addresses of ${sizes[0]} bytes, where 8 are expected`,
  );
  head.take(version === 0 ? 9 : 13);
  const base = knownAddress(head);
  checkFile(base === 0, () => `${what} does not begin with its first byte, but at ${base}`);
  head.take(24 + 8); // free space, end, driver; and the name of the root, which has none
  return knownAddress(head);
}

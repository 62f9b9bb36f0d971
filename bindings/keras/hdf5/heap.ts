// Texts of any length lie in collections of a heap that all of the file has. Source: HDF5 File Format Specification
// 3.0, section III.E.

import { checkFile } from '../../files/fileerror.js';
import { checkSignature, knownAddress, type Storage } from './storage.js';

/** Bytes of the head of a collection, and of an object in it. */
const COLLECTION = 16;
const OBJECT = 16;

/** A part of the file. */
interface Piece {
  readonly start: number;
  readonly length: number;
}

export class GlobalHeap {
  readonly #collections = new Map<number, ReadonlyMap<number, Piece>>();

  constructor(readonly storage: Storage) {}

  /** The first `length` bytes of object `index` of the collection at `address`, as text. */
  text(address: number, index: number, length: number): string {
    const { storage } = this;
    const objects = this.#collections.get(address) ?? readCollection(storage, address);
    this.#collections.set(address, objects);
    const object = objects.get(index);
    checkFile(object !== undefined && object.length >= length, () => {
      return `${storage.what} is damaged: there is no text of ${length} bytes at object ${index} of the heap at ${address}`;
    });
    return storage.block('a text', object.start, length).text(length);
  }
}

function readCollection(storage: Storage, address: number): Map<number, Piece> {
  const head = storage.block('a heap', address, COLLECTION);
  checkSignature(head, 'GCOL');
  head.take(4);
  const size = knownAddress(head);
  checkFile(size >= COLLECTION && address + size <= storage.bytes.length, () => `${head.what}: its size is ${size}`);
  const objects = new Map<number, Piece>();
  let at = address + COLLECTION;
  while (at + OBJECT <= address + size) {
    const object = storage.block('an object of a heap', at, OBJECT);
    const index = object.u16();
    object.take(6);
    const length = knownAddress(object);
    if (index === 0) break; // what is free
    objects.set(index, { start: at + OBJECT, length });
    at += OBJECT + 8 * Math.ceil(length / 8);
  }
  return objects;
}

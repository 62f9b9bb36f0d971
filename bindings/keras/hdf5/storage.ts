// The bytes of an HDF5 file, and how much of them may be read. What a file says of itself is a net of addresses, in
// which a liar can lead a reader in circles, or through the same bytes by a million ways: so what is read in all is
// counted.

import { Cursor } from '../../files/cursor.js';
import { checkFile } from '../../files/fileerror.js';

/**
 * A reader of structures may go through as many bytes as the file has, so many times. A file that is well has each once
 * or twice.
 */
const TIMES = 4;

/** An address that is none. */
const UNDEFINED = 0xffffffff;

export class Storage {
  #left: number;

  /** @param what the file, as errors name it */
  constructor(
    readonly what: string,
    readonly bytes: Uint8Array,
  ) {
    this.#left = TIMES * bytes.length + 4096;
  }

  /** Notes that so many bytes are read once more; throws if it is too often. */
  spend(count: number): void {
    this.#left -= count;
    checkFile(
      this.#left >= 0,
      () => `${this.what} is damaged: its structures lead through the same bytes again and again`,
    );
  }

  /** The `length` bytes at an address. */
  block(name: string, address: number, length: number): Cursor {
    const { what, bytes } = this;
    checkFile(address + length <= bytes.length, () => {
      return `${what} is cut short or damaged: ${name} is to have ${length} bytes at ${address}, of ${bytes.length}`;
    });
    this.spend(length);
    return new Cursor(`${what}: ${name}`, bytes.subarray(address, address + length));
  }

  /** The text at an address, up to a byte of 0. */
  name(address: number, end: number): string {
    const stop = this.bytes.subarray(0, end).indexOf(0, address);
    checkFile(address < end && stop >= 0, () => `${this.what} is damaged: the name at byte ${address} has no end`);
    return this.block('a name', address, stop - address).text(stop - address);
  }
}

/** An address; undefined for one that is said to be none. */
export function addressOf(cursor: Cursor): number | undefined {
  const [low, high] = [cursor.u32(), cursor.u32()];
  if (low === UNDEFINED && high === UNDEFINED) return undefined;
  const address = high * 2 ** 32 + low;
  checkFile(Number.isSafeInteger(address), () => `${cursor.what}: ${address} is no address`);
  return address;
}

/** The same where there must be one. */
export function knownAddress(cursor: Cursor): number {
  const address = addressOf(cursor);
  checkFile(address !== undefined, () => `${cursor.what} is damaged: an address is missing`);
  return address;
}

/** Throws unless these letters follow. */
export function checkSignature(cursor: Cursor, letters: string): void {
  const found = String.fromCharCode(...cursor.take(letters.length));
  checkFile(found === letters, () => `${cursor.what} is damaged: '${letters}' does not stand at its beginning`);
}

// Reads numbers and text from bytes, one after the other, and never beyond their end.

import { checkFile, FileError } from './fileerror.js';

/** A place in the bytes of a file. All that it reads is little-endian unless it was made otherwise. */
export class Cursor {
  /** Where the next read begins. */
  at = 0;
  readonly #view: DataView;

  /** @param what the file, as errors name it: `'weights.npy'` */
  constructor(
    readonly what: string,
    readonly bytes: Uint8Array,
    readonly littleEndian = true,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** How many bytes are left. */
  get left(): number {
    return this.bytes.length - this.at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), this.littleEndian);
  }

  i32(): number {
    return this.#view.getInt32(this.#take(4), this.littleEndian);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), this.littleEndian);
  }

  /** A 64-bit count or offset. Throws above 2⁵³, which no file reaches. */
  u64(): number {
    const value = this.#view.getBigUint64(this.#take(8), this.littleEndian);
    checkFile(
      value <= Number.MAX_SAFE_INTEGER,
      () => `${this.what}: ${value} at byte ${this.at - 8} is no size of anything`,
    );
    return Number(value);
  }

  f32(): number {
    return this.#view.getFloat32(this.#take(4), this.littleEndian);
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8), this.littleEndian);
  }

  /** The next `count` bytes, without a copy. */
  take(count: number): Uint8Array {
    const start = this.#take(count);
    return this.bytes.subarray(start, start + count);
  }

  /** The next `count` bytes as text. */
  text(count: number): string {
    return textOf(this.what, this.take(count));
  }

  #take(count: number): number {
    const { at } = this;
    checkFile(count >= 0 && count <= this.left, () => {
      return `${this.what} is cut short or damaged: ${count} bytes are to follow byte ${at}, and ${this.left} are left`;
    });
    this.at += count;
    return at;
  }
}

/** Bytes as text; throws if they are not UTF-8. */
export function textOf(what: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FileError(`${what}: text in it is not UTF-8`);
  }
}

/**
 * How many elements a shape that was read from a file has. Throws unless it is an array of whole numbers, and as many
 * elements of `bytesEach` bytes can lie in `limit` bytes: to be called before anything of that size is made.
 */
export function countOf(what: string, shape: unknown, bytesEach: number, limit: number): number {
  checkFile(
    Array.isArray(shape) && shape.length <= MAX_RANK,
    () => `${what}: its shape must be an array of at most ${MAX_RANK} numbers`,
  );
  let count = 1;
  for (const axis of shape) {
    checkFile(
      Number.isSafeInteger(axis) && axis >= 0,
      () => `${what}: its shape must be of whole numbers, got [${cut(shape)}]`,
    );
    count *= axis;
    checkFile(count <= Number.MAX_SAFE_INTEGER, () => tooLarge(what, shape, limit));
  }
  checkFile(count * bytesEach <= limit, () => tooLarge(what, shape, limit));
  return count;
}

const MAX_RANK = 32;

const cut = (shape: readonly unknown[]): string => shape.join(', ').slice(0, 80);

const tooLarge = (what: string, shape: readonly unknown[], limit: number): string =>
  `${what}: the shape [${cut(shape)}] takes more than the ${limit} bytes that are there`;

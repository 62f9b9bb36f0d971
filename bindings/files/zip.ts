// Zip files, as containers of others: torch.save, NPZ, .keras. Strict: what a header says is believed only as far as
// the bytes bear it out. Source: APPNOTE 6.3.10 of PKWARE.

import { check } from '../errors.js';
import { crc32 } from './crc.js';
import { checkFile } from './fileerror.js';
import { type Inflater, inflater } from './inflate.js';
import { readEntries, type ZipEntry } from './zipentries.js';

/** What all formats allow for what comes out of compressed bytes, if nothing else is said. */
export const MAX_BYTES = 256 * 1024 * 1024;

/** Options of `openZip`. */
export interface ZipOptions {
  /** What all compressed entries that are read may have at most together; default 256 MiB. */
  readonly maxBytes?: number | undefined;
}

/** A zip file whose directory was read and checked. */
export interface OpenZip {
  /** Of all files in it, in the order of its directory. Folders have none. */
  readonly names: readonly string[];
  has(name: string): boolean;
  /** How many bytes a file has. Throws if there is none of this name. */
  sizeOf(name: string): number;
  /**
   * The bytes of a file, checked against their sum; of a stored one without a copy. Throws if there is none of this
   * name.
   */
  read(name: string): Uint8Array;
}

/**
 * Opens a zip file. Nothing is inflated before it is read.
 *
 * @param what names the file in errors
 * @throws FileError if it is damaged or lies about itself, is encrypted, or has paths that lead out of it
 */
export async function openZip(what: string, bytes: Uint8Array, options: ZipOptions = {}): Promise<OpenZip> {
  const { maxBytes = MAX_BYTES } = options;
  const entries = readEntries(what, bytes);
  const isCompressed = [...entries.values()].some(({ deflated }) => deflated);
  // Not in the files that are only stored: these need no library.
  const inflate = isCompressed ? await inflater() : undefined;
  let left = maxBytes;
  const entryOf = (name: string): ZipEntry => {
    const entry = entries.get(name);
    checkFile(entry !== undefined, () => `${what}: there is no '${name}' in it (${namesText([...entries.keys()])})`);
    return entry;
  };
  return {
    names: [...entries.keys()],
    has: (name) => entries.has(name),
    sizeOf: (name) => entryOf(name).size,
    read(name) {
      const entry = entryOf(name);
      const file = `${what}: '${name}'`;
      const stored = bytes.subarray(entry.start, entry.start + entry.packed);
      checkFile(!entry.deflated || entry.size <= left, () => {
        return `${file} has ${entry.size} bytes, and ${left} of maxBytes, ${maxBytes}, are left`;
      });
      const read = entry.deflated ? inflated(file, stored, entry.size, inflate!) : stored;
      if (entry.deflated) left -= read.length;
      checkFile(crc32(read) === entry.crc, () => `${file} is damaged: its check sum is wrong`);
      return read;
    },
  };
}

const namesText = (names: readonly string[]): string =>
  names.length === 0 ? 'it is empty' : names.slice(0, 10).join(', ').slice(0, 200) + (names.length > 10 ? ', …' : '');

function inflated(what: string, bytes: Uint8Array, size: number, inflate: Inflater): Uint8Array {
  const lie = (): string => `${what} becomes another number of bytes than the ${size} that it says`;
  const { made, used } = inflate(what, bytes, size, lie);
  checkFile(made.length === size, lie);
  checkFile(used === bytes.length, () => `${what}: ${bytes.length - used} bytes follow the end of its compressed ones`);
  return made;
}

/** Options of `zip`. */
export interface ZipWriteOptions {
  /** The bytes of each file begin at a multiple of this; default 1. `torch.save` has 64. */
  readonly align?: number | undefined;
}

const LIMIT = 0xffffffff;

/** 1980-01-01, the first day that a zip file knows: the same files make the same bytes. */
const DATE = 0x21;

/** Bit 11: names are UTF-8. */
const UTF8 = 0x800;

const STORED = 0;

/** What a reader must know: 1.0, no more than stored files. */
const VERSION = 10;

/** The extra field with which PyTorch, too, fills up to a multiple. Its own head has 4 bytes. */
const PADDING = 0x4246;

interface Placed {
  readonly name: Uint8Array;
  readonly bytes: Uint8Array;
  readonly crc: number;
  readonly offset: number;
  /** Of the padding, with its head. */
  readonly extra: number;
}

/**
 * A zip file of these files, stored as they are, in this order.
 *
 * @throws if it would have 4 GiB or 65,535 files
 */
export function zip(
  files: Iterable<readonly [name: string, bytes: Uint8Array]>,
  options: ZipWriteOptions = {},
): Uint8Array {
  const { align = 1 } = options;
  const placed: Placed[] = [];
  let offset = 0;
  for (const [text, bytes] of files) {
    const name = new TextEncoder().encode(text);
    const start = offset + LOCAL + name.length;
    const extra = start % align === 0 ? 0 : 4 + ((align - ((start + 4) % align)) % align);
    placed.push({ name, bytes, crc: crc32(bytes), offset, extra });
    offset = start + extra + bytes.length;
  }
  const directory = placed.reduce((sum, { name }) => sum + CENTRAL + name.length, 0);
  const total = offset + directory + END;
  check(total < LIMIT && placed.length < 0xffff, () => `zip: ${placed.length} files of ${total} bytes are too many`);
  return write(placed, offset, new Writer(total));
}

/** Bytes of the heads, without names and extra fields. */
const LOCAL = 30;
const CENTRAL = 46;
const END = 22;

function write(placed: readonly Placed[], directory: number, writer: Writer): Uint8Array {
  for (const file of placed) {
    writer.u32(0x04034b50).u16(VERSION);
    writeHead(writer, file, file.extra);
    writer.put(file.name);
    if (file.extra > 0) writer.u16(PADDING, file.extra - 4).skip(file.extra - 4);
    writer.put(file.bytes);
  }
  for (const file of placed) {
    writer.u32(0x02014b50).u16(VERSION, VERSION);
    writeHead(writer, file, 0);
    writer.u16(0, 0, 0).u32(0, file.offset).put(file.name);
  }
  const { length } = placed;
  const size = writer.at - directory;
  return writer.u32(0x06054b50).u16(0, 0, length, length).u32(size, directory).u16(0).bytes;
}

/** What the head of a file and that of the directory have in common. */
function writeHead(writer: Writer, { name, bytes, crc }: Placed, extra: number): void {
  writer.u16(UTF8, STORED, 0, DATE).u32(crc, bytes.length, bytes.length).u16(name.length, extra);
}

/** Writes numbers, little-endian, one after the other. */
class Writer {
  readonly bytes: Uint8Array;
  at = 0;
  readonly #view: DataView;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.#view = new DataView(this.bytes.buffer);
  }

  u16(...numbers: readonly number[]): this {
    for (const number of numbers) this.#view.setUint16(this.skip(2).at - 2, number, true);
    return this;
  }

  u32(...numbers: readonly number[]): this {
    for (const number of numbers) this.#view.setUint32(this.skip(4).at - 4, number, true);
    return this;
  }

  put(bytes: Uint8Array): this {
    this.bytes.set(bytes, this.at);
    return this.skip(bytes.length);
  }

  skip(count: number): this {
    this.at += count;
    return this;
  }
}

// The directory of a zip file, checked against the heads of its files: each has its bytes for itself, and they are
// there. Source: APPNOTE 6.3.10 of PKWARE, sections 4.3 to 4.5.

import { Cursor, textOf } from './cursor.js';
import { checkFile } from './fileerror.js';

/** A file in a zip file. */
export interface ZipEntry {
  /** Where its bytes begin, and how many these are as they lie there. */
  readonly start: number;
  readonly packed: number;
  readonly deflated: boolean;
  /** How many bytes it has: as it says, where they are compressed. */
  readonly size: number;
  readonly crc: number;
}

/** What the directory says of a file. */
interface Record {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

/** Where the directory lies. */
interface Directory {
  readonly count: number;
  readonly size: number;
  readonly offset: number;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;

/** Bytes of the last record without its comment, and of the two of zip64 before it. */
const END_SIZE = 22;
const END64_SIZE = 56;
const LOCATOR64_SIZE = 20;

/** A number that does not fit, and stands in the extra field of zip64. */
const TOO_LARGE = 0xffffffff;

/** Bits 0, 6 and 13: a file, or the directory, is encrypted. */
const ENCRYPTED = 0x2041;

/** Bit 3: the head of a file does not know sizes and sum, which follow behind its bytes. */
const FOLLOWS = 8;

const DEFLATED = 8;

/** More files than that are refused: each takes far more bytes as an object than in the directory. */
const MAX_FILES = 65_535;

/** All files in a zip file by name, without its folders. */
export function readEntries(what: string, bytes: Uint8Array): Map<string, ZipEntry> {
  const directory = readEnd(what, bytes);
  const records = readDirectory(what, bytes, directory);
  const entries = new Map<string, ZipEntry>();
  let end = 0;
  for (const record of [...records].sort((a, b) => a.offset - b.offset)) {
    const file = `${what}: '${record.name.slice(0, 100)}'`;
    checkFile(record.offset >= end, () => `${file} overlaps another file in it`);
    const cursor = new Cursor(file, bytes.subarray(0, directory.offset));
    cursor.at = record.offset;
    checkLocal(file, cursor, record);
    const { method, packed, size, crc } = record;
    entries.set(record.name, { start: cursor.at, packed, deflated: method === DEFLATED, size, crc });
    cursor.take(packed);
    end = cursor.at;
  }
  const files = records.filter(({ name }) => !name.endsWith('/'));
  return new Map(files.map(({ name }) => [name, entries.get(name)!]));
}

/** The record at the end of the file, which says where the directory is. */
function readEnd(what: string, bytes: Uint8Array): Directory {
  const cursor = new Cursor(what, bytes);
  const at = endOf(bytes);
  checkFile(at >= 0, () => `${what} is no zip file, or is cut short: the record at its end is missing`);
  cursor.at = at + 4;
  const disks = [cursor.u16(), cursor.u16()];
  const counts = [cursor.u16(), cursor.u16()];
  const short = { count: counts[1]!, size: cursor.u32(), offset: cursor.u32() };
  checkFile(disks.every((disk) => disk === 0 || disk === 0xffff) && counts[0] === counts[1], () => {
    return `${what} is one of several parts of a zip file`;
  });
  const isLong = at >= LOCATOR64_SIZE && new Cursor(what, bytes.subarray(at - LOCATOR64_SIZE)).u32() === LOCATOR64;
  const directory = isLong ? readEnd64(what, bytes, at - LOCATOR64_SIZE, short) : { ...short, end: at };
  const { count, size, offset, end } = directory;
  checkFile(offset + size === end, () => {
    return `${what}: its directory of ${size} bytes at byte ${offset} does not end where it must, at byte ${end}`;
  });
  checkFile(count <= MAX_FILES, () => `${what}: it has ${count} files, and at most ${MAX_FILES} are read`);
  checkFile(count * 46 <= size, () => `${what}: ${count} files do not fit into its directory of ${size} bytes`);
  return directory;
}

/** Where the record at the end begins; -1 if there is none. A comment of at most 65,535 bytes may follow. */
function endOf(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const last = bytes.length - END_SIZE;
  for (let at = last; at >= 0 && at >= last - 0xffff; at--) {
    if (view.getUint32(at, true) === END && view.getUint16(at + 20, true) === last - at) return at;
  }
  return -1;
}

/** The same of zip64: what did not fit there must be here, and all else be equal. */
function readEnd64(
  what: string,
  bytes: Uint8Array,
  at: number,
  short: Directory,
): Directory & { readonly end: number } {
  const cursor = new Cursor(`${what}: its zip64 record`, bytes.subarray(0, at + LOCATOR64_SIZE));
  cursor.at = at + 4;
  const disk = cursor.u32();
  const end = cursor.u64();
  const disks = cursor.u32();
  cursor.at = Math.min(end, at);
  const isThere = cursor.left > END64_SIZE && cursor.u32() === END64 && end + 12 + cursor.u64() === at;
  checkFile(isThere && disk === 0 && disks <= 1, () => `${what}: its zip64 record is not where it says`);
  cursor.take(4);
  const same = [cursor.u32(), cursor.u32()].every((number) => number === 0);
  const counts = [cursor.u64(), cursor.u64()];
  const long = { count: counts[1]!, size: cursor.u64(), offset: cursor.u64(), end };
  const agrees =
    same &&
    counts[0] === counts[1] &&
    (short.count === 0xffff || short.count === long.count) &&
    (short.size === TOO_LARGE || short.size === long.size) &&
    (short.offset === TOO_LARGE || short.offset === long.offset);
  checkFile(agrees, () => `${what}: its zip64 record contradicts the one at its end`);
  return long;
}

function readDirectory(what: string, bytes: Uint8Array, { count, size, offset }: Directory): Record[] {
  const cursor = new Cursor(`${what}: its directory`, bytes.subarray(offset, offset + size));
  const records: Record[] = [];
  const names = new Set<string>();
  for (let i = 0; i < count; i++) {
    const record = readRecord(what, cursor);
    checkName(what, record.name);
    checkFile(!names.has(record.name), () => `${what}: there are two files named '${record.name.slice(0, 100)}' in it`);
    names.add(record.name);
    records.push(record);
  }
  checkFile(
    cursor.left === 0,
    () => `${what}: its directory has ${cursor.left} bytes more than its ${count} files take`,
  );
  return records;
}

function readRecord(what: string, cursor: Cursor): Record {
  checkFile(cursor.u32() === CENTRAL, () => `${what}: its directory is damaged at byte ${cursor.at - 4} of it`);
  cursor.take(4);
  const flags = cursor.u16();
  const method = cursor.u16();
  cursor.take(4);
  const crc = cursor.u32();
  const packed = cursor.u32();
  const size = cursor.u32();
  const lengths = [cursor.u16(), cursor.u16(), cursor.u16()] as const;
  cursor.take(8);
  const offset = cursor.u32();
  const name = cursor.text(lengths[0]);
  const extra = cursor.take(lengths[1]);
  cursor.take(lengths[2]);
  const file = `${what}: '${name.slice(0, 100)}'`;
  checkFile((flags & ENCRYPTED) === 0, () => `${file} is encrypted, which is not supported`);
  checkFile(method === 0 || method === DEFLATED, () => {
    return `${file} is compressed by method ${method}: only stored (0) and deflated (8) files are supported`;
  });
  const long = longSizes(file, extra, { size, packed, offset });
  checkFile(method !== 0 || long.size === long.packed, () => `${file} is stored, yet says two sizes`);
  // A byte of a deflate stream becomes 1032 at most.
  checkFile(long.size <= 1032 * long.packed + 1032, () => {
    return `${file} says that its ${long.packed} bytes become ${long.size}, which cannot be`;
  });
  return { name, flags, method, crc, ...long };
}

interface Sizes {
  readonly size: number;
  readonly packed: number;
  readonly offset: number;
}

/** The numbers of a record, those that did not fit from its extra field of zip64. */
function longSizes(file: string, extra: Uint8Array, { size, packed, offset }: Sizes): Sizes {
  const cursor = zip64Of(file, extra);
  const read = (number: number): number => {
    if (number !== TOO_LARGE) return number;
    checkFile(cursor !== undefined, () => `${file}: its zip64 field is missing`);
    return cursor.u64();
  };
  return { size: read(size), packed: read(packed), offset: read(offset) };
}

/** The extra field of zip64, which has the id 1. */
function zip64Of(file: string, extra: Uint8Array): Cursor | undefined {
  const cursor = new Cursor(`${file}: its extra field`, extra);
  let found: Cursor | undefined;
  while (cursor.left >= 4) {
    const id = cursor.u16();
    const field = cursor.take(cursor.u16());
    if (id !== 1) continue;
    checkFile(found === undefined, () => `${file} has two zip64 fields`);
    found = new Cursor(`${file}: its zip64 field`, field);
  }
  return found;
}

/** Names that lead out of a folder into which a file is unpacked, or mean another place on other machines. */
function checkName(what: string, name: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are refused
  const isBad = name === '' || /^[/\\]|^[A-Za-z]:|\\|[\0-\x1f\x7f]|(^|\/)\.\.?(\/|$)|\/\//.test(name);
  checkFile(!isBad, () => `${what}: ${JSON.stringify(name.slice(0, 100))} is no name that a file in it may have`);
}

/** Goes behind the head of a file, which must say the same as the directory. */
function checkLocal(file: string, cursor: Cursor, record: Record): void {
  checkFile(cursor.u32() === LOCAL, () => `${file} is not where the directory says, at byte ${record.offset}`);
  cursor.take(2);
  const flags = cursor.u16();
  const method = cursor.u16();
  cursor.take(4);
  const crc = cursor.u32();
  const packed = cursor.u32();
  const size = cursor.u32();
  const nameLength = cursor.u16();
  const extraLength = cursor.u16();
  const name = textOf(file, cursor.take(nameLength));
  const extra = cursor.take(extraLength);
  const long = flags & FOLLOWS ? record : longSizes(file, extra, { size, packed, offset: 0 });
  const agrees =
    name === record.name &&
    method === record.method &&
    (flags & (ENCRYPTED | FOLLOWS)) === (record.flags & FOLLOWS) &&
    long.size === record.size &&
    long.packed === record.packed &&
    (crc === record.crc || (flags & FOLLOWS) !== 0);
  checkFile(agrees, () => `${file}: its head contradicts the directory`);
}

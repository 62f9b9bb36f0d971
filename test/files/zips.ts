// Zip files by hand, which may lie in every field.

import { deflateRawSync } from 'node:zlib';
import { crc32 } from '../../bindings/files/crc.js';

/** What both heads of a file say. */
interface Head {
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly name: string;
}

export interface Packed {
  readonly name: string;
  readonly data: Uint8Array;
  readonly deflated?: boolean;
  /** Sizes and sum follow the bytes, as where a file is written to a stream. */
  readonly follows?: boolean;
  /** What the head of the file, and the directory, say in place of the truth. */
  readonly local?: Partial<Head>;
  readonly central?: Partial<Head & { readonly offset: number; readonly extra: Uint8Array }>;
  /** The bytes in place of the compressed ones. */
  readonly bytes?: Uint8Array;
}

export interface Container {
  /** All sizes and offsets in fields of zip64. */
  readonly zip64?: boolean;
  readonly comment?: string;
  /** What the record at the end says in place of the truth. */
  readonly end?: Partial<{
    readonly count: number;
    readonly size: number;
    readonly offset: number;
    readonly disk: number;
  }>;
  /** The same of the record of zip64. */
  readonly end64?: Partial<{
    readonly count: bigint;
    readonly size: bigint;
    readonly offset: bigint;
    readonly at: bigint;
  }>;
}

const u16 = (...numbers: number[]): number[] => numbers.flatMap((n) => [n & 255, (n >> 8) & 255]);
const u32 = (...numbers: number[]): number[] => numbers.flatMap((n) => u16(n & 0xffff, n >>> 16));
const u64 = (...numbers: (bigint | number)[]): number[] =>
  numbers.flatMap((n) => u32(Number(BigInt(n) & 0xffffffffn), Number(BigInt(n) >> 32n)));
const textOf = (text: string): number[] => [...new TextEncoder().encode(text)];

const headOf = ({ flags, method, crc, packed, size }: Head, name: number, extra: number, zip64: boolean): number[] => [
  ...u16(flags, method, 0, 0x21),
  ...u32(crc, ...(zip64 ? [0xffffffff, 0xffffffff] : [packed, size])),
  ...u16(name, extra),
];

/** A zip file of these files. */
export function zipOf(
  files: readonly Packed[],
  { zip64 = false, comment = '', end = {}, end64 = {} }: Container = {},
): Uint8Array {
  const out: number[] = [];
  const directory: number[] = [];
  for (const { name, data, deflated = false, follows = false, local, central, bytes } of files) {
    const packed = bytes ?? (deflated ? deflateRawSync(data) : data);
    const flags = 0x800 | (follows ? 8 : 0);
    const truth: Head = {
      flags,
      method: deflated ? 8 : 0,
      crc: crc32(data),
      packed: packed.length,
      size: data.length,
      name,
    };
    const first = { ...truth, ...(follows && { crc: 0, packed: 0, size: 0 }), ...local };
    const second = { ...truth, offset: out.length, ...central };
    const long = zip64 && !follows;
    const extra = long ? [...u16(1, 16), ...u64(first.size, first.packed)] : [];
    out.push(...u32(0x04034b50), ...u16(45), ...headOf(first, textOf(first.name).length, extra.length, long));
    out.push(...textOf(first.name), ...extra, ...packed);
    if (follows) out.push(...u32(0x08074b50, truth.crc, truth.packed, truth.size));
    const more = second.extra ?? (zip64 ? [...u16(1, 24), ...u64(second.size, second.packed, second.offset)] : []);
    directory.push(
      ...u32(0x02014b50),
      ...u16(45, 45),
      ...headOf(second, textOf(second.name).length, more.length, zip64),
    );
    directory.push(...u16(0, 0, 0), ...u32(0, zip64 ? 0xffffffff : second.offset), ...textOf(second.name), ...more);
  }
  const truth = { count: files.length, size: directory.length, offset: out.length };
  const {
    count,
    size,
    offset,
    disk = 0,
  } = { ...truth, ...(zip64 && { count: 0xffff, size: 0xffffffff, offset: 0xffffffff }), ...end };
  const long = { ...truth, at: out.length + directory.length, ...end64 };
  const record64 = zip64
    ? [
        ...u32(0x06064b50),
        ...u64(44),
        ...u16(45, 45),
        ...u32(0, 0),
        ...u64(long.count, long.count, long.size, long.offset),
      ]
    : [];
  const locator = zip64 ? [...u32(0x07064b50, 0), ...u64(long.at), ...u32(1)] : [];
  const last = [
    ...u32(0x06054b50),
    ...u16(disk, disk, count, count),
    ...u32(size, offset),
    ...u16(textOf(comment).length),
  ];
  return Uint8Array.from([...out, ...directory, ...record64, ...locator, ...last, ...textOf(comment)]);
}

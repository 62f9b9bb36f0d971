// Messages of Protocol Buffers by tables of their fields, over the reader and writer of @bufbuild/protobuf. Not here:
// any table (onnx/schema.ts).

import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { messageOf, WasmgradError } from '../errors.js';
import { textOf } from './cursor.js';
import { checkFile, FileError } from './fileerror.js';

/**
 * What a field holds. `ints` and `floats` are short lists; `packed` are the elements of a large one as they lie in the
 * file, in one piece or several, without a copy.
 */
interface Scalars {
  int: number | undefined;
  float: number | undefined;
  double: number | undefined;
  text: string | undefined;
  bytes: Uint8Array | undefined;
  ints: readonly number[];
  floats: readonly number[];
  texts: readonly string[];
  packed: readonly Uint8Array[];
}

/** A field: its number, and what it holds; of a message within a message also that one's table. */
export type Field =
  | readonly [number: number, kind: keyof Scalars]
  | readonly [number: number, kind: 'one' | 'many', of: Message];

/** The fields of a message, by name. Others are skipped when it is read. */
export interface Message {
  readonly [name: string]: Field;
}

type ValueOf<F> = F extends readonly [number, 'one', infer M extends Message]
  ? Values<M> | undefined
  : F extends readonly [number, 'many', infer M extends Message]
    ? readonly Values<M>[]
    : F extends readonly [number, infer K extends keyof Scalars]
      ? Scalars[K]
      : never;

/** A message that was read: a list is empty where nothing is said, all else undefined. */
export type Values<M extends Message> = { readonly [K in keyof M]: ValueOf<M[K]> };

type GivenOf<F> = F extends readonly [number, 'one', infer M extends Message]
  ? Given<M> | undefined
  : F extends readonly [number, 'many', infer M extends Message]
    ? readonly Given<M>[]
    : ValueOf<F> | undefined;

/** A message that is to be written; what is left out is not. */
export type Given<M extends Message> = { readonly [K in keyof M]?: GivenOf<M[K]> };

/** A table of fields, with its type. */
export const message = <const M extends Message>(fields: M): M => fields;

/** So many messages, texts and numbers of lists may be in a file: each takes far more memory than bytes. */
const MAX_PARTS = 2 ** 18;

/** Reads a message. Throws a FileError if the bytes are none. */
export function decodeMessage<M extends Message>(what: string, fields: M, bytes: Uint8Array): Values<M> {
  try {
    return new Decoder(what).message(fields, bytes) as Values<M>;
  } catch (error) {
    if (error instanceof WasmgradError) throw error;
    throw new FileError(`${what} is damaged, or no file of this kind: ${messageOf(error)}`);
  }
}

const LISTS: ReadonlySet<string> = new Set(['ints', 'floats', 'texts', 'packed', 'many']);

/** A table as it is looked up: a file may have hundreds of thousands of messages. */
interface Prepared {
  readonly byNumber: ReadonlyMap<number, readonly [name: string, field: Field]>;
  empty(): Record<string, unknown>;
}

const tables = /*@__PURE__*/ new WeakMap<Message, Prepared>();

function prepared(fields: Message): Prepared {
  const known = tables.get(fields);
  if (known) return known;
  const all = Object.entries(fields);
  const lists = all.filter(([, [, kind]]) => LISTS.has(kind)).map(([name]) => name);
  const blank = Object.fromEntries(all.map(([name]): [string, unknown] => [name, undefined]));
  const empty = (): Record<string, unknown> => {
    const values = { ...blank };
    for (const name of lists) values[name] = [];
    return values;
  };
  const made = { byNumber: new Map(all.map((entry) => [entry[1][0], entry])), empty };
  tables.set(fields, made);
  return made;
}

class Decoder {
  #parts = 0;

  constructor(readonly what: string) {}

  message(fields: Message, bytes: Uint8Array): object {
    this.#count();
    const reader = new BinaryReader(bytes);
    const { empty, byNumber } = prepared(fields);
    const values = empty();
    while (reader.pos < reader.len) {
      const [number, wire] = reader.tag();
      const isGroup = wire === WireType.StartGroup || wire === WireType.EndGroup;
      checkFile(!isGroup, () => `${this.what} is damaged, or no file of this kind: it has a group`);
      const [name, field] = byNumber.get(number) ?? [];
      if (name === undefined || field === undefined) reader.skip(wire);
      else if (Array.isArray(values[name])) this.#extend(reader, wire, name, field, values[name]);
      else values[name] = this.#value(reader, wire, name, field);
    }
    return values;
  }

  #count(): void {
    checkFile(++this.#parts <= MAX_PARTS, () => `${this.what} has more than ${MAX_PARTS} parts`);
  }

  /** Throws unless a field has the wire type of what it is to hold. */
  #expect(wire: WireType, expected: WireType, name: string): void {
    checkFile(wire === expected, () => {
      return `${this.what} is damaged, or no file of this kind: ${name} is stored as wire type ${wire}`;
    });
  }

  #value(reader: BinaryReader, wire: WireType, name: string, [, kind, of]: Field): unknown {
    if (kind === 'int' || kind === 'ints') {
      this.#expect(wire, WireType.Varint, name);
      return Number(reader.int64());
    }
    if (kind === 'float' || kind === 'floats') {
      this.#expect(wire, WireType.Bit32, name);
      const value = reader.float();
      return value;
    }
    if (kind === 'double') {
      this.#expect(wire, WireType.Bit64, name);
      return reader.double();
    }
    this.#expect(wire, WireType.LengthDelimited, name);
    const bytes = reader.bytes();
    if (of) return this.message(of, bytes);
    return kind === 'bytes' ? bytes : textOf(this.what, bytes);
  }

  /** Adds to a list: one element, or all of those that are packed. */
  #extend(reader: BinaryReader, wire: WireType, name: string, field: Field, list: unknown[]): void {
    const [, kind] = field;
    const isPacked = wire === WireType.LengthDelimited;
    if (kind === 'packed') {
      this.#count();
      list.push(isPacked ? reader.bytes() : reader.skip(wire));
      return;
    }
    if (!isPacked || (kind !== 'ints' && kind !== 'floats')) {
      this.#count();
      list.push(this.#value(reader, wire, name, field));
      return;
    }
    const all = new BinaryReader(reader.bytes());
    const each = kind === 'ints' ? WireType.Varint : WireType.Bit32;
    while (all.pos < all.len) {
      this.#count();
      list.push(this.#value(all, each, name, field));
    }
  }
}

/** Writes a message. */
export function encodeMessage<M extends Message>(fields: M, values: Given<M>): Uint8Array {
  const writer = new BinaryWriter();
  write(writer, fields, values as Readonly<Record<string, unknown>>);
  return writer.finish();
}

function write(writer: BinaryWriter, fields: Message, values: Readonly<Record<string, unknown>>): void {
  for (const [name, field] of Object.entries(fields)) {
    const value = values[name];
    const list = LISTS.has(field[1]) ? ((value ?? []) as unknown[]) : value === undefined ? [] : [value];
    for (const one of list) writeOne(writer, field, one);
  }
}

function writeOne(writer: BinaryWriter, [number, kind, of]: Field, value: unknown): void {
  if (of) {
    writer.tag(number, WireType.LengthDelimited).fork();
    write(writer, of, value as Readonly<Record<string, unknown>>);
    writer.join();
  } else if (kind === 'int' || kind === 'ints') writer.tag(number, WireType.Varint).int64(value as number);
  else if (kind === 'float' || kind === 'floats') writer.tag(number, WireType.Bit32).float(value as number);
  else if (kind === 'double') writer.tag(number, WireType.Bit64).double(value as number);
  else if (kind === 'text' || kind === 'texts') writer.tag(number, WireType.LengthDelimited).string(value as string);
  else writer.tag(number, WireType.LengthDelimited).bytes(value as Uint8Array);
}

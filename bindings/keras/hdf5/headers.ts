// Object headers: the messages that say what a group or an array is. Version 1, as HDF5 writes it by default.
// Source: HDF5 File Format Specification 3.0, section IV.A.

import type { Cursor } from '../../files/cursor.js';
import { checkFile } from '../../files/fileerror.js';
import { addressOf, knownAddress, type Storage } from './storage.js';

/** The messages that are read, by their types. */
export const MESSAGE = {
  dataspace: 1,
  link: 6,
  linkInfo: 2,
  datatype: 3,
  layout: 8,
  filters: 11,
  attribute: 12,
  more: 16,
  symbols: 17,
};

/** A message: its type, and its bytes. */
export interface HeaderMessage {
  readonly type: number;
  readonly body: Cursor;
}

/** Bytes of the head of a header, and of a message. */
const HEAD = 16;
const MESSAGE_HEAD = 8;

/** The message lies elsewhere, shared by several objects. */
const SHARED = 2;

/** All messages of the object at an address. */
export function readHeader(storage: Storage, address: number): HeaderMessage[] {
  const head = storage.block('an object header', address, HEAD);
  const version = head.u8();
  checkFile(version === 1, () => {
    return version === 79 // the O of OHDR
      ? `${storage.what} is of the newer kind of HDF5 (libver 'latest'), which Keras does not write: save the model again by Keras`
      : `${storage.what} is damaged: the object header at byte ${address} is of version ${version}`;
  });
  head.take(1);
  const count = head.u16();
  head.take(4);
  const blocks = [[address + HEAD, head.u32()]] as [number, number][];
  const messages: HeaderMessage[] = [];
  for (const [start, length] of blocks) {
    const block = storage.block('an object header', start, length);
    while (messages.length < count && block.left >= MESSAGE_HEAD) {
      const message = readMessage(storage, block);
      messages.push(message);
      if (message.type === MESSAGE.more) blocks.push([knownAddress(message.body), addressOf(message.body) ?? 0]);
    }
  }
  checkFile(messages.length === count, () => {
    return `${storage.what} is damaged: the object header at byte ${address} has ${messages.length} messages of ${count}`;
  });
  return messages;
}

function readMessage(storage: Storage, block: Cursor): HeaderMessage {
  const type = block.u16();
  const size = block.u16();
  const flags = block.u8();
  block.take(3);
  const from = block.bytes.byteOffset - storage.bytes.byteOffset + block.at;
  block.take(size);
  const isRead = Object.values(MESSAGE).includes(type);
  checkFile(!isRead || (flags & SHARED) === 0, () => `${block.what}: it shares a message, which is not read`);
  return { type, body: storage.block(`a message of type ${type}`, from, size) };
}

/** The message of a type that is there at most once. */
export function messageOf(messages: readonly HeaderMessage[], type: number): Cursor | undefined {
  const body = messages.find((message) => message.type === type)?.body;
  if (body) body.at = 0;
  return body;
}

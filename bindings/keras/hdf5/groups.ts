// What is in a group: names, and where the objects of these names lie. Of groups as HDF5 makes them by default: a
// B-tree of tables of symbols, whose names lie in a heap. Source: HDF5 File Format Specification 3.0, sections III.A.1,
// III.B and III.D.

import { checkFile } from '../../files/fileerror.js';
import { type HeaderMessage, MESSAGE, messageOf } from './headers.js';
import { addressOf, checkSignature, knownAddress, type Storage } from './storage.js';

/** A name in a group, and the object that it stands for. */
export interface Entry {
  readonly name: string;
  readonly address: number;
}

/** Whether it is a group. */
export const isGroup = (messages: readonly HeaderMessage[]): boolean =>
  messages.some(({ type }) => type === MESSAGE.symbols || type === MESSAGE.link || type === MESSAGE.linkInfo);

/** All that is in a group. */
export function readGroup(storage: Storage, messages: readonly HeaderMessage[]): Entry[] {
  const table = messageOf(messages, MESSAGE.symbols);
  checkFile(table !== undefined, () => {
    return `${storage.what} has a group of the newer kind of HDF5, which Keras does not write: save the model again by Keras`;
  });
  const tree = knownAddress(table);
  const names = readHeap(storage, knownAddress(table));
  const entries: Entry[] = [];
  for (const address of leavesOf(storage, tree)) entries.push(...readSymbols(storage, address, names));
  return entries;
}

/** Where the bytes of a heap lie. */
interface Heap {
  readonly start: number;
  readonly end: number;
}

function readHeap(storage: Storage, address: number): Heap {
  const head = storage.block('a heap', address, 32);
  checkSignature(head, 'HEAP');
  head.take(4);
  const size = knownAddress(head);
  addressOf(head); // of what is free
  const start = knownAddress(head);
  const end = start + size;
  checkFile(end <= storage.bytes.length, () => `${storage.what} is cut short or damaged: a heap ends at byte ${end}`);
  return { start, end };
}

/** Bytes of the head of a node of a tree, and of each key and address behind it. */
const NODE = 24;
const CHILD = 16;

/** The tables at the ends of a tree, from left to right. */
function leavesOf(storage: Storage, root: number): number[] {
  let nodes = [root];
  const seen = new Set(nodes);
  for (let level = levelOf(storage, root); level >= 0; level--) {
    const below: number[] = [];
    for (const node of nodes) {
      for (const child of readNode(storage, node, level)) {
        checkFile(!seen.has(child), () => `${storage.what} is damaged: two ways lead to byte ${child} of it`);
        seen.add(child);
        below.push(child);
      }
    }
    nodes = below;
  }
  return nodes;
}

const levelOf = (storage: Storage, node: number): number => storage.block('a B-tree', node, 6).bytes[5]!;

function readNode(storage: Storage, address: number, level: number): number[] {
  const head = storage.block('a B-tree', address, NODE);
  checkSignature(head, 'TREE');
  const [type, found] = [head.u8(), head.u8()];
  checkFile(type === 0 && found === level, () => `${head.what} is damaged: a node of it is of another kind or level`);
  const count = head.u16();
  const body = storage.block('a B-tree', address + NODE, count * CHILD);
  return Array.from({ length: count }, () => {
    body.take(8);
    return knownAddress(body);
  });
}

const SYMBOLS = 8;
const SYMBOL = 40;

/** What the cache of a symbol has for a link to another name. */
const SOFT = 2;

function readSymbols(storage: Storage, address: number, names: Heap): Entry[] {
  const head = storage.block('a table of symbols', address, SYMBOLS);
  checkSignature(head, 'SNOD');
  head.take(2);
  const count = head.u16();
  const body = storage.block('a table of symbols', address + SYMBOLS, count * SYMBOL);
  return Array.from({ length: count }, () => {
    const name = storage.name(names.start + knownAddress(body), names.end);
    const object = addressOf(body);
    const kind = body.u32();
    body.take(20);
    checkFile(kind !== SOFT && object !== undefined, () => `${body.what}: '${name}' is a link, which is not read`);
    return { name, address: object };
  });
}

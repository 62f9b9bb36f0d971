// The weights of a model of TensorFlow.js: a list of arrays, which lie one behind the other in the files of a group.

import { show } from '../errors.js';
import { Cursor, countOf } from '../files/cursor.js';
import { checkFile } from '../files/fileerror.js';
import { fromFloat16 } from '../files/half.js';
import { joined } from '../files/inflate.js';
import { readFile } from '../files/source.js';
import type { Files } from './beside.js';
import { listOf, objectOf } from './settings.js';
import type { StoredArray } from './stored.js';

/** How an array lies in the file. */
interface Spec {
  readonly name: string;
  readonly shape: unknown;
  /** Bytes of an element, and how one is read. */
  readonly size: number;
  get(view: DataView, at: number): number;
}

/** Files, and what lies in them. */
interface Group {
  readonly paths: readonly string[];
  readonly specs: readonly Spec[];
}

type Read = Pick<Spec, 'size' | 'get'>;

const TYPES: Readonly<Record<string, Read>> = {
  float32: { size: 4, get: (view, at) => view.getFloat32(at, true) },
  float16: { size: 2, get: (view, at) => fromFloat16(view.getUint16(at, true)) },
  int32: { size: 4, get: (view, at) => view.getInt32(at, true) },
  uint16: { size: 2, get: (view, at) => view.getUint16(at, true) },
  uint8: { size: 1, get: (view, at) => view.getUint8(at) },
  bool: { size: 1, get: (view, at) => view.getUint8(at) },
};

/** The groups that a file says. */
export function readManifest(what: string, json: unknown): Group[] {
  return listOf(`${what}: weightsManifest`, json).map((entry, i) => {
    const where = `${what}: group ${i} of weights`;
    const { paths, weights } = objectOf(where, entry);
    const all = listOf(`${where}: paths`, paths);
    checkFile(
      all.every((path) => typeof path === 'string'),
      () => `${where}: paths must be texts`,
    );
    return { paths: all as string[], specs: listOf(`${where}: weights`, weights).map((one) => readSpec(what, one)) };
  });
}

function readSpec(what: string, json: unknown): Spec {
  const { name, shape, dtype, quantization } = objectOf(`${what}: a weight`, json);
  checkFile(typeof name === 'string' && name !== '', () => `${what}: a weight has no name`);
  const where = `${what}: ${name.slice(0, 100)}`;
  if (quantization === undefined || quantization === null) return { name, shape, ...typeOf(where, dtype) };
  const { dtype: stored, scale, min } = objectOf(`${where}: quantization`, quantization);
  const { size, get } = typeOf(where, stored);
  if (stored === 'float16') return { name, shape, size, get };
  checkFile(
    (stored === 'uint8' || stored === 'uint16') && Number.isFinite(scale) && Number.isFinite(min),
    () =>
      `${where}: it is quantized to ${show(stored)} by scale ${show(scale)} and min ${show(min)}, which is not supported`,
  );
  const [by, from] = [scale as number, min as number];
  return { name, shape, size, get: (view, at) => get(view, at) * by + from };
}

function typeOf(where: string, dtype: unknown): Read {
  const type = typeof dtype === 'string' && Object.hasOwn(TYPES, dtype) ? TYPES[dtype] : undefined;
  checkFile(type !== undefined, () => `${where}: elements of the type ${show(dtype)} are not supported`);
  return type;
}

/** Reads the files of all groups, and says where each array lies. */
export async function readShards(
  where: string,
  what: string,
  groups: readonly Group[],
  files: Files,
  maxBytes: number,
): Promise<StoredArray[]> {
  const arrays: StoredArray[] = [];
  let left = maxBytes;
  for (const { paths, specs } of groups) {
    const pieces: Uint8Array[] = [];
    for (const path of paths) {
      const { bytes } = await readFile(where, files(path), left);
      left -= bytes.length;
      pieces.push(bytes);
    }
    const total = pieces.reduce((sum, { length }) => sum + length, 0);
    const bytes = pieces.length === 1 ? pieces[0]! : joined(pieces, total);
    arrays.push(...arraysIn(`${what}: ${paths.join(', ').slice(0, 100)}`, specs, bytes));
  }
  const names = new Set(arrays.map(({ name }) => name));
  checkFile(names.size === arrays.length, () => `${what}: two weights have the same name`);
  return arrays;
}

function arraysIn(what: string, specs: readonly Spec[], bytes: Uint8Array): StoredArray[] {
  const cursor = new Cursor(what, bytes);
  const arrays = specs.map(({ name, shape, size, get }) => {
    const count = countOf(`${what}: ${name.slice(0, 100)}`, shape, size, cursor.left);
    const part = cursor.take(count * size);
    const floats = (): Float32Array => {
      const view = new DataView(part.buffer, part.byteOffset, part.length);
      const all = new Float32Array(count);
      for (let i = 0; i < count; i++) all[i] = get(view, i * size);
      return all;
    };
    return { name, shape: [...(shape as number[])], check: () => {}, floats }; // countOf has looked
  });
  checkFile(cursor.left === 0, () => `${what} has ${cursor.left} bytes more than its weights take`);
  return arrays;
}

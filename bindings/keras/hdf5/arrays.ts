// Arrays of numbers in an HDF5 file. They must lie in one piece, as Keras writes them: nothing in such a file is
// compressed, and what an array takes is there before anything of its size is made.

import { type Cursor, countOf } from '../../files/cursor.js';
import { checkFile } from '../../files/fileerror.js';
import { fromBfloat16, fromFloat16 } from '../../files/half.js';
import type { StoredArray } from '../stored.js';
import { type HeaderMessage, MESSAGE, messageOf } from './headers.js';
import { addressOf, knownAddress, type Storage } from './storage.js';
import { type ElementType, readShape, readType } from './types.js';

/** How a number of a type is read; undefined for a type that has none. */
function getterOf({ kind, size, littleEndian }: ElementType): ((view: DataView, at: number) => number) | undefined {
  switch (`${kind}${size}`) {
    case 'float2':
      return (view, at) => fromFloat16(view.getUint16(at, littleEndian));
    case 'opaque2': // of Keras, with the attribute dtype: 'bfloat16'
      return (view, at) => fromBfloat16(view.getUint16(at, true));
    case 'float4':
      return (view, at) => view.getFloat32(at, littleEndian);
    case 'float8':
      return (view, at) => view.getFloat64(at, littleEndian);
    case 'int1':
      return (view, at) => view.getInt8(at);
    case 'uint1':
      return (view, at) => view.getUint8(at);
    case 'int2':
      return (view, at) => view.getInt16(at, littleEndian);
    case 'uint2':
      return (view, at) => view.getUint16(at, littleEndian);
    case 'int4':
      return (view, at) => view.getInt32(at, littleEndian);
    case 'uint4':
      return (view, at) => view.getUint32(at, littleEndian);
    case 'int8':
      return (view, at) => Number(view.getBigInt64(at, littleEndian));
    case 'uint8':
      return (view, at) => Number(view.getBigUint64(at, littleEndian));
    default:
      return undefined;
  }
}

/** An array of these messages. */
export function readArray(storage: Storage, name: string, messages: readonly HeaderMessage[]): StoredArray {
  const what = `${storage.what}: '${name.slice(0, 100)}'`;
  const [space, kind, layout] = [MESSAGE.dataspace, MESSAGE.datatype, MESSAGE.layout].map((type) =>
    messageOf(messages, type),
  );
  checkFile(
    space !== undefined && kind !== undefined && layout !== undefined,
    () => `${what} is neither a group nor an array`,
  );
  const shape = readShape(space) ?? [0];
  const type = readType(kind);
  let opened: (() => Float32Array) | undefined;
  const open = (): (() => Float32Array) => {
    checkFile(messageOf(messages, MESSAGE.filters) === undefined, () => {
      return `${what} is compressed, which Keras does not do: load the model there and save it again`;
    });
    const get = getterOf(type);
    checkFile(get !== undefined, () => `${what} is no array of numbers`);
    const bytes = piece(storage, what, layout);
    const count = countOf(what, shape, type.size, bytes.length);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return () => {
      const floats = new Float32Array(count);
      for (let i = 0; i < count; i++) floats[i] = get(view, i * type.size);
      return floats;
    };
  };
  const once = (): (() => Float32Array) => {
    opened ??= open();
    return opened;
  };
  return { name, shape, check: () => void once(), floats: () => once()() };
}

/** The bytes of an array. */
function piece(storage: Storage, what: string, layout: Cursor): Uint8Array {
  layout.at = 0;
  const version = layout.u8();
  const kind = version === 3 || version === 4 ? layout.u8() : 2;
  checkFile(
    kind < 2,
    () => `${what} does not lie in one piece, as Keras writes it: load the model there and save it again`,
  );
  if (kind === 0) return layout.take(layout.u16());
  const address = addressOf(layout);
  const length = knownAddress(layout);
  checkFile(length === 0 || address !== undefined, () => `${what} was made, and never written`);
  return storage.block(what, length === 0 ? 0 : address!, length).bytes;
}

// Tensors of ONNX files as numbers: float32 for all that is real and for truth values (0 and 1), int32 for all whole
// numbers.

import { BinaryReader } from '@bufbuild/protobuf/wire';
import { countOf } from '../files/cursor.js';
import { checkFile } from '../files/fileerror.js';
import { fromBfloat16, fromFloat16 } from '../files/half.js';
import { BOOL, FLOAT, type GivenTensor, INT32, INT64, type TensorProto } from './schema.js';

/** A type of elements. */
interface ElementType {
  readonly name: string;
  /** What its elements become. */
  readonly kind: 'float' | 'int' | 'bool';
  /** Bytes of an element in raw data. */
  readonly bytes: number;
  read(view: DataView, at: number): number;
  /** The field that has the elements if there is no raw data. */
  readonly field: 'floatData' | 'int32Data' | 'int64Data' | 'doubleData' | 'uint64Data';
  /** What an element of that field is, if it is no number of this type: bits of a float. */
  readonly ofBits?: (bits: number) => number;
}

/** By their numbers in a file. */
const TYPES: Readonly<Record<number, ElementType>> = {
  [FLOAT]: { name: 'float32', kind: 'float', bytes: 4, read: (v, at) => v.getFloat32(at, true), field: 'floatData' },
  2: { name: 'uint8', kind: 'int', bytes: 1, read: (v, at) => v.getUint8(at), field: 'int32Data' },
  3: { name: 'int8', kind: 'int', bytes: 1, read: (v, at) => v.getInt8(at), field: 'int32Data' },
  4: { name: 'uint16', kind: 'int', bytes: 2, read: (v, at) => v.getUint16(at, true), field: 'int32Data' },
  5: { name: 'int16', kind: 'int', bytes: 2, read: (v, at) => v.getInt16(at, true), field: 'int32Data' },
  [INT32]: { name: 'int32', kind: 'int', bytes: 4, read: (v, at) => v.getInt32(at, true), field: 'int32Data' },
  [INT64]: {
    name: 'int64',
    kind: 'int',
    bytes: 8,
    read: (v, at) => Number(v.getBigInt64(at, true)),
    field: 'int64Data',
  },
  [BOOL]: { name: 'bool', kind: 'bool', bytes: 1, read: (v, at) => +(v.getUint8(at) !== 0), field: 'int32Data' },
  10: {
    name: 'float16',
    kind: 'float',
    bytes: 2,
    read: (v, at) => fromFloat16(v.getUint16(at, true)),
    field: 'int32Data',
    ofBits: fromFloat16,
  },
  11: { name: 'float64', kind: 'float', bytes: 8, read: (v, at) => v.getFloat64(at, true), field: 'doubleData' },
  12: { name: 'uint32', kind: 'int', bytes: 4, read: (v, at) => v.getUint32(at, true), field: 'uint64Data' },
  13: { name: 'uint64', kind: 'int', bytes: 8, read: (v, at) => Number(v.getBigUint64(at, true)), field: 'uint64Data' },
  16: {
    name: 'bfloat16',
    kind: 'float',
    bytes: 2,
    read: (v, at) => fromBfloat16(v.getUint16(at, true)),
    field: 'int32Data',
    ofBits: fromBfloat16,
  },
};

/**
 * What elements of an ONNX type become. Throws for types that there are none for, such as texts and complex numbers.
 */
export function kindOf(what: string, type: number | undefined): ElementType['kind'] {
  return typeOf(what, type).kind;
}

function typeOf(what: string, type = 0): ElementType {
  const known = TYPES[type];
  checkFile(
    known !== undefined,
    () => `${what} has elements of type ${type}${type === 8 ? ', texts' : ''}: numbers only are supported`,
  );
  return known;
}

/** A tensor that was read. */
export interface Elements {
  readonly type: number;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/**
 * Reads a tensor; `what` names it in errors. Nothing is made before its shape was compared with the bytes that are
 * there.
 */
export function elementsOf(what: string, proto: TensorProto): Elements {
  const { dims: shape, dataType, rawData } = proto;
  const type = typeOf(what, dataType);
  checkFile(!proto.dataLocation && proto.externalData.length === 0, () => {
    return `${what} lies in another file, which is not read: save the model as one file`;
  });
  const numbers = rawData
    ? rawNumbers(what, shape, type, rawData)
    : listedNumbers(what, shape, type, proto[type.field]);
  const data = type.kind === 'int' ? new Int32Array(numbers.count) : new Float32Array(numbers.count);
  for (let i = 0; i < data.length; i++) {
    const value = numbers.next();
    data[i] = type.kind === 'int' ? checkedInt(what, value) : value;
  }
  return { type: dataType!, shape, data };
}

interface Numbers {
  readonly count: number;
  next(): number;
}

function rawNumbers(what: string, shape: readonly number[], type: ElementType, raw: Uint8Array): Numbers {
  const count = countOf(what, shape, type.bytes, raw.length);
  checkFile(count * type.bytes === raw.length, () => sizesDiffer(what, shape, raw.length));
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  let at = -type.bytes;
  return { count, next: () => type.read(view, (at += type.bytes)) };
}

/** The elements of a field that has them one by one: floats, or varints of one byte or more. */
function listedNumbers(
  what: string,
  shape: readonly number[],
  type: ElementType,
  pieces: readonly Uint8Array[],
): Numbers {
  const { field, ofBits = (bits: number) => bits } = type;
  const each = field === 'floatData' ? 4 : field === 'doubleData' ? 8 : 1;
  const total = pieces.reduce((sum, { length }) => sum + length, 0);
  const count = countOf(what, shape, each, total);
  const has = pieces.reduce((sum, piece) => sum + (each > 1 ? piece.length / each : varintsIn(piece)), 0);
  checkFile(count === has, () => sizesDiffer(what, shape, total));
  let next = 0;
  let reader = new BinaryReader(new Uint8Array());
  return {
    count,
    next: () => {
      while (reader.pos >= reader.len) reader = new BinaryReader(pieces[next++]!);
      if (each === 4) return reader.float();
      return each === 8 ? reader.double() : ofBits(Number(reader.int64()));
    },
  };
}

/** A varint ends with the byte whose highest bit is 0. */
function varintsIn(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) count += 1 - (byte >> 7);
  return bytes.length > 0 && bytes.at(-1)! > 127 ? Number.NaN : count;
}

const sizesDiffer = (what: string, shape: readonly number[], bytes: number): string =>
  `${what}: the ${bytes} bytes of its elements do not fit its shape [${shape.slice(0, 8)}]`;

/** Exporters write the largest int64 for 'up to the end'. */
const ENDLESS = 2 ** 62;

/** A whole number as int32: 'up to the end' stays that, other numbers beyond int32 throw. */
function checkedInt(what: string, value: number): number {
  const low = Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, value));
  checkFile(low === value || Math.abs(value) >= ENDLESS, () => `${what}: ${value} is beyond int32`);
  return low;
}

/** A tensor as it is written. */
export function protoOf(name: string, shape: readonly number[], data: ArrayLike<number>, type: number): GivenTensor {
  const { bytes } = TYPES[type]!;
  const rawData = new Uint8Array(data.length * bytes);
  const view = new DataView(rawData.buffer);
  for (let i = 0; i < data.length; i++) {
    if (type === FLOAT) view.setFloat32(i * 4, data[i]!, true);
    else if (type === INT32) view.setInt32(i * 4, data[i]!, true);
    else view.setBigInt64(i * 8, BigInt(data[i]!), true);
  }
  return { dims: shape, dataType: type, name, rawData };
}

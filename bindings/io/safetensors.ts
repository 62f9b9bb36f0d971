// The file format safetensors: a JSON header with the name, type, shape and place of each tensor, then their bytes. Read strictly.
// (Hugging Face, https://github.com/huggingface/safetensors.)

import { check, isRecord, show } from '../errors.js';
import { Cursor, countOf } from '../files/cursor.js';
import { checkFile } from '../files/fileerror.js';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from '../files/half.js';
import { parseJson } from '../files/json.js';
import type { Shape } from '../shape.js';

/** How many bytes an element of each type has. */
const BYTES = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
} as const;

/** A type of elements, as the format names it. */
export type StoredType = keyof typeof BYTES;

/** A tensor in a file. */
export interface StoredTensor {
  readonly dtype: StoredType;
  readonly shape: Shape;
  /** Its elements, little-endian, a view of the file: it need not be aligned. */
  readonly bytes: Uint8Array;
}

/** What a file holds. */
export interface SafetensorsFile {
  /** What errors call it. */
  readonly what: string;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Texts by name. */
  readonly metadata: ReadonlyMap<string, string>;
}

const MAX_HEADER = 100_000_000;
const METADATA = '__metadata__';

/** Reads a file. The tensors are views of its bytes. */
export function parseSafetensors(what: string, bytes: Uint8Array): SafetensorsFile {
  const cursor = new Cursor(what, bytes);
  checkFile(
    bytes.length >= 8,
    () => `${what} is no safetensors file: it has ${bytes.length} bytes, the length of the header alone takes 8`,
  );
  checkFile(
    bytes[6] === 0 && bytes[7] === 0,
    () => `${what} is no safetensors file: it does not begin with the length of a header`,
  );
  const length = cursor.u64();
  checkFile(length <= Math.min(cursor.left, MAX_HEADER), () => {
    return `${what} is no safetensors file, or damaged: its header is said to have ${length} bytes, and ${cursor.left} are there`;
  });
  const header = parseJson(`${what}: the header`, cursor.text(length));
  checkFile(isRecord(header), () => `${what}: the header must be an object, got ${show(header)}`);
  const data = cursor.take(cursor.left);
  const { [METADATA]: metadata = {}, ...entries } = header as Record<string, unknown>;
  const tensors = new Map<string, StoredTensor>();
  const spans: (readonly [number, number])[] = [];
  for (const [name, entry] of Object.entries(entries)) {
    const [tensor, span] = tensorOf(`${what}: '${name.slice(0, 80)}'`, entry, data);
    tensors.set(name, tensor);
    spans.push(span);
  }
  checkGapless(what, spans, data.length);
  return { what, tensors, metadata: textsOf(what, metadata) };
}

function textsOf(what: string, metadata: unknown): Map<string, string> {
  const holds = isRecord(metadata) && Object.values(metadata as object).every((text) => typeof text === 'string');
  checkFile(holds, () => `${what}: ${METADATA} must be texts by name`);
  return new Map(Object.entries(metadata as Record<string, string>));
}

function tensorOf(what: string, entry: unknown, data: Uint8Array): [StoredTensor, readonly [number, number]] {
  checkFile(isRecord(entry), () => `${what} must be { dtype, shape, data_offsets }, got ${show(entry)}`);
  const { dtype, shape, data_offsets: offsets, ...more } = entry as Record<string, unknown>;
  const [other] = Object.keys(more);
  checkFile(other === undefined, () => `${what} has '${other?.slice(0, 40)}', which the format does not know`);
  checkFile(
    typeof dtype === 'string' && Object.hasOwn(BYTES, dtype),
    () => `${what} has the unknown dtype ${show(dtype)}`,
  );
  const each = BYTES[dtype as StoredType];
  const count = countOf(what, shape, each, data.length);
  const pair =
    Array.isArray(offsets) && offsets.length === 2 && offsets.every((at) => Number.isSafeInteger(at) && at >= 0);
  checkFile(pair, () => `${what}: data_offsets must be [begin, end]`);
  const [begin, end] = offsets as [number, number];
  checkFile(begin <= end && end <= data.length, () => {
    return `${what}: its bytes are ${begin} to ${end}, and the file has ${data.length}`;
  });
  checkFile(end - begin === count * each, () => {
    return `${what}: ${dtype} of shape [${(shape as number[]).join(', ')}] takes ${count * each} bytes, its offsets say ${end - begin}`;
  });
  return [{ dtype: dtype as StoredType, shape: shape as number[], bytes: data.subarray(begin, end) }, [begin, end]];
}

/** Throws unless tensors take all bytes, each one once. */
function checkGapless(what: string, spans: (readonly [number, number])[], bytes: number): void {
  let at = 0;
  for (const [begin, end] of spans.sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    checkFile(
      begin === at,
      () => `${what}: tensors ${begin < at ? 'share bytes' : 'leave a gap'} at byte ${at} of the data`,
    );
    at = end;
  }
  checkFile(at === bytes, () => `${what}: ${bytes - at} bytes at its end belong to no tensor`);
}

/** How numbers of 16 bits are read. */
const HALVES: Partial<Record<StoredType, (bits: number) => number>> = { F16: fromFloat16, BF16: fromBfloat16 };

/** Typed arrays of the same bits, by type. */
const ARRAYS = {
  F64: Float64Array,
  F32: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const;

/** The elements of a tensor as a typed array. */
export type Numbers = InstanceType<(typeof ARRAYS)[keyof typeof ARRAYS]>;

/** A copy of the elements of a tensor: the same bits, but numbers of 16 bits as float32, and whole ones of 64 bits as float64. */
export function numbersOf(what: string, { dtype, bytes }: StoredTensor): Numbers {
  const copy = bytes.slice().buffer;
  const half = HALVES[dtype];
  if (half) return Float32Array.from(new Uint16Array(copy), half);
  if (dtype === 'I64' || dtype === 'U64')
    return wholeNumbers(what, dtype === 'I64' ? new BigInt64Array(copy) : new BigUint64Array(copy));
  const Type = ARRAYS[dtype as keyof typeof ARRAYS];
  checkFile(Type !== undefined, () => `${what}: numbers of the type ${dtype} are not read`);
  return new Type(copy);
}

function wholeNumbers(what: string, values: BigInt64Array | BigUint64Array): Float64Array<ArrayBuffer> {
  const numbers = Float64Array.from(values as BigInt64Array, Number);
  const large = numbers.findIndex((x) => !Number.isSafeInteger(x));
  checkFile(large < 0, () => `${what}: element ${large} is ${values[large]}: beyond 2^53 whole numbers are not exact`);
  return numbers;
}

/** What is written: a typed array, with its shape. */
export interface WrittenTensor {
  readonly data: Float32Array | Float64Array | Int32Array | Uint8Array;
  readonly shape: Shape;
  /** As what floats are kept; default as they are. */
  readonly as?: 'F16' | 'BF16' | undefined;
}

const TYPE_NAMES = { Float32Array: 'F32', Float64Array: 'F64', Int32Array: 'I32', Uint8Array: 'U8' } as const;

/** A tensor in the form that is written. */
function stored({ data, shape, as }: WrittenTensor): StoredTensor {
  if (as) {
    const bits = Uint16Array.from(data, as === 'F16' ? toFloat16 : toBfloat16);
    return { dtype: as, shape, bytes: new Uint8Array(bits.buffer) };
  }
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { dtype: TYPE_NAMES[data[Symbol.toStringTag]], shape, bytes };
}

/** The bytes of a file of these tensors: first those whose elements have the most bytes, so that all lie aligned. */
export function formatSafetensors(
  tensors: ReadonlyMap<string, WrittenTensor>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const header: Record<string, unknown> = { [METADATA]: metadata };
  const all = [...tensors].map(([name, tensor]) => ({ name, ...stored(tensor) }));
  all.sort((a, b) => BYTES[b.dtype] - BYTES[a.dtype]);
  let end = 0;
  for (const { name, dtype, shape, bytes } of all) {
    check(name !== METADATA && name !== '__proto__', () => `a tensor in a file can't be called '${name}'`);
    header[name] = { dtype, shape, data_offsets: [end, end + bytes.length] };
    end += bytes.length;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(8 + length + end).fill(0x20, 8, 8 + length);
  new DataView(file.buffer).setBigUint64(0, BigInt(length), true);
  file.set(text, 8);
  let at = 8 + length;
  for (const { bytes } of all) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}

// Reads the file format safetensors, strictly. Not here: what the format is, and how it is written (../safetensors.ts).

import { isRecord, show } from '../../errors.js';
import { Cursor, countOf } from '../../files/cursor.js';
import { checkFile } from '../../files/fileerror.js';
import { fromBfloat16, fromFloat16 } from '../../files/half.js';
import { parseJson } from '../../files/json.js';
import { BYTES, METADATA, type SafetensorsFile, type StoredTensor, type StoredType } from '../format.js';

const MAX_HEADER = 100_000_000;

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

/**
 * A copy of the elements of a tensor: the same bits, but numbers of 16 bits as float32, and whole ones of 64 bits as
 * float64.
 */
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

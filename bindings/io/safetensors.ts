// Writes the file format safetensors. Not here: what the format is (format.ts), and how it is read
// (read/safetensors.ts).

import { check } from '../errors.js';
import { toBfloat16, toFloat16 } from '../files/tohalf.js';
import type { Shape } from '../shape.js';
import { BYTES, METADATA, type StoredTensor } from './format.js';

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

// What a file is: safetensors, a JSON header with the name, type, shape and place of each tensor, then their bytes
// (Hugging Face, https://github.com/huggingface/safetensors); and what its metadata says beside the tensors, under the
// name 'wasmgrad'.

import type { Shape } from '../shape.js';
import type { Structure } from './structure.js';
import type { Json } from './values.js';

/** How many bytes an element of each type has. */
export const BYTES = {
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

/** The name in the header under which texts are. */
export const METADATA = '__metadata__';

/** The version of what is said. It rises only where an older version of the library would read a file wrongly. */
export const FORMAT = 1;

/** The name of the metadata. */
export const KEY = 'wasmgrad';

/** What is said of a model, or of the state of a training. */
export interface Contents {
  readonly model?: Structure | undefined;
  /** Models inside of it. */
  readonly models?: readonly Structure[] | undefined;
  /** The options of compile. */
  readonly compile?: Json | undefined;
  readonly extras?: Json | undefined;
  /** The state of a training: all but its arrays, which are tensors. */
  readonly training?: Json | undefined;
}

/** The metadata of a file. */
export const metadataOf = (contents: Contents): Record<string, string> => ({
  [KEY]: JSON.stringify({ format: FORMAT, ...contents }),
});

/** Before the names of the arrays that the state of a training has. */
export const STATE = 'training/';

/** Numbers that JSON has not: { $number: 'NaN' } stands for one. */
export const LOST: readonly unknown[] = ['NaN', 'Infinity', '-Infinity', '-0'];

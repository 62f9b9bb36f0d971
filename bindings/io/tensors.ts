// Tensors of any kind in a safetensors file.

import { checkIs, isRecord } from '../errors.js';
import type { FileSource } from '../files/source.js';
import { type FileTarget, writeFile } from '../files/target.js';
import { flatOf } from '../model/data.js';
import type { NestedArray, Shaped } from '../nested.js';
import { number, options, type Rules, rule } from '../options.js';
import type { Tensor } from '../tensor.js';
import type { LoadWeightsOptions } from './load.js';
import { opened } from './opened.js';
import { formatSafetensors, type WrittenTensor } from './safetensors.js';

/** What a safetensors file holds. */
export interface SafetensorsContents {
  /** By name. Numbers of 16 bits are float32 now. */
  readonly tensors: Readonly<Record<string, Shaped>>;
  /** Texts by name. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Options of `writeSafetensors`. */
export interface WriteSafetensorsOptions {
  /** Texts by name. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

const readOptions = options({ maxBytes: number(Infinity, 0) } satisfies Rules<LoadWeightsOptions>);

const writeOptions = options({
  metadata: rule<Readonly<Record<string, string>>, Readonly<Record<string, string>>>({}, (what, given) => {
    const texts = isRecord(given) && Object.values(given as object).every((text) => typeof text === 'string');
    checkIs(texts, what, 'an object of texts', given);
  }),
} satisfies Rules<WriteSafetensorsOptions>);

/**
 * Reads all tensors of a safetensors file, of whatever program.
 *
 * @param from a path (Node, Bun, Deno), bytes, what `fetch` returns, a Blob or File, or a place such as
 *   `indexedDb(name)`
 * @throws FileError if the file is damaged, or has numbers that can't be read: 8-bit floats, whole numbers beyond 2^53
 */
export async function readSafetensors(from: FileSource, options?: LoadWeightsOptions): Promise<SafetensorsContents> {
  const { maxBytes } = readOptions('readSafetensors', options);
  const { file, reading } = await opened('readSafetensors', from, maxBytes);
  const { what, tensors, metadata } = file;
  const read = [...tensors].map(([name, stored]) => {
    return [name, { data: reading.numbersOf(`${what}: ${name}`, stored), shape: [...stored.shape] }] as const;
  });
  return { tensors: Object.fromEntries(read), metadata: Object.fromEntries(metadata) };
}

/**
 * Writes tensors to a safetensors file, which most tools for machine learning read.
 *
 * @param tensors by name: tensors, nested arrays, typed arrays, or { data, shape }
 * @param to as in `saveModel`
 * @returns the bytes of the file
 */
export async function writeSafetensors(
  tensors: Readonly<Record<string, Tensor | NestedArray | Shaped>>,
  to?: FileTarget,
  options?: WriteSafetensorsOptions,
): Promise<Uint8Array> {
  checkIs(isRecord(tensors), 'writeSafetensors: tensors', 'an object of tensors by name', tensors);
  const { metadata } = writeOptions('writeSafetensors', options);
  const written = Object.entries(tensors).map(([name, value]) => {
    const { data, shape } = flatOf(`writeSafetensors: ${name}`, value);
    return [name, { data, shape } as WrittenTensor] as const;
  });
  const bytes = formatSafetensors(new Map(written), metadata);
  if (to !== undefined) await writeFile('writeSafetensors', to, bytes);
  return bytes;
}

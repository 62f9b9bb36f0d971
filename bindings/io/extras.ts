// What a file keeps beside a model: scalers, encoders, names of classes.

import type { FileSource } from '../files/source.js';
import { opened } from './opened.js';
import { type Json, toJson } from './values.js';

/** A scaler or an encoder. */
export interface Fitted {
  toJSON(): object;
  fromJSON(kept: unknown): object;
}

const isFitted = (value: unknown): value is Fitted =>
  value !== null && typeof value === 'object' && 'toJSON' in value && 'fromJSON' in value;

/** Extras as JSON. */
export const extrasJson = (where: string, extras: object): Json =>
  toJson(extras, where, (value, path) => {
    return isFitted(value) ? { $fitted: toJson(value.toJSON(), path, () => undefined) } : undefined;
  });

/**
 * Loads what `saveModel` kept beside a model by its option `extras`: scalers and encoders are fitted as they were.
 *
 * @throws FileError if there is none, or the file is damaged
 * @example const { scaler, classNames } = await loadExtras('model.safetensors');
 */
export async function loadExtras(from: FileSource): Promise<Record<string, unknown>> {
  const { file, reading } = await opened('loadExtras', from);
  return reading.extrasOf(file);
}

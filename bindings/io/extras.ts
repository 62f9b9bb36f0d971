// What a file keeps beside a model: scalers, encoders, names of classes.

import { isRecord, show } from '../errors.js';
import { checkFile } from '../files/fileerror.js';
import { type FileSource, readFile } from '../files/source.js';
import { contentsOf } from './contents.js';
import { parseSafetensors } from './safetensors.js';
import { fromJson, type Json, toJson } from './values.js';

/** A scaler or an encoder. */
interface Fitted {
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
  const { what, bytes } = await readFile('loadExtras', from);
  const { extras } = contentsOf(parseSafetensors(what, bytes));
  checkFile(isRecord(extras), () => `${what} has no extras: saveModel(model, to, { extras: { … } }) writes them`);
  const makers = await import('./catalog/fitted.js');
  return fromJson(extras, 'extras', ({ $fitted }, path) => {
    const kept = fromJson($fitted, path, () => undefined);
    const { kind } = (kept ?? {}) as { readonly kind?: unknown };
    checkFile(
      typeof kind === 'string' && Object.hasOwn(makers, kind),
      () => `${what}: ${path} is of the unknown kind ${show(kind)}`,
    );
    return (makers as unknown as Record<string, () => Fitted>)[kind]!().fromJSON(kept);
  }) as Record<string, unknown>;
}

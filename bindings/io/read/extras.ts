// Reads what a file keeps beside a model: scalers, encoders, names of classes.

import { isRecord, show } from '../../errors.js';
import { checkFile } from '../../files/fileerror.js';
import type { Fitted } from '../extras.js';
import type { SafetensorsFile } from '../format.js';
import { contentsOf } from './contents.js';
import { fromJson } from './values.js';

/** The extras of a file; throws if there are none. */
export async function extrasOf(file: SafetensorsFile): Promise<Record<string, unknown>> {
  const { what } = file;
  const { extras } = contentsOf(file);
  checkFile(isRecord(extras), () => `${what} has no extras: saveModel(model, to, { extras: { … } }) writes them`);
  const makers = await import('../catalog/fitted.js');
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

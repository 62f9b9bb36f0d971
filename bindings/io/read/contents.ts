// Reads what the metadata of a file says beside its tensors.

import { isRecord, show } from '../../errors.js';
import { checkFile } from '../../files/fileerror.js';
import { parseJson } from '../../files/json.js';
import type { SafetensorsFile } from '../format.js';
import { type Contents, FORMAT, KEY } from '../format.js';

/** What a file says; throws if another program wrote it, or a version of the future. */
export function contentsOf({ what, metadata }: SafetensorsFile): Contents {
  const text = metadata.get(KEY);
  checkFile(text !== undefined, () => {
    return `${what} was not written by wasmgrad: of its tensors loadWeights(model, from) takes the weights`;
  });
  const json = parseJson(`${what}: the metadata`, text);
  checkFile(isRecord(json), () => `${what}: the metadata must be an object, got ${show(json)}`);
  const { format } = json as { readonly format?: unknown };
  checkFile(
    format === FORMAT,
    () => `${what} has the format ${show(format)}, and this version of wasmgrad reads ${FORMAT}`,
  );
  return json as Contents;
}

// What the metadata of a file says beside its tensors, under the name 'wasmgrad'.

import { isRecord, show } from '../errors.js';
import { checkFile } from '../files/fileerror.js';
import { parseJson } from '../files/json.js';
import type { SafetensorsFile } from './safetensors.js';
import type { Structure } from './structure.js';
import type { Json } from './values.js';

/** The version of what is said. It rises only where an older version of the library would read a file wrongly. */
const FORMAT = 1;

const KEY = 'wasmgrad';

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

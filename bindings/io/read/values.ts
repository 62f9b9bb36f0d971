// Values that JSON of a file stands for, with what JSON has no words for (../values.ts).

import { show } from '../../errors.js';
import { checkFile } from '../../files/fileerror.js';
import { LOST } from '../format.js';

/** Makes the value that an object with a name of $ stands for. */
export type Meaning = (object: { readonly [name: string]: unknown }, path: string) => unknown;

/** The value that JSON of a file stands for. */
export function fromJson(json: unknown, path: string, meaning: Meaning): unknown {
  if (json === null) return undefined;
  if (Array.isArray(json)) return json.map((element, i) => fromJson(element, `${path}[${i}]`, meaning));
  if (typeof json !== 'object') return json;
  const object = json as { readonly [name: string]: unknown };
  if ('$number' in object) {
    const text = object['$number'];
    checkFile(LOST.includes(text), () => `${path}: $number is ${show(text)}`);
    return Number(text);
  }
  if (Object.keys(object).some((name) => name.startsWith('$'))) return meaning(object, path);
  return Object.fromEntries(
    Object.entries(object).map(([name, part]) => [name, fromJson(part, `${path}.${name}`, meaning)]),
  );
}

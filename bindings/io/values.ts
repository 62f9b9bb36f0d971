// Values as JSON, with what JSON has no words for: { $number: 'NaN' }, and what else is said of a value by a name with $ before it.

import { check, isRecord, show } from '../errors.js';
import { checkFile } from '../files/fileerror.js';

/** Values as JSON has them. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Says in JSON what a value is that is none of JSON; undefined if it is. */
export type Special = (value: unknown, path: string) => Json | undefined;

/** Numbers that JSON has not. */
const LOST: readonly unknown[] = ['NaN', 'Infinity', '-Infinity', '-0'];

/**
 * A value as JSON. What is undefined is left out of objects, and null in arrays.
 *
 * @param path what the value is, as errors name it
 */
export function toJson(value: unknown, path: string, special: Special): Json {
  const said = special(value, path);
  if (said !== undefined) return said;
  if (value === undefined || value === null) return null;
  if (typeof value === 'number') {
    const text = Object.is(value, -0) ? '-0' : String(value);
    return LOST.includes(text) ? { $number: text } : value;
  }
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map((element, i) => toJson(element, `${path}[${i}]`, special));
  check(isRecord(value), () => `${path} is ${show(value)}, which can't be written to a file`);
  const given = Object.entries(value).filter(([, part]) => part !== undefined);
  const named = given.map(([name, part]) => {
    check(
      !name.startsWith('$') && name !== '__proto__',
      () => `${path} has the name '${name}', which a file needs for itself`,
    );
    return [name, toJson(part, `${path}.${name}`, special)] as const;
  });
  return Object.fromEntries(named);
}

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

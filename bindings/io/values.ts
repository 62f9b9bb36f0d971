// Values as JSON, with what JSON has no words for: { $number: 'NaN' }, and what else is said of a value by a name with $ before it.

import { check, isRecord, show } from '../errors.js';
import { checkFile } from '../files/fileerror.js';

/** Values as JSON has them. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Says in JSON what a value is that is none of JSON; undefined if it is. */
export type Special = (value: unknown, path: string) => Json | undefined;

const LOST: readonly unknown[] = [Number.NaN, Infinity, -Infinity, -0];

/**
 * A value as JSON. What is undefined is left out of objects, and null in arrays.
 *
 * @param path what the value is, as errors name it
 */
export function toJson(value: unknown, path: string, special: Special): Json {
  const said = special(value, path);
  if (said !== undefined) return said;
  if (value === undefined || value === null) return null;
  if (LOST.some((lost) => Object.is(lost, value))) return { $number: Object.is(value, -0) ? '-0' : String(value) };
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
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
    const number = LOST.find((lost) => (Object.is(lost, -0) ? '-0' : String(lost)) === object['$number']);
    checkFile(number !== undefined, () => `${path}: $number is ${show(object['$number'])}`);
    return number;
  }
  if (Object.keys(object).some((name) => name.startsWith('$'))) return meaning(object, path);
  return Object.fromEntries(
    Object.entries(object).map(([name, part]) => [name, fromJson(part, `${path}.${name}`, meaning)]),
  );
}

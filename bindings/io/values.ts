// Values as JSON, with what JSON has no words for: { $number: 'NaN' }, and what else is said of a value by a name with
// $ before it.

import { check, isRecord, show } from '../errors.js';
import { LOST } from './format.js';

/** Values as JSON has them. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Says in JSON what a value is that is none of JSON; undefined if it is. */
export type Special = (value: unknown, path: string) => Json | undefined;

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

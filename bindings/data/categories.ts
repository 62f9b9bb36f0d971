// What encoders of categories share: which categories a column has, and where each of them stands. Not here: the
// encoders (labelencoder.ts, onehotencoder.ts).

import { check, checkIs, show } from '../errors.js';

/** What a category may be; those of one column are of one type. */
export type Category = string | number | boolean;

/** Where a category stands among those of its column, sorted. */
export type Indices = ReadonlyMap<Category, number>;

/** The indices of categories. */
export const indicesOf = (categories: readonly Category[]): Indices =>
  new Map(categories.map((category, i) => [category, i]));

/** The different values, sorted: numbers by size, words by their letters. */
export function categoriesOf(where: string, values: readonly unknown[]): Category[] {
  values.forEach((value, i) => {
    const isCategory = /^(string|number|boolean)$/.test(typeof value) && !Number.isNaN(value);
    checkIs(isCategory, `${where}: value ${i}`, 'a string, a number, or true or false', value);
    const alike = typeof value === typeof values[0];
    check(
      alike,
      () => `${where}: value ${i} is ${show(value)}, the first one ${show(values[0])}: they must be of one type`,
    );
  });
  const different = [...new Set(values as readonly Category[])];
  return different.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Throws unless a list, of what was kept as JSON, has categories only. */
export function checkCategories(what: string, list: unknown): asserts list is Category[] {
  const holds = Array.isArray(list) && list.every((value) => /^(string|number|boolean)$/.test(typeof value));
  checkIs(holds, what, 'an array of categories', list);
}

/** The index of a value. Throws, and says what is known, if it has none. */
export function indexOf(where: string, indices: Indices, value: unknown): number {
  const index = indices.get(value as Category);
  check(index !== undefined, () => {
    const known = [...indices.keys()].slice(0, 20).map(show).join(', ');
    return `${where}: ${show(value)} was not there when it was fitted (known: ${known}${indices.size > 20 ? ', …' : ''})`;
  });
  return index;
}

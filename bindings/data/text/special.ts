// Special tokens: marks such as '<|endoftext|>' that are one token wherever they stand in a text.

import { check, checkIs } from '../../errors.js';
import { rule } from '../../options.js';

/** How many characters all special tokens may have together: they are one regular expression. */
const MAX_LENGTH = 2 ** 16;

/** The rule of the option `specialTokens`. */
export const specialRule = rule<readonly string[], readonly string[]>([], (what, given) => checkSpecial(what, given));

/** Throws unless it is a list of different strings, none of them empty. */
export function checkSpecial(what: string, list: unknown): asserts list is readonly string[] {
  const holds = Array.isArray(list) && list.every((token) => typeof token === 'string' && token !== '');
  checkIs(holds, what, 'an array of strings that are not empty', list);
  checkDifferent(what, list);
  const length = list.reduce((sum, token) => sum + token.length, 0);
  check(length <= MAX_LENGTH, () => `${what} have ${length} characters in all, and may have ${MAX_LENGTH}`);
}

/** Throws if a text is in a list twice. */
export function checkDifferent(what: string, list: readonly string[]): void {
  const seen = new Set<string>();
  for (const text of list) {
    check(!seen.has(text), () => `${what}: '${text.slice(0, 40)}' is there twice`);
    seen.add(text);
  }
}

const escaped = (token: string): string => token.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/**
 * Makes a function that cuts a text at its special tokens, of which the longest that fits counts: of its parts those at
 * odd places are special tokens.
 */
export function splitter(special: readonly string[]): (text: string) => readonly string[] {
  if (special.length === 0) return (text) => [text];
  const longestFirst = [...special].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(`(${longestFirst.map(escaped).join('|')})`, 'u');
  return (text) => text.split(pattern);
}

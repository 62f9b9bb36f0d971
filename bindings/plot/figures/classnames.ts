// The option of figures that has the names of classes.

import { checkIs } from '../../errors.js';
import { rule } from '../../options.js';

export const isNames = (given: unknown): given is readonly string[] =>
  Array.isArray(given) && given.every((name) => typeof name === 'string');

export const classNames = /*@__PURE__*/ rule<readonly string[], undefined>(undefined, (what, given) => {
  checkIs(isNames(given), what, 'an array of names', given);
});

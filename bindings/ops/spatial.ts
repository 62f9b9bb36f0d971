// What ops of sequences [n, time, features] and of images [n, height, width, channels] share: how they are checked, and
// options that are one number for both axes, or one for each.

import { check, checkIs } from '../errors.js';
import type { Rule } from '../options.js';
import { checkedTensor, type Tensor } from '../tensor.js';

/** One number for height and width, or [height, width]. */
export type Pair = number | readonly [number, number];

const AXES: Readonly<Record<number, string>> = {
  3: 'sequences [n, time, features]',
  4: 'images [n, height, width, channels]',
};

/** Throws unless `x` is a batch of sequences (`rank` 3) or of images (4). */
export function checkSpatial(where: string, x: Tensor, rank: 3 | 4): void {
  const fits = checkedTensor(where, x).shape.length === rank;
  check(fits, () => `${where}: expected ${AXES[rank]}, got ${x}`);
}

/** Both numbers, whole and of at least `low`, given as one or as two. */
export function checkedPair(what: string, given: unknown, low = 1): readonly [number, number] {
  const both = Array.isArray(given) ? given : [given, given];
  const fits = both.length === 2 && both.every((n) => Number.isSafeInteger(n) && n >= low);
  checkIs(fits, what, `a whole number of at least ${low}, or two of them, [height, width]`, given);
  return [both[0], both[1]];
}

/** A rule for both numbers, each at least `low`; `fallback` where nothing is given. */
/*@__NO_SIDE_EFFECTS__*/
export function pair<F extends number | undefined>(
  fallback: F,
  low = 1,
): Rule<readonly [number, number] | (F extends undefined ? undefined : never)> {
  return (given = fallback, what) => {
    if (given === undefined) return undefined as F extends undefined ? undefined : never;
    return checkedPair(what, given, low);
  };
}

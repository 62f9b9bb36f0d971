// Generates cases of one kind until one fails, and shrinks that one.

import fc from 'fast-check';
import type { Kind } from './kinds.js';

/** A case that failed, as small as it got. */
export interface Found {
  readonly text: string;
  /** How many ops or lines the case has. */
  readonly size: number;
  readonly error: unknown;
  /** Of how many cases it was the last. */
  readonly cases: number;
  /** Repeats it, with the seed. */
  readonly path: string;
}

export interface Outcome {
  readonly cases: number;
  readonly found?: Found;
}

export interface Search {
  readonly seed: number;
  readonly cases: number;
  /** Where fast-check is to go on: a case that was found before. */
  readonly path?: string;
}

/** Steps of shrinking at most. */
const SHRINKS = 200;

export async function search<T>(kind: Kind<T>, { seed, cases, path }: Search): Promise<Outcome> {
  let left = Number.POSITIVE_INFINITY;
  const property = fc.asyncProperty(kind.arbitrary, async (value) => {
    if (left-- <= 0) return;
    try {
      await kind.check(value);
    } catch (error) {
      left = Math.min(left, SHRINKS);
      throw error;
    }
  });
  const result = await fc.check(property, { seed, numRuns: cases, path });
  const { failed, counterexample, numRuns, counterexamplePath, errorInstance } = result;
  if (!failed) return { cases: numRuns };
  const { value, error } = await smallest(kind, counterexample![0], errorInstance);
  const found = { ...shown(kind, value), error, cases: numRuns, path: counterexamplePath! };
  return { cases: numRuns, found };
}

/** A case as code; one that cannot be made, since a call throws that must not, as it was generated. */
function shown<T>(kind: Kind<T>, value: T): Pick<Found, 'text' | 'size'> {
  try {
    return { text: kind.text(value), size: kind.size(value) };
  } catch {
    return { text: JSON.stringify(value), size: Number.NaN };
  }
}

/** A case that fails, and cannot lose a part: fast-check shortens lists from the front only. */
async function smallest<T>(kind: Kind<T>, given: T, first: unknown): Promise<{ value: T; error: unknown }> {
  const errorOf = async (value: T): Promise<unknown> => {
    try {
      return void (await kind.check(value));
    } catch (error) {
      return error;
    }
  };
  let [value, error] = [given, first];
  for (let left = kind.simpler?.(value) ?? []; left.length > 0; ) {
    const less = left.shift()!;
    const other = await errorOf(less);
    if (!other) continue;
    [value, error] = [less, other];
    left = kind.simpler!(value);
  }
  return { value, error };
}

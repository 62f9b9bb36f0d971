// How options are read. A rule for each name says what a value must be, and what it is when it is left out; names,
// defaults and checks follow from the rules alone. Not here: any option. Rules stand beside the interface whose options
// they read.

import {
  checkFunction,
  checkIs,
  checkNumber,
  checkPositive,
  checkRange,
  checkWhole,
  isRecord,
  lookup,
} from './errors.js';

/** Reads one option: returns the default if none was given, else what was given, checked; `what` names it in errors. */
export type Rule<T> = (given: unknown, what: string) => T;

/** A rule for each option of `O`. With `satisfies`, a name that is missing or left over does not compile. */
export type Rules<O> = { readonly [K in keyof O]-?: Rule<O[K]> };

/** The options that these rules read, with defaults in place of what was left out. */
export type Values<R> = { readonly [K in keyof R]: R[K] extends Rule<infer T> ? T : never };

/**
 * Makes a function that reads options by these rules; its `where` names the function that the options were given to. It
 * throws if they are no object, have an unknown name, or break a rule. If none are given it returns one shared object.
 */
/*@__NO_SIDE_EFFECTS__*/
export function options<R extends Readonly<Record<string, Rule<unknown>>>>(rules: R) {
  const read = (where: string, given: Readonly<Record<string, unknown>>): Values<R> => {
    for (const name of Object.keys(given)) lookup(`option of ${where}`, name, rules);
    const values: Record<string, unknown> = {};
    for (const name of Object.keys(rules)) values[name] = rules[name]!(given[name], `${where}: ${name}`);
    return values as Values<R>;
  };
  let defaults: Values<R> | undefined;
  return (where: string, given: unknown): Values<R> => {
    if (given === undefined) return (defaults ??= Object.freeze(read(where, {})));
    // No null, array, Map or function, in which options would be overlooked.
    const isObject = isRecord(given);
    checkIs(isObject, `${where}: options`, 'an object', given);
    return read(where, given as Readonly<Record<string, unknown>>);
  };
}

/** `fallback`, or a `T` that passes `check`. */
/*@__NO_SIDE_EFFECTS__*/
export function rule<T, F>(fallback: F, check: (what: string, given: unknown) => void): Rule<T | F> {
  return (given, what) => {
    if (given === undefined) return fallback;
    check(what, given);
    return given as T;
  };
}

/** true or false. */
/*@__NO_SIDE_EFFECTS__*/
export function flag(fallback: boolean): Rule<boolean> {
  return rule(fallback, (what, given) => checkIs(typeof given === 'boolean', what, 'true or false', given));
}

/** A finite number in low … high. */
/*@__NO_SIDE_EFFECTS__*/
export function number(fallback: number, low?: number, high?: number): Rule<number> {
  return rule(fallback, (what, given) => checkNumber(what, given, low, high));
}

/** A finite number above 0. */
/*@__NO_SIDE_EFFECTS__*/
export function positive(fallback: number): Rule<number> {
  return rule(fallback, checkPositive);
}

/** A number in [low, high). */
/*@__NO_SIDE_EFFECTS__*/
export function range(fallback: number, low: number, high: number): Rule<number> {
  return rule(fallback, (what, given) => checkRange(what, given, low, high));
}

/** A whole number in low … high. */
/*@__NO_SIDE_EFFECTS__*/
export function whole<F extends number | undefined>(fallback: F, low?: number, high?: number): Rule<number | F> {
  return rule<number, F>(fallback, (what, given) => checkWhole(what, given, low, high));
}

/** One of these words, of which the first is the default. */
/*@__NO_SIDE_EFFECTS__*/
export function oneOf<const T extends string>(...words: readonly [T, ...T[]]): Rule<T> {
  const all = words.map((word) => `'${word}'`).join(' or ');
  return rule<T, T>(words[0], (what, given) => checkIs(words.includes(given as T), what, all, given));
}

/** A string, or nothing. */
/*@__NO_SIDE_EFFECTS__*/
export function text<F extends string | undefined>(fallback: F): Rule<string | F> {
  return rule<string, F>(fallback, (what, given) => checkIs(typeof given === 'string', what, 'a string', given));
}

/** A function, or nothing. */
/*@__NO_SIDE_EFFECTS__*/
export function callable<T>(): Rule<T | undefined> {
  return rule<T, undefined>(undefined, checkFunction);
}

/** Anything: what needs it checks it. */
/*@__NO_SIDE_EFFECTS__*/
export function anything<T>(): Rule<T> {
  return (given) => given as T;
}

type AnyRules = Readonly<Record<string, Rule<unknown>>>;

type Together<A, B> = {
  readonly [K in keyof A | keyof B]: K extends keyof B ? B[K] : K extends keyof A ? A[K] : never;
};

/**
 * Joins two lists of rules; those of the second one count. It is a function, since a bundler drops a call that nobody
 * uses, but would not drop `{ ...rules, ...more }`: reading a property could do anything.
 */
/*@__NO_SIDE_EFFECTS__*/
export function together<A extends AnyRules, B extends AnyRules>(rules: A, more: B): NoInfer<Together<A, B>> {
  return { ...rules, ...more } as never;
}

// The options of fit. Not here: what fit does with them (model.ts, fit.ts).

import { checkIs } from '../errors.js';
import { flag, options, type Rules, range, rule, whole } from '../options.js';
import { type Callback, checkCallbacks } from './callbacks.js';
import type { DataLike } from './data.js';

/** Options of `fit`. */
export interface FitOptions<X = DataLike, Y = DataLike> {
  /** How often the model sees all samples; default 1. */
  readonly epochs?: number | undefined;
  /** Samples of one step: a number (default 32), 1 for stochastic, 'full' for batch gradient descent. */
  readonly batchSize?: number | 'full' | undefined;
  /** Another order in each epoch; default true. */
  readonly shuffle?: boolean | undefined;
  /** The fraction of the samples, the last ones, that is held out for validation: in [0, 1); default 0. */
  readonly validationSplit?: number | undefined;
  /** [x, y] to validate on after each epoch. They are copied when fit begins. */
  readonly validationData?: readonly [X, Y] | undefined;
  /** Functions to be called while it trains. */
  readonly callbacks?: readonly Callback[] | undefined;
}

export const fitOptions = options({
  epochs: whole(1),
  batchSize: (given, what) => (given === 'full' ? given : whole(32)(given, `${what}, if it is not 'full',`)),
  shuffle: flag(true),
  validationSplit: range(0, 0, 1),
  validationData: rule<readonly [unknown, unknown], undefined>(undefined, (what, given) => {
    checkIs(Array.isArray(given) && given.length === 2, what, '[x, y]', given);
  }),
  callbacks: rule<readonly Callback[], []>([], (_, given) => checkCallbacks(given)),
} satisfies Rules<FitOptions<unknown, unknown>>);

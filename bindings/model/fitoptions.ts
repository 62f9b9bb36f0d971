// The options of fit. Not here: what fit does with them (model.ts, fit.ts).

import { type Callback, checkCallbacks } from '../callbacks/callback.js';
import { checkIs, isObject } from '../errors.js';
import { anything, flag, options, type Rule, type Rules, range, rule, whole } from '../options.js';
import type { ClassWeight } from './classweights.js';
import type { DataLike } from './data.js';
import type { TrainingState } from './resume.js';
import { MAX_PARTS } from './training.js';

/** What fit needs of an AbortSignal. */
export interface Signal {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener?(type: 'abort', listener: () => void): void;
  removeEventListener?(type: 'abort', listener: () => void): void;
}

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
  /** [x, y], or [x, y, weights of the samples], to validate on after each epoch. They are copied when fit begins. */
  readonly validationData?: readonly [x: X, y: Y, sampleWeight?: DataLike] | undefined;
  /** After every how many epochs it is validated; default 1. */
  readonly validationFreq?: number | undefined;
  /** How much each sample counts in the loss: n numbers of 0 or more. The loss is then Σ weight·loss / Σ weight. */
  readonly sampleWeight?: DataLike | undefined;
  /** How much the samples of each class count while training: { 0: 1, 1: 5 }, or 'balanced'. */
  readonly classWeight?: ClassWeight | undefined;
  /** A step by the mean gradient of this many batches, which takes the memory of one; default 1. */
  readonly accumulate?: number | undefined;
  /** The number of the first epoch: `epochs` then says where to end; default 0. */
  readonly initialEpoch?: number | undefined;
  /** An epoch ends after this many batches; by default after all samples. */
  readonly stepsPerEpoch?: number | undefined;
  /** Ends the training when it is aborted: fit rejects with its reason, and the weights are those of the last step. */
  readonly signal?: Signal | undefined;
  /** What `trainingState()` returned: goes on from there, with the bits of a training without a break. */
  readonly from?: TrainingState | undefined;
  /** 1 shows how far it is: a bar in a terminal, else a line an epoch on the console; 0 (default) shows nothing. */
  readonly verbose?: 0 | 1 | undefined;
  /**
   * True adds `findings` to the history: what is wrong with the training, as `diagnose` of wasmgrad/diagnose says it.
   */
  readonly diagnose?: boolean | undefined;
  /** Functions to be called while it trains. */
  readonly callbacks?: readonly Callback[] | undefined;
}

/** The rule of the option `signal`. */
export const aSignal = rule<Signal, undefined>(undefined, (what, given) => {
  const isSignal = isObject(given) && 'aborted' in given;
  checkIs(isSignal, what, 'an AbortSignal', given);
});

export const fitOptions = options({
  epochs: whole(1),
  batchSize: (given, what) => (given === 'full' ? given : whole(32)(given, `${what}, if it is not 'full',`)),
  shuffle: flag(true),
  validationSplit: range(0, 0, 1),
  validationData: rule<readonly [unknown, unknown, DataLike?], undefined>(undefined, (what, given) => {
    checkIs(Array.isArray(given) && (given.length === 2 || given.length === 3), what, '[x, y]', given);
  }),
  validationFreq: whole(1),
  sampleWeight: anything<DataLike | undefined>(),
  classWeight: anything<ClassWeight | undefined>(), // what weighs by it checks it
  accumulate: whole(1, 1, MAX_PARTS - 1),
  initialEpoch: whole(0, 0),
  stepsPerEpoch: whole(undefined),
  signal: aSignal,
  from: rule<TrainingState, undefined>(undefined, (what, given) => {
    const isState = isObject(given) && 'values' in given && 'form' in given;
    checkIs(isState, what, 'what trainingState() returned', given);
  }),
  verbose: whole(0, 0, 1) as Rule<0 | 1>,
  diagnose: flag(false),
  callbacks: rule<readonly Callback[], []>([], (_, given) => checkCallbacks(given)),
} satisfies Rules<FitOptions<unknown, unknown>>);

/** Whether data come batch by batch: from a function, or from what can be gone through and is no array. */
export function isSource(x: unknown): boolean {
  if (typeof x !== 'object' || x === null) return typeof x === 'function';
  return Symbol.asyncIterator in x || (Symbol.iterator in x && !Array.isArray(x) && !ArrayBuffer.isView(x));
}

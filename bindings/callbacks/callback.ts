// What can be hooked into fit, and how that is checked. Not here: callbacks that are ready to use, one a file.

import { check, checkFunction, checkIs, isObject, lookup } from '../errors.js';
import type { NestedArray } from '../nested.js';
import type { Tensor } from '../tensor.js';

/**
 * Loss and metrics by name: 'loss', 'accuracy', 'valLoss', 'valAccuracy' … `Names` are those that the compiler knows of
 * beside 'loss'.
 */
export type Logs<Names extends string = string> = { readonly loss: number } & Readonly<Record<Names, number>>;

/** The model as callbacks see it while fit runs. */
export interface TrainingModel {
  /** Set it to true to stop after this batch or epoch. */
  stopTraining: boolean;
  /** η, the learning rate; what is set here is used from the next step on. A schedule cannot be set. */
  learningRate: number;
  /** A factor of all learning rates, 1 at first; what is set here is used from the next step on. */
  learningRateScale: number;
  getWeights(): Tensor[];
  setWeights(weights: readonly (Tensor | NestedArray)[]): void;
}

/** How far fit has come in an epoch: for progress bars. */
export interface Progress {
  /** From 0. */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps done in this epoch, of `steps`. */
  readonly step: number;
  readonly steps: number;
  /** Samples done in this epoch, of `samples`. */
  readonly sample: number;
  readonly samples: number;
  /** Means over the epoch so far. */
  readonly logs: Logs;
}

/**
 * Functions that fit calls while it trains; each may be async. Epochs and batches are counted from 0. A misspelt hook,
 * or a callback without any, is refused.
 */
export interface Callback {
  /** `validates`: whether there are validation data. */
  onTrainBegin?: ((model: TrainingModel, validates: boolean) => void | Promise<void>) | undefined;
  onEpochBegin?: ((epoch: number, model: TrainingModel) => void | Promise<void>) | undefined;
  /** After every batch, with its own loss and metrics. Costs a call into wasm for each. */
  onBatchEnd?: ((batch: number, logs: Logs, model: TrainingModel) => void | Promise<void>) | undefined;
  /** Every 20 ms or so: for progress bars. */
  onProgress?: ((progress: Progress) => void | Promise<void>) | undefined;
  onEpochEnd?: ((epoch: number, logs: Logs, model: TrainingModel) => void | Promise<void>) | undefined;
  /** Whatever ended the training, an error included; with the logs of the last good epoch. */
  onTrainEnd?: ((logs: Logs, model: TrainingModel) => void | Promise<void>) | undefined;
  /** What it keeps from epoch to epoch, under a name that tells it from others: `trainingState()` has it. */
  saveState?: (() => Readonly<Record<string, unknown>>) | undefined;
  /** Takes its part of what all callbacks saved, after `onTrainBegin` of a fit that goes on from a state. */
  restoreState?: ((saved: Readonly<Record<string, unknown>>) => void) | undefined;
}

const HOOKS: Readonly<Record<keyof Callback, true>> = {
  onTrainBegin: true,
  onEpochBegin: true,
  onBatchEnd: true,
  onProgress: true,
  onEpochEnd: true,
  onTrainEnd: true,
  saveState: true,
  restoreState: true,
};

/**
 * Throws unless all callbacks are objects with at least one hook, whose hooks are functions with the names of hooks.
 */
export function checkCallbacks(callbacks: unknown): asserts callbacks is readonly Callback[] {
  checkIs(Array.isArray(callbacks), 'fit: callbacks', 'an array', callbacks);
  callbacks.forEach(checkCallback);
}

function checkCallback(callback: unknown, i: number): void {
  const what = `callbacks[${i}]`;
  checkIs(isObject(callback), `fit: ${what}`, 'an object with hooks such as onEpochEnd', callback);
  const hooks = callback as Record<string, unknown>;
  for (const key of namesOf(hooks)) if (looksLikeHook(key)) lookup('hook', key, HOOKS);
  const given = Object.keys(HOOKS).filter((key) => hooks[key] !== undefined);
  for (const key of given) checkFunction(`fit: ${key} of ${what}`, hooks[key]);
  check(given.length > 0, () => `fit: ${what} has none of the hooks ${Object.keys(HOOKS).join(', ')}`);
}

/** Whether a name is, or is meant to be, that of a hook: onX, on_epoch_end, OnEpochEnd, epochEnd. */
const looksLikeHook = (key: string): boolean =>
  /^on[A-Z]/.test(key) || /^(on)?(train|epoch|batch)(begin|start|end)$/i.test(key.replaceAll('_', ''));

/** The names of all properties of an object, those of its class included. */
function namesOf(object: object): string[] {
  const proto = Object.getPrototypeOf(object);
  const inherited = proto === null || proto === Object.prototype ? [] : namesOf(proto);
  return [...Object.getOwnPropertyNames(object), ...inherited];
}

// What can be hooked into fit, and the two hooks that most want: stop when nothing improves, stop when it is good enough.

import { check, checkIs, checkPositive, lookup } from '../errors.js';
import { flag, number, oneOf, options, type Rules, text, whole } from '../options.js';
import type { Tensor } from '../tensor.js';

/** Loss and metrics by name: 'loss', 'accuracy', 'valLoss', 'valAccuracy' … */
export type Logs = { readonly loss: number } & Readonly<Record<string, number>>;

/** What callbacks see of the model. */
export interface TrainingModel {
  /** Set it to stop after this batch or epoch. */
  stopTraining: boolean;
  /** η; the next step uses it. */
  learningRate: number;
  getWeights(): Tensor[];
  setWeights(weights: readonly Tensor[]): void;
}

/** How far an epoch is. */
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

/** Hooks into fit; each may be async. Numbers count from 0. */
export interface Callback {
  onTrainBegin?: ((model: TrainingModel) => void | Promise<void>) | undefined;
  onEpochBegin?: ((epoch: number, model: TrainingModel) => void | Promise<void>) | undefined;
  /** After every batch, with its own loss and metrics. Costs a call into wasm for each. */
  onBatchEnd?: ((batch: number, logs: Logs, model: TrainingModel) => void | Promise<void>) | undefined;
  /** Every 20 ms or so: for progress bars. */
  onProgress?: ((progress: Progress) => void | Promise<void>) | undefined;
  onEpochEnd?: ((epoch: number, logs: Logs, model: TrainingModel) => void | Promise<void>) | undefined;
  onTrainEnd?: ((logs: Logs, model: TrainingModel) => void | Promise<void>) | undefined;
}

/** Options of `earlyStopping`. */
export interface EarlyStoppingOptions {
  /** Default 'valLoss'. */
  readonly monitor?: string | undefined;
  /** 'max' for what is to grow; 'auto' (default) takes that for accuracies only. */
  readonly mode?: 'auto' | 'min' | 'max' | undefined;
  /** Epochs without improvement that are borne; default 0. */
  readonly patience?: number | undefined;
  /** What counts as improvement; default 0. */
  readonly minDelta?: number | undefined;
  /** End with the weights of the best epoch, whatever ended the training; default false. */
  readonly restoreBestWeights?: boolean | undefined;
}

const earlyStoppingOptions = options({
  monitor: text('valLoss'),
  mode: oneOf('auto', 'min', 'max'),
  patience: whole(0, 0),
  minDelta: number(0, 0),
  restoreBestWeights: flag(false),
} satisfies Rules<EarlyStoppingOptions>);

function monitored(where: string, logs: Logs, name: string): number {
  const value = logs[name];
  check(value !== undefined, () => {
    const hint = name.startsWith('val') ? '; give fit validationSplit or validationData' : '';
    return `${where}: there is no '${name}' to monitor (known: ${Object.keys(logs).join(', ')})${hint}`;
  });
  return value;
}

/** Stops when the monitored value has not improved for `patience` epochs. */
export function earlyStopping(options?: EarlyStoppingOptions): Callback {
  const given = earlyStoppingOptions('earlyStopping', options);
  const { monitor, mode, patience, minDelta, restoreBestWeights } = given;
  const grows = mode === 'max' || (mode === 'auto' && monitor.toLowerCase().endsWith('accuracy'));
  let best = Infinity;
  let waited = 0;
  let weights: Tensor[] | undefined;
  return {
    onTrainBegin: () => {
      [best, waited, weights] = [Infinity, 0, undefined];
    },
    onEpochEnd: (_epoch, logs, model) => {
      const value = (grows ? -1 : 1) * monitored('earlyStopping', logs, monitor);
      if (value < best - minDelta) {
        [best, waited] = [value, 0];
        if (restoreBestWeights) weights = model.getWeights();
      } else if (++waited > patience) model.stopTraining = true;
    },
    onTrainEnd: (_logs, model) => {
      if (weights) model.setWeights(weights);
    },
  };
}

const HOOKS: Readonly<Record<keyof Callback, true>> = {
  onTrainBegin: true,
  onEpochBegin: true,
  onBatchEnd: true,
  onProgress: true,
  onEpochEnd: true,
  onTrainEnd: true,
};

/** Throws unless all are objects that have hooks, and none whose name is no hook's. */
export function checkCallbacks(callbacks: unknown): asserts callbacks is readonly Callback[] {
  checkIs(Array.isArray(callbacks), 'fit: callbacks', 'an array', callbacks);
  callbacks.forEach(checkCallback);
}

function checkCallback(callback: unknown, i: number): void {
  const what = `callbacks[${i}]`;
  const object = callback !== null && typeof callback === 'object';
  checkIs(object, `fit: ${what}`, 'an object with hooks such as onEpochEnd', callback);
  const hooks = callback as Record<string, unknown>;
  for (const key of namesOf(hooks)) if (looksLikeHook(key)) lookup('hook', key, HOOKS);
  const given = Object.keys(HOOKS).filter((key) => hooks[key] !== undefined);
  for (const key of given)
    checkIs(typeof hooks[key] === 'function', `fit: ${key} of ${what}`, 'a function', hooks[key]);
  check(given.length > 0, () => `fit: ${what} has none of the hooks ${Object.keys(HOOKS).join(', ')}`);
}

/** onX, and what a hook is called elsewhere or by mistake: on_epoch_end, OnEpochEnd, epochEnd. */
const looksLikeHook = (key: string): boolean =>
  /^on[A-Z]/.test(key) || /^(on)?(train|epoch|batch)(begin|start|end)$/i.test(key.replaceAll('_', ''));

/** Names of all that an object has, by itself or by its class. */
function namesOf(object: object): string[] {
  const proto = Object.getPrototypeOf(object);
  const inherited = proto === null || proto === Object.prototype ? [] : namesOf(proto);
  return [...Object.getOwnPropertyNames(object), ...inherited];
}

/** Options of `stopBelow`. */
export interface StopBelowOptions {
  /** Default 'loss'. */
  readonly monitor?: string | undefined;
}

const stopBelowOptions = options({ monitor: text('loss') } satisfies Rules<StopBelowOptions>);

/** Stops after the first epoch in which the monitored value, the loss by default, is below `bound`. */
export function stopBelow(bound: number, options?: StopBelowOptions): Callback {
  checkPositive('stopBelow: bound', bound);
  const { monitor } = stopBelowOptions('stopBelow', options);
  return {
    onEpochEnd: (_epoch, logs, model) => {
      if (monitored('stopBelow', logs, monitor) < bound) model.stopTraining = true;
    },
  };
}

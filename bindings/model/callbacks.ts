// What can be hooked into fit, and the two hooks that most want: stop when nothing improves, stop when it is good enough.

import { check, checkOptions, checkPositive, checkWhole, show } from '../errors.js';
import type { Tensor } from '../tensor.js';

/** Loss and metrics by name: 'loss', 'accuracy', 'valLoss', 'valAccuracy' … */
export type Logs = Readonly<Record<string, number>>;

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
  onTrainBegin?(model: TrainingModel): void | Promise<void>;
  onEpochBegin?(epoch: number, model: TrainingModel): void | Promise<void>;
  /** After every batch, with its own loss and metrics. Costs a call into wasm for each. */
  onBatchEnd?(batch: number, logs: Logs, model: TrainingModel): void | Promise<void>;
  /** Every 20 ms or so: for progress bars. */
  onProgress?(progress: Progress): void | Promise<void>;
  onEpochEnd?(epoch: number, logs: Logs, model: TrainingModel): void | Promise<void>;
  onTrainEnd?(logs: Logs, model: TrainingModel): void | Promise<void>;
}

/** Options of `earlyStopping`. */
export interface EarlyStoppingOptions {
  /** Default 'valLoss'. What ends in 'ccuracy' is to grow, everything else to shrink. */
  readonly monitor?: string;
  /** Epochs without improvement that are borne; default 0. */
  readonly patience?: number;
  /** What counts as improvement; default 0. */
  readonly minDelta?: number;
  /** Go back to the weights of the best epoch; default false. */
  readonly restoreBestWeights?: boolean;
}

function monitored(where: string, logs: Logs, name: string): number {
  const value = logs[name];
  check(value !== undefined, () => {
    const hint = name.startsWith('val') ? '; give fit validationSplit or validationData' : '';
    return `${where}: there is no '${name}' to monitor (known: ${Object.keys(logs).join(', ')})${hint}`;
  });
  return value;
}

/** Stops when the monitored value has not improved for `patience` epochs. */
export function earlyStopping(options: EarlyStoppingOptions = {}): Callback {
  checkOptions('earlyStopping', options, ['monitor', 'patience', 'minDelta', 'restoreBestWeights']);
  const { monitor = 'valLoss', patience = 0, minDelta = 0, restoreBestWeights = false } = options;
  checkWhole('earlyStopping: patience', patience, 0);
  check(
    Number.isFinite(minDelta) && minDelta >= 0,
    () => `earlyStopping: minDelta must be 0 or more, got ${show(minDelta)}`,
  );
  const sign = monitor.endsWith('ccuracy') ? -1 : 1;
  let best = Infinity;
  let waited = 0;
  let weights: Tensor[] | undefined;
  return {
    onTrainBegin: () => {
      [best, waited, weights] = [Infinity, 0, undefined];
    },
    onEpochEnd: (_epoch, logs, model) => {
      const value = sign * monitored('earlyStopping', logs, monitor);
      if (value < best - minDelta) {
        [best, waited] = [value, 0];
        if (restoreBestWeights) weights = model.getWeights();
      } else if (++waited > patience) {
        model.stopTraining = true;
        if (weights) model.setWeights(weights);
      }
    },
  };
}

/** Stops after the first epoch in which the monitored value, the loss by default, is below `bound`. */
export function stopBelow(bound: number, options: { readonly monitor?: string } = {}): Callback {
  checkPositive('stopBelow: bound', bound);
  checkOptions('stopBelow', options, ['monitor']);
  const { monitor = 'loss' } = options;
  return {
    onEpochEnd: (_epoch, logs, model) => {
      if (monitored('stopBelow', logs, monitor) < bound) model.stopTraining = true;
    },
  };
}

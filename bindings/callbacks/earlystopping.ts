// earlyStopping: ends the training when nothing improves any more.

import { flag, number, oneOf, options, type Rules, text, whole } from '../options.js';
import type { TensorData } from '../tensor.js';
import type { Callback } from './callback.js';
import { checkMonitor, fresh, improves, keeping, type Mode } from './monitor.js';

/** Options of `earlyStopping`. */
export interface EarlyStoppingOptions {
  /** The name of what is watched, as logs show it; default 'valLoss', which needs validation data. */
  readonly monitor?: string | undefined;
  /**
   * 'min' if smaller is better, 'max' if larger is; 'auto' (default) is 'max' for accuracies, precision, recall, f1, r2
   * and areas under curves, else 'min'.
   */
  readonly mode?: Mode | undefined;
  /** How many epochs without improvement are tolerated, of those that have the value; default 0. */
  readonly patience?: number | undefined;
  /** A change of this much or less is no improvement; default 0. */
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

/** A callback that stops the training when the monitored value has not improved for more than `patience` epochs. */
export function earlyStopping(options?: EarlyStoppingOptions): Callback {
  const given = earlyStoppingOptions('earlyStopping', options);
  const { patience, restoreBestWeights } = given;
  const begin = () => fresh({ weights: undefined as TensorData[] | undefined });
  const kept = begin();
  return {
    ...keeping('earlyStopping', given, kept),
    onTrainBegin: (_model, validates) => {
      checkMonitor('earlyStopping', given.monitor, validates);
      Object.assign(kept, begin());
    },
    onEpochEnd: (_epoch, logs, model) => {
      const better = improves('earlyStopping', given, kept, logs);
      if (better === undefined) return;
      if (better) {
        kept.waited = 0;
        if (restoreBestWeights) kept.weights = model.getWeights().map((w) => w.data());
      } else if (++kept.waited > patience) model.stopTraining = true;
    },
    onTrainEnd: (_logs, model) => {
      if (kept.weights) model.setWeights(kept.weights);
    },
  };
}

// reduceLROnPlateau: smaller steps when nothing improves any more.

import { checkIs } from '../errors.js';
import { number, oneOf, options, type Rules, rule, text, whole } from '../options.js';
import type { Callback, TrainingModel } from './callback.js';
import { checkMonitor, fresh, improves, keeping, type Mode } from './monitor.js';

/** Options of `reduceLROnPlateau`. */
export interface ReduceLROnPlateauOptions {
  /** The name of what is watched, as logs show it; default 'valLoss', which needs validation data. */
  readonly monitor?: string | undefined;
  /** What the learning rate is multiplied by, below 1; default 0.1. */
  readonly factor?: number | undefined;
  /** How many epochs without improvement are tolerated, as of `earlyStopping`; default 10. */
  readonly patience?: number | undefined;
  /**
   * 'min' if smaller is better, 'max' if larger is; 'auto' (default) is 'max' for accuracies, precision, recall, f1, r2
   * and areas under curves, else 'min'.
   */
  readonly mode?: Mode | undefined;
  /** A change of this much or less is no improvement; default 1e-4. */
  readonly minDelta?: number | undefined;
  /** How many epochs after a reduction are not counted as such without improvement; default 0. */
  readonly cooldown?: number | undefined;
  /** The learning rate is not made smaller than this; default 0. */
  readonly minLearningRate?: number | undefined;
}

const plateauOptions = options({
  monitor: text('valLoss'),
  factor: rule<number, number>(0.1, (what, given) => {
    const holds = typeof given === 'number' && given > 0 && given < 1;
    checkIs(holds, what, 'a number between 0 and 1', given);
  }),
  patience: whole(10, 0),
  mode: oneOf('auto', 'min', 'max'),
  minDelta: number(1e-4, 0),
  cooldown: whole(0, 0),
  minLearningRate: number(0, 0),
} satisfies Rules<ReduceLROnPlateauOptions>);

/**
 * A callback that multiplies `model.learningRateScale`, and so the rate of any optimizer or schedule, by `factor` when
 * the monitored value has not improved for more than `patience` epochs. The scale stays when the training ends.
 *
 * @example await model.fit(x, y, { validationSplit: 0.2, callbacks: [reduceLROnPlateau({ patience: 3 })] });
 */
export function reduceLROnPlateau(options?: ReduceLROnPlateauOptions): Callback {
  const given = plateauOptions('reduceLROnPlateau', options);
  const { factor, patience, cooldown, minLearningRate } = given;
  const begin = () => fresh({ cooling: 0 });
  const kept = begin();
  return {
    ...keeping('reduceLROnPlateau', given, kept),
    onTrainBegin: (_model, validates) => {
      checkMonitor('reduceLROnPlateau', given.monitor, validates);
      Object.assign(kept, begin());
    },
    onEpochEnd: (_epoch, logs, model) => {
      const better = improves('reduceLROnPlateau', given, kept, logs);
      if (better === undefined) return;
      const counts = !better && kept.cooling === 0;
      kept.waited = counts ? kept.waited + 1 : 0;
      kept.cooling = Math.max(0, kept.cooling - 1);
      if (kept.waited <= patience) return;
      reduce(model, factor, minLearningRate);
      [kept.waited, kept.cooling] = [0, cooldown];
    },
  };
}

/** Multiplies the scale of the rate, which is never made larger: a schedule may be below the least rate by itself. */
function reduce(model: TrainingModel, factor: number, least: number): void {
  const { learningRate, learningRateScale: scale } = model;
  const bound = learningRate > 0 ? least / learningRate : 0;
  model.learningRateScale = Math.min(scale, Math.max(scale * factor, bound));
}

// stopBelow: ends the training when it is good enough.

import { checkPositive } from '../errors.js';
import { options, type Rules, text } from '../options.js';
import type { Callback } from './callback.js';
import { checkMonitor, monitored } from './monitor.js';

/** Options of `stopBelow`. */
export interface StopBelowOptions {
  /** The name of what is watched, as logs show it; default 'loss'. */
  readonly monitor?: string | undefined;
}

const stopBelowOptions = options({ monitor: text('loss') } satisfies Rules<StopBelowOptions>);

/**
 * A callback that stops the training after the first epoch in which the monitored value, by default the loss, is below
 * `bound`.
 */
export function stopBelow(bound: number, options?: StopBelowOptions): Callback {
  checkPositive('stopBelow: bound', bound);
  const { monitor } = stopBelowOptions('stopBelow', options);
  return {
    onTrainBegin: (_model, validates) => checkMonitor('stopBelow', monitor, validates),
    onEpochEnd: (_epoch, logs, model) => {
      const value = monitored('stopBelow', logs, monitor);
      if (value !== undefined && value < bound) model.stopTraining = true;
    },
  };
}

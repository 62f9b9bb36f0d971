// logger: a line of text every few epochs.

import { callable, options, type Rules, whole } from '../options.js';
import type { Callback } from './callback.js';
import { logsText } from './text.js';

/** Options of `logger`. */
export interface LoggerOptions {
  /** After how many epochs a line is written; default 1. */
  readonly every?: number | undefined;
  /** What gets each line; by default it is printed on the console. */
  readonly write?: ((line: string) => void) | undefined;
}

const loggerOptions = options({
  every: whole(1),
  write: callable<(line: string) => void>(),
} satisfies Rules<LoggerOptions>);

/**
 * A callback that writes loss and metrics every few epochs, counted from 1: `epoch 10: loss 0.1234, accuracy 0.9876`.
 * What the training ends with is written in any case.
 *
 * @example await model.fit(x, y, { epochs: 1000, callbacks: [logger({ every: 100 })] });
 */
export function logger(options?: LoggerOptions): Callback {
  const { every, write = console.log } = loggerOptions('logger', options);
  let last: string | undefined;
  return {
    onTrainBegin: () => {
      last = undefined;
    },
    onEpochEnd: (epoch, logs) => {
      last = `epoch ${epoch + 1}: ${logsText(logs)}`;
      if ((epoch + 1) % every > 0) return;
      write(last);
      last = undefined;
    },
    onTrainEnd: () => {
      if (last !== undefined) write(last);
    },
  };
}

// progressBar: shows how far fit is. Not here: how (bar.ts), which fit loads on demand.

import { checkFunction, checkIs } from '../errors.js';
import { options, type Rules, rule } from '../options.js';
import { type ProgressStream, showOn } from './bar.js';
import type { Callback } from './callback.js';

/** Options of `progressBar`. */
export interface ProgressBarOptions {
  /** Where it is shown; by default on process.stdout if that is a terminal, else on the console. */
  readonly stream?: ProgressStream | undefined;
}

const progressBarOptions = options({
  stream: rule<ProgressStream, undefined>(undefined, (what, given) => {
    checkIs(given !== null && typeof given === 'object', what, 'a stream, as process.stdout', given);
    checkFunction(`${what}: write`, (given as ProgressStream).write);
  }),
} satisfies Rules<ProgressBarOptions>);

/**
 * A callback that shows epoch, samples per second, the time left, loss and metrics: in a terminal a bar, elsewhere a
 * line an epoch. `fit({ verbose: 1 })` is short for it.
 */
export function progressBar(options?: ProgressBarOptions): Callback {
  const { stream } = progressBarOptions('progressBar', options);
  return showOn(stream);
}

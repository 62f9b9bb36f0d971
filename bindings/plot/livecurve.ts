// liveCurve: the learning curve, drawn while it grows.

import type { ProgressStream } from '../callbacks/bar.js';
import type { Callback } from '../callbacks/callback.js';
import { checkFunction, checkIs } from '../errors.js';
import { options, type Rules, rule } from '../options.js';
import { type TerminalOptions, terminal, terminalRules } from './terminal.js';

/** Options of `liveCurve`. */
export interface LiveCurveOptions extends TerminalOptions {
  /** Where it is drawn; default process.stdout, and where there is none the console. */
  readonly stream?: ProgressStream | undefined;
}

const liveOptions = options({
  ...terminalRules,
  stream: rule<ProgressStream, undefined>(undefined, (what, given) => {
    checkIs(given !== null && typeof given === 'object', what, 'a stream, as process.stdout', given);
    checkFunction(`${what}: write`, (given as ProgressStream).write);
  }),
} satisfies Rules<LiveCurveOptions>);

/** It is drawn no more often than that. */
const EVERY_MS = 100;

/**
 * A callback that draws loss or a metric while it trains: in a terminal again and again in the same place, elsewhere
 * once, at the end.
 *
 * @example await model.fit(x, y, { epochs: 200, callbacks: [liveCurve()] })
 */
export function liveCurve(options?: LiveCurveOptions): Callback {
  const { stream = defaultStream(), ...look } = liveOptions('liveCurve', options);
  const colors = look.colors ?? stream.isTTY ?? false;
  const width = look.width ?? (stream.isTTY ? stream.columns : undefined);
  let epochs: number[] = [];
  let history: Record<string, number[]> = {};
  let height = 0;
  let last = -Infinity;
  const show = (): void => {
    const text = terminal({ epoch: epochs, history }, { ...look, colors, width });
    // Goes up to where it began, and clears all below.
    stream.write(`${height > 0 ? `\x1b[${height}A\r\x1b[J` : ''}${text}\n`);
    height = stream.isTTY ? text.split('\n').length : 0;
    last = performance.now();
  };
  return {
    onTrainBegin: () => {
      [epochs, history, height, last] = [[], {}, 0, -Infinity];
    },
    onEpochEnd: (epoch, logs) => {
      epochs.push(epoch);
      // An epoch without a validation has no value of it.
      const names = new Set([...Object.keys(history), ...Object.keys(logs)]);
      for (const name of names) {
        const list = (history[name] ??= new Array<number>(epochs.length - 1).fill(Number.NaN));
        list.push(logs[name] ?? Number.NaN);
      }
      if (stream.isTTY && performance.now() - last >= EVERY_MS) show();
    },
    onTrainEnd: () => {
      if (epochs.length > 0) show();
    },
  };
}

function defaultStream(): ProgressStream {
  const { process } = globalThis as { process?: { stdout?: ProgressStream } };
  return process?.stdout ?? { write: (text) => console.log(text.trimEnd()) };
}

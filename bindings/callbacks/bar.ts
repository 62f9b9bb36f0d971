// How far fit is: in a terminal a bar that is drawn again and again, elsewhere a line an epoch. On demand.

import type { Callback, Logs, Progress } from './callback.js';
import { countText, logsText, timeText } from './text.js';

/** What a bar is drawn on, and lines are written to: as process.stdout is. */
export interface ProgressStream {
  write(text: string): unknown;
  /** Whether a line can be drawn again. */
  readonly isTTY?: boolean | undefined;
  /** The width of a terminal. */
  readonly columns?: number | undefined;
}

const WIDTH = 24;
/** Epochs that follow each other faster than that share a line of a terminal. */
const SHARED_MS = 100;
/** Goes to the start of the line, and clears it. */
const CLEAR = '\r\x1b[K';

/** A callback that shows how far fit is. */
export function showOn(stream: ProgressStream = defaultStream()): Callback {
  return stream.isTTY ? bar(stream) : lines(stream);
}

/** The terminal, or where there is none the console. */
function defaultStream(): ProgressStream {
  const { process } = globalThis as { process?: { stdout?: ProgressStream } };
  if (process?.stdout?.isTTY) return process.stdout;
  return { write: (text) => console.log(text.trimEnd()) };
}

/** Times an epoch. */
class Epoch {
  readonly #start = performance.now();
  /** How far it is. */
  progress: Progress | undefined;

  constructor(readonly number: number) {}

  /** 'epoch 3/10'. */
  get name(): string {
    const { epochs } = this.progress ?? {};
    return `epoch ${this.number + 1}${epochs === undefined ? '' : `/${epochs}`}`;
  }

  get ms(): number {
    return performance.now() - this.#start;
  }

  /** '12,345 samples/s'. */
  get rate(): string {
    return `${countText(((this.progress?.sample ?? 0) / this.ms) * 1000)} samples/s`;
  }

  /** From 0 to 1; NaN if nobody knows how many samples there are. */
  get done(): number {
    const { sample = 0, samples = Number.NaN, step = 0, steps = Number.NaN } = this.progress ?? {};
    return Number.isNaN(samples) ? step / steps : sample / samples;
  }
}

function lines(stream: ProgressStream): Callback {
  let epoch = new Epoch(0);
  return {
    onEpochBegin: (number) => {
      epoch = new Epoch(number);
    },
    onProgress: (progress) => {
      epoch.progress = progress;
    },
    onEpochEnd: (_number, logs) => {
      stream.write(`${epoch.name}: ${timeText(epoch.ms)}, ${epoch.rate}, ${logsText(logs)}\n`);
    },
  };
}

function bar(stream: ProgressStream): Callback {
  let epoch = new Epoch(0);
  let kept = -Infinity;
  /** Whether a line is there that does not end yet. */
  let open = false;
  const draw = (done: number, time: string, logs: Logs): void => {
    const text = [epoch.name, drawn(done), epoch.rate, time, logsText(logs)].filter((part) => part !== '').join('  ');
    stream.write(CLEAR + text.slice(0, (stream.columns ?? 80) - 1)); // one that wraps could not be drawn again
    open = true;
  };
  const end = (): void => {
    if (open) stream.write('\n');
    open = false;
  };
  return {
    onEpochBegin: (number) => {
      epoch = new Epoch(number);
    },
    onProgress: (progress) => {
      epoch.progress = progress;
      const { done, ms } = epoch;
      const left = Number.isFinite(done) && done > 0 ? `${timeText((ms / done) * (1 - done))} left` : '';
      if (done !== 1) draw(done, left, progress.logs);
    },
    onEpochEnd: (_number, logs) => {
      const now = performance.now();
      draw(1, timeText(epoch.ms), logs);
      if (now - kept < SHARED_MS) return;
      kept = now;
      end();
    },
    onTrainEnd: end,
  };
}

/** A bar that is full at 1; how much there is to do need not be known. */
function drawn(done: number): string {
  if (!Number.isFinite(done)) return '';
  const full = Math.round(done * WIDTH);
  return `${'━'.repeat(full)}${'╌'.repeat(WIDTH - full)} ${String(Math.round(done * 100)).padStart(3)}%`;
}

// Schedules that rise first, and schedules one after the other. Steps count from 0. Not here: those that only fall
// (decays.ts).

import { check, checkIs } from '../errors.js';
import { madeBy } from '../made.js';
import { checkLearningRate, checkRate, type LearningRate, type Schedule } from '../optimizers/optimizer.js';
import { number, oneOf, options, positive, type Rules, range } from '../options.js';
import { checkBoundaries, cosineBetween, reached, steps } from './decays.js';

/** A rate as a schedule. */
const scheduleOf = (rate: LearningRate): Schedule => (typeof rate === 'function' ? rate : () => rate);

/** Options of `linearWarmup`. */
export interface LinearWarmupOptions {
  /** How many steps the rise takes. */
  readonly steps: number;
  /** The rate of the first step; default 0. */
  readonly start?: number | undefined;
}

const warmupOptions = options({ steps, start: number(0, 0) } satisfies Rules<LinearWarmupOptions>);

/**
 * A rate that rises in a straight line to `rate` and then stays there, or follows that schedule, which counts its steps
 * from the end of the rise (optax's warmup schedules).
 *
 * @example adamW(linearWarmup(cosineDecay(3e-4, { decaySteps: 9000 }), { steps: 1000 }))
 */
export function linearWarmup(rate: LearningRate, options: LinearWarmupOptions): Schedule {
  checkLearningRate('linearWarmup: rate', rate);
  const { steps: rise, start } = warmupOptions('linearWarmup', options ?? {});
  const then = scheduleOf(rate);
  return madeBy('linearWarmup', [rate, { ...options }], (step) =>
    step < rise ? start + ((then(0) - start) * step) / rise : then(step - rise),
  );
}

/** Options of `oneCycle`. */
export interface OneCycleOptions {
  /** How many steps the whole training has. */
  readonly steps: number;
  /** The part of them in which the rate rises, in [0, 1); default 0.3. */
  readonly warmup?: number | undefined;
  /** The first rate is that many times smaller than the largest; default 25. */
  readonly divisor?: number | undefined;
  /** The last rate is that many times smaller than the first; default 10,000. */
  readonly finalDivisor?: number | undefined;
  /** How it goes up and down: 'cosine' (default) or 'linear'. */
  readonly anneal?: 'cosine' | 'linear' | undefined;
}

const oneCycleOptions = options({
  steps,
  warmup: range(0.3, 0, 1),
  divisor: positive(25),
  finalDivisor: positive(1e4),
  anneal: oneOf('cosine', 'linear'),
} satisfies Rules<OneCycleOptions>);

/**
 * One rise to a large rate and a long fall, for a training of known length (L. Smith and N. Topin, "Super-convergence",
 * 2018; PyTorch's OneCycleLR in two phases). After the last step the rate stays at its end.
 *
 * @param rate the largest rate
 */
export function oneCycle(rate: number, options: OneCycleOptions): Schedule {
  checkRate('oneCycle: rate', rate);
  const { steps: total, warmup, divisor, finalDivisor, anneal } = oneCycleOptions('oneCycle', options ?? {});
  const first = rate / divisor;
  const [top, end] = [Math.max(0, warmup * total - 1), total - 1];
  const between = anneal === 'linear' ? (a: number, b: number, part: number) => a + (b - a) * part : cosineBetween;
  return madeBy('oneCycle', [rate, { ...options }], (step) => {
    if (step < top) return between(first, rate, step / top);
    const part = end > top ? (Math.min(step, end) - top) / (end - top) : 1;
    return between(rate, first / finalDivisor, part);
  });
}

/**
 * Schedules one after the other (optax's join_schedules): the first one at first, and `schedules[i + 1]` from step
 * `boundaries[i]` on, which then counts its steps from 0.
 *
 * @throws unless there is one schedule more than boundaries
 */
export function joinSchedules(schedules: readonly LearningRate[], boundaries: readonly number[]): Schedule {
  checkBoundaries('joinSchedules: boundaries', boundaries);
  checkIs(Array.isArray(schedules), 'joinSchedules: schedules', 'an array', schedules);
  check(schedules.length === boundaries.length + 1, () => {
    return `joinSchedules: expected one schedule more than boundaries, got ${schedules.length} and ${boundaries.length}`;
  });
  schedules.forEach((rate, i) => void checkLearningRate(`joinSchedules: schedules[${i}]`, rate));
  const [parts, starts] = [schedules.map(scheduleOf), [0, ...boundaries]];
  return madeBy('joinSchedules', [[...schedules], [...boundaries]], (step) => {
    const i = reached(starts, step) - 1;
    return parts[i]!(step - starts[i]!);
  });
}

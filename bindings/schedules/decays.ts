// Schedules by which a learning rate falls. All count steps from 0, the first one, and are evaluated in float64 with
// our own functions, so that they have the same bits everywhere. Not here: those that rise first (warmups.ts).

import { check, checkIs, checkPositive, checkWhole } from '../errors.js';
import { pow } from '../kernels/math/power.js';
import { cos } from '../kernels/math/trigonometry.js';
import { madeBy } from '../made.js';
import { checkRate, type Schedule } from '../optimizers/optimizer.js';
import { flag, number, options, positive, type Rule, type Rules, whole } from '../options.js';

/** A value that must be given, and passes `check`. */
/*@__NO_SIDE_EFFECTS__*/
function given<T>(check: (what: string, value: T) => void): Rule<T> {
  return (value, what) => {
    check(what, value as T);
    return value as T;
  };
}

/** A number of steps, which must be given. */
export const steps: Rule<number> = /*@__PURE__*/ given<number>(checkWhole);

/** Throws unless these are steps at which something begins, in rising order. */
export function checkBoundaries(what: string, boundaries: readonly number[]): void {
  const follows = (at: unknown, i: number) => Number.isFinite(at) && (at as number) > (i > 0 ? boundaries[i - 1]! : 0);
  const rising = Array.isArray(boundaries) && boundaries.every(follows);
  checkIs(rising, what, 'an array of steps above 0 in rising order', boundaries);
}

/** How many of these steps were reached. */
export const reached = (boundaries: readonly number[], step: number): number =>
  boundaries.filter((at) => step >= at).length;

/** The same rate in every step (optax's constant_schedule). */
export function constantSchedule(rate: number): Schedule {
  checkRate('constantSchedule: rate', rate);
  return madeBy('constantSchedule', [rate], () => rate);
}

/** Options of `stepDecay`. */
export interface StepDecayOptions {
  /** After this many steps the rate is multiplied, and again after as many. */
  readonly every: number;
  /** By this; default 0.1. */
  readonly factor?: number | undefined;
}

const stepDecayOptions = options({ every: steps, factor: positive(0.1) } satisfies Rules<StepDecayOptions>);

/** A rate that falls in steps: rate·factor^⌊t / every⌋ (PyTorch's StepLR). */
export function stepDecay(rate: number, options: StepDecayOptions): Schedule {
  checkRate('stepDecay: rate', rate);
  const { every, factor } = stepDecayOptions('stepDecay', options ?? {});
  return madeBy('stepDecay', [rate, { ...options }], (step) => rate * pow(factor, Math.floor(step / every)));
}

/** Options of `multiStep`. */
export interface MultiStepOptions {
  /** From each of these steps on the rate is multiplied once more: in rising order. */
  readonly milestones: readonly number[];
  /** By this; default 0.1. */
  readonly factor?: number | undefined;
}

const multiStepOptions = options({
  milestones: given<readonly number[]>(checkBoundaries),
  factor: positive(0.1),
} satisfies Rules<MultiStepOptions>);

/** A rate that falls at given steps: rate·factor^(number of milestones ≤ t) (PyTorch's MultiStepLR). */
export function multiStep(rate: number, options: MultiStepOptions): Schedule {
  checkRate('multiStep: rate', rate);
  const { milestones, factor } = multiStepOptions('multiStep', options ?? {});
  const at = [...milestones];
  return madeBy('multiStep', [rate, { ...options, milestones: at }], (step) => rate * pow(factor, reached(at, step)));
}

/** Options of `exponentialDecay` and `inverseTimeDecay`. */
export interface DecayOptions {
  /** γ. */
  readonly factor: number;
  /** T, the steps after which the factor has come in once; default 1. */
  readonly decaySteps?: number | undefined;
  /** Whole multiples of T only: the rate falls in steps; default false. */
  readonly staircase?: boolean | undefined;
}

const decayOptions = options({
  factor: given<number>(checkPositive),
  decaySteps: whole(1),
  staircase: flag(false),
} satisfies Rules<DecayOptions>);

/** t/T, rounded down if it is a staircase. */
const turns = (step: number, decaySteps: number, staircase: boolean): number =>
  staircase ? Math.floor(step / decaySteps) : step / decaySteps;

/**
 * A rate that falls by the same factor every T steps: rate·γ^(t/T) (Keras's ExponentialDecay; PyTorch's ExponentialLR
 * has T = 1).
 */
export function exponentialDecay(rate: number, options: DecayOptions): Schedule {
  checkRate('exponentialDecay: rate', rate);
  const { factor, decaySteps, staircase } = decayOptions('exponentialDecay', options ?? {});
  return madeBy(
    'exponentialDecay',
    [rate, { ...options }],
    (step) => rate * pow(factor, turns(step, decaySteps, staircase)),
  );
}

/** A rate that falls ever more slowly: rate / (1 + γ·t/T) (Keras's InverseTimeDecay). */
export function inverseTimeDecay(rate: number, options: DecayOptions): Schedule {
  checkRate('inverseTimeDecay: rate', rate);
  const { factor, decaySteps, staircase } = decayOptions('inverseTimeDecay', options ?? {});
  return madeBy(
    'inverseTimeDecay',
    [rate, { ...options }],
    (step) => rate / (1 + factor * turns(step, decaySteps, staircase)),
  );
}

/** Options of `polynomialDecay`. */
export interface PolynomialDecayOptions {
  /** T, the steps after which the end is reached. */
  readonly decaySteps: number;
  /** The rate from then on; default 0. */
  readonly end?: number | undefined;
  /** k; default 1, a straight line. */
  readonly power?: number | undefined;
}

const polynomialDecayOptions = options({
  decaySteps: steps,
  end: number(0, 0),
  power: positive(1),
} satisfies Rules<PolynomialDecayOptions>);

/**
 * A rate that falls to an end: end + (rate - end)·(1 - min(t, T)/T)^k (PyTorch's PolynomialLR, Keras's
 * PolynomialDecay).
 */
export function polynomialDecay(rate: number, options: PolynomialDecayOptions): Schedule {
  checkRate('polynomialDecay: rate', rate);
  const { decaySteps, end, power } = polynomialDecayOptions('polynomialDecay', options ?? {});
  return madeBy(
    'polynomialDecay',
    [rate, { ...options }],
    (step) => end + (rate - end) * pow(1 - Math.min(step, decaySteps) / decaySteps, power),
  );
}

/** From `start` to `end` along half a wave of a cosine, `part` from 0 to 1. */
export const cosineBetween = (start: number, end: number, part: number): number =>
  end + ((start - end) * (1 + cos(Math.PI * part))) / 2;

/** Options of `cosineDecay`. */
export interface CosineDecayOptions {
  /** T, the steps after which the end is reached. */
  readonly decaySteps: number;
  /** The rate from then on; default 0. */
  readonly end?: number | undefined;
}

const cosineDecayOptions = options({ decaySteps: steps, end: number(0, 0) } satisfies Rules<CosineDecayOptions>);

/**
 * A rate that falls to an end along half a wave of a cosine: end + (rate - end)·(1 + cos(π·min(t, T)/T))/2 (I.
 * Loshchilov and F. Hutter, 2017; PyTorch's CosineAnnealingLR, which rises again after T).
 *
 * @example adamW(linearWarmup(cosineDecay(3e-4, { decaySteps: 9000 }), { steps: 1000 }))
 */
export function cosineDecay(rate: number, options: CosineDecayOptions): Schedule {
  checkRate('cosineDecay: rate', rate);
  const { decaySteps, end } = cosineDecayOptions('cosineDecay', options ?? {});
  return madeBy('cosineDecay', [rate, { ...options }], (step) =>
    cosineBetween(rate, end, Math.min(step, decaySteps) / decaySteps),
  );
}

/** Options of `cosineDecayRestarts`. */
export interface CosineDecayRestartsOptions {
  /** T, the steps of the first cycle. */
  readonly decaySteps: number;
  /** Each cycle takes so many times as long as the one before; at least 1, default 1. */
  readonly cycleFactor?: number | undefined;
  /** Each cycle starts from so many times the rate of the one before; default 1. */
  readonly rateFactor?: number | undefined;
  /** The rate that each cycle falls to; default 0. */
  readonly end?: number | undefined;
}

const restartsOptions = options({
  decaySteps: steps,
  cycleFactor: number(1, 1),
  rateFactor: positive(1),
  end: number(0, 0),
} satisfies Rules<CosineDecayRestartsOptions>);

/**
 * A rate that falls along a cosine, starts again and falls again (I. Loshchilov and F. Hutter, "SGDR", 2017; PyTorch's
 * CosineAnnealingWarmRestarts, Keras's CosineDecayRestarts).
 */
export function cosineDecayRestarts(rate: number, options: CosineDecayRestartsOptions): Schedule {
  checkRate('cosineDecayRestarts: rate', rate);
  const { decaySteps, cycleFactor, rateFactor, end } = restartsOptions('cosineDecayRestarts', options ?? {});
  return madeBy('cosineDecayRestarts', [rate, { ...options }], (step) => {
    let [start, length, top] = [0, decaySteps, rate];
    if (cycleFactor === 1) {
      const cycle = Math.floor(step / decaySteps);
      [start, top] = [cycle * decaySteps, rate * pow(rateFactor, cycle)];
    } else {
      for (; step >= start + length; length *= cycleFactor, top *= rateFactor) start += length;
    }
    return cosineBetween(top, end, (step - start) / length);
  });
}

/**
 * A rate by a list: `values[0]` at first, and `values[i + 1]` from step `boundaries[i]` on.
 *
 * @throws unless there is one value more than boundaries
 */
export function piecewiseConstant(boundaries: readonly number[], values: readonly number[]): Schedule {
  checkBoundaries('piecewiseConstant: boundaries', boundaries);
  checkIs(Array.isArray(values), 'piecewiseConstant: values', 'an array', values);
  check(values.length === boundaries.length + 1, () => {
    return `piecewiseConstant: expected one value more than boundaries, got ${values.length} and ${boundaries.length}`;
  });
  values.forEach((value, i) => void checkRate(`piecewiseConstant: values[${i}]`, value));
  const [at, rates] = [[...boundaries], [...values]];
  return madeBy('piecewiseConstant', [[...boundaries], rates], (step) => rates[reached(at, step)]!);
}

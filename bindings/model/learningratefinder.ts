// learningRateFinder: which learning rate a model can be trained with, by Leslie Smith's sweep (Cyclical learning rates
// for training neural networks, 2015): the rate grows from step to step, and the loss shows where it is too large.

import { check, checkIs } from '../errors.js';
import { randomKey } from '../ops/random.js';
import type { OptimizerState } from '../optimizers/state.js';
import { options, positive, type Rules, range, whole } from '../options.js';
import { sizeOf } from '../shape.js';
import { type DataSet, eachOf, type Rows } from './data.js';
import { type DataOf, type LabelsOf, Model } from './model.js';
import { pauseIfLate } from './pause.js';
import { Shuffler } from './shuffle.js';
import type { Training } from './training.js';

/** Options of `learningRateFinder`. */
export interface LearningRateFinderOptions {
  /** The rate of the first step; default 1e-7. */
  readonly minLearningRate?: number | undefined;
  /** The rate of the last step, if the loss has not gone up before; default 10. */
  readonly maxLearningRate?: number | undefined;
  /** How many steps are made; default 100. They go through the samples as often as they need. */
  readonly steps?: number | undefined;
  /** Samples of one step; default 32. */
  readonly batchSize?: number | undefined;
  /** How much of the losses so far each smoothed one keeps, in [0, 1); default 0.9. */
  readonly smoothing?: number | undefined;
}

const finderOptions = options({
  minLearningRate: positive(1e-7),
  maxLearningRate: positive(10),
  steps: whole(100, 10),
  batchSize: whole(32),
  smoothing: range(0.9, 0, 1),
} satisfies Rules<LearningRateFinderOptions>);

/** What `learningRateFinder` saw. */
export interface LearningRateSweep {
  /** The rates, one a step, each a constant factor larger than the one before. */
  readonly rates: number[];
  /** The smoothed loss before the step of each rate. It ends where it is four times the smallest, or no number. */
  readonly losses: number[];
  /** The rate at which the loss fell fastest; NaN, which no optimizer takes, if it never fell. */
  readonly suggestion: number;
}

/** The sweep ends where the loss is this much above the smallest. */
const DIVERGED = 4;

/**
 * Suggests a learning rate for a compiled model: makes a few steps with rates that grow from `minLearningRate` to
 * `maxLearningRate` by a constant factor, and looks where the loss falls fastest. The model is left as it was, weights,
 * states and optimizer; two calls suggest the same.
 *
 * @param x samples, as for `fit`; @param y labels
 * @returns rates, smoothed losses (an exponential mean, corrected for its start), and the suggestion
 *
 * @example
 * const { suggestion } = await learningRateFinder(model, x, y);
 * model.learningRate = suggestion;
 */
export async function learningRateFinder<In, Out>(
  model: Model<In, Out>,
  x: DataOf<In>,
  y: LabelsOf<Out>,
  options?: LearningRateFinderOptions,
): Promise<LearningRateSweep> {
  const where = 'learningRateFinder';
  checkIs(model instanceof Model, `${where}: the first argument`, 'a model', model);
  return model.train(where, async (inside) => {
    const given = finderOptions(where, options);
    check(given.minLearningRate < given.maxLearningRate, () => {
      return `${where}: minLearningRate ${given.minLearningRate} must be below maxLearningRate ${given.maxLearningRate}`;
    });
    const training = inside.training();
    const data = inside.data(x, y);
    const saved = training.save();
    try {
      return await sweep(training, data, given);
    } finally {
      training.restore(saved);
    }
  });
}

type Given = ReturnType<typeof finderOptions>;

async function sweep(training: Training, data: DataSet, given: Given): Promise<LearningRateSweep> {
  const { minLearningRate, maxLearningRate, steps, smoothing } = given;
  const batchOf = shuffled(data, given.batchSize);
  const factor = (maxLearningRate / minLearningRate) ** (1 / (steps - 1));
  const [rates, losses, raw]: [number[], number[], number[]] = [[], [], []];
  let mean = 0;
  let least = Infinity;
  for (let step = 0; step < steps; step++) {
    const rate = minLearningRate * factor ** step;
    setRate(training.state, rate);
    const { program, values } = training.run('batch', batchOf(step));
    raw.push(program.scalar(values[0]!));
    mean = smoothing * mean + (1 - smoothing) * raw[step]!;
    const loss = mean / (1 - smoothing ** (step + 1));
    if (!(loss < Infinity)) break;
    rates.push(rate);
    losses.push(loss);
    if (loss > DIVERGED * least) break;
    least = Math.min(least, loss);
    await pauseIfLate();
  }
  return { rates, losses, suggestion: steepest(rates, raw, steps) };
}

/** Makes the next step's rate that, whatever the optimizer's own is: a number, a schedule, or several in groups. */
function setRate(state: OptimizerState, rate: number): void {
  const own = state.learningRate;
  check(own > 0, () => {
    return `learningRateFinder: the learning rate of step ${state.stepCount} is ${own}, and no factor makes another one of it: compile with a number above 0`;
  });
  state.learningRateScale = rate / own;
}

/** The batches of the sweep, as often as they are needed, in an order that is always the same. */
function shuffled(data: DataSet, batchSize: number): (step: number) => DataSet {
  const order = Int32Array.from({ length: data.count }, (_, i) => i);
  new Shuffler(randomKey(0)).shuffle(order);
  const size = Math.min(batchSize, data.count);
  return (step) => {
    const rows = Int32Array.from({ length: size }, (_, i) => order[(step * size + i) % data.count]!);
    return eachOf(data, (one) => pick(one, rows));
  };
}

/** Some of the rows, copied. */
function pick(from: Rows, rows: Int32Array): Rows {
  const size = sizeOf(from.rowShape);
  const data = new (from.data.constructor as Float32ArrayConstructor)(rows.length * size);
  rows.forEach((row, i) => void data.set(from.data.subarray(row * size, (row + 1) * size) as never, i * size));
  return { ...from, data, count: rows.length };
}

/**
 * The rate in the middle of the steps, a fifth of all, through which a line falls most steeply (least squares). Losses
 * of batches are noisy: differences of neighbours would say which batch is easy. Losses that explode end the sweep, so
 * in a line they only ever stand at its end.
 */
function steepest(rates: readonly number[], losses: readonly number[], steps: number): number {
  const width = Math.max(3, Math.round(steps / 5));
  const middle = (width - 1) / 2;
  let best = Number.NaN;
  let steepest = 0;
  for (let from = 0; from + width <= rates.length; from++) {
    let slope = 0;
    for (let k = 0; k < width; k++) slope += (k - middle) * losses[from + k]!;
    if (slope < steepest) [best, steepest] = [rates[from + Math.floor(middle)]!, slope];
  }
  return best;
}

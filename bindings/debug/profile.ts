// profile: what is slow in a function or a model, instruction by instruction. Here: how these become programs. Not
// here: how a program is measured (measure.ts) and printed (report.ts).

import { check, checkIs } from '../errors.js';
import type { DataSet, Rows } from '../model/data.js';
import { type DataOf, type LabelsOf, Model } from '../model/model.js';
import type { Network } from '../model/network.js';
import { type BatchProgram, type Training, writeRows } from '../model/training.js';
import { MAX_STEPS } from '../optimizers/table.js';
import { Program } from '../program.js';
import { runner } from '../run/runtime.js';
import { checkNotTraced, inTrace } from '../scope.js';
import { inputOf, type Tensor } from '../tensor.js';
import { calledOn, type FeedAll, returned, type Trees } from '../transforms/call.js';
import { flattenTree, type Leaf, leafTensor, type Tree } from '../tree.js';
import { measured } from './measure.js';
import type { Profile } from './report.js';

/**
 * Measures what is slow in a function of tensors, instruction by instruction: `profile(f)(x, y)`. The function is
 * traced as by `jit`, so its arguments are as there.
 *
 * @example console.log(profile((x, y) => x.matMul(y).relu().sum())(x, y)) // a table
 */
export function profile<A extends Trees<A> = Tensor[], Y extends Tree<Y> = Tensor>(
  f: (...args: A) => Y,
): (...args: FeedAll<A>) => Profile;
/**
 * Measures a prediction of a model, or with labels a training step, on one batch. The model is left as it was: weights,
 * state of the optimizer, all of it.
 *
 * @param x samples, as for `predict`; with `y`, as for `trainOnBatch`
 */
export function profile<In, Out>(model: Model<In, Out>, x: DataOf<In>, y?: LabelsOf<Out>): Profile;
export function profile(subject: unknown, x?: unknown, y?: unknown): unknown {
  checkNotTraced('profile', 'call it outside');
  if (subject instanceof Model) return profileModel(subject, x, y);
  checkIs(typeof subject === 'function', 'profile', 'of a function or a model', subject);
  check(x === undefined, () => 'profile: profile(f) returns a function of the arguments: call profile(f)(x)');
  return (...args: unknown[]) => profileFunction(subject as () => unknown, args);
}

function profileFunction(f: () => unknown, args: unknown[]): Profile {
  checkNotTraced('profile', 'call it outside');
  const leaves: Leaf[] = [];
  const form = flattenTree('the arguments', args, leaves);
  const values = leaves.map((leaf) => leafTensor(leaf).values());
  const inputs = leaves.map((leaf, i) => {
    const { shape, dtype } = leafTensor(leaf);
    return inputOf(`argument ${i}`, shape, dtype);
  });
  const result = inTrace('a profiled function', () => calledOn('profile', f, form, leaves, inputs));
  const { outputs } = returned('what the profiled function returns', result);
  return measured(runner(), {
    make: (at) => new Program(at, { outputs, effects: [] }, { inputs, what: 'a profiled function' }),
    feed: (program) => inputs.forEach((input, i) => void program.write(input, values[i]!)),
    restore: () => {},
  });
}

function profileModel(model: Model, x: unknown, y: unknown): Profile {
  return model.look('profile', ({ network, training, inputs, data }) => {
    if (y === undefined) return profilePrediction(network, inputs(x));
    return profileStep(training(), data(x, y));
  });
}

function profilePrediction(network: Network, rows: readonly Rows[]): Profile {
  const inputs = rows.map(({ name, count, rowShape, dtype }) => inputOf(name, [count, ...rowShape], dtype));
  const { outputs } = network.run(inputs, { training: false });
  const options = { places: network.places, inputs, what: 'a profiled prediction' };
  return measured(network.runner, {
    make: (at) => new Program(at, { outputs, effects: [] }, options),
    feed: (program) => inputs.forEach((input, i) => void program.write(input, rows[i]!.data)),
    restore: () => {},
  });
}

function profileStep(training: Training, data: DataSet): Profile {
  const { state } = training;
  const step = state.stepCount;
  const saved = training.save();
  let made: BatchProgram;
  return measured(training.network.runner, {
    make: (at) => {
      made = training.make('batch', data.count, data.labels, at);
      return made.program;
    },
    feed: () => {
      writeRows(made, data);
      state.prepareSteps();
    },
    run: (program, times) => {
      // The same steps over and over: a schedule need not have an answer for those of long after the training.
      for (let left = times; left > 0; left -= MAX_STEPS) {
        state.stepCount = step;
        state.prepareSteps();
        program.run(Math.min(left, MAX_STEPS));
      }
    },
    restore: () => training.restore(saved),
  });
}

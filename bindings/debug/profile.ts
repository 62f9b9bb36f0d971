// profile: what is slow in a function or a model, instruction by instruction. Here: how these become programs. Not here: how a
// program is measured (measure.ts) and printed (report.ts).

import { check, checkIs } from '../errors.js';
import { type DataLike, type DataSet, type Rows, samplesOf } from '../model/data.js';
import type { Network } from '../model/network.js';
import { Sequential } from '../model/sequential.js';
import type { BatchProgram, Trainer } from '../model/trainer.js';
import { Program } from '../program.js';
import { runner } from '../run/runtime.js';
import { checkNotTraced, inTrace } from '../scope.js';
import { inputOf, type Tensor } from '../tensor.js';
import { calledOn, type FeedAll, returned, type Trees } from '../transforms/call.js';
import { flattenTree, type Leaf, leafTensor, type Tree } from '../tree.js';
import { measured } from './measure.js';
import type { Profile } from './report.js';

/**
 * Measures what is slow in a function of tensors, instruction by instruction: `profile(f)(x, y)`. The function is traced as by
 * `jit`, so its arguments are as there.
 *
 * @example console.log(profile((x, y) => x.matMul(y).relu().sum())(x, y)) // a table
 */
export function profile<A extends Trees<A> = Tensor[], Y extends Tree<Y> = Tensor>(
  f: (...args: A) => Y,
): (...args: FeedAll<A>) => Profile;
/**
 * Measures a prediction of a model, or with labels a training step, on one batch. The model is left as it was: weights, state
 * of the optimizer, all of it.
 *
 * @param x samples, as for `predict`; with `y`, as for `trainOnBatch`
 */
export function profile(model: Sequential, x: DataLike, y?: DataLike): Profile;
export function profile(subject: unknown, x?: unknown, y?: unknown): unknown {
  checkNotTraced('profile', 'call it outside');
  if (subject instanceof Sequential) return profileModel(subject, x as DataLike, y as DataLike | undefined);
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

function profileModel(model: Sequential, x: DataLike, y: DataLike | undefined): Profile {
  return model.look('profile', ({ network, trainer, data }) => {
    if (y === undefined) return profilePrediction(network, samplesOf('x', x, network.inputShape));
    return profileStep(trainer(), data(x, y));
  });
}

function profilePrediction(network: Network, { data, count }: Rows): Profile {
  const x = inputOf('x', [count, ...network.inputShape]);
  const outputs = [network.forward(x)];
  const options = { places: network.block.places, inputs: [x], what: 'a profiled prediction' };
  return measured(network.runner, {
    make: (at) => new Program(at, { outputs, effects: [] }, options),
    feed: (program) => program.write(x, data),
    restore: () => {},
  });
}

function profileStep(trainer: Trainer, { x, y }: DataSet): Profile {
  const saved = trainer.save();
  let made: BatchProgram;
  return measured(trainer.network.runner, {
    make: (at) => {
      made = trainer.make('batch', x.count, y, at);
      return made.program;
    },
    feed: (program) => {
      program.write(made.x, x.data);
      program.write(made.y, y.data);
    },
    restore: () => trainer.restore(saved),
  });
}

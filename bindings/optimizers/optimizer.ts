// What an optimizer is: a description without state, traced into the training step like everything else.

import { checkIs } from '../errors.js';
import type { Tensor } from '../tensor.js';

/** What the update of one parameter is made of. */
export interface UpdateInputs {
  /** The parameter, in its shape. */
  readonly param: Tensor;
  /** Its gradient, in the same shape. */
  readonly grad: Tensor;
  /** The optimizer's own state for it, by name, in the same shape; it starts as zeros. */
  readonly slots: Readonly<Record<string, Tensor>>;
  /** A scalar, read anew in each step. */
  readonly learningRate: Tensor;
  /** Number of this step, from 1: int32, a scalar. */
  readonly step: Tensor;
}

/** A rule that moves parameters against their gradient. */
export interface Optimizer {
  readonly name: string;
  /** η at the start; `model.learningRate` changes it later. */
  readonly learningRate: number;
  /** Names of the state that it keeps for each parameter. */
  readonly slots: readonly string[];
  /**
   * What is written in a step: `assign(param, …)`, `assign(slots.velocity, …)`, each place once. Called for each parameter,
   * once, when the step is traced.
   */
  update(inputs: UpdateInputs): readonly Tensor[];
}

const elementwiseUpdates = /*@__PURE__*/ new WeakSet<Optimizer['update']>();

/**
 * Marks an update in which every number goes its own way: it is called once, with all parameters as one row of numbers
 * that has padding in it, so that one instruction updates all of them.
 */
export function elementwise(update: Optimizer['update']): Optimizer['update'] {
  elementwiseUpdates.add(update);
  return update;
}

/** Whether its update may be called once for everything. */
export const isElementwise = ({ update }: Optimizer): boolean => elementwiseUpdates.has(update);

/** Throws unless `value` can be η: 0, where a warm-up starts, or a positive number that float32 holds. */
export function checkLearningRate(what: string, value: unknown): asserts value is number {
  const rate = typeof value === 'number' ? Math.fround(value) : Number.NaN;
  const holds = value === 0 || (rate > 0 && rate < Infinity);
  checkIs(holds, what, '0 or a positive number that float32 holds', value);
}

/** Throws unless `value` is an optimizer: one of a user may hold anything. */
export function checkOptimizer(what: string, value: unknown): asserts value is Optimizer {
  const optimizer = value as Partial<Optimizer> | null;
  checkIs(typeof optimizer?.update === 'function', what, 'made by sgd(), adam() …', optimizer);
  const { name, learningRate, slots } = optimizer;
  checkIs(typeof name === 'string', `${what}: its name`, 'a string', name);
  checkLearningRate(`the optimizer ${name}: learningRate`, learningRate);
  const named = Array.isArray(slots) && slots.every((slot, i) => typeof slot === 'string' && slots.indexOf(slot) === i);
  checkIs(named, `the optimizer ${name}: slots`, 'an array of names, each of them once', slots);
}

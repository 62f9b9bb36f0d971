// What an optimizer is, ours and the user's alike: a description without state, which is traced into the training step. Not
// here: where its slots live (parameters.ts).

import { check, checkIs } from '../errors.js';
import type { Tensor } from '../tensor.js';

/** What `update` gets: a parameter, its gradient, and what else the step depends on. */
export interface UpdateInputs {
  /** The parameter, in its shape. */
  readonly param: Tensor;
  /** Its gradient, in the same shape. */
  readonly grad: Tensor;
  /** The optimizer's own state for it, by name, in the same shape; it starts as zeros. */
  readonly slots: Readonly<Record<string, Tensor>>;
  /** The learning rate: a scalar tensor, whose value is read anew in each step. */
  readonly learningRate: Tensor;
  /** Number of this step, from 1: int32, a scalar. */
  readonly step: Tensor;
}

/** An optimizer: the rule by which a training step changes the parameters. */
export interface Optimizer {
  readonly name: string;
  /** η at the start; `model.learningRate` changes it later. */
  readonly learningRate: number;
  /** Names of the state that it keeps for each parameter. */
  readonly slots: readonly string[];
  /**
   * Returns what a step writes: `assign(param, …)`, `assign(slots.velocity, …)`, each place once. It is called when the
   * step is traced, once for each parameter.
   */
  update(inputs: UpdateInputs): readonly Tensor[];
}

const elementwiseUpdates = /*@__PURE__*/ new WeakSet<Optimizer['update']>();

/**
 * Marks an update that computes every number of a parameter by itself, without means or norms over others. It is called
 * once, with all parameters as one row of numbers (with padding between them), so that one instruction updates all of
 * them.
 */
export function elementwise(update: Optimizer['update']): Optimizer['update'] {
  elementwiseUpdates.add(update);
  return update;
}

/** Whether the update of an optimizer was marked so. */
export const isElementwise = ({ update }: Optimizer): boolean => elementwiseUpdates.has(update);

/** The slot that an update of ours writes to. A copy of the optimizer may have other slots: then it throws. */
export function slotOf(optimizer: string, slots: UpdateInputs['slots'], name: string): Tensor {
  const slot = slots[name];
  const given = Object.keys(slots).join(', ');
  check(slot !== undefined, () => `the optimizer ${optimizer}: slots must hold '${name}', got [${given}]`);
  return slot;
}

/** Throws unless `value` can be a learning rate: 0, where a warm-up starts, or a positive number that float32 holds. */
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

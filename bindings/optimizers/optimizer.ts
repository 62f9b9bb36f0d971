// What an optimizer is, ours and the user's alike: a description without state, which is traced into the training step.
// Not here: where its slots live (parameters.ts).

import { check, checkIs } from '../errors.js';
import type { Shape } from '../shape.js';
import type { Tensor } from '../tensor.js';

/**
 * A number that depends on the step alone, which counts from 0: it is evaluated in float64, ahead of the steps, and may
 * be any function.
 */
export type Schedule = (step: number) => number;

/** η: a number, or a function of the step. */
export type LearningRate = number | Schedule;

/** A parameter as `split` sees it. */
export interface ParameterInfo {
  /** Such as 'dense_1.kernel'. */
  readonly name: string;
  readonly shape: Shape;
}

/** What `update` gets: a parameter, its gradient, and what else the step depends on. */
export interface UpdateInputs<P = unknown> {
  /** The parameter, in its shape. */
  readonly param: Tensor;
  /** Its gradient, in the same shape. */
  readonly grad: Tensor;
  /**
   * The optimizer's own state for it, by name; in the same shape, and zeros at the start, unless the optimizer says
   * else.
   */
  readonly slots: Readonly<Record<string, Tensor>>;
  /** The learning rate: a scalar tensor, whose value is read anew in each step. */
  readonly learningRate: Tensor;
  /** Number of this step, from 1: int32, a scalar. */
  readonly step: Tensor;
  /** The values of the optimizer's `coefficients` in this step, by name: scalars. */
  readonly coefficients: Readonly<Record<string, Tensor>>;
  /** What the optimizer's `prepare` returned for this step. */
  readonly prepared: P;
}

/**
 * An optimizer: the rule by which a training step changes the parameters.
 *
 * @typeParam P what `prepare` returns
 */
export interface Optimizer<P = unknown> {
  readonly name: string;
  /** η: a number, which `model.learningRate` may change later, or a function of the step. */
  readonly learningRate: LearningRate;
  /** Names of the state that it keeps for each parameter. */
  readonly slots: readonly string[];
  /** What slots start from, where it is not 0. */
  readonly initial?: Readonly<Record<string, number>> | undefined;
  /** Other numbers that depend on the step alone, such as 1 - βᵗ. */
  readonly coefficients?: Readonly<Record<string, Schedule>> | undefined;
  /** The shape of a slot of a parameter, if it is not that of the parameter. */
  slotShape?(slot: string, shape: Shape): Shape;
  /**
   * Returns what a step writes: `assign(param, …)`, `assign(slots.velocity, …)`, each place once. It is called when the
   * step is traced, once for each parameter.
   */
  update(inputs: UpdateInputs<P>): readonly Tensor[];
  /**
   * Computes what depends on all gradients, such as their norm, for every call of `update` to see. It is called once
   * when the step is traced, with all gradients in their true shapes, and for each of them the optimizer that `split`
   * chose.
   */
  prepare?(grads: readonly Tensor[], chosen: readonly Optimizer[]): P;
  /**
   * Chooses an optimizer for each parameter, the same object for all those of a group: `update` is that of these,
   * `prepare` is that of this one. Absent: this one is for all.
   */
  split?(parameters: readonly ParameterInfo[]): readonly Optimizer[];
}

const marked = /*@__PURE__*/ new WeakSet<WeakKey>();

/**
 * Marks an `update` that computes every number of a parameter by itself, without means or norms over others. It is
 * called with all parameters that lie side by side as one row of numbers, so that one instruction updates all of them.
 * Between the parameters there is padding, whose gradients are 0; a `prepare` that does not mind that is marked so,
 * too.
 */
export function elementwise<F extends WeakKey>(f: F): F {
  marked.add(f);
  return f;
}

/** Whether an `update` or `prepare` was marked so. */
export const isElementwise = (f: WeakKey): boolean => marked.has(f);

/** The slot that an update of ours writes to. A copy of the optimizer may have other slots: then it throws. */
export function slotOf(optimizer: string, slots: UpdateInputs['slots'], name: string): Tensor {
  const slot = slots[name];
  const given = Object.keys(slots).join(', ');
  check(slot !== undefined, () => `the optimizer ${optimizer}: slots must hold '${name}', got [${given}]`);
  return slot;
}

/** Throws unless `value` can be a learning rate: 0, where a warm-up starts, or a positive number that float32 holds. */
export function checkRate(what: string, value: unknown, or = ''): asserts value is number {
  const rate = typeof value === 'number' ? Math.fround(value) : Number.NaN;
  const holds = value === 0 || (rate > 0 && rate < Infinity);
  checkIs(holds, what, `0 or a positive number that float32 holds${or}`, value);
}

/** Throws unless `value` is a learning rate or a schedule. */
export function checkLearningRate(what: string, value: unknown): asserts value is LearningRate {
  if (typeof value !== 'function') checkRate(what, value, ', or a function of the step');
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

// What an optimizer is: a description without state, traced into the training step like everything else.

import type { Tensor } from '../tensor.js';

/** What an update is made of: all parameters of a model as one row of numbers, and as much of everything else. */
export interface UpdateInputs {
  /** Parameters, [n]. */
  readonly param: Tensor;
  /** Their gradient, [n]. */
  readonly grad: Tensor;
  /** The optimizer's own state, by name, each [n]; it starts as zeros. */
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
  /** The ops that write: `assign(param, …)`, `assign(slots.velocity, …)`, or one op that does it all. */
  update(inputs: UpdateInputs): readonly Tensor[];
}

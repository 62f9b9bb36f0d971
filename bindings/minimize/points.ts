// What minimize, newton and lbfgs return and call: points, and the way from one to the next. Not here: the function
// that is minimised (objective.ts).

import { NonFiniteLossError } from '../errors.js';

/** A point and the value there. */
export interface Point<P> {
  /** Steps done: 0 at the start. */
  readonly step: number;
  /** In the form of the start: a number for a number, a tensor for a tensor. */
  readonly point: P;
  readonly value: number;
}

/** What a minimisation returns: where it ended, and the way there. */
export interface Minimum<P> extends Point<P> {
  /** The start, and the point after each step, the last one included. */
  readonly trace: readonly Point<P>[];
}

/** What is called while a minimisation runs. */
export interface StepHooks<P> {
  /**
   * Stops after a step that started from a point for which it returns true: as in training, the value of a step is that
   * of the point where its gradient was taken.
   */
  readonly until?: ((from: Point<P>) => boolean) | undefined;
  /** Called after each step, with the point and the value there. */
  readonly onStep?: ((at: Point<P>) => void) | undefined;
}

/** Throws when the value of the point `at` is NaN or infinite; the error has the points before it and `at` itself. */
export function checkFinite<P>(where: string, at: Point<P>, trace: readonly Point<P>[]): void {
  const { value, step } = at;
  if (Number.isFinite(value)) return;
  const message = `${where}: the value became ${value} at step ${step}; the trace of this error has the points before it`;
  throw new NonFiniteLossError(message, 0, step, undefined, [...trace, at]);
}

// gradCheck: compares a gradient with central differences, in float64.

import { Objective, type ObjectiveFunction, StartingPoint } from '../objective.js';
import { options, positive, type Rules } from '../options.js';
import { createJsRunner } from '../run/js.js';
import type { Tensor } from '../tensor.js';
import type { Feed, Tree } from '../tree.js';

/** Options of `gradCheck`. */
export interface GradCheckOptions {
  /** How far from the point, to both sides, values are taken; default 1e-5. */
  readonly epsilon?: number | undefined;
  /** The tolerance relative to the size of the difference; default 1e-5. */
  readonly rtol?: number | undefined;
  /** The tolerance that is added to it; default 1e-6. */
  readonly atol?: number | undefined;
}

const gradCheckOptions = options({
  epsilon: positive(1e-5),
  rtol: positive(1e-5),
  atol: positive(1e-6),
} satisfies Rules<GradCheckOptions>);

/** What `gradCheck` found. */
export interface GradCheckReport {
  /** Whether every derivative is within atol + rtol·|difference| of the difference. */
  readonly ok: boolean;
  /** The largest |derivative - difference|. */
  readonly error: number;
  /** Where it is: the number of the element, counted over all leaves. */
  readonly index: number;
  /** The derivative there. */
  readonly derivative: number;
  /** The central difference there. */
  readonly difference: number;
  /**
   * Whether it is not ok because `f` has a kink at the point, or nearer to it than epsilon. There the slopes to the
   * left and to the right differ, so that a difference says nothing of the derivative. Move the point away from the
   * kink.
   */
  readonly kink: boolean;
}

/**
 * Checks whether the gradient of `f` is right at a point, by comparing it with central differences. Both are computed
 * in float64, on the TypeScript kernels. It costs two evaluations of `f` for each number in `at`.
 *
 * @param f  returns a scalar tensor of the point
 * @param at a number, a tensor, or a nest of arrays and objects of them
 */
export function gradCheck<X extends Tree<X> = Tensor, P = unknown>(
  f: ObjectiveFunction<X>,
  at: P & Feed<NoInfer<X>>,
  options?: GradCheckOptions,
): GradCheckReport {
  const { epsilon, rtol, atol } = gradCheckOptions('gradCheck', options);
  const from = new StartingPoint('gradCheck', at as unknown);
  const objective = new Objective('gradCheck', createJsRunner(Float64Array), from, from.traceLoss('gradCheck', f), 1);
  const x = from.flat();
  const valueAt = (i: number, shift: number): number => {
    const moved = x.slice();
    moved[i] = moved[i]! + shift;
    objective.evaluate(moved);
    return objective.value;
  };
  objective.evaluate(x);
  const { gradient, value } = objective;
  const [first = 0] = gradient;
  let worst = { error: 0, index: 0, derivative: first, difference: first };
  let ok = true;
  gradient.forEach((derivative, index) => {
    const difference = (valueAt(index, epsilon) - valueAt(index, -epsilon)) / (2 * epsilon);
    const error = Math.abs(derivative - difference);
    if (!(error <= atol + rtol * Math.abs(difference))) ok = false;
    if (!(error <= worst.error)) worst = { error, index, derivative, difference };
  });
  const gap = (h: number) => Math.abs(valueAt(worst.index, h) - 2 * value + valueAt(worst.index, -h)) / h;
  return { ok, ...worst, kink: !ok && isKink(gap(epsilon), gap(epsilon / 10), atol) };
}

/**
 * Whether there is a kink: `wide` is how much the slopes to the left and to the right differ over epsilon, `narrow`
 * over a tenth of it. Where f is smooth, a tenth of the distance gives a tenth of the difference.
 */
function isKink(wide: number, narrow: number, atol: number): boolean {
  return wide > atol && !(narrow > wide / 20 && narrow < wide / 5);
}

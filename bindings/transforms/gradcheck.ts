// Is the gradient right? Central differences in float64 know.

import { Objective, type ObjectiveFunction, StartingPoint } from '../minimize/objective.js';
import { options, positive, type Rules } from '../options.js';
import { createJsRunner } from '../run/js.js';
import type { Tensor } from '../tensor.js';
import type { Feed, Tree } from '../tree.js';

/** Options of `gradCheck`. */
export interface GradCheckOptions {
  /** Half the distance of a difference; default 1e-5. */
  readonly epsilon?: number | undefined;
  /** Borne relative to the difference; default 1e-5. */
  readonly rtol?: number | undefined;
  /** Borne in any case; default 1e-6. */
  readonly atol?: number | undefined;
}

const gradCheckOptions = options({
  epsilon: positive(1e-5),
  rtol: positive(1e-5),
  atol: positive(1e-6),
} satisfies Rules<GradCheckOptions>);

/** What `gradCheck` found. */
export interface GradCheckReport {
  /** Every derivative is within atol + rtol·|difference|. */
  readonly ok: boolean;
  /** The largest |derivative - difference|, and where: the number of the element, counted over all leaves. */
  readonly error: number;
  readonly index: number;
  readonly derivative: number;
  readonly difference: number;
  /**
   * Not ok because `f` has a kink at the point, or nearer than epsilon to it: there the slopes to the left and to the right
   * differ, and no difference tells the derivative. Move the point away from it.
   */
  readonly kink: boolean;
}

/**
 * Compares the gradient of `f` with central differences, both in float64, on the reference kernels. It costs two
 * evaluations for each number in `at`.
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
 * Whether the slopes to the left and to the right differ: by `wide` over epsilon, by `narrow` over a tenth of it. Where f is
 * smooth a tenth of the distance makes a tenth of the gap.
 */
function isKink(wide: number, narrow: number, atol: number): boolean {
  return wide > atol && !(narrow > wide / 20 && narrow < wide / 5);
}

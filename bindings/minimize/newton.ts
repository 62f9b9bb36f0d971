// newton: Newton's method, which uses second derivatives in place of a learning rate.

import { WasmgradError } from '../errors.js';
import { Objective, type ObjectiveFunction, StartingPoint } from '../objective.js';
import { callable, options, positive, type Rules, whole } from '../options.js';
import { runner } from '../run/runtime.js';
import type { Tensor } from '../tensor.js';
import type { Feed, Same, Tree } from '../tree.js';
import { checkFinite, type Minimum, type Point, type StepHooks } from './points.js';

/** Options of `newton`. */
export interface NewtonOptions<P> extends StepHooks<P> {
  /** The most steps; default 50. */
  readonly steps?: number | undefined;
  /** Stops when no component of the gradient is larger; default 1e-6. */
  readonly tolerance?: number | undefined;
}

const newtonOptions = options({
  steps: whole(50),
  tolerance: positive(1e-6),
  until: callable(),
  onStep: callable(),
} satisfies Rules<NewtonOptions<unknown>>);

/**
 * Finds a point where the gradient vanishes by Newton's method, x ← x - H⁻¹·∇f: a minimum if f is convex there. For few
 * numbers: the Hessian H costs one backward pass for each.
 *
 * @param start a number, a tensor, or a nest of them; n numbers cost n backward passes and n³ operations a step
 * @throws if the Hessian is singular, or the value becomes NaN or infinite
 */
export function newton<X extends Tree<X> = Tensor, P = unknown>(
  f: ObjectiveFunction<X>,
  start: P & Feed<NoInfer<X>>,
  options?: NewtonOptions<Same<P>>,
): Minimum<Same<P>> {
  const { steps, tolerance, until, onStep } = newtonOptions('newton', options);
  const from = new StartingPoint<P>('newton', start as unknown);
  const x = from.flat();
  const objective = new Objective('newton', runner(), from, from.traceLoss('newton', f), 2);
  const trace: Point<Same<P>>[] = [];
  try {
    const look = (step: number): Point<Same<P>> => {
      objective.evaluate(x);
      const at = { step, point: from.point(from.parts(x)), value: objective.value };
      checkFinite('newton', at, trace);
      trace.push(at);
      return at;
    };
    let at = look(0);
    for (let step = 1, done = false; step <= steps && !done; step++) {
      done = until?.(at) ?? false;
      const direction = solve(objective.hessian, objective.gradient, step);
      x.set(objective.rounded(x.map((v, i) => v - direction[i]!)));
      at = look(step);
      onStep?.(at);
      if (objective.gradient.every((g) => Math.abs(g) <= tolerance)) break;
    }
    return { ...at, trace };
  } finally {
    objective.dispose();
  }
}

/** d with H·d = g, by Gaussian elimination with partial pivoting. Both are overwritten. */
function solve(h: Float64Array, g: Float64Array, step: number): Float64Array {
  const n = g.length;
  const at = (r: number, c: number): number => h[r * n + c]!;
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let r = k + 1; r < n; r++) if (Math.abs(at(r, k)) > Math.abs(at(pivot, k))) pivot = r;
    if (at(pivot, k) === 0)
      throw new WasmgradError(`newton: the Hessian is singular at step ${step}; use lbfgs or minimize`);
    swapRows(h, g, n, k, pivot);
    for (let r = k + 1; r < n; r++) {
      const factor = at(r, k) / at(k, k);
      for (let c = k; c < n; c++) h[r * n + c] = at(r, c) - factor * at(k, c);
      g[r] = g[r]! - factor * g[k]!;
    }
  }
  for (let r = n - 1; r >= 0; r--) {
    let sum = g[r]!;
    for (let c = r + 1; c < n; c++) sum -= at(r, c) * g[c]!;
    g[r] = sum / at(r, r);
  }
  return g;
}

function swapRows(h: Float64Array, g: Float64Array, n: number, a: number, b: number): void {
  if (a === b) return;
  const row = h.slice(a * n, (a + 1) * n);
  h.copyWithin(a * n, b * n, (b + 1) * n);
  h.set(row, b * n);
  [g[a], g[b]] = [g[b]!, g[a]!];
}

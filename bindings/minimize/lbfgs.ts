// lbfgs: minimises with second-order steps that are made of the last few gradients. J. Nocedal 1980; the line search is
// the bisection for the weak Wolfe conditions of A. Lewis and M. Overton, 2013.

import { Objective, type ObjectiveFunction, StartingPoint } from '../objective.js';
import { callable, options, positive, type Rules, whole } from '../options.js';
import { runner } from '../run/runtime.js';
import type { Tensor } from '../tensor.js';
import type { Feed, Same, Tree } from '../tree.js';
import { checkFinite, type Minimum, type Point, type StepHooks } from './points.js';

/** Options of `lbfgs`. */
export interface LbfgsOptions<P> extends StepHooks<P> {
  /** The most steps; default 100. */
  readonly steps?: number | undefined;
  /** How many of the last steps and changes of the gradient are kept; default 10. */
  readonly memory?: number | undefined;
  /** Stops when no component of the gradient is larger; default 1e-5. */
  readonly tolerance?: number | undefined;
}

const lbfgsOptions = options({
  steps: whole(100),
  memory: whole(10),
  tolerance: positive(1e-5),
  until: callable(),
  onStep: callable(),
} satisfies Rules<LbfgsOptions<unknown>>);

/** A point with the value and the gradient there. */
interface Sample {
  readonly x: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
}

/** A step s and the change y of the gradient over it. */
interface Pair {
  readonly s: Float64Array;
  readonly y: Float64Array;
  readonly rho: number;
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, v, i) => sum + v * b[i]!, 0);

/**
 * Finds a minimum of a smooth function in few steps, without a learning rate; for up to some thousands of numbers.
 *
 * It ends when the gradient vanishes, when no step goes down any more, or after `steps`.
 *
 * @param start a number, a tensor, or a nest of arrays and objects of them
 * @throws NonFiniteLossError if the value at the start is NaN or infinite
 */
export function lbfgs<X extends Tree<X> = Tensor, P = unknown>(
  f: ObjectiveFunction<X>,
  start: P & Feed<NoInfer<X>>,
  options?: LbfgsOptions<Same<P>>,
): Minimum<Same<P>> {
  const { steps, memory, tolerance, until, onStep } = lbfgsOptions('lbfgs', options);
  const from = new StartingPoint<P>('lbfgs', start as unknown);
  const objective = new Objective('lbfgs', runner(), from, from.traceLoss('lbfgs', f), 1);
  const sample = (point: Float64Array): Sample => {
    const x = objective.rounded(point);
    objective.evaluate(x);
    return { x, value: objective.value, gradient: objective.gradient };
  };
  const describe = (step: number, { x, value }: Sample): Point<Same<P>> => ({
    step,
    point: from.point(from.parts(x)),
    value,
  });
  const pairs: Pair[] = [];
  const trace: Point<Same<P>>[] = [];
  try {
    let here = sample(from.flat());
    let at = describe(0, here);
    checkFinite('lbfgs', at, trace);
    trace.push(at);
    let done = false;
    for (let step = 1; step <= steps && !done && here.gradient.some((g) => Math.abs(g) > tolerance); step++) {
      done = until?.(at) ?? false;
      const next = lineSearch(here, direction(here.gradient, pairs), sample, pairs.length === 0);
      if (!next) break;
      remember(pairs, here, next, memory);
      here = next;
      at = describe(step, here);
      trace.push(at);
      onStep?.(at);
    }
    return { ...at, trace };
  } finally {
    objective.dispose();
  }
}

/** -H·g, H being the inverse Hessian that the pairs imply: the two loops of Nocedal. */
function direction(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const d = gradient.map((g) => -g);
  const alphas: number[] = [];
  for (const { s, y, rho } of [...pairs].reverse()) {
    const alpha = rho * dot(s, d);
    alphas.unshift(alpha);
    d.forEach((v, i) => void (d[i] = v - alpha * y[i]!));
  }
  const last = pairs.at(-1);
  const scale = last ? 1 / (last.rho * dot(last.y, last.y)) : 1;
  d.forEach((v, i) => void (d[i] = v * scale));
  pairs.forEach(({ s, y, rho }, k) => {
    const beta = rho * dot(y, d);
    d.forEach((v, i) => void (d[i] = v + (alphas[k]! - beta) * s[i]!));
  });
  return d;
}

/** A point along `d` where the value is low enough and the slope has flattened; undefined if there is none. */
function lineSearch(
  here: Sample,
  d: Float64Array,
  sample: (x: Float64Array) => Sample,
  first: boolean,
): Sample | undefined {
  const slope = dot(here.gradient, d);
  if (!(slope < 0)) return undefined;
  let [low, high] = [0, Infinity];
  let t = first ? Math.min(1, 1 / Math.sqrt(-slope)) : 1;
  let best: Sample | undefined;
  for (let i = 0; i < 40; i++) {
    const there = sample(here.x.map((v, k) => v + t * d[k]!));
    const lower = there.value <= here.value + 1e-4 * t * slope;
    if (lower && there.value < here.value) best = there;
    if (!lower) high = t;
    else if (dot(there.gradient, d) < 0.9 * slope) low = t;
    else return there.value < here.value ? there : best;
    t = high === Infinity ? 2 * low : (low + high) / 2;
  }
  return best;
}

function remember(pairs: Pair[], from: Sample, to: Sample, memory: number): void {
  const s = to.x.map((v, i) => v - from.x[i]!);
  const y = to.gradient.map((v, i) => v - from.gradient[i]!);
  const curvature = dot(s, y);
  // Without positive curvature the implied Hessian would not be positive definite.
  if (curvature <= 1e-12 * dot(y, y)) return;
  pairs.push({ s, y, rho: 1 / curvature });
  if (pairs.length > memory) pairs.shift();
}

// NAdam: T. Dozat, 2016. Formulas and defaults as in PyTorch.

import { exp } from '../kernels/math/exp.js';
import { madeBy } from '../made.js';
import { number, options, positive, type Rules, range } from '../options.js';
import { meanFactors } from './amsgrad.js';
import { assign } from './assign.js';
import { withDecay } from './decay.js';
import {
  checkLearningRate,
  elementwise,
  type LearningRate,
  type Optimizer,
  slotOf,
  type UpdateInputs,
} from './optimizer.js';

/** Options of `nadam`. */
export interface NadamOptions {
  /** β₁, how much of the mean of the gradient is kept, in [0, 1); default 0.9. */
  readonly beta1?: number | undefined;
  /** β₂, how much of the mean of its square is kept, in [0, 1); default 0.999. */
  readonly beta2?: number | undefined;
  /** ε, which keeps the divisor above 0; default 1e-8. */
  readonly epsilon?: number | undefined;
  /** ψ, how fast the momentum grows to β₁; default 0.004. */
  readonly momentumDecay?: number | undefined;
  /** λ: g is the gradient plus λp; default 0. */
  readonly weightDecay?: number | undefined;
}

const nadamOptions = options({
  beta1: range(0.9, 0, 1),
  beta2: range(0.999, 0, 1),
  epsilon: positive(1e-8),
  momentumDecay: number(0.004, 0),
  weightDecay: number(0, 0),
} satisfies Rules<NadamOptions>);

/** ln 0.96. */
const LOG_GROWTH = -0.04082199452025517;

/**
 * The NAdam optimizer: Adam that looks ahead by one step of momentum, as Nesterov's does.
 *
 * m ← β₁m + (1 - β₁)g; v ← β₂v + (1 - β₂)g²; p ← p - η·((1 - μₜ)·g / (1 - Πμᵢ) + μₜ₊₁·m / (1 - μₜ₊₁Πμᵢ)) / (√v̂ + ε),
 * with μₜ = β₁(1 - ½·0.96^(tψ)), the product over i = 1 … t, and v̂ = v / (1 - β₂ᵗ).
 *
 * @param learningRate η, default 0.002
 */
export function nadam(learningRate: LearningRate = 0.002, options?: NadamOptions): Optimizer {
  checkLearningRate('nadam: learning rate', learningRate);
  const { beta1, beta2, epsilon, momentumDecay, weightDecay } = nadamOptions('nadam', options);
  const momentum = (t: number) => beta1 * (1 - 0.5 * exp(t * momentumDecay * LOG_GROWTH));
  const [now, next] = [runningProduct(momentum), runningProduct(momentum)];
  return madeBy('nadam', [learningRate, { ...options }], {
    name: 'nadam',
    learningRate,
    slots: ['m', 'v'],
    coefficients: {
      rootSquare: meanFactors(beta1, beta2).rootSquare,
      gradient: (t) => (1 - momentum(t + 1)) / (1 - now(t + 1)),
      mean: (t) => momentum(t + 2) / (1 - next(t + 2)),
    },
    update: elementwise(({ param, grad, slots, learningRate: lr, coefficients }: UpdateInputs) => {
      const [m, v] = [slotOf('nadam', slots, 'm'), slotOf('nadam', slots, 'v')];
      const g = withDecay(grad, param, weightDecay);
      const mean = m.mul(beta1).add(g.mul(1 - beta1));
      const square = v.mul(beta2).add(g.square().mul(1 - beta2));
      const spread = square.sqrt().mul(coefficients['rootSquare']!).add(epsilon);
      const ahead = g.mul(lr.mul(coefficients['gradient']!)).add(mean.mul(lr.mul(coefficients['mean']!)));
      return [assign(m, mean), assign(v, square), assign(param, param.sub(ahead.div(spread)))];
    }),
  });
}

/** f(1)·f(2)· … ·f(t) as a function of t, which goes on from what it was asked last. */
function runningProduct(f: (t: number) => number): (t: number) => number {
  let [at, product] = [0, 1];
  return (t) => {
    if (t < at) [at, product] = [0, 1];
    while (at < t) product *= f(++at);
    return product;
  };
}

// Adafactor: N. Shazeer and M. Stern, 2018, as in PyTorch's torch.optim.Adafactor, defaults too.

import { pow } from '../kernels/math/power.js';
import { madeBy } from '../made.js';
import { callable, number, options, positive, type Rules } from '../options.js';
import type { Tensor } from '../tensor.js';
import { assign } from './assign.js';
import { byDecay, type DecayRule, decayed } from './decay.js';
import { checkLearningRate, type LearningRate, type Optimizer, slotOf, type UpdateInputs } from './optimizer.js';

/** Options of `adafactor`. */
export interface AdafactorOptions {
  /** Step t keeps 1 - tᶜ of the mean squares; c is below 0, default -0.8. */
  readonly beta2Decay?: number | undefined;
  /** ε₁, which keeps divisors above 0; default 2⁻²³. */
  readonly epsilon?: number | undefined;
  /** ε₂: steps are in relation to the size of a parameter, but to no less than this; default 0.001. */
  readonly minScale?: number | undefined;
  /** d: a step whose root mean square is larger is made as small as that; default 1. */
  readonly threshold?: number | undefined;
  /** λ: before its step each parameter that decays shrinks by η·λp; default 0. */
  readonly weightDecay?: number | undefined;
  /**
   * Which parameters decay; by default those of two dimensions and more: kernels do, biases and normalisations do not.
   */
  readonly decays?: DecayRule | undefined;
}

const adafactorOptions = options({
  beta2Decay: number(-0.8, -Infinity, 0),
  epsilon: positive(2 ** -23),
  minScale: positive(1e-3),
  threshold: positive(1),
  weightDecay: number(0, 0),
  decays: callable<DecayRule>(),
} satisfies Rules<AdafactorOptions>);

/** √mean(x²). */
const rootMeanSquare = (x: Tensor): Tensor => x.square().mean().sqrt();

/**
 * The Adafactor optimizer: like Adam without momentum, but of a kernel's mean squares it keeps those of rows and
 * columns only, so that it needs hardly any memory.
 *
 * With β = tᶜ, R ← (1 - β)R + β·(mean of g² over columns), C ← (1 - β)C + β·(mean of g² over rows), V = R·C / max(mean
 * of R, ε₁); of a vector V ← (1 - β)V + β·g². U = g / √max(V, ε₁²); p ← p - min(η, 1/√t)·max(ε₂, rms(p))·U / max(1,
 * rms(U)/d).
 *
 * @param learningRate η, default 0.01
 */
export function adafactor(learningRate: LearningRate = 0.01, options?: AdafactorOptions): Optimizer {
  checkLearningRate('adafactor: learning rate', learningRate);
  const {
    beta2Decay,
    epsilon,
    minScale,
    threshold,
    weightDecay: decay,
    decays,
  } = adafactorOptions('adafactor', options);
  const base = {
    name: 'adafactor',
    learningRate,
    coefficients: {
      fresh: (t: number) => pow(t + 1, beta2Decay),
      most: (t: number) => 1 / Math.sqrt(t + 1),
    },
  };
  /** What becomes of a parameter, given V. */
  const moved = (inputs: UpdateInputs, mean: Tensor, weightDecay: number): Tensor => {
    const { param, grad, learningRate: lr, coefficients } = inputs;
    const u = grad.div(mean.maximum(epsilon * epsilon).sqrt());
    const rate = lr.minimum(coefficients['most']!).mul(rootMeanSquare(param).maximum(minScale));
    const step = u.mul(rate.div(rootMeanSquare(u).div(threshold).maximum(1)));
    return decayed(param, lr, weightDecay).sub(step);
  };
  const next = (slot: Tensor, value: Tensor, { coefficients: { fresh } }: UpdateInputs): Tensor =>
    slot.add(value.sub(slot).mul(fresh!));
  const ofVectors = (weightDecay: number): Optimizer => ({
    ...base,
    slots: ['square'],
    update: (inputs) => {
      const square = slotOf('adafactor', inputs.slots, 'square');
      const v = next(square, inputs.grad.square(), inputs);
      return [assign(square, v), assign(inputs.param, moved(inputs, v, weightDecay))];
    },
  });
  const ofMatrices = (weightDecay: number): Optimizer => ({
    ...base,
    slots: ['rows', 'columns'],
    slotShape: (slot, shape) =>
      slot === 'rows' ? [...shape.slice(0, -1), 1] : [...shape.slice(0, -2), 1, shape.at(-1)!],
    update: (inputs) => {
      const [rows, columns] = [slotOf('adafactor', inputs.slots, 'rows'), slotOf('adafactor', inputs.slots, 'columns')];
      const square = inputs.grad.square();
      const r = next(rows, square.mean(-1, { keepDims: true }), inputs);
      const c = next(columns, square.mean(-2, { keepDims: true }), inputs);
      const v = r.mul(c).div(r.mean(-2, { keepDims: true }).maximum(epsilon));
      return [assign(rows, r), assign(columns, c), assign(inputs.param, moved(inputs, v, weightDecay))];
    },
  });
  const [vectors, matrices] = [byDecay(ofVectors, decay, decays), byDecay(ofMatrices, decay, decays)];
  return madeBy('adafactor', [learningRate, { ...options }], {
    ...vectors,
    split: (all) => {
      const chosen = (optimizer: Optimizer) => optimizer.split?.(all) ?? all.map(() => optimizer);
      const [small, large] = [chosen(vectors), chosen(matrices)];
      return all.map(({ shape }, i) => (shape.length > 1 ? large : small)[i]!);
    },
  });
}

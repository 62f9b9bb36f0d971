// Losses of distributions: how likely a target is under what was predicted, and how far one distribution is from
// another.

import { check } from '../../errors.js';
import { flag, oneOf, options, positive, type Rules } from '../../options.js';
import { type Tensor, type TensorLike, tensorOf, withDerivative } from '../../tensor.js';
import { checkFloat } from '../op.js';
import {
  alike,
  checkBroadcasts,
  defineLoss,
  type LossOp,
  type LossOptions,
  lossOp,
  operandsOf,
  predictionFirst,
  reduced,
  reductions,
} from './loss.js';

/** Options of `klDivergence`. */
export interface KlDivergenceOptions {
  /** The target has logarithms of probabilities, as the prediction; default false. */
  readonly logTarget?: boolean | undefined;
}

/** The smallest normal number: 0·ln of it is 0, where 0·ln 0 is NaN. */
const TINY = 1.1754943508222875e-38;

export const klLoss = defineLoss({
  name: 'klDivergence',
  rules: { logTarget: flag(false) } satisfies Rules<KlDivergenceOptions>,
  fitted: alike,
  losses: (logs, y, { logTarget }) => {
    if (logTarget) return y.exp().mul(y.sub(logs));
    return y.mul(y.maximum(TINY).log()).sub(y.mul(logs));
  },
});

/** A loss whose sum may also be divided by the number of samples. */
export interface KlDivergenceOp {
  (
    prediction: TensorLike,
    target: TensorLike,
    options?: KlDivergenceOptions & {
      /** 'batchMean' is the sum over the length of the first axis: the divergence of each sample, their mean. */
      readonly reduction?: LossOptions['reduction'] | 'batchMean';
    },
  ): Tensor;
  /** `compile` calls losses with (yTrue, yPred), and refuses those that take them the other way round. */
  readonly predictionFirst: true;
}

/**
 * How far a distribution y is from the predicted one, of which the prediction has the logarithms: y·(ln y - ŷ) for each
 * element, 0 where y is 0. As in PyTorch the default is the mean of all elements; the divergence itself is the sum of a
 * row, and its mean over samples the reduction 'batchMean'. Its arguments are (prediction, target); for `compile` there
 * is `klDivergence` of `wasmgrad`. (S. Kullback and R. Leibler, "On information and sufficiency", 1951.)
 *
 * @throws if the shapes differ, unless one of the two is a scalar
 */
export const klDivergence: KlDivergenceOp = lossOp<KlDivergenceOptions, typeof klLoss.rules>(
  klLoss,
  oneOf('mean', 'sum', 'none', 'batchMean'),
) as KlDivergenceOp;

/** Options of `poissonNll`. */
export interface PoissonNllOptions {
  /** The prediction has the logarithm of the rate (default), else the rate itself. */
  readonly logInput?: boolean | undefined;
  /** Adds what does not depend on the prediction, ln y!, by Stirling's formula for y > 1; default false. */
  readonly full?: boolean | undefined;
  /** Is added to a rate before its logarithm is taken; default 1e-8. */
  readonly epsilon?: number | undefined;
}

/** y·ln y - y + ½·ln(2πy) for y > 1, else 0. */
function stirling(y: Tensor): Tensor {
  const held = y.maximum(1);
  const sum = held
    .mul(held.log())
    .sub(held)
    .add(
      held
        .mul(2 * Math.PI)
        .log()
        .mul(0.5),
    );
  return sum.mul(y.greater(1));
}

export const poissonLoss = defineLoss({
  name: 'poissonNll',
  rules: { logInput: flag(true), full: flag(false), epsilon: positive(1e-8) } satisfies Rules<PoissonNllOptions>,
  fitted: alike,
  losses: (p, y, { logInput, full, epsilon }) => {
    const loss = logInput ? p.exp().sub(y.mul(p)) : p.sub(y.mul(p.add(epsilon).log()));
    return full ? loss.add(stirling(y)) : loss;
  },
});

/**
 * How unlikely counts y are that have a Poisson distribution, from the logarithm ŷ of its rate: e^ŷ - y·ŷ for each
 * element, their mean by default; with `logInput: false` from the rate, ŷ - y·ln(ŷ + epsilon). Its arguments are
 * (prediction, target); for `compile` there is `poissonNll` of `wasmgrad`. (As in PyTorch.)
 *
 * @throws if the shapes differ, unless one of the two is a scalar
 */
export const poissonNll: LossOp<PoissonNllOptions> = lossOp(poissonLoss);

/** Options of `gaussianNll`. */
export interface GaussianNllOptions extends LossOptions {
  /** Adds what does not depend on the prediction, ½·ln 2π; default false. */
  readonly full?: boolean | undefined;
  /** The least variance that is computed with; default 1e-6. The gradient is as if it were not held. */
  readonly epsilon?: number | undefined;
}

const gaussianOptions = options({
  reduction: reductions,
  full: flag(false),
  epsilon: positive(1e-6),
} satisfies Rules<GaussianNllOptions>);

/** `gaussianNll` takes a variance besides. */
export interface GaussianNllOp {
  (prediction: TensorLike, target: TensorLike, variance: TensorLike, options?: GaussianNllOptions): Tensor;
  /** `compile` calls losses with (yTrue, yPred), and refuses those that take them the other way round. */
  readonly predictionFirst: true;
}

/**
 * How unlikely a target y is that has a normal distribution with predicted mean ŷ and variance v: ½·(ln v + (ŷ - y)² /
 * v) for each element, their mean by default. The variance has the shape of the prediction or broadcasts to it. Its
 * arguments are (prediction, target, variance); for `compile` write a function of (yTrue, yPred) that takes both from
 * the output. (D. Nix and A. Weigend, "Estimating the mean and variance of the target probability distribution", 1994;
 * as in PyTorch.)
 *
 * @throws if the shapes do not fit, or a variance that is known is below 0
 */
export const gaussianNll: GaussianNllOp = predictionFirst(
  (prediction: TensorLike, target: TensorLike, variance: TensorLike, given?: GaussianNllOptions): Tensor => {
    const name = 'gaussianNll';
    const { reduction, full, epsilon } = gaussianOptions(name, given);
    const [p, t] = alike(name, ...operandsOf(name, prediction, target));
    const v = tensorOf(`${name}: the variance`, variance);
    checkFloat(name, [v]);
    checkBroadcasts(name, 'the variance', v, p);
    const below = v.known?.find((variance) => variance < 0);
    check(below === undefined, () => `${name}: the variance has ${below} in it; it must be 0 or more`);
    const held = withDerivative(v.maximum(epsilon), [v], (g) => [g]);
    const loss = held.log().add(p.sub(t).square().div(held)).mul(0.5);
    return reduced(full ? loss.add(0.5 * Math.log(2 * Math.PI)) : loss, reduction);
  },
);

// Losses of numbers that may be anything: how far a prediction is from its target.

import { number, positive, type Rules } from '../../options.js';
import { type Tensor, withSlopes } from '../../tensor.js';
import { absoluteErrors, squaredErrors } from './each.js';
import { alike, defineLoss, type LossOp, lossOp } from './loss.js';

/**
 * The squared distance from a target of the same shape, (ŷ - y)² for each element; their mean by default. Its arguments
 * are (prediction, target); `compile` takes it by name.
 *
 * @throws if the shapes differ, unless one of the two is a scalar
 */
export const meanSquaredError: LossOp = lossOp({
  name: 'meanSquaredError',
  rules: {},
  fitted: alike,
  losses: squaredErrors,
});

/**
 * The distance from a target of the same shape, |ŷ - y| for each element; their mean by default, the L1 loss. Its
 * arguments are (prediction, target); `compile` takes it by name.
 *
 * @throws if the shapes differ, unless one of the two is a scalar
 */
export const meanAbsoluteError: LossOp = lossOp({
  name: 'meanAbsoluteError',
  rules: {},
  fitted: alike,
  losses: absoluteErrors,
});

/** Options of `huber`. */
export interface HuberOptions {
  /** The distance from which on the loss is a straight line; default 1. */
  readonly delta?: number | undefined;
}

/** m·(|e| - m/2) with m = min(|e|, δ): ½e² up to δ, and a straight line beyond. Its slope is e, held within ±δ. */
function huberLosses(prediction: Tensor, target: Tensor, delta: number): Tensor {
  const e = prediction.sub(target);
  const m = e.abs().minimum(delta);
  return withSlopes(m.mul(e.abs().sub(m.mul(0.5))), [e], () => [e.minimum(delta).maximum(-delta)]);
}

export const huberLoss = defineLoss({
  name: 'huber',
  rules: { delta: positive(1) } satisfies Rules<HuberOptions>,
  fitted: alike,
  losses: (p, t, { delta }) => huberLosses(p, t, delta),
});

/**
 * A squared error that outliers do not dominate: with e = ŷ - y it is ½e² where |e| ≤ delta, else delta·(|e| -
 * delta/2), for each element; their mean by default. Its arguments are (prediction, target); for `compile` there is
 * `huber` of `wasmgrad`. (P. Huber, "Robust estimation of a location parameter", 1964; as in PyTorch and Keras.)
 *
 * @throws if the shapes differ, unless one of the two is a scalar
 */
export const huber: LossOp<HuberOptions> = lossOp(huberLoss);

/** Options of `smoothL1`. */
export interface SmoothL1Options {
  /** The distance from which on the loss is the L1 loss, less beta/2; default 1. With 0 it is the L1 loss. */
  readonly beta?: number | undefined;
}

export const smoothL1Loss = defineLoss({
  name: 'smoothL1',
  rules: { beta: number(1, 0) } satisfies Rules<SmoothL1Options>,
  fitted: alike,
  losses: (p, t, { beta }) => (beta === 0 ? absoluteErrors(p, t) : huberLosses(p, t, beta).div(beta)),
});

/**
 * The L1 loss with a smooth bottom: with e = ŷ - y it is ½e²/beta where |e| < beta, else |e| - beta/2, for each
 * element; their mean by default. That is huber with delta = beta, divided by beta. Its arguments are (prediction,
 * target); for `compile` there is `smoothL1` of `wasmgrad`. (R. Girshick, "Fast R-CNN", 2015; as in PyTorch.)
 *
 * @throws if the shapes differ, unless one of the two is a scalar
 */
export const smoothL1: LossOp<SmoothL1Options> = lossOp(smoothL1Loss);

export const logCoshLoss = defineLoss({
  name: 'logCosh',
  rules: {},
  fitted: alike,
  losses: (p, t) => {
    const e = p.sub(t);
    const a = e.abs();
    return withSlopes(a.add(a.mul(-2).softplus()).sub(Math.LN2), [e], () => [e.tanh()]);
  },
});

/**
 * A squared error for small distances and the L1 loss for large ones, smooth everywhere: ln cosh(ŷ - y) for each
 * element; their mean by default. Its arguments are (prediction, target); for `compile` there is `logCosh` of
 * `wasmgrad`. (As in Keras.)
 *
 * @throws if the shapes differ, unless one of the two is a scalar
 */
export const logCosh: LossOp = lossOp(logCoshLoss);

/** Options of `pinball`. */
export interface PinballOptions {
  /** Which quantile is predicted, in 0 … 1; default 0.5, the median. */
  readonly quantile?: number | undefined;
}

export const pinballLoss = defineLoss({
  name: 'pinball',
  rules: { quantile: number(0.5, 0, 1) } satisfies Rules<PinballOptions>,
  fitted: alike,
  losses: (p, t, { quantile }) => {
    const e = t.sub(p);
    return e.mul(quantile).maximum(e.mul(quantile - 1));
  },
});

/**
 * The quantile loss: what minimises it is not the mean but a quantile q of the target. With e = y - ŷ it is q·e where
 * e > 0, else (q - 1)·e, for each element; their mean by default. Its arguments are (prediction, target); for `compile`
 * there is `pinball` of `wasmgrad`. (R. Koenker and G. Bassett, "Regression quantiles", 1978.)
 *
 * @throws if the shapes differ, unless one of the two is a scalar
 */
export const pinball: LossOp<PinballOptions> = lossOp(pinballLoss);

// Losses of yes or no: of one class against another, for each element by itself. Whether a loss takes probabilities or
// logits is said by its name or its docstring.

import { number, type Rules } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { pow } from '../curves.js';
import { binaryLosses, binaryLossesOfLogits } from './each.js';
import {
  alike,
  checkBroadcasts,
  defineLoss,
  type LossOp,
  lossOp,
  type Numbers,
  numbers,
  type OptionNames,
} from './loss.js';

/**
 * The cross-entropy of two classes, from probabilities p of the one that has the label y = 1: -y·ln p - (1 - y)·ln(1 -
 * p) for each element; their mean by default. The logarithms are held above -100, and the derivative (p - y) / (p(1 -
 * p)) has a denominator of at least 1e-12, so that p may be 0 or 1. If p was made by sigmoid just before, it is
 * computed from the logits. Its arguments are (prediction, target); `compile` takes it by name.
 *
 * @throws if the shapes differ, unless one of the two is a scalar
 */
export const binaryCrossEntropy: LossOp = lossOp({
  name: 'binaryCrossEntropy',
  rules: {},
  fitted: alike,
  losses: binaryLosses,
});

/** Options of `binaryCrossEntropyWithLogits`. */
export interface BinaryCrossEntropyOptions {
  /**
   * How much a sample with label 1 counts, one with label 0 being 1: for classes of different sizes, e.g. how many
   * times as many zeros there are. A number, or one for each output.
   */
  readonly posWeight?: number | Numbers | undefined;
}

export const logitsLoss = defineLoss({
  name: 'binaryCrossEntropyWithLogits',
  rules: { posWeight: numbers(true) } satisfies OptionNames<BinaryCrossEntropyOptions>,
  fitted: alike,
  losses: (z, y, { posWeight }) => {
    if (posWeight === undefined) return binaryLossesOfLogits(z, y);
    checkBroadcasts('binaryCrossEntropyWithLogits', 'posWeight', posWeight, z);
    const ofOnes = y.mul(posWeight.sub(1)).add(1);
    return z.mul(y.neg().add(1)).add(z.neg().softplus().mul(ofOnes));
  },
});

/**
 * The cross-entropy of two classes, from logits z, which sigmoid would make probabilities of: z·(1 - y) + ln(1 + e^-z)
 * for each element; their mean by default. It never overflows. With a `posWeight` w the part of y = 1 is
 * multiplied: -w·y·ln σ(z) - (1 - y)·ln(1 - σ(z)). Its arguments are (prediction, target); `compile` takes it by name,
 * and with options as `binaryCrossEntropyWithLogits` of `wasmgrad`.
 *
 * @throws if the shapes differ, unless one of the two is a scalar; if a posWeight has not one number, or one for each
 *   output
 */
export const binaryCrossEntropyWithLogits: LossOp<BinaryCrossEntropyOptions> = lossOp(logitsLoss);

/** Options of `focal`. */
export interface FocalOptions {
  /** The weight of samples with label 1, those with label 0 having 1 - alpha; default 0.25. Below 0: no weights. */
  readonly alpha?: number | undefined;
  /** How much less samples count that are right already; default 2. With 0 it is the cross-entropy. */
  readonly gamma?: number | undefined;
}

/** The probability of what is not the label, 1 - p_t, exact where it is nearly 0. */
const missOf = (z: Tensor, y: Tensor): Tensor => y.mul(z.neg().sigmoid()).add(y.neg().add(1).mul(z.sigmoid()));

export const focalLoss = defineLoss({
  name: 'focal',
  rules: { alpha: number(0.25, -1, 1), gamma: number(2, 0) } satisfies Rules<FocalOptions>,
  fitted: alike,
  losses: (z, y, { alpha, gamma }) => {
    const focused = binaryLossesOfLogits(z, y).mul(pow(missOf(z, y), gamma));
    return alpha < 0 ? focused : focused.mul(y.mul(2 * alpha - 1).add(1 - alpha));
  },
});

/**
 * A cross-entropy of two classes, from logits, that turns from what is right already to what is not: alpha_t·(1 -
 * p_t)^gamma· (-ln p_t) for each element, their mean by default, where p_t is the probability of the label, and alpha_t
 * is alpha for label 1 and 1 - alpha for label 0. Its arguments are (prediction, target); for `compile` there is
 * `focal` of `wasmgrad`. (T.-Y. Lin et al., "Focal loss for dense object detection", 2017; as sigmoid_focal_loss in
 * torchvision.)
 *
 * @throws if the shapes differ, unless one of the two is a scalar
 */
export const focal: LossOp<FocalOptions> = lossOp(focalLoss);

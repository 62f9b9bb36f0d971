// The losses of `compile` that have options, or that few programs need: functions that make a loss, and that are in a
// bundle only if they are imported. Each is made of the definition of the function of that name in wasmgrad/ops.

import { check } from '../errors.js';
import { madeBy } from '../made.js';
import { sigmoid } from '../ops/epilogues.js';
import { type BinaryCrossEntropyOptions, type FocalOptions, focalLoss, logitsLoss } from '../ops/losses/binary.js';
import {
  type ClassOptions,
  nllDefinition,
  type SoftmaxCrossEntropyOptions,
  softmaxLoss,
} from '../ops/losses/classes.js';
import { type KlDivergenceOptions, klLoss, type PoissonNllOptions, poissonLoss } from '../ops/losses/densities.js';
import { alike, defineLoss, type LossDefinition, reduced } from '../ops/losses/loss.js';
import { type ContrastiveOptions, contrastiveLoss, hingeLoss, squaredHingeLoss } from '../ops/losses/margins.js';
import {
  type HuberOptions,
  huberLoss,
  logCoshLoss,
  type PinballOptions,
  pinballLoss,
  type SmoothL1Options,
  smoothL1Loss,
} from '../ops/losses/regression.js';
import { cosineOf } from '../ops/losses/similarity.js';
import { softmax } from '../ops/softmax.js';
import { flag, options, type Rule, type Values } from '../options.js';
import type { Tensor } from '../tensor.js';
import { ignoring } from './ignored.js';
import { type LabelCheck, type Loss, labelsUpTo } from './losses.js';

/**
 * Makes the function that makes the loss; `O` are the options that its rules read, `more` what else a loss says of
 * itself.
 */
/*@__NO_SIDE_EFFECTS__*/
function factory<O, R extends Readonly<Record<string, Rule<unknown>>>>(
  { name, rules, fitted, losses, weights }: LossDefinition<R>,
  more: Partial<Loss> = {},
): (options?: O) => Loss {
  const read = options(rules);
  return (given?: O, ...others: readonly unknown[]) => {
    check(others.length === 0, () => `${name} makes a loss: call it, ${name}()`);
    const values = read(name, given) as Values<R>;
    const { ignoreIndex, weight } = values as { readonly ignoreIndex?: number; readonly weight?: Tensor };
    const lossesOf: Loss['compute'] = (yTrue, yPred) => losses(...fitted(name, yPred, yTrue), values);
    const isEven = !weights || (weight === undefined && ignoreIndex === undefined);
    const weightsOf: Loss['weights'] = isEven ? undefined : (yTrue, yPred) => weights(yPred, yTrue, values);
    // Where no row counts a batch has the loss 0, as where all weights of samples are 0.
    const divisor: Loss['weights'] = weightsOf && ((yTrue, yPred) => weightsOf(yTrue, yPred)?.sum().maximum(TINY));
    return madeBy(name, [{ ...given }], {
      name,
      ...more,
      ...(ignoreIndex !== undefined && ignoring(ignoreIndex)),
      compute: (yTrue, yPred) => reduced(lossesOf(yTrue, yPred), 'mean', divisor?.(yTrue, yPred)),
      each: lossesOf,
      ...(weightsOf && { weights: weightsOf }),
    });
  };
}

/** What 0 is divided by where no row of a batch counts. */
const TINY = 1e-30;

/** Labels that are -1 or 1: those that are 0 or 1 elsewhere. */
function signs(name: string): LabelCheck {
  return (where, labels, width) => {
    for (let i = 0; i < labels.length; i++) {
      check(Math.abs(labels[i]!) === 1, () => {
        return `${name}: labels must be -1 or 1, got ${labels[i]} in ${where}, sample ${Math.floor(i / width)}`;
      });
    }
  };
}

/**
 * A loss of `compile` that outliers do not dominate: with e = ŷ - y it is ½e² where |e| ≤ delta, else delta·(|e| -
 * delta/2). `huber` of `wasmgrad/ops` is the function of a prediction and a target.
 */
export const huber = factory<HuberOptions, typeof huberLoss.rules>(huberLoss);

/**
 * A loss of `compile` that is the L1 loss with a smooth bottom: with e = ŷ - y it is ½e²/beta where |e| < beta, else
 * |e| - beta/2. `smoothL1` of `wasmgrad/ops` is the function of a prediction and a target.
 */
export const smoothL1 = factory<SmoothL1Options, typeof smoothL1Loss.rules>(smoothL1Loss);

/**
 * A loss of `compile` that is ln cosh(ŷ - y): squared for small distances, straight for large ones. `logCosh` of
 * `wasmgrad/ops` is the function of a prediction and a target.
 */
export const logCosh = factory<object, typeof logCoshLoss.rules>(logCoshLoss);

/**
 * A loss of `compile` by which a model predicts a quantile q of the labels: with e = y - ŷ it is q·e where e > 0, else
 * (q - 1)·e. `pinball` of `wasmgrad/ops` is the function of a prediction and a target.
 */
export const pinball = factory<PinballOptions, typeof pinballLoss.rules>(pinballLoss);

/**
 * A loss of `compile` for yes or no, from logits, where the two are not as frequent: posWeight w makes it
 * -w·y·ln σ(z) - (1 - y)·ln(1 - σ(z)). Without options it is the loss of that name.
 */
export const binaryCrossEntropyWithLogits = factory<BinaryCrossEntropyOptions, typeof logitsLoss.rules>(logitsLoss, {
  fromLogits: true,
  activation: sigmoid,
  instead: 'binaryCrossEntropy',
  checkLabels: labelsUpTo(1, 'binaryCrossEntropyWithLogits'),
});

/**
 * A loss of `compile` for yes or no, from logits, that turns from what is right already to what is not:
 * alpha_t·(1 - p_t)^gamma·(-ln p_t). `focal` of `wasmgrad/ops` is the function of a prediction and a target.
 */
export const focal = factory<FocalOptions, typeof focalLoss.rules>(focalLoss, {
  fromLogits: true,
  activation: sigmoid,
  instead: 'binaryCrossEntropy',
  checkLabels: labelsUpTo(1, 'focal'),
});

/**
 * A loss of `compile` for one class among several, from logits, with class weights, label smoothing, or an index that
 * does not count. Without options it is the loss of that name; `softmaxCrossEntropy` of `wasmgrad/ops` has the
 * formulas.
 */
export const softmaxCrossEntropy = factory<SoftmaxCrossEntropyOptions, typeof softmaxLoss.rules>(softmaxLoss, {
  fromLogits: true,
  activation: softmax,
  instead: 'categoricalCrossEntropy',
  classes: true,
  checkLabels: labelsUpTo(1, 'softmaxCrossEntropy'),
});

/**
 * A loss of `compile` for one class among several, from log-probabilities, as the activation 'logSoftmax' makes
 * them: -ŷ[y]. Labels are class indices. `nllLoss` of `wasmgrad/ops` is the function of a prediction and a target.
 */
export const nllLoss = factory<ClassOptions, typeof nllDefinition.rules>(nllDefinition, { classes: true });

const klRows = defineLoss({
  name: 'klDivergence',
  rules: { logTarget: flag(false) },
  fitted: alike,
  losses: (p, y, options) => klLoss.losses(p, y, options).sum(-1),
});

/**
 * A loss of `compile` for labels that are distributions over the last axis, from log-probabilities, as the activation
 * 'logSoftmax' makes them: Σ y·(ln y - ŷ), their mean over all rows. `klDivergence` of `wasmgrad/ops` is the function
 * of a prediction and a target, whose default is the mean over all elements.
 */
export const klDivergence = factory<KlDivergenceOptions, typeof klRows.rules>(klRows);

/**
 * A loss of `compile` for counts, from the logarithm of their rate: e^ŷ - y·ŷ. `poissonNll` of `wasmgrad/ops` is the
 * function of a prediction and a target.
 */
export const poissonNll = factory<PoissonNllOptions, typeof poissonLoss.rules>(poissonLoss, {
  checkLabels: labelsUpTo(Infinity, 'poissonNll'),
});

/**
 * A loss of `compile` for labels of -1 and 1, of a support vector machine: max(0, 1 - y·ŷ). `hinge` of `wasmgrad/ops`
 * is the function of a prediction and a target.
 */
export const hinge = factory<object, typeof hingeLoss.rules>(hingeLoss, { checkLabels: signs('hinge') });

/**
 * A loss of `compile` for labels of -1 and 1: max(0, 1 - y·ŷ)². `squaredHinge` of `wasmgrad/ops` is the function of a
 * prediction and a target.
 */
export const squaredHinge = factory<object, typeof squaredHingeLoss.rules>(squaredHingeLoss, {
  checkLabels: signs('squaredHinge'),
});

/**
 * A loss of `compile` for pairs, whose labels are 1 where they belong together, else 0, of a model that outputs their
 * distance d: y·d² + (1 - y)·max(0, margin - d)². `contrastive` of `wasmgrad/ops` is the function of a prediction and a
 * target.
 */
export const contrastive = factory<ContrastiveOptions, typeof contrastiveLoss.rules>(contrastiveLoss, {
  checkLabels: labelsUpTo(1, 'contrastive'),
});

const directions = defineLoss({
  name: 'cosineDistance',
  rules: {},
  fitted: alike,
  losses: (p, y) => cosineOf('cosineDistance', p, y).neg().add(1),
});

/**
 * A loss of `compile` for labels that are vectors, along the last axis, of which only the direction counts: 1 - cos(ŷ,
 * y). `cosineSimilarity` of `wasmgrad/ops` is the cosine. (Keras's CosineSimilarity, plus 1.)
 */
export const cosineDistance = factory<object, typeof directions.rules>(directions);

// Losses of one class among several, of rows [..., classes]. The target has int32 class indices [...], or distributions
// of the shape of the prediction.

import { check } from '../../errors.js';
import { range, whole } from '../../options.js';
import { sameShape, shapeText } from '../../shape.js';
import type { Tensor } from '../../tensor.js';
import { takeAlongAxis } from '../gather.js';
import { inRange, nanUnless } from '../lengths.js';
import { oneHot } from '../onehot.js';
import { checkFloat, checkKnown } from '../op.js';
import { categoricalLosses, softmaxLosses } from './each.js';
import {
  defineLoss,
  type Fitted,
  type LossOp,
  lossOp,
  type Numbers,
  numbers,
  type OptionNames,
  ofRows,
} from './loss.js';

/**
 * The cross-entropy of several classes, from probabilities p [..., classes]: -Σ y·ln p for each row; their mean by
 * default. The target has int32 class indices [...], or distributions [..., classes]. As in Keras p is held at 1e-7 or
 * above, and divided by its sum. If it was made by softmax just before, the loss is computed from the logits. Its
 * arguments are (prediction, target); `compile` takes it by name.
 *
 * @throws if the shapes do not fit, or an index that is known is no class; one that a program computes gives NaN
 */
export const categoricalCrossEntropy: LossOp = lossOp({
  name: 'categoricalCrossEntropy',
  rules: {},
  fitted: ofRows,
  losses: categoricalLosses,
});

/** Options of losses of class indices. */
export interface ClassOptions {
  /**
   * How much each class counts, [classes]; the mean is then that of the weighted losses over the weights, Σ wl / Σ w.
   */
  readonly weight?: Numbers | undefined;
  /**
   * Rows with this class index count nothing, e.g. those of padding: in no loss, in no gradient, and not in the mean.
   */
  readonly ignoreIndex?: number | undefined;
}

/** Options of `softmaxCrossEntropy`. */
export interface SoftmaxCrossEntropyOptions extends ClassOptions {
  /** How much of the target is spread evenly over all classes, in [0, 1); default 0. */
  readonly labelSmoothing?: number | undefined;
}

interface ClassValues {
  readonly weight: Tensor | undefined;
  readonly ignoreIndex: number | undefined;
}

/**
 * Class indices as they are read. `counted` is 1 for rows that count; others have the class with the largest logit,
 * whose loss is finite, so that it can be multiplied by 0. `ofClass` is what the class of each row counts.
 */
interface Labels {
  readonly labels: Tensor;
  readonly counted: Tensor | undefined;
  readonly ofClass: Tensor | undefined;
}

function labelsOf(z: Tensor, y: Tensor, { weight, ignoreIndex }: ClassValues): Labels {
  const counted = ignoreIndex === undefined ? undefined : y.notEqual(ignoreIndex);
  const keep = counted?.toInt();
  const labels = keep ? y.mul(keep).add(z.argMax().mul(keep.neg().add(1))) : y;
  return { labels, counted, ofClass: weight && oneHot(labels, weight.size).matMul(weight) };
}

/** What each row counts in the mean; undefined if it is the same for all. */
function weightsOf(z: Tensor, y: Tensor, options: ClassValues): Tensor | undefined {
  if (y.dtype !== 'int32') return undefined;
  const { counted, ofClass } = labelsOf(z, y, options);
  return counted && ofClass ? ofClass.mul(counted) : (ofClass ?? counted);
}

/** The losses, and 0 where a row does not count. */
const ofCounted = (counted: Tensor | undefined, losses: Tensor): Tensor => (counted ? losses.mul(counted) : losses);

/** Rows, with a target and options that fit them. */
function checkClasses(name: string, { shape }: Tensor, y: Tensor, { weight, ignoreIndex }: ClassValues): void {
  const classes = shape.at(-1)!;
  check(!weight || (weight.shape.length === 1 && weight.size === classes), () => {
    return `${name}: weight has the shape ${shapeText(weight!.shape)}; expected one for each class, [${classes}]`;
  });
  if (ignoreIndex === undefined) return;
  check(y.dtype === 'int32', () => `${name}: ignoreIndex needs a target of int32 class indices, got ${y}`);
  for (const label of y.known ?? []) {
    const fits = label === ignoreIndex || (label >= 0 && label < classes);
    check(fits, () => `${name}: label ${label} is out of range for ${classes} classes, and not ${ignoreIndex}`);
  }
}

/** -Σ w·ln p for each row, over all classes evenly: what label smoothing mixes in. */
const evenly = (z: Tensor, weight: Tensor | undefined): Tensor => {
  const logs = z.logSoftmax();
  return (weight ? logs.mul(weight) : logs).mean(-1).neg();
};

export const softmaxLoss = defineLoss({
  name: 'softmaxCrossEntropy',
  rules: {
    weight: numbers(),
    ignoreIndex: whole(undefined, -Infinity),
    labelSmoothing: range(0, 0, 1),
  } satisfies OptionNames<SoftmaxCrossEntropyOptions>,
  fitted: ofRows,
  losses: (z, y, options) => {
    const { weight, labelSmoothing: share } = options;
    checkClasses('softmaxCrossEntropy', z, y, options);
    if (y.dtype !== 'int32') {
      const mixed = share > 0 ? y.mul(1 - share).add(share / z.shape.at(-1)!) : y;
      return softmaxLosses(z, weight ? mixed.mul(weight) : mixed);
    }
    const { labels, counted, ofClass } = labelsOf(z, y, options);
    const losses = softmaxLosses(z, labels);
    const own = ofClass ? losses.mul(ofClass) : losses;
    return ofCounted(counted, share > 0 ? own.mul(1 - share).add(evenly(z, weight).mul(share)) : own);
  },
  weights: weightsOf,
});

/**
 * The cross-entropy of several classes, from logits z [..., classes], which softmax would make probabilities of:
 * -Σ y·ln softmax(z) for each row; their mean by default. The target has int32 class indices [...], or distributions
 * [..., classes]. It never overflows.
 *
 * As in PyTorch label smoothing ε makes y·(1 - ε) + ε/classes of a distribution y; class weights multiply each class's
 * part, and the mean of indices is Σ wl / Σ w, that of distributions the one over all rows. Where no row counts the
 * mean is NaN (0 / 0). Its arguments are (prediction, target); `compile` takes it by name, and with options as
 * `softmaxCrossEntropy` of `wasmgrad`.
 *
 * @throws if the shapes do not fit, or an index that is known is no class; one that a program computes gives NaN
 */
export const softmaxCrossEntropy: LossOp<SoftmaxCrossEntropyOptions> = lossOp(softmaxLoss);

/** Log-probabilities [..., classes], and int32 class indices [...]. */
const ofIndices: Fitted = (name, prediction, target) => {
  checkFloat(name, [prediction]);
  const { shape } = prediction;
  const fits = target.dtype === 'int32' && shape.length > 0 && sameShape(shape.slice(0, -1), target.shape);
  check(fits, () => {
    return `${name} of a prediction ${shapeText(shape)} and a target ${target}: expected [..., classes] and int32 class indices [...]`;
  });
  return [prediction, target];
};

export const nllDefinition = defineLoss({
  name: 'nllLoss',
  rules: { weight: numbers(), ignoreIndex: whole(undefined, -Infinity) } satisfies OptionNames<ClassOptions>,
  fitted: ofIndices,
  losses: (logs, y, options) => {
    checkClasses('nllLoss', logs, y, options);
    if (options.ignoreIndex === undefined) checkKnown('nllLoss: label', y, logs.shape.at(-1)!);
    const { labels, counted, ofClass } = labelsOf(logs, y, options);
    const read = takeAlongAxis(logs, labels.expandDims(-1), -1).squeeze(-1).neg();
    const fits = y.known ? undefined : inRange(labels, 0, logs.shape.at(-1)! - 1); // one below 0 would count from the end
    const losses = nanUnless(fits, read);
    return ofCounted(counted, ofClass ? losses.mul(ofClass) : losses);
  },
  weights: weightsOf,
});

/**
 * The negative log-likelihood of classes, from log-probabilities [..., classes], as logSoftmax gives them: -p[y] for
 * each row, their mean by default. The target has int32 class indices [...]. Class weights and ignored rows are those
 * of softmaxCrossEntropy, which is both in one. Its arguments are (prediction, target); for `compile` there is
 * `nllLoss` of `wasmgrad`. (As in PyTorch.)
 *
 * @throws if the shapes do not fit, or an index that is known is no class; one that a program computes gives NaN
 */
export const nllLoss: LossOp<ClassOptions> = lossOp(nllDefinition);

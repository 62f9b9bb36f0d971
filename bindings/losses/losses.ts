// Losses: how far a model's output is from the labels, as one number, the mean over the batch. Formulas as in PyTorch.
// Whether a loss takes probabilities or logits is said by its name.

import { lookup } from '../errors.js';
import { sigmoid } from '../ops/epilogues.js';
import type { OpDefinition } from '../ops/op.js';
import { softmax } from '../ops/softmax.js';
import { type Tensor, withDerivative } from '../tensor.js';

/** Computes the loss of a batch: of the labels `yTrue` and the model's output `yPred`, both [n, …]; it returns a scalar. */
export type LossFunction = (yTrue: Tensor, yPred: Tensor) => Tensor;

/** A loss, and what it takes. Metrics get the one that the model was compiled with. */
export interface Loss {
  readonly name: string;
  readonly compute: LossFunction;
  /** The labels may be class indices: whole numbers, one a sample. */
  readonly classes?: boolean | undefined;
  /** It takes logits: what the model computes before sigmoid or softmax. */
  readonly fromLogits?: boolean | undefined;
  /** The activation that a loss on logits applies itself: a model must not end with it, or it would be applied twice. @internal */
  readonly notAfter?: OpDefinition | undefined;
  /** The loss on probabilities that such a model wants. @internal */
  readonly instead?: LossName | undefined;
}

/** The logits z of y = op(z), if y was made by `op`: computed from z, ln y is exact even where y has rounded to 0 or 1. */
const before = (op: OpDefinition, y: Tensor): Tensor | undefined => (y.op === op ? y.inputs[0] : undefined);

/** The mean squared error, (1/n) Σ (ŷ - y)². */
export const meanSquaredError: LossFunction = (yTrue, yPred) => yPred.sub(yTrue).square().mean();

/** (1/n) Σ |ŷ - y|: the L1 measure. */
export const meanAbsoluteError: LossFunction = (yTrue, yPred) => yPred.sub(yTrue).abs().mean();

/** The cross-entropy of two classes from logits z: z·(1 - y) + ln(1 + e^-z), which never overflows. */
const binaryCrossEntropyWithLogits: LossFunction = (yTrue, z) => {
  return z.mul(yTrue.neg().add(1)).add(z.neg().softplus()).mean();
};

/**
 * -y·ln p - (1 - y)·ln(1 - p); from z where p = sigmoid(z). As in PyTorch the logarithms are held above -100, and the
 * derivative (p - y) / (p(1 - p)) has a denominator of at least 1e-12, so that p may be 0 or 1.
 */
const binaryCrossEntropy: LossFunction = (yTrue, p) => {
  const z = before(sigmoid, p);
  if (z) return binaryCrossEntropyWithLogits(yTrue, z);
  const rest = p.neg().add(1);
  const logP = p.log().maximum(-100);
  const logRest = rest.log().maximum(-100);
  const loss = yTrue.mul(logP).add(yTrue.neg().add(1).mul(logRest)).neg();
  const byP = () => p.sub(yTrue).div(p.mul(rest).maximum(1e-12));
  return withDerivative(loss, [p, yTrue], (g) => [g.mul(byP()), g.mul(logRest.sub(logP))]).mean();
};

/** -Σ y·ln softmax(z) of logits z, over the last axis; y holds class indices [n] (int32) or distributions [n, classes]. */
const softmaxCrossEntropy: LossFunction = (yTrue, z) => {
  if (yTrue.dtype === 'int32') return z.crossEntropy(yTrue).mean();
  return yTrue.mul(z.logSoftmax()).sum(-1).mean().neg();
};

/**
 * -Σ y·ln p of probabilities p, over the last axis; from z where p = softmax(z). As in Keras they are held at 1e-7 or above,
 * and divided by their sum.
 */
const categoricalCrossEntropy: LossFunction = (yTrue, p) =>
  softmaxCrossEntropy(yTrue, before(softmax, p) ?? p.maximum(1e-7).log());

/** Names of the losses. */
export type LossName =
  | 'meanSquaredError'
  | 'meanAbsoluteError'
  | 'binaryCrossEntropy'
  | 'binaryCrossEntropyWithLogits'
  | 'categoricalCrossEntropy'
  | 'softmaxCrossEntropy';

const LOSSES: Record<LossName, Omit<Loss, 'name'>> = {
  meanSquaredError: { compute: meanSquaredError },
  meanAbsoluteError: { compute: meanAbsoluteError },
  binaryCrossEntropy: { compute: binaryCrossEntropy },
  binaryCrossEntropyWithLogits: {
    compute: binaryCrossEntropyWithLogits,
    fromLogits: true,
    notAfter: sigmoid,
    instead: 'binaryCrossEntropy',
  },
  categoricalCrossEntropy: { compute: categoricalCrossEntropy, classes: true },
  softmaxCrossEntropy: {
    compute: softmaxCrossEntropy,
    classes: true,
    fromLogits: true,
    notAfter: softmax,
    instead: 'categoricalCrossEntropy',
  },
};

/** The loss of that name, or a loss made of the function. */
export function lossOf(value: LossName | LossFunction): Loss {
  if (typeof value === 'function') return { name: value.name || 'loss', compute: value };
  return { name: value, ...lookup('loss', value, LOSSES, '; or a function') };
}

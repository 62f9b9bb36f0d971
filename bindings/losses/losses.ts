// The losses of `compile`: how far a model's output is from the labels, as one number, the mean over the batch. Not here: their
// formulas, and the losses that are functions of a prediction and a target (ops/losses.ts).

import { check, lookup } from '../errors.js';
import { sigmoid } from '../ops/epilogues.js';
import {
  absoluteErrors,
  binaryLosses,
  binaryLossesOfLogits,
  categoricalLosses,
  type EachLoss,
  softmaxLosses,
  squaredErrors,
} from '../ops/losses.js';
import type { OpDefinition } from '../ops/op.js';
import { softmax } from '../ops/softmax.js';
import type { Tensor } from '../tensor.js';

/** Computes the loss of a batch: of the labels `yTrue` and the model's output `yPred`, both [n, …]; it returns a scalar. */
export interface LossFunction {
  (yTrue: Tensor, yPred: Tensor): Tensor;
  /** The losses of wasmgrad/ops have it: they take their arguments the other way round, and are refused. */
  readonly predictionFirst?: undefined;
}

/** A loss, and what it takes. Metrics get the one that the model was compiled with. */
export interface Loss {
  readonly name: string;
  readonly compute: LossFunction;
  /** The labels may be class indices: whole numbers, one a sample. */
  readonly classes?: boolean | undefined;
  /** It is a function of the user: labels may have any shape [n, …]. */
  readonly own?: boolean | undefined;
  /** It takes logits: what the model computes before sigmoid or softmax. */
  readonly fromLogits?: boolean | undefined;
  /** The activation that a loss on logits applies itself: a model must not end with it, or it would be applied twice. @internal */
  readonly notAfter?: OpDefinition | undefined;
  /** The loss on probabilities that such a model wants. @internal */
  readonly instead?: LossName | undefined;
}

/** Of the losses of single elements or rows, which take the prediction first, the mean over the batch. */
export const meanOf = (losses: EachLoss): LossFunction => {
  return (yTrue, yPred) => losses(yPred, yTrue).mean();
};

/** Names of the losses. */
export type LossName =
  | 'meanSquaredError'
  | 'meanAbsoluteError'
  | 'binaryCrossEntropy'
  | 'binaryCrossEntropyWithLogits'
  | 'categoricalCrossEntropy'
  | 'softmaxCrossEntropy';

const LOSSES: Record<LossName, Omit<Loss, 'name'>> = {
  meanSquaredError: { compute: meanOf(squaredErrors) },
  meanAbsoluteError: { compute: meanOf(absoluteErrors) },
  binaryCrossEntropy: { compute: meanOf(binaryLosses) },
  binaryCrossEntropyWithLogits: {
    compute: meanOf(binaryLossesOfLogits),
    fromLogits: true,
    notAfter: sigmoid,
    instead: 'binaryCrossEntropy',
  },
  categoricalCrossEntropy: { compute: meanOf(categoricalLosses), classes: true },
  softmaxCrossEntropy: {
    compute: meanOf(softmaxLosses),
    classes: true,
    fromLogits: true,
    notAfter: softmax,
    instead: 'categoricalCrossEntropy',
  },
};

/** Throws for a loss of wasmgrad/ops, which `compile` would call the other way round. */
export function checkLabelsFirst(f: (...args: never[]) => Tensor): void {
  check(!('predictionFirst' in f), () => {
    return 'losses of wasmgrad/ops take (prediction, target), compile calls (yTrue, yPred): pass the name of the loss';
  });
}

/** The loss of that name, or a loss made of the function. */
export function lossOf(value: LossName | LossFunction): Loss {
  if (typeof value === 'function') {
    checkLabelsFirst(value);
    return { name: value.name || 'loss', compute: value, own: true };
  }
  return { name: value, ...lookup('loss', value, LOSSES, '; or a function') };
}

// The losses of `compile`: how far a model's output is from the labels, as one number, the mean over the batch. Not
// here: their formulas, the losses that are functions of a prediction and a target (ops/losses/), and those of
// `compile` that have options, and so are imported (factories.ts).

import { check, lookup } from '../errors.js';
import type { Rows } from '../model/data.js';
import type { Flat } from '../nested.js';
import { sigmoid } from '../ops/epilogues.js';
import {
  absoluteErrors,
  binaryLosses,
  binaryLossesOfLogits,
  categoricalLosses,
  type EachLoss,
  softmaxLosses,
  squaredErrors,
} from '../ops/losses/each.js';
import type { OpDefinition } from '../ops/op.js';
import { softmax } from '../ops/softmax.js';
import type { Shape } from '../shape.js';
import type { Tensor } from '../tensor.js';

/**
 * Computes the loss of a batch: of the labels `yTrue` and the model's output `yPred`, both [n, …]; it returns a scalar.
 */
export interface LossFunction {
  (yTrue: Tensor, yPred: Tensor): Tensor;
  /** The losses of wasmgrad/ops have it: they take their arguments the other way round, and are refused. */
  readonly predictionFirst?: undefined;
}

/**
 * Throws, in the user's words, for a label that the loss can't take; `where` names the labels, of which each sample has
 * `width`.
 */
export type LabelCheck = (where: string, labels: ArrayLike<number>, width: number) => void;

/**
 * A loss, and what it takes: what names stand for, and imported losses are. Metrics get the one that the model was
 * compiled with.
 */
export interface Loss {
  /** What errors call it. */
  readonly name: string;
  /** The loss of a batch, a scalar: the mean. */
  readonly compute: LossFunction;
  /** The losses of single elements or rows, [n, …]: for weights of samples, and for masks. */
  readonly each?: LossFunction | undefined;
  /** What each of these counts in the mean, which is Σ each / Σ weights; `each` is multiplied already. Absent: 1. */
  readonly weights?: ((yTrue: Tensor, yPred: Tensor) => Tensor | undefined) | undefined;
  /**
   * How much the numbers of a metric count, where some rows are ignored; `mask` is that of the output. Absent: as it
   * says. @internal
   */
  readonly counted?: ((yTrue: Tensor, values: Tensor, mask: Tensor | undefined) => Tensor | undefined) | undefined;
  /** Labels and output of the rows that are not ignored, of known values. Absent: all. @internal */
  readonly kept?: ((ends: readonly Tensor[]) => readonly Tensor[]) | undefined;
  /** Its losses are numbers of whole samples, [n], also where the output has a mask, which it reads itself. */
  readonly ofSamples?: boolean | undefined;
  /**
   * Reads labels that are no rows of the output's shape; throws, in the user's words, for those that it can't
   * take. @internal
   */
  readonly readLabels?: ((name: string, labels: Flat, count: number, outputShape: Shape) => Rows) | undefined;
  /** The labels may be class indices: whole numbers, one a sample. */
  readonly classes?: boolean | undefined;
  /** A class index whose rows count nothing. */
  readonly ignoreIndex?: number | undefined;
  /** It is a function of the user: labels may have any shape [n, …]. */
  readonly own?: boolean | undefined;
  /** It takes logits: what the model computes before sigmoid or softmax. */
  readonly fromLogits?: boolean | undefined;
  readonly checkLabels?: LabelCheck | undefined;
  /**
   * What makes probabilities of logits: a model has it at its end for a loss on probabilities, and not for one on
   * logits. @internal
   */
  readonly activation?: OpDefinition | undefined;
  /**
   * The loss, or activation, for a model that has, or has not, this activation where this loss wants the
   * opposite. @internal
   */
  readonly instead?: string | undefined;
}

/** Names of the losses; all others are imported. */
export type LossName =
  | 'meanSquaredError'
  | 'meanAbsoluteError'
  | 'mse'
  | 'mae'
  | 'binaryCrossEntropy'
  | 'binaryCrossEntropyWithLogits'
  | 'categoricalCrossEntropy'
  | 'softmaxCrossEntropy';

/** What `compile` takes as a loss. */
export type LossLike = LossName | LossFunction | Loss;

/** A check that all labels are in 0 … high. */
/*@__NO_SIDE_EFFECTS__*/
export function labelsUpTo(high: number, name: string): LabelCheck {
  return (where, labels, width) => {
    for (let i = 0; i < labels.length; i++) {
      check(!(labels[i]! < 0 || labels[i]! > high), () => {
        return `${name}: labels must be in 0 … ${high}, got ${labels[i]} in ${where}, sample ${Math.floor(i / width)}; scale them`;
      });
    }
  };
}

interface Named extends Partial<Loss> {
  readonly losses: EachLoss;
}

const mse: Named = { losses: squaredErrors };
const mae: Named = { losses: absoluteErrors };

const LOSSES: Record<LossName, Named> = {
  meanSquaredError: mse,
  meanAbsoluteError: mae,
  mse,
  mae,
  binaryCrossEntropy: { losses: binaryLosses, activation: sigmoid, instead: 'binaryCrossEntropyWithLogits' },
  binaryCrossEntropyWithLogits: {
    losses: binaryLossesOfLogits,
    fromLogits: true,
    activation: sigmoid,
    instead: 'binaryCrossEntropy',
  },
  categoricalCrossEntropy: {
    losses: categoricalLosses,
    classes: true,
    activation: softmax,
    instead: 'softmaxCrossEntropy',
  },
  softmaxCrossEntropy: {
    losses: softmaxLosses,
    classes: true,
    fromLogits: true,
    activation: softmax,
    instead: 'categoricalCrossEntropy',
  },
};

/** Throws for a loss of wasmgrad/ops, which `compile` would call the other way round. */
export function checkLabelsFirst(f: (...args: never[]) => Tensor): void {
  check(!('predictionFirst' in f), () => {
    return 'losses of wasmgrad/ops take (prediction, target), compile calls (yTrue, yPred): pass its name, or import it from wasmgrad';
  });
}

/** Why a model whose output is made by `last` is none for the loss; undefined if it may be one. */
export function misfit(
  { name, fromLogits = false, activation, instead }: Loss,
  last: OpDefinition,
): string | undefined {
  if (!activation || (last === activation) !== fromLogits) return undefined;
  const [takes, ends] = fromLogits ? ['logits', 'ends'] : ['probabilities', 'does not end'];
  return `${name} takes ${takes}, but the model ${ends} with ${activation.name}: change that, or use '${instead}'`;
}

/** The loss of that name, an imported one, or one made of the function. */
export function lossOf(value: LossLike): Loss {
  if (typeof value === 'function') {
    checkLabelsFirst(value);
    return { name: value.name || 'loss', compute: value, own: true };
  }
  if (typeof (value as Loss | undefined)?.compute === 'function') return value as Loss;
  const name = value as LossName;
  const { losses, ...more } = lookup('loss', name, LOSSES, '; or imported; or a function');
  const checkLabels = more.activation && labelsUpTo(1, name);
  return { name, checkLabels, ...more, compute: (y, p) => losses(p, y).mean(), each: (y, p) => losses(p, y) };
}

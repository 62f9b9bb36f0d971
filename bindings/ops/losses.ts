// Losses as functions of a prediction and a target, in this order, with the formulas of PyTorch. Each is made of the losses of
// single elements or rows, of which `compile` takes the mean. Whether a loss takes probabilities or logits is said by its
// name. Not here: losses by name, which `compile` calls the other way round (losses/losses.ts).

import { check } from '../errors.js';
import { oneOf, options, type Rules } from '../options.js';
import { sameShape, shapeText } from '../shape.js';
import { type Tensor, type TensorLike, tensorOf, withDerivative } from '../tensor.js';
import { sigmoid } from './epilogues.js';
import { checkFloat, type OpDefinition } from './op.js';
import { softmax } from './softmax.js';

/** Options of losses. */
export interface LossOptions {
  /** 'mean' (default) or 'sum' of all losses, a scalar; or 'none': each loss for itself. */
  readonly reduction?: 'mean' | 'sum' | 'none' | undefined;
}

const lossOptions = options({ reduction: oneOf('mean', 'sum', 'none') } satisfies Rules<LossOptions>);

/** A loss that takes a prediction and a target. */
export interface LossOp {
  (prediction: TensorLike, target: TensorLike, options?: LossOptions): Tensor;
  /** `compile` calls losses with (yTrue, yPred), and refuses those that take them the other way round. */
  readonly predictionFirst: true;
}

/** The losses of single elements or rows. */
export type EachLoss = (prediction: Tensor, target: Tensor) => Tensor;

/** The logits z of y = op(z), if y was made by `op`: computed from z, ln y is exact even where y has rounded to 0 or 1. */
const before = (op: OpDefinition, y: Tensor): Tensor | undefined => (y.op === op ? y.inputs[0] : undefined);

export const squaredErrors: EachLoss = (prediction, target) => prediction.sub(target).square();

export const absoluteErrors: EachLoss = (prediction, target) => prediction.sub(target).abs();

/** z·(1 - y) + ln(1 + e^-z), which never overflows. */
export const binaryLossesOfLogits: EachLoss = (z, y) => z.mul(y.neg().add(1)).add(z.neg().softplus());

/** From z where p = sigmoid(z). Else the derivative is (p - y) / (p(1 - p)), with a denominator of at least 1e-12. */
export const binaryLosses: EachLoss = (p, y) => {
  const z = before(sigmoid, p);
  if (z) return binaryLossesOfLogits(z, y);
  const rest = p.neg().add(1);
  const logP = p.log().maximum(-100);
  const logRest = rest.log().maximum(-100);
  const loss = y.mul(logP).add(y.neg().add(1).mul(logRest)).neg();
  const byP = () => p.sub(y).div(p.mul(rest).maximum(1e-12));
  return withDerivative(loss, [p, y], (g) => [g.mul(byP()), g.mul(logRest.sub(logP))]);
};

export const softmaxLosses: EachLoss = (z, y) =>
  y.dtype === 'int32' ? z.crossEntropy(y) : y.mul(z.logSoftmax()).sum(-1).neg();

/** From z where p = softmax(z). Else p is held at 1e-7 or above, and divided by its sum. */
export const categoricalLosses: EachLoss = (p, y) => softmaxLosses(before(softmax, p) ?? p.maximum(1e-7).log(), y);

/** Operands of the same shape: a scalar is repeated, all else would hardly be meant. */
function alike(name: string, prediction: Tensor, target: Tensor): [Tensor, Tensor] {
  checkFloat(name, [prediction, target]);
  const [p, t] = [prediction.shape, target.shape];
  const fits = sameShape(p, t) || p.length === 0 || t.length === 0;
  check(fits, () => {
    return `${name}: the prediction ${shapeText(p)} and the target ${shapeText(t)} have different shapes; only a scalar is repeated`;
  });
  const shape = p.length === 0 ? t : p;
  return [prediction.broadcastTo(shape), target.broadcastTo(shape)];
}

/** Rows, and for each one a distribution of the same shape. Class indices are checked by the op that reads them. */
function ofRows(name: string, prediction: Tensor, target: Tensor): [Tensor, Tensor] {
  const [p, t] = [prediction.shape, target.shape];
  const fits = target.dtype === 'int32' || (p.length > 0 && sameShape(p, t));
  check(fits, () => {
    const expected = 'expected [..., classes], and a target of that shape or int32 class indices [...]';
    return `${name} of a prediction ${shapeText(p)} and a target ${target}: ${expected}`;
  });
  return [prediction, target];
}

/** The loss of that name: the mean, the sum, or each of the `losses` of what `fitted` returns. */
/*@__NO_SIDE_EFFECTS__*/
function loss(name: string, fitted: typeof alike, losses: EachLoss): LossOp {
  const compute = (prediction: TensorLike, target: TensorLike, options?: LossOptions): Tensor => {
    const { reduction } = lossOptions(name, options);
    const [p, t] = [tensorOf(`${name}: the prediction`, prediction), tensorOf(`${name}: the target`, target)];
    const each = losses(...fitted(name, p, t));
    return reduction === 'none' ? each : each[reduction]();
  };
  return Object.assign(compute, { predictionFirst: true } as const);
}

/**
 * The squared distance from a target of the same shape, (ŷ - y)² for each element; their mean by default. Its arguments are
 * (prediction, target); `compile` takes it by name.
 *
 * @throws if the shapes differ, unless one of the two is a scalar
 */
export const meanSquaredError = loss('meanSquaredError', alike, squaredErrors);

/**
 * The distance from a target of the same shape, |ŷ - y| for each element; their mean by default, the L1 loss. Its arguments
 * are (prediction, target); `compile` takes it by name.
 *
 * @throws if the shapes differ, unless one of the two is a scalar
 */
export const meanAbsoluteError = loss('meanAbsoluteError', alike, absoluteErrors);

/**
 * The cross-entropy of two classes, from probabilities p of the one that has the label y = 1: -y·ln p - (1 - y)·ln(1 - p) for
 * each element; their mean by default. The logarithms are held above -100, and the derivative (p - y) / (p(1 - p)) has a
 * denominator of at least 1e-12, so that p may be 0 or 1. If p was made by sigmoid just before, it is computed from the logits.
 * Its arguments are (prediction, target); `compile` takes it by name.
 *
 * @throws if the shapes differ, unless one of the two is a scalar
 */
export const binaryCrossEntropy = loss('binaryCrossEntropy', alike, binaryLosses);

/**
 * The cross-entropy of two classes, from logits z, which sigmoid would make probabilities of: z·(1 - y) + ln(1 + e^-z) for
 * each element; their mean by default. It never overflows. Its arguments are (prediction, target); `compile` takes it by name.
 *
 * @throws if the shapes differ, unless one of the two is a scalar
 */
export const binaryCrossEntropyWithLogits = loss('binaryCrossEntropyWithLogits', alike, binaryLossesOfLogits);

/**
 * The cross-entropy of several classes, from probabilities p [..., classes]: -Σ y·ln p for each row; their mean by default.
 * The target has int32 class indices [...], or distributions [..., classes]. As in Keras p is held at 1e-7 or above, and
 * divided by its sum. If it was made by softmax just before, the loss is computed from the logits. Its arguments are
 * (prediction, target); `compile` takes it by name.
 *
 * @throws if the shapes do not fit, or an index that is known is no class; one that a program computes gives NaN
 */
export const categoricalCrossEntropy = loss('categoricalCrossEntropy', ofRows, categoricalLosses);

/**
 * The cross-entropy of several classes, from logits z [..., classes], which softmax would make probabilities of:
 * -Σ y·ln softmax(z) for each row; their mean by default. The target has int32 class indices [...], or distributions
 * [..., classes]. It never overflows. Its arguments are (prediction, target); `compile` takes it by name.
 *
 * @throws if the shapes do not fit, or an index that is known is no class; one that a program computes gives NaN
 */
export const softmaxCrossEntropy = loss('softmaxCrossEntropy', ofRows, softmaxLosses);

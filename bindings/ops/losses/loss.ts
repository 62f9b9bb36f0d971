// What losses are made of: a definition says how a loss of single elements or rows is computed, and by which options.
// Here it becomes a function of a prediction and a target, in this order, as in PyTorch; losses/factories.ts makes a
// loss of `compile` of the same definition. Not here: any loss.

import { check, checkIs } from '../../errors.js';
import type { NestedValues } from '../../nested.js';
import { oneOf, options, type Rule, type Values } from '../../options.js';
import { broadcastShapes, sameShape, shapeText } from '../../shape.js';
import { Tensor, type TensorLike, tensor, tensorOf } from '../../tensor.js';
import { checkFloat } from '../op.js';

/** Options of all losses. */
export interface LossOptions {
  /** 'mean' (default) or 'sum' of all losses, a scalar; or 'none': each loss for itself. */
  readonly reduction?: 'mean' | 'sum' | 'none' | undefined;
}

/** A loss that takes a prediction and a target; `O` are its own options. */
export interface LossOp<O = object> {
  (prediction: TensorLike, target: TensorLike, options?: O & LossOptions): Tensor;
  /** `compile` calls losses with (yTrue, yPred), and refuses those that take them the other way round. */
  readonly predictionFirst: true;
}

type AnyRules = Readonly<Record<string, Rule<unknown>>>;

/** Checks prediction and target of a loss; returns both in the shapes in which its formula takes them. */
export type Fitted = (name: string, prediction: Tensor, target: Tensor) => [Tensor, Tensor];

/** A loss, whatever it is called with: `R` are the rules of its own options. */
export interface LossDefinition<R extends AnyRules = AnyRules> {
  readonly name: string;
  readonly rules: R;
  readonly fitted: Fitted;
  /** The losses of single elements or rows. */
  losses(prediction: Tensor, target: Tensor, options: Values<R>): Tensor;
  /**
   * What each of them counts in the mean, Σ losses / Σ weights; the losses are multiplied already. Absent: all the
   * same.
   */
  weights?(prediction: Tensor, target: Tensor, options: Values<R>): Tensor | undefined;
}

/** Defines a loss, so that the options of its formulas have the types that the rules read. */
/*@__NO_SIDE_EFFECTS__*/
export function defineLoss<R extends AnyRules>(definition: LossDefinition<R>): LossDefinition<R> {
  return definition;
}

export const reductions = oneOf('mean', 'sum', 'none');

/** Marks a function that takes the prediction first. */
/*@__NO_SIDE_EFFECTS__*/
export function predictionFirst<F>(f: F): F & { readonly predictionFirst: true } {
  return Object.assign(f as object, { predictionFirst: true } as const) as F & { readonly predictionFirst: true };
}

/** The loss as a function of a prediction and a target. `O` are the options that the rules read. */
/*@__NO_SIDE_EFFECTS__*/
export function lossOp<O = object, R extends AnyRules = AnyRules>(
  { name, rules, fitted, losses, weights }: LossDefinition<R>,
  reduction: Rule<string> = reductions,
): LossOp<O> {
  const read = options({ ...rules, reduction });
  return predictionFirst((prediction: TensorLike, target: TensorLike, given?: O & LossOptions): Tensor => {
    const values = read(name, given) as Values<R> & { readonly reduction: string };
    const [p, t] = fitted(name, ...operandsOf(name, prediction, target));
    return reduced(losses(p, t, values), values.reduction, weights?.(p, t, values));
  });
}

/** What a loss is called with, as tensors. */
export function operandsOf(name: string, prediction: TensorLike, target: TensorLike): [Tensor, Tensor] {
  return [tensorOf(`${name}: the prediction`, prediction), tensorOf(`${name}: the target`, target)];
}

/** The mean of losses, their sum, the sum over the number of samples, or the losses. */
export function reduced(losses: Tensor, reduction: string, weights?: Tensor): Tensor {
  if (reduction === 'none') return losses;
  if (reduction === 'sum') return losses.sum();
  if (reduction === 'batchMean') return losses.sum().div(losses.shape[0] ?? 1);
  return weights ? losses.sum().div(weights.sum()) : losses.mean();
}

/** Operands of the same shape: a scalar is repeated, all else would hardly be meant. */
export const alike: Fitted = (name, prediction, target) => {
  checkFloat(name, [prediction, target]);
  const [p, t] = [prediction.shape, target.shape];
  const fits = sameShape(p, t) || p.length === 0 || t.length === 0;
  check(fits, () => {
    return `${name}: the prediction ${shapeText(p)} and the target ${shapeText(t)} have different shapes; only a scalar is repeated`;
  });
  const shape = p.length === 0 ? t : p;
  return [prediction.broadcastTo(shape), target.broadcastTo(shape)];
};

/** Throws if what goes with the prediction would broadcast that: then it is not one number for each element. */
export function checkBroadcasts(name: string, what: string, { shape }: Tensor, prediction: Tensor): void {
  const fits = sameShape(broadcastShapes(name, prediction.shape, shape), prediction.shape);
  check(
    fits,
    () => `${name}: ${what} ${shapeText(shape)} does not broadcast to the prediction ${shapeText(prediction.shape)}`,
  );
}

/** Rows, and for each one a distribution of the same shape. Class indices are checked by the op that reads them. */
export const ofRows: Fitted = (name, prediction, target) => {
  const [p, t] = [prediction.shape, target.shape];
  const fits = target.dtype === 'int32' || (p.length > 0 && sameShape(p, t));
  check(fits, () => {
    const expected = 'expected [..., classes], and a target of that shape or int32 class indices [...]';
    return `${name} of a prediction ${shapeText(p)} and a target ${target}: ${expected}`;
  });
  return [prediction, target];
};

/** Numbers for each class or output, as an option. */
export type Numbers = readonly number[] | Tensor;

/** The rule of such an option: float32 numbers, one for each class; or with `scalar` one for all. */
/*@__NO_SIDE_EFFECTS__*/
export function numbers(scalar = false): Rule<Tensor | undefined> {
  return (given, what) => {
    if (given === undefined) return undefined;
    const isList = given instanceof Tensor || Array.isArray(given) || (scalar && typeof given === 'number');
    checkIs(isList, what, `${scalar ? 'a number, ' : ''}an array of numbers or a tensor`, given);
    const read = given instanceof Tensor ? given : tensor(given as NestedValues);
    checkFloat(what, [read]);
    return read;
  };
}

/** Rules for the options of `O`, some of which are read as something else than they were given as. */
export type OptionNames<O> = { readonly [K in keyof O]-?: Rule<unknown> };

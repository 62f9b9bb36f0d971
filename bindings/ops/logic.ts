// Logic: what is not 0 counts as true, NaN too, and results are float32 0 and 1. They have no gradient. Not here: where
// (where.ts); comparisons, which are methods of Tensor.

import { checkedTensor, type ReduceOptions, reduceOptions, type Tensor, type TensorLike, tensorOf } from '../tensor.js';
import type { Axes } from './reduce.js';
import { where } from './where.js';

/** 1 where x is not 0, else 0; of int32 too. */
const isTrue = (name: string, x: TensorLike): Tensor => tensorOf(name, x).toFloat().notEqual(0);

/** 1 where both are not 0, else 0; it broadcasts. */
export const logicalAnd = (a: TensorLike, b: TensorLike): Tensor =>
  isTrue('logicalAnd', a).mul(isTrue('logicalAnd', b));

/** 1 where one of them or both are not 0, else 0; it broadcasts. */
export const logicalOr = (a: TensorLike, b: TensorLike): Tensor =>
  isTrue('logicalOr', a).maximum(isTrue('logicalOr', b));

/** 1 where one is 0 and the other is not, else 0; it broadcasts. */
export const logicalXor = (a: TensorLike, b: TensorLike): Tensor =>
  isTrue('logicalXor', a).notEqual(isTrue('logicalXor', b));

/** 1 where x is 0, else 0. */
export const logicalNot = (x: TensorLike): Tensor => tensorOf('logicalNot', x).equal(0);

/** `x` with `value` in the places where the mask is not 0: where(mask, value, x). All three broadcast. */
export const maskedFill = (x: TensorLike, mask: Tensor, value: TensorLike): Tensor => where(mask, value, x);

/** Whether any element over `axes` is not 0: 1 or 0, as float32. NaN is not 0; over no elements it is 0. */
export const any = (x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor =>
  checkedTensor('any', x).toFloat().notEqual(0).sum(axes, reduceOptions('any', options)).greater(0);

/** Whether all elements over `axes` are not 0: 1 or 0, as float32. Over no elements it is 1. */
export const all = (x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor =>
  checkedTensor('all', x).toFloat().equal(0).sum(axes, reduceOptions('all', options)).equal(0);

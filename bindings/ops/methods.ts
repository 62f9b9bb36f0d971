// The methods of Tensor as functions: exp(x) is x.exp(). A method is in every bundle, its function only where it is
// imported. Not here: how they are computed (elementwise.ts, epilogues.ts, matmul.ts, movement.ts, reduce.ts,
// softmax.ts).

import { type Tensor, type TensorLike, tensorOf } from '../tensor.js';

/** The methods of a tensor that return one. */
type Method = {
  [M in keyof Tensor]: Tensor[M] extends (...args: never[]) => Tensor ? M : never;
}[keyof Tensor];

/**
 * The method of that name as a function of the tensor, or of a number that stands for a scalar, and of its arguments.
 */
/*@__NO_SIDE_EFFECTS__*/
function method<M extends Method>(name: M): (x: TensorLike, ...rest: Parameters<Tensor[M]>) => Tensor {
  return (x, ...rest) => {
    // Of two operands the first may be the number, which is then of the type of the second.
    const given = tensorOf(name, x, rest[0] as TensorLike);
    return (given[name] as (...args: Parameters<Tensor[M]>) => Tensor)(...rest);
  };
}

/** x + y; both broadcast, and are of one type. */
export const add = method('add');
/** x - y; both broadcast, and are of one type. */
export const sub = method('sub');
/** x·y, element by element; both broadcast, and are of one type. For the product of matrices see `matMul`. */
export const mul = method('mul');
/** x / y; both broadcast. It refuses int32: see `floorDiv`. */
export const div = method('div');
/**
 * The larger of x and y, NaN if either is; both broadcast, and are of one type. Equal ones get half of the gradient
 * each.
 */
export const maximum = method('maximum');
/**
 * The smaller of x and y, NaN if either is; both broadcast, and are of one type. Equal ones get half of the gradient
 * each.
 */
export const minimum = method('minimum');

/** 1 where x > y, else 0, as float32; both broadcast, and are of one type. */
export const greater = method('greater');
/** 1 where x ≥ y, else 0, as float32; both broadcast, and are of one type. */
export const greaterEqual = method('greaterEqual');
/** 1 where x < y, else 0, as float32; both broadcast, and are of one type. */
export const less = method('less');
/** 1 where x ≤ y, else 0, as float32; both broadcast, and are of one type. */
export const lessEqual = method('lessEqual');
/** 1 where x = y, else 0, as float32; both broadcast, and are of one type. */
export const equal = method('equal');
/**
 * 1 where x ≠ y, else 0, as float32: NaN differs from everything, itself included. Both broadcast, and are of one type.
 */
export const notEqual = method('notEqual');
/** 1 where x is NaN, else 0. */
// biome-ignore lint/suspicious/noShadowRestrictedNames: it has the name of the method
export const isNaN = method('isNaN');

/** -x. */
export const neg = method('neg');
/** |x|. The gradient at 0 is 0. */
export const abs = method('abs');
/** The sign of x: -1, 0 or 1. The gradient is 0. */
export const sign = method('sign');
/** x². */
export const square = method('square');
/** √x; NaN below 0. */
export const sqrt = method('sqrt');
/** 1 / √x. */
export const rsqrt = method('rsqrt');
/** 1 / x. */
export const reciprocal = method('reciprocal');
/** e^x. */
export const exp = method('exp');
/** The natural logarithm of x; -Infinity at 0, NaN below. */
export const log = method('log');
/**
 * The same numbers as float32, which arithmetic of int32 tensors with float32 ones needs; above 2^24 the nearest ones.
 */
export const toFloat = method('toFloat');
/** Whole numbers, int32, rounded towards 0. What is beyond ±2^31 becomes the last number before it, NaN becomes 0. */
export const toInt = method('toInt');

/** The rectified linear unit: max(0, x). The gradient at 0 is 0. */
export const relu = method('relu');
/** x where x > 0, else slope·x; the slope, 0.01 by default, must be at least 0, and is the gradient at 0. */
export const leakyRelu = method('leakyRelu');
/** The logistic function, from 0 to 1: 1 / (1 + e^-x). */
export const sigmoid = method('sigmoid');
/** The hyperbolic tangent, from -1 to 1: (e^x - e^-x) / (e^x + e^-x). */
export const tanh = method('tanh');
/** A smooth relu: ln(1 + e^x), without overflow. */
export const softplus = method('softplus');
/** Numbers above 0 that add up to 1 along `axis`, the last one by default: e^xᵢ / Σ e^xⱼ, without overflow. */
export const softmax = method('softmax');
/** The logarithm of the softmax along `axis`, the last one by default, exact where the softmax is nearly 0. */
export const logSoftmax = method('logSoftmax');

/** The sum over `axes`, all of them by default: [m, n] over axis 0 is [n], or [1, n] with `keepDims`. */
export const sum = method('sum');
/**
 * The mean over `axes`, all of them by default: [m, n] over axis 0 is [n], or [1, n] with `keepDims`. Of no elements:
 * NaN.
 */
export const mean = method('mean');
/**
 * The largest element over `axes`, all of them by default; NaN if there is one. Equal ones share the gradient evenly.
 *
 * @throws if an axis is empty
 */
export const max = method('max');
/**
 * The smallest element over `axes`, all of them by default; NaN if there is one. Equal ones share the gradient evenly.
 *
 * @throws if an axis is empty
 */
export const min = method('min');
/**
 * The index of the largest element along `axis`, the last one by default, as int32: the first of equal ones, or of
 * NaNs.
 *
 * @throws if the axis is empty
 */
export const argMax = method('argMax');
/**
 * The index of the smallest element along `axis`, the last one by default, as int32: the first of equal ones, or of
 * NaNs.
 *
 * @throws if the axis is empty
 */
export const argMin = method('argMin');

/**
 * The matrix product: [m, k] by [k, n] is [m, n]. Dimensions before the last two are a batch and broadcast: [b, m, k]
 * by [k, n] is [b, m, n]. A vector is a row at the left and a column at the right, and that dimension is dropped from
 * the result.
 *
 * @throws if the inner dimensions differ
 */
export const matMul = method('matMul');

/**
 * The same elements in the same order under another shape; one dimension may be -1, for what is left.
 *
 * @throws if the shape has another number of elements
 */
export const reshape = method('reshape');
/**
 * The axes in another order: axis i of the result is axis `axes[i]` of x. By default they are reversed: [m, n] becomes
 * [n, m].
 *
 * @throws if `axes` are not all axes of x, each once
 */
export const transpose = method('transpose');
/**
 * x in a larger shape, repeated along dimensions of 1, and along new ones at the left.
 *
 * @throws if it does not broadcast to that shape
 */
export const broadcastTo = method('broadcastTo');
/** Makes one axis of all axes from `start` on, of all there are by default: [2, 3, 4] from 1 on is [2, 12]. */
export const flatten = method('flatten');
/** Adds a dimension of 1, as `axis` of the result, the first one by default. */
export const expandDims = method('expandDims');
/**
 * Removes `axes` of length 1, by default all there are.
 *
 * @throws if one of `axes` has another length
 */
export const squeeze = method('squeeze');
/** The same values as a constant: no gradient flows through them. Inside of `grad` they can be read. */
export const stopGradient = method('stopGradient');
/** Zeros in the shape of x. */
export const zerosLike = method('zerosLike');
/** Ones in the shape of x. */
export const onesLike = method('onesLike');

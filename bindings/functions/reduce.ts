// Reductions that are composed of sums and maxima (prod, variance, norm, logSumExp …), cumSum and cumProd. Not here: sum, mean, max
// and the like, which are methods of Tensor (ops/reduce.ts).

import indexing from '#sides/indexing.wasm';
import { cumSum as cumSumKernel } from '../kernels/scan.js';
import { checkFloat, defineOp } from '../ops/op.js';
import { type Axes, asVector, reduceAxes, type Span, threeDims, without } from '../ops/reduce.js';
import { flag, number, options, type Rules } from '../options.js';
import { normalizeAxis } from '../shape.js';
import { checkedTensor, type ReduceOptions, reduceOptions, Tensor } from '../tensor.js';
import { where } from './elementwise.js';
import { along, flip, padWith, split } from './slicing.js';

/** Options of `variance` and `std`. */
export interface VarianceOptions extends ReduceOptions {
  /** The sum is divided by the number of elements less this: 1 (default, Bessel's correction) or, as in NumPy, 0. */
  readonly correction?: number | undefined;
}

const varianceOptions = options({ keepDims: flag(false), correction: number(1) } satisfies Rules<VarianceOptions>);

/** The product of all elements over `axes`, all of them by default. */
export function prod(x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor {
  const { keepDims } = reduceOptions('prod', options);
  return reduceAxes('prod', checkedTensor('prod', x), axes, keepDims, prodSpan);
}

/**
 * Multiplies by halves. A derivative that divides by x would be wrong at zeros; this one is right, and so are higher
 * ones.
 */
function prodSpan(x: Tensor, span: Span): Tensor {
  const { outer, k, inner } = threeDims(x.shape, span);
  let length = 1;
  while (length < k) length *= 2;
  const widths = [
    [0, 0],
    [0, length - k],
    [0, 0],
  ] as const;
  let product = padWith(x.reshape([outer, k, inner]), widths, 1);
  for (; length > 1; length /= 2) {
    const [first, second] = split(product, 2, 1);
    product = first!.mul(second!);
  }
  return product.reshape(without(x.shape, span));
}

/**
 * The variance over `axes`, all of them by default: the mean square distance from the mean. As in PyTorch the sum is
 * divided by n - 1, unless `correction` says otherwise; by 0 where there are no more elements than `correction`.
 */
export function variance(x: Tensor, axes?: Axes, options?: VarianceOptions): Tensor {
  return spread('variance', x, axes, options);
}

function spread(where: string, x: Tensor, axes: Axes, options: VarianceOptions | undefined): Tensor {
  const { keepDims, correction } = varianceOptions(where, options);
  const given = checkedTensor(where, x);
  const deviations = given.sub(given.mean(axes, { keepDims: true }));
  const total = deviations.square().sum(axes, { keepDims });
  const count = given.size / Math.max(1, total.size);
  return total.div(Math.max(0, count - correction));
}

/** The standard deviation over `axes`: the square root of `variance`, with its options. The gradient at 0 is 0. */
export const std = (x: Tensor, axes?: Axes, options?: VarianceOptions): Tensor =>
  rootOfSquares(spread('std', x, axes, options));

/** The Euclidean length √Σx² over `axes`, all of them by default; the gradient at 0 is 0. */
export const norm = (x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor =>
  rootOfSquares(checkedTensor('norm', x).square().sum(axes, reduceOptions('norm', options)));

/** √x for x ≥ 0; its gradient at 0 is 0, not infinite. */
function rootOfSquares(x: Tensor): Tensor {
  const zero = x.equal(0);
  return where(zero, 0, where(zero, 1, x).sqrt());
}

/**
 * ln Σ e^x over `axes`, the last one by default, without overflow. Where all x are -Infinity it is that, with gradient 0.
 */
export function logSumExp(x: Tensor, axes: Axes = -1, options?: ReduceOptions): Tensor {
  const { keepDims } = reduceOptions('logSumExp', options);
  const given = checkedTensor('logSumExp', x);
  for (const axis of [axes].flat() as number[]) normalizeAxis('logSumExp', axis, given.shape.length || 1);
  // ln 0: there is no largest element.
  if (given.size === 0) return given.sum(axes, { keepDims }).log();
  const most = given.stopGradient().max(axes, { keepDims: true });
  const shift = where(most.abs().equal(Number.POSITIVE_INFINITY), 0, most);
  const sum = given.sub(shift).exp().sum(axes, { keepDims });
  const zero = sum.equal(0);
  const log = where(zero, Number.NEGATIVE_INFINITY, where(zero, 1, sum).log());
  return log.add(shift.reshape(log.shape));
}

/** Whether any element over `axes` is not 0: 1 or 0, as float32. NaN is not 0; over no elements it is 0. */
export const any = (x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor =>
  checkedTensor('any', x).toFloat().notEqual(0).sum(axes, reduceOptions('any', options)).greater(0);

/** Whether all elements over `axes` are not 0: 1 or 0, as float32. Over no elements it is 1. */
export const all = (x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor =>
  checkedTensor('all', x).toFloat().equal(0).sum(axes, reduceOptions('all', options)).equal(0);

const cumSumOp = defineOp<{ readonly axis: number }>({
  name: 'cumSum',
  kernels: { cumSum: cumSumKernel },
  side: indexing,
  infer: (inputs) => {
    checkFloat('cumSum', inputs);
    return inputs[0]!;
  },
  derivative: (g, _node, { axis }) => [flip(cumSum(flip(g, axis), axis), axis)],
  batch: ({ inputs: [x] }, _node, { axis }) => cumSum(x!, axis + 1),
  emit: (e, node, { axis }) => {
    const sizes = threeDims(node.shape, { from: axis, to: axis + 1 });
    e.code('cumSum', { out: e.at(node), x: e.at(node.inputs[0]!), ...sizes });
  },
});

/** Running sums along `axis`, the last one by default, in the same shape: x₀, x₀ + x₁, x₀ + x₁ + x₂ … */
export function cumSum(x: Tensor, axis = -1): Tensor {
  const given = checkedTensor('cumSum', x);
  if (x.dtype === 'int32') return scanned('cumSum', given, axis, (a, b) => a.add(b), 0);
  return asVector(given, (t) => new Tensor(cumSumOp, [t], { axis: normalizeAxis('cumSum', axis, t.shape.length) }));
}

/**
 * Running products along `axis`, the last one by default, in the same shape: x₀, x₀·x₁, x₀·x₁·x₂ … Multiplied in
 * log₂ n rounds, without a division: so gradients are right where elements are 0.
 */
export function cumProd(x: Tensor, axis = -1): Tensor {
  return scanned('cumProd', checkedTensor('cumProd', x), axis, (a, b) => a.mul(b), 1);
}

type Join = (a: Tensor, b: Tensor) => Tensor;

/** What `join`, which is associative, makes of the elements up to each one, in log₂ n rounds over all of them. */
function scanned(where: string, x: Tensor, axis: number, join: Join, neutral: number): Tensor {
  return asVector(x, (t) => scannedAlong(t, normalizeAxis(where, axis, t.shape.length), join, neutral));
}

function scannedAlong(x: Tensor, axis: number, join: Join, neutral: number): Tensor {
  const n = x.shape[axis]!;
  let joined = x;
  for (let shift = 1; shift < n; shift *= 2) {
    const widths = x.shape.map((_, i) => [i === axis ? shift : 0, 0] as const);
    joined = join(joined, padWith(along(joined, axis, [0, n - shift]), widths, neutral));
  }
  return joined;
}

// A tensor is a node of a graph: an op, its inputs, its attributes, and the shape and type that follow from them.
// Methods build the graph; only data(), item() and toArray() run it. Not here: what an op is (ops/), how a graph is
// differentiated (grad.ts) or run (evaluate.ts). Ops and stages import the type of Tensor only, so nothing is circular.

import { check, show } from './errors.js';
import { evaluate } from './evaluate.js';
import { type NestedArray, nest, unnest } from './nested.js';
import * as act from './ops/activations.js';
import { einsum as contraction } from './ops/einsum.js';
import * as el from './ops/elementwise.js';
import { gather, scatter, scatterAdd, take, takeAlongAxis } from './ops/gather.js';
import { product } from './ops/matmul.js';
import {
  assign,
  broadcastTo,
  type ConstantAttrs,
  constant,
  customGradient,
  type IdentityAttrs,
  identity,
  input,
  reshape,
  type SlopesAttrs,
  stopGradient,
  transpose,
} from './ops/movement.js';
import type { OpDefinition } from './ops/op.js';
import {
  type Axes,
  argMaxSpan,
  cumSum,
  logSumExp,
  maxSpan,
  prodSpan,
  reduceAxes,
  reduceTogether,
  rootOfSquares,
  sumSpan,
  sumTo,
  variance,
} from './ops/reduce.js';
import {
  concat as concatOp,
  embedded,
  flip,
  pad,
  type Range,
  slice,
  split,
  tile,
  type Window,
  window,
} from './ops/slicing.js';
import { alongAxis, crossEntropy, crossEntropyGrad, logSoftmax, softmax } from './ops/softmax.js';
import { argSort, type TopK, topK } from './ops/sort.js';
import { activeScope, type Scope } from './scope.js';
import { broadcastShapes, checkShape, normalizeAxis, type Shape, sameShape, shapeText, sizeOf } from './shape.js';

/** Element types: float32 for values, int32 for labels and indices. */
export type DType = 'float32' | 'int32';

/** Elements in row-major order. */
export type TensorData = Float32Array | Float64Array | Int32Array;

/** What an op takes besides a tensor: a number stands for a scalar. */
export type TensorLike = Tensor | number;

/** Options of a reduction. */
export interface ReduceOptions {
  /** Leaves the reduced axes in the shape, as 1. */
  readonly keepDims?: boolean;
}

/** Options of `matMul`. */
export interface MatMulOptions {
  /** The first operand is taken as its transpose, without a copy. */
  readonly transA?: boolean;
  /** The second operand is taken as its transpose, without a copy. */
  readonly transB?: boolean;
}

/** Options of `variance` and `std`. */
export interface VarianceOptions extends ReduceOptions {
  /** Subtracted from the number of elements that the sum is divided by: 1 (default) is Bessel's correction. */
  readonly correction?: number;
}

/** Options of `sort` and `argSort`. */
export interface SortOptions {
  /** From the largest down. */
  readonly descending?: boolean;
}

/** Options of `gelu`. */
export interface GeluOptions {
  /** 'none' (default) uses erf, 'tanh' the formula with tanh that is near it. */
  readonly approximate?: 'none' | 'tanh';
}

let created = 0;

type Inspect = (value: unknown, options: object) => string;

/**
 * An array of any number of dimensions, lazily computed: an op makes a node of a graph, and reading a value
 * (`item()`, `data()`, `toArray()`) runs what it needs. Nothing is ever freed by hand.
 */
export class Tensor {
  /** Dimensions, outermost first; `[]` is a scalar. */
  readonly shape: Shape;
  readonly dtype: DType;
  /** Number of elements. */
  readonly size: number;
  /** Creation order: inputs have smaller numbers than what is made of them. */
  readonly id = ++created;
  /** Made of a placeholder: it has no value until a program runs. @internal */
  readonly traced: boolean;
  /** The innermost transform that it is differentiated in. @internal */
  readonly scope: Scope | undefined;
  /** Tensors of the same computation: reading one reads all of them. @internal */
  siblings: readonly Tensor[] | undefined;
  #value: TensorData | undefined;

  /** @internal */
  readonly op: OpDefinition;
  /** @internal */
  readonly inputs: readonly Tensor[];
  /** @internal */
  readonly attrs: unknown;

  /** @internal */
  constructor(op: OpDefinition, inputs: readonly Tensor[], attrs: unknown) {
    this.op = op;
    this.inputs = inputs;
    this.attrs = attrs;
    this.traced = op === input || inputs.some((t) => t.traced);
    this.scope = op === identity ? (attrs as IdentityAttrs).scope : scopeOf(inputs);
    if (op === constant) this.#value = (attrs as ConstantAttrs).data;
    const { shape, dtype } = op.infer(inputs, attrs);
    this.shape = shape;
    this.dtype = dtype;
    this.size = sizeOf(shape);
  }

  /** `this + other`, broadcast. */
  add(other: TensorLike): Tensor {
    return binary(el.add, this, other);
  }
  /** `this - other`, broadcast. */
  sub(other: TensorLike): Tensor {
    return binary(el.sub, this, other);
  }
  /** Elementwise (Hadamard) product, broadcast. */
  mul(other: TensorLike): Tensor {
    return binary(el.mul, this, other);
  }
  /** `this / other`, broadcast. */
  div(other: TensorLike): Tensor {
    return binary(el.div, this, other);
  }
  /** The larger of the two; NaN if either is. */
  maximum(other: TensorLike): Tensor {
    return binary(el.maximum, this, other);
  }
  /** The smaller of the two; NaN if either is. */
  minimum(other: TensorLike): Tensor {
    return binary(el.minimum, this, other);
  }
  /** 1 where `this > other`, else 0, as float32. */
  greater(other: TensorLike): Tensor {
    return binary(el.greater, this, other);
  }
  /** 1 where `this ≥ other`, else 0, as float32. */
  greaterEqual(other: TensorLike): Tensor {
    return binary(el.greaterEqual, this, other);
  }
  /** 1 where `this < other`, else 0, as float32. */
  less(other: TensorLike): Tensor {
    return toTensor('less', other).greater(this);
  }
  /** 1 where `this ≤ other`, else 0, as float32. */
  lessEqual(other: TensorLike): Tensor {
    return toTensor('lessEqual', other).greaterEqual(this);
  }
  /** 1 where `this = other`, else 0, as float32; of two int32 tensors too. */
  equal(other: TensorLike): Tensor {
    return binary(el.equal, this, other);
  }
  /** 1 where `this ≠ other`, else 0, as float32: NaN differs from everything, itself included. */
  notEqual(other: TensorLike): Tensor {
    return scalar(1).sub(this.equal(other));
  }
  /** 1 where this is NaN, else 0. */
  isNaN(): Tensor {
    return this.notEqual(this);
  }
  /** `this` to the power of `other`, broadcast. */
  pow(other: TensorLike): Tensor {
    if (other === 1) return this;
    return other === 2 ? this.square() : binary(el.pow, this, other);
  }

  neg(): Tensor {
    return unary(el.neg, this);
  }
  abs(): Tensor {
    return unary(el.abs, this);
  }
  /** -1, 0 or 1. */
  sign(): Tensor {
    return unary(el.sign, this);
  }
  square(): Tensor {
    return unary(el.square, this);
  }
  sqrt(): Tensor {
    return unary(el.sqrt, this);
  }
  exp(): Tensor {
    return unary(el.exp, this);
  }
  /** Natural logarithm. */
  log(): Tensor {
    return unary(el.log, this);
  }
  /** e^x - 1, precise near 0. */
  expm1(): Tensor {
    return unary(el.expm1, this);
  }
  /** ln(1 + x), precise near 0. */
  log1p(): Tensor {
    return unary(el.log1p, this);
  }
  /** 1 / √x. */
  rsqrt(): Tensor {
    return this.sqrt().reciprocal();
  }
  /** 1 / x. */
  reciprocal(): Tensor {
    return scalar(1).div(this);
  }
  sin(): Tensor {
    return unary(el.sin, this);
  }
  cos(): Tensor {
    return unary(el.cos, this);
  }
  tan(): Tensor {
    return this.sin().div(this.cos());
  }
  /** The angle in -π/2 … π/2 whose tangent is x. */
  atan(): Tensor {
    return unary(el.atan, this);
  }
  /** The error function, 2/√π ∫₀ˣ e^-t² dt. */
  erf(): Tensor {
    return unary(el.erf, this);
  }
  /** The largest whole number that is not above x. The gradient is 0. */
  floor(): Tensor {
    return unary(el.floor, this);
  }
  /** The smallest whole number that is not below x. The gradient is 0. */
  ceil(): Tensor {
    return unary(el.ceil, this);
  }
  /** The nearest whole number, of two the even one. The gradient is 0. */
  round(): Tensor {
    return unary(el.round, this);
  }
  /** min(max(x, low), high); the gradient is 1 at the bounds and 0 beyond them. Throws if low is above high. */
  clip(low: number, high: number): Tensor {
    return el.clip(this, low, high);
  }
  /** int32 to float32. */
  toFloat(): Tensor {
    return this.dtype === 'float32' ? this : unary(el.toFloat, this);
  }

  /** max(0, x). */
  relu(): Tensor {
    return unary(act.relu, this);
  }
  /** x where x > 0, else slope·x. The slope is at least 0. */
  leakyRelu(slope = 0.01): Tensor {
    check(slope >= 0 && Number.isFinite(slope), () => `leakyRelu: the slope must be 0 or more, got ${show(slope)}`);
    return unary(act.leakyRelu, this, slope);
  }
  /** 1 / (1 + e^-x). */
  sigmoid(): Tensor {
    return unary(act.sigmoid, this);
  }
  tanh(): Tensor {
    return unary(act.tanh, this);
  }
  /** ln(1 + e^x). */
  softplus(): Tensor {
    return unary(act.softplus, this);
  }
  /** min(max(x, 0), 6); the gradient is 0 at 0 and at 6. */
  relu6(): Tensor {
    return act.hardTanh(this, 0, 6);
  }
  /** x where x > 0, else alpha·x; alpha is learned and broadcasts. */
  prelu(alpha: Tensor): Tensor {
    return act.prelu(this, alpha);
  }
  /** x where x > 0, else alpha·(e^x - 1). */
  elu(alpha = 1): Tensor {
    return act.elu(this, alpha);
  }
  /** 1.0507·elu(1.6733): activations keep mean 0 and variance 1. */
  selu(): Tensor {
    return act.selu(this);
  }
  /** x where x > 0, else alpha·(e^(x / alpha) - 1), whose slope at 0 is 1 for every alpha. */
  celu(alpha = 1): Tensor {
    return act.celu(this, alpha);
  }
  /** x·Φ(x), Φ being the normal distribution function. */
  gelu({ approximate = 'none' }: GeluOptions = {}): Tensor {
    const known = approximate === 'none' || approximate === 'tanh';
    check(known, () => `gelu: approximate is 'none' or 'tanh', got ${show(approximate)}`);
    return approximate === 'tanh' ? act.geluTanh(this) : act.gelu(this);
  }
  /** x·σ(x), also called swish. */
  silu(): Tensor {
    return act.silu(this);
  }
  /** x·tanh(softplus(x)). */
  mish(): Tensor {
    return act.mish(this);
  }
  /** x / (1 + |x|). */
  softsign(): Tensor {
    return act.softsign(this);
  }
  /** relu6(x + 3) / 6. */
  hardSigmoid(): Tensor {
    return act.hardSigmoid(this);
  }
  /** x·hardSigmoid(x). */
  hardSwish(): Tensor {
    return act.hardSwish(this);
  }
  /** min(max(x, low), high); unlike that of clip the gradient is 0 at the bounds. */
  hardTanh(low = -1, high = 1): Tensor {
    return act.hardTanh(this, low, high);
  }
  /** ln σ(x), finite wherever x is. */
  logSigmoid(): Tensor {
    return act.logSigmoid(this);
  }
  /** Softmax along `axis`, the last one by default. */
  softmax(axis = -1): Tensor {
    return alongAxis('softmax', this, axis, (x) => new Tensor(softmax, [x], {}));
  }
  /** Logarithm of the softmax along `axis`, the last one by default. */
  logSoftmax(axis = -1): Tensor {
    return alongAxis('logSoftmax', this, axis, (x) => new Tensor(logSoftmax, [x], {}));
  }
  /** ln Σ e^x over `axes`, the last one by default; -Infinity where there is nothing but -Infinity. */
  logSumExp(axes: Axes = -1, { keepDims = false }: ReduceOptions = {}): Tensor {
    return logSumExp(this, axes, keepDims);
  }

  /** Sum over `axes`, all of them by default. */
  sum(axes?: Axes, { keepDims = false }: ReduceOptions = {}): Tensor {
    return reduceAxes('sum', this, axes, keepDims, (x, span) => new Tensor(sumSpan, [x], span));
  }
  /** Mean over `axes`, all of them by default. */
  mean(axes?: Axes, options?: ReduceOptions): Tensor {
    const total = this.sum(axes, options);
    return total.mul(total.size / this.size);
  }
  /** Index of the largest element along `axis` (int32); the first of equal ones. */
  argMax(axis = -1, { keepDims = false }: ReduceOptions = {}): Tensor {
    return reduceAxes('argMax', this, axis, keepDims, (x, span) => new Tensor(argMaxSpan, [x], span));
  }

  /** Index of the smallest element along `axis` (int32); the first of equal ones. */
  argMin(axis = -1, options?: ReduceOptions): Tensor {
    return this.neg().argMax(axis, options);
  }
  /**
   * The largest element over `axes`, all of them by default; NaN if there is one. Equal ones share the gradient evenly.
   * Throws if an axis is empty.
   */
  max(axes?: Axes, { keepDims = false }: ReduceOptions = {}): Tensor {
    return reduceTogether('max', this, axes, keepDims, (x, span) => new Tensor(maxSpan, [x], span));
  }
  /** The smallest element over `axes`, as `max`. */
  min(axes?: Axes, options?: ReduceOptions): Tensor {
    return this.neg().max(axes, options).neg();
  }
  /** Product over `axes`, all of them by default. */
  prod(axes?: Axes, { keepDims = false }: ReduceOptions = {}): Tensor {
    return reduceAxes('prod', this, axes, keepDims, prodSpan);
  }
  /**
   * Mean square distance from the mean over `axes`, all of them by default. With PyTorch's `correction` of 1, not
   * NumPy's 0, the sum is divided by n - 1; of a single element that is NaN.
   */
  variance(axes?: Axes, { keepDims = false, correction = 1 }: VarianceOptions = {}): Tensor {
    return variance(this, axes, keepDims, correction);
  }
  /** Square root of the variance, whose options it takes; the gradient at 0 is 0. */
  std(axes?: Axes, options?: VarianceOptions): Tensor {
    return rootOfSquares(this.variance(axes, options));
  }
  /** Euclidean length over `axes`, all of them by default; the gradient at 0 is 0. */
  norm(axes?: Axes, options?: ReduceOptions): Tensor {
    return rootOfSquares(this.square().sum(axes, options));
  }
  /** 1 where an element over `axes` is not 0, else 0; of none 0. NaN is not 0. */
  any(axes?: Axes, options?: ReduceOptions): Tensor {
    return this.toFloat().notEqual(0).sum(axes, options).greater(0);
  }
  /** 1 where no element over `axes` is 0, else 0; of none 1. */
  all(axes?: Axes, options?: ReduceOptions): Tensor {
    return this.toFloat().equal(0).sum(axes, options).equal(0);
  }
  /** The indices (int32) that put `axis` in order. Equal elements stay in order, and NaN is the largest. */
  argSort(axis = -1, { descending = false }: SortOptions = {}): Tensor {
    const at = normalizeAxis('argSort', axis, this.shape.length);
    return new Tensor(argSort, [this], { axis: at, descending });
  }
  /** The elements of `axis` in order; NaN is the largest. */
  sort(axis = -1, options?: SortOptions): Tensor {
    return this.takeAlongAxis(this.argSort(axis, options), axis);
  }
  /** The `k` largest elements of `axis`, from the largest down, and their int32 indices. Throws if there are fewer. */
  topK(k: number, axis = -1): TopK {
    return topK(this, k, axis);
  }
  /** Running sums along `axis`, in the same shape. */
  cumSum(axis = -1): Tensor {
    return new Tensor(cumSum, [this], { axis: normalizeAxis('cumSum', axis, this.shape.length) });
  }

  /**
   * The matrix product of [m, k] by [k, n]. Dimensions before the last two are a batch and broadcast: [b, m, k] by
   * [k, n] is [b, m, n]. A vector is a row at the left and a column at the right, and that dimension is dropped from
   * the result. Throws if the inner dimensions differ.
   */
  matMul(other: Tensor, { transA = false, transB = false }: MatMulOptions = {}): Tensor {
    check(other instanceof Tensor, () => `matMul: expected a tensor, got ${show(other)}`);
    return product(this, other, transA, transB);
  }
  /** The inner product of two vectors of the same length. */
  dot(other: Tensor): Tensor {
    check(other instanceof Tensor, () => `dot: expected a tensor, got ${show(other)}`);
    const fits = this.shape.length === 1 && sameShape(this.shape, other.shape);
    check(
      fits,
      () => `dot of ${shapeText(this.shape)} and ${shapeText(other.shape)}: expected two equally long vectors`,
    );
    return this.mul(other).sum();
  }
  /** The outer product of vectors: [m] by [n] is [m, n]. */
  outer(other: Tensor): Tensor {
    const fits = this.shape.length === 1 && other.shape.length === 1;
    check(fits, () => `outer of ${shapeText(this.shape)} and ${shapeText(other.shape)}: expected two vectors`);
    return this.expandDims(1).mul(other);
  }

  /** The same elements under another shape; one dimension may be -1, for what is left. */
  reshape(shape: Shape): Tensor {
    const full = inferDimension(this, shape);
    return sameShape(full, this.shape) ? this : new Tensor(reshape, [this], { shape: full });
  }
  /** Axis i of the result is axis `axes[i]` of this one; reversed by default. */
  transpose(axes: readonly number[] = this.shape.map((_, i) => -1 - i)): Tensor {
    const order = axes.map((a) => normalizeAxis('transpose', a, this.shape.length));
    return new Tensor(transpose, [this], { axes: order });
  }
  /** Repeated along dimensions of 1, and along new ones at the left. */
  broadcastTo(shape: Shape): Tensor {
    checkShape('broadcastTo', shape);
    return sameShape(shape, this.shape) ? this : new Tensor(broadcastTo, [this], { shape: [...shape] });
  }
  /** The axes from `start` on as one; all of them by default. */
  flatten(start = 0): Tensor {
    const at = this.shape.length === 0 ? 0 : normalizeAxis('flatten', start, this.shape.length);
    return this.reshape([...this.shape.slice(0, at), sizeOf(this.shape.slice(at))]);
  }
  /** A dimension of 1 more, at `axis` of the result. */
  expandDims(axis = 0): Tensor {
    const at = normalizeAxis('expandDims', axis, this.shape.length + 1);
    return this.reshape([...this.shape.slice(0, at), 1, ...this.shape.slice(at)]);
  }
  /** Without `axes`, which must be of length 1; without all such axes by default. */
  squeeze(axes?: Axes): Tensor {
    const { shape } = this;
    const given = axes === undefined ? undefined : [axes].flat().map((a) => normalizeAxis('squeeze', a, shape.length));
    for (const axis of given ?? []) {
      check(shape[axis] === 1, () => `squeeze of ${shapeText(shape)}: axis ${axis} has ${shape[axis]} elements`);
    }
    return this.reshape(shape.filter((d, i) => (given ? !given.includes(i) : d !== 1)));
  }
  /**
   * A part, given by a range for each axis as in NumPy: an index (negative from the back) drops the axis,
   * `[start, stop, step]` takes every step-th element from start up to but without stop (each may be left out, null or
   * negative; ends beyond the axis are cut), null or undefined takes all. Axes without a range are taken whole.
   *
   *     x.slice([0])                  // x[0]
   *     x.slice([null, [1, -1]])      // x[:, 1:-1]
   *     x.slice([[null, null, -1]])   // x[::-1]
   *
   * Throws if an index is out of range or a step is 0.
   */
  slice(ranges: readonly Range[]): Tensor {
    return slice(this, ranges);
  }
  /** With `value` before and after it: a pair [before, after] for each axis. */
  pad(widths: readonly (readonly [number, number])[], value = 0): Tensor {
    return pad(this, widths, value);
  }
  /** Repeated repeats[i] times along axis i; aligned at the right, as shapes broadcast. */
  tile(repeats: readonly number[]): Tensor {
    return tile(this, repeats);
  }
  /** Backwards along `axes`, all of them by default. */
  flip(axes?: Axes): Tensor {
    return flip(this, axes);
  }
  /** Cut along `axis`: into so many equal parts, or into parts of given lengths. Throws if they do not fit. */
  split(parts: number | readonly number[], axis = 0): Tensor[] {
    return split(this, parts, axis);
  }
  /**
   * The slices of `axis` at int32 `indices`, whose shape takes the place of that axis. An index that is out of range,
   * negative ones included, throws if it is known; computed in a program, it gives NaN (-2^31 if this is int32).
   */
  take(indices: Tensor, axis = 0): Tensor {
    return take(this, indices, axis);
  }
  /** out[i, j] = x[i, indices[i, j]] for axis 1, and so on; the other axes broadcast. Indices are those of `take`. */
  takeAlongAxis(indices: Tensor, axis = -1): Tensor {
    return takeAlongAxis(this, indices, axis);
  }
  /**
   * With `updates` added to the slices of `axis` at int32 `indices`, one after the other where an index repeats. The
   * updates have the shape that `take` would give. An index out of range throws if it is known, else it is dropped.
   */
  scatterAdd(indices: Tensor, updates: Tensor, axis = 0): Tensor {
    return scatterAdd(this, indices, updates, axis);
  }
  /** The same values, which no gradient flows through. */
  stopGradient(): Tensor {
    return new Tensor(stopGradient, [this], {});
  }
  /** The same tensor as a new node. @internal */
  identity(scope: Scope): Tensor {
    return new Tensor(identity, [this], { scope });
  }
  /** Zeros in the shape of this tensor. */
  zerosLike(): Tensor {
    return scalar(0).broadcastTo(this.shape);
  }
  /** Ones in the shape of this tensor. */
  onesLike(): Tensor {
    return scalar(1).broadcastTo(this.shape);
  }

  /** Cross-entropy of each row of logits [n, classes] with int32 labels [n]; NaN for a label that is no class. */
  crossEntropy(labels: Tensor): Tensor {
    return new Tensor(crossEntropy, [this, labels], {});
  }

  // What derivatives are written in.

  /** @internal */
  sumTo(shape: Shape): Tensor {
    return sumTo(this, shape);
  }
  /** Where this is not 0 the first, else the second. @internal */
  select(a: TensorLike, b: TensorLike): Tensor {
    return where(this, a, b);
  }
  /** @internal */
  window({ begin, step, shape }: Window): Tensor {
    return new Tensor(window, [this], { begin, step, shape } satisfies Window);
  }
  /** In a window of zeros of the given shape. @internal */
  embed(into: Shape, part: Window): Tensor {
    return embedded(this, into, part);
  }
  /** @internal */
  gatherAlong(indices: Tensor, axis: number): Tensor {
    return new Tensor(gather, [this, indices], { axis, along: true });
  }
  /** @internal */
  scatter(indices: Tensor, attrs: { readonly axis: number; readonly along: boolean; readonly size: number }): Tensor {
    return new Tensor(scatter, [this, indices], attrs);
  }
  /** @internal */
  reluGrad(a: Tensor): Tensor {
    return binary(act.reluGrad, this, a);
  }
  /** @internal */
  leakyReluGrad(a: Tensor, slope: number): Tensor {
    return binary(act.leakyReluGrad, this, a, slope);
  }
  /** @internal */
  sigmoidGrad(a: Tensor): Tensor {
    return binary(act.sigmoidGrad, this, a);
  }
  /** @internal */
  tanhGrad(a: Tensor): Tensor {
    return binary(act.tanhGrad, this, a);
  }
  /** @internal */
  crossEntropyGrad(logits: Tensor, labels: Tensor): Tensor {
    return new Tensor(crossEntropyGrad, [this, logits, labels], {});
  }

  /** The elements in row-major order, computed now if they were not before. A copy: changing it changes nothing. */
  data(): Float32Array | Int32Array {
    const values = this.#read();
    return this.dtype === 'int32' ? new Int32Array(values) : new Float32Array(values);
  }
  /** The only element. Throws if there are more. */
  item(): number {
    check(this.size === 1, () => `item() of ${this}: it has ${this.size} elements; use data() or toArray()`);
    return this.#read()[0]!;
  }
  /** The elements as nested arrays; a number for a scalar. `T` names the nest: toArray<number[][]>(). */
  toArray<T extends NestedArray = NestedArray>(): T {
    return nest(this.#read(), this.shape) as T;
  }

  /** The values, if they have been computed. @internal */
  get known(): TensorData | undefined {
    return this.#value;
  }

  #read(): TensorData {
    if (this.#value === undefined) this.#compute();
    return this.#value!;
  }

  #compute(): void {
    check(!this.traced, () => `the values of ${this} cannot be read while jit or fit traces: they do not exist yet`);
    const all = this.siblings?.filter((t) => t.#value === undefined && !t.traced) ?? [this];
    evaluate(all).forEach((value, i) => {
      all[i]!.#value = value;
    });
    this.siblings = undefined;
  }

  /** A node like this one: for stages that rewrite graphs. @internal */
  rewrite(op: OpDefinition, inputs: readonly Tensor[], attrs: unknown): Tensor {
    return new Tensor(op, inputs, attrs);
  }

  /** `float32[32, 784]` */
  toString(): string {
    return `${this.dtype}${shapeText(this.shape)}`;
  }

  /** Nested arrays, for JSON.stringify. */
  toJSON(): unknown {
    return this.toArray();
  }

  /** Operators would silently make NaN of a tensor. @internal */
  [Symbol.toPrimitive](hint: string): string {
    check(hint === 'string', () => `operators do not work on ${this}: write x.mul(y) …`);
    return this.toString();
  }

  /** What console.log shows in Node, Bun and Deno: the values, if they are known. @internal */
  [Symbol.for('nodejs.util.inspect.custom')](_depth: number, options: object, inspect?: Inspect): string {
    return inspect && this.#value ? `${this} ${inspect(this.toArray(), options)}` : `${this}`;
  }
}

function scopeOf(inputs: readonly Tensor[]): Scope | undefined {
  for (const { scope } of inputs) {
    const active = scope && activeScope(scope);
    if (active) return active;
  }
  return undefined;
}

function unary(op: OpDefinition, x: Tensor, p = 0): Tensor {
  return new Tensor(op, [x], { p });
}

function binary(op: OpDefinition, a: Tensor, b: TensorLike, p = 0): Tensor {
  return new Tensor(op, expand(a, toTensor(op.name, b, op === el.equal ? a : undefined)), { p });
}

/** The kernels walk two dimensions; where broadcasting needs more, the operands are repeated in memory first. */
function expand(a: Tensor, b: Tensor): [Tensor, Tensor] {
  if (a.shape.length < 3 && b.shape.length < 3) return [a, b];
  const out = broadcastShapes('broadcast', a.shape, b.shape);
  return el.walk(a.shape, b.shape, out) ? [a, b] : [a.broadcastTo(out), b.broadcastTo(out)];
}

/** `x` itself, or the scalar that a number stands for: of int32 if it stands beside an int32 tensor and is whole. */
function toTensor(where: string, x: TensorLike, beside?: TensorLike): Tensor {
  if (x instanceof Tensor) return x;
  check(typeof x === 'number', () => `${where}: expected a Tensor or a number, got ${show(x)}`);
  const isInt = beside instanceof Tensor && beside.dtype === 'int32' && (x | 0) === x;
  return isInt ? constantOf(Int32Array.of(x), [], 'int32') : scalar(x);
}

/** The shape with its -1 worked out. */
function inferDimension(x: Tensor, shape: Shape): Shape {
  const open = Array.isArray(shape) ? shape.indexOf(-1) : -1;
  if (open < 0) {
    checkShape('reshape', shape);
    return [...shape];
  }
  const rest = shape.filter((_, i) => i !== open);
  checkShape('reshape', rest);
  const known = sizeOf(rest);
  const fits = known > 0 && x.size % known === 0;
  check(
    fits,
    () => `reshape of ${shapeText(x.shape)} to ${shapeText(shape)}: ${x.size} elements do not divide by ${known}`,
  );
  return shape.map((d) => (d === -1 ? x.size / known : d));
}

/** A constant of shape `[]`. */
export function scalar(value: number): Tensor {
  return constantOf(Float64Array.of(value), []);
}

/** A constant that keeps `data` without a copy. */
export function constantOf(data: TensorData, shape: Shape, dtype: DType = 'float32'): Tensor {
  return new Tensor(constant, [], { shape, dtype, data });
}

/** A value that a program is given when it runs. */
export function inputOf(name: string, shape: Shape, dtype: DType = 'float32'): Tensor {
  return new Tensor(input, [], { shape, dtype, name });
}

/**
 * `a` where the condition is not 0, else `b`; all three broadcast. Neither value nor gradient of the one that is not
 * taken shows: where(x.greater(0), x.log(), 0) is 0 at -1.
 *
 * @throws if a and b differ in type, or the shapes do not broadcast
 */
export function where(condition: Tensor, a: TensorLike, b: TensorLike): Tensor {
  check(condition instanceof Tensor, () => `where: the condition must be a tensor, got ${show(condition)}`);
  const [first, second] = [toTensor('where', a, b), toTensor('where', b, a)];
  const shape = broadcastShapes('where', broadcastShapes('where', condition.shape, first.shape), second.shape);
  const repeated = (t: Tensor): Tensor => (t.size === 1 ? t : t.broadcastTo(shape));
  return new Tensor(el.where, [condition.toFloat().broadcastTo(shape), repeated(first), repeated(second)], {});
}

/**
 * The tensors one behind the other along `axis`.
 *
 * @throws if there are none, or they differ in type or in another dimension
 */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  const [first] = tensors;
  check(first !== undefined, () => 'concat: there must be at least one tensor');
  const at = normalizeAxis('concat', axis, first.shape.length);
  return tensors.length === 1 ? first : new Tensor(concatOp, tensors, { axis: at });
}

/**
 * The tensors, all of one shape, along a new `axis`.
 *
 * @throws if there are none, or they differ in type or shape
 */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  const [first] = tensors;
  check(first !== undefined, () => 'stack: there must be at least one tensor');
  for (const { shape } of tensors) {
    const same = sameShape(shape, first.shape);
    check(same, () => `stack: the shapes ${shapeText(first.shape)} and ${shapeText(shape)} differ`);
  }
  const at = normalizeAxis('stack', axis, first.shape.length + 1);
  return concat(
    tensors.map((t) => t.expandDims(at)),
    at,
  );
}

/**
 * The sum of products that an equation in Einstein's notation says: 'ij,jk->ik' is a matrix product, 'ii->' a trace,
 * 'bij->bji' a transpose. Without `->` the result has the letters that appear once, in the order of the alphabet.
 * Operands are taken in pairs from the left, each pair as one batched matrix product.
 *
 * @throws if the equation does not fit the operands
 */
export const einsum = (equation: string, ...operands: readonly Tensor[]): Tensor => contraction(equation, operands);

/** `value`, whose derivative by each of `inputs`, of the same shape, is what `slopes` returns for it. */
export function withSlopes(value: Tensor, inputs: readonly Tensor[], slopes: () => readonly Tensor[]): Tensor {
  return new Tensor(customGradient, [value, ...inputs], { slopes } satisfies SlopesAttrs);
}

/** Writes `value` to the place of `to`, a program's input. */
export const assignTo = (to: Tensor, value: Tensor): Tensor => new Tensor(assign, [to, value], {});

/**
 * A tensor of given values: a number, nested arrays, or a typed array with a shape.
 *
 * @param values a number, (nested) arrays of numbers, or a typed array
 * @param shape  the shape; by default that of the nested arrays, or [length] of a typed array
 * @param dtype  'float32' (default), or 'int32' for labels and indices
 * @throws if the arrays are ragged, or the shape does not fit
 */
export function tensor(values: NestedArray | ArrayLike<number>, shape?: Shape, dtype?: DType): Tensor {
  const kind = dtype ?? (values instanceof Int32Array ? 'int32' : 'float32');
  check(kind === 'float32' || kind === 'int32', () => `tensor: dtype is 'float32' or 'int32', got ${show(dtype)}`);
  const nested = unnest('tensor', values, kind);
  if (shape === undefined) return constantOf(nested.data, nested.shape, kind);
  checkShape('tensor', shape);
  check(sizeOf(shape) === nested.data.length, () => {
    return `tensor: the shape ${shapeText(shape)} has ${sizeOf(shape)} elements, but ${nested.data.length} values were given`;
  });
  return constantOf(nested.data, [...shape], kind);
}

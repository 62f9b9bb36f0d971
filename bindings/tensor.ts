// A tensor is a node of a graph: an op, its inputs, its attributes, and the shape and type that follow from them.
// Methods build the graph; only data(), item() and toArray() run it. Not here: what an op is (ops/), how a graph is
// differentiated (grad.ts) or run (evaluate.ts). Ops and stages import the type of Tensor only, so nothing is circular.

import { check, show } from './errors.js';
import { evaluate } from './evaluate.js';
import { type NestedArray, nest, unnest } from './nested.js';
import * as act from './ops/activations.js';
import * as el from './ops/elementwise.js';
import { type MatMulAttrs, matMul } from './ops/matmul.js';
import { assign, broadcastTo, constant, input, reshape, transpose } from './ops/movement.js';
import type { OpDefinition, TensorSpec } from './ops/op.js';
import { type Axes, argMaxSpan, reduceAxes, sumSpan, sumTo } from './ops/reduce.js';
import { crossEntropy, crossEntropyGrad, logSoftmax, softmax } from './ops/softmax.js';
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

let created = 0;

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
  /** 1 where `this = other`, else 0, as float32. */
  equal(other: TensorLike): Tensor {
    return binary(el.equal, this, other);
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
  /** Softmax over the last axis. */
  softmax(): Tensor {
    return new Tensor(softmax, [this], {});
  }
  /** Logarithm of the softmax over the last axis. */
  logSoftmax(): Tensor {
    return new Tensor(logSoftmax, [this], {});
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

  /** The matrix product of [m, k] by [k, n]. */
  matMul(other: Tensor, { transA = false, transB = false }: MatMulOptions = {}): Tensor {
    return new Tensor(matMul, [this, other], { transA, transB } satisfies MatMulAttrs);
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
    return sameShape(shape, this.shape) ? this : new Tensor(broadcastTo, [this], { shape });
  }
  /** Ones in the shape of this tensor. */
  onesLike(): Tensor {
    return scalar(1).broadcastTo(this.shape);
  }

  /** Cross-entropy of each row of logits [n, classes] with int32 labels [n]; the labels must be in range. */
  crossEntropy(labels: Tensor): Tensor {
    return new Tensor(crossEntropy, [this, labels], {});
  }

  // What derivatives are written in.

  /** @internal */
  sumTo(shape: Shape): Tensor {
    return sumTo(this, shape);
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
    this.#value ??= this.op === constant ? (this.attrs as TensorSpec & { data: TensorData }).data : evaluate(this);
    return this.dtype === 'int32' ? new Int32Array(this.#value) : new Float32Array(this.#value);
  }
  /** The only element. Throws if there are more. */
  item(): number {
    check(this.size === 1, () => `item() of ${this}: it has ${this.size} elements; use data() or toArray()`);
    return this.data()[0]!;
  }
  /** The elements as nested arrays; a number for a scalar. */
  toArray(): NestedArray {
    return nest(this.data(), this.shape);
  }

  /** A node like this one: for stages that rewrite graphs. @internal */
  rewrite(op: OpDefinition, inputs: readonly Tensor[], attrs: unknown): Tensor {
    return new Tensor(op, inputs, attrs);
  }

  /** `float32[32, 784]` */
  toString(): string {
    return `${this.dtype}${shapeText(this.shape)}`;
  }
}

function unary(op: OpDefinition, x: Tensor, p = 0): Tensor {
  return new Tensor(op, [x], { p });
}

function binary(op: OpDefinition, a: Tensor, b: TensorLike, p = 0): Tensor {
  return new Tensor(op, expand(a, toTensor(op.name, b)), { p });
}

/** The kernels walk two dimensions; where broadcasting needs more, the operands are repeated in memory first. */
function expand(a: Tensor, b: Tensor): [Tensor, Tensor] {
  if (a.shape.length < 3 && b.shape.length < 3) return [a, b];
  const out = broadcastShapes('broadcast', a.shape, b.shape);
  return el.walk(a.shape, b.shape, out) ? [a, b] : [a.broadcastTo(out), b.broadcastTo(out)];
}

/** `x` itself, or the scalar that a number stands for. */
function toTensor(where: string, x: TensorLike): Tensor {
  if (x instanceof Tensor) return x;
  check(typeof x === 'number', () => `${where}: expected a Tensor or a number, got ${show(x)}`);
  return scalar(x);
}

/** The shape with its -1 worked out. */
function inferDimension(x: Tensor, shape: Shape): Shape {
  const open = shape.indexOf(-1);
  if (open < 0) {
    checkShape('reshape', shape);
    return shape;
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

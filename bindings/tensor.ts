// A tensor is a node of a graph: an op, its inputs, its attributes, and the shape and type that follow from them.
// Methods build the graph; only data(), item() and toArray() run it. Not here: what an op is (ops/), how a graph is
// differentiated (grad.ts) or run (evaluate.ts). Ops and stages import the type of Tensor only, so nothing is circular.
//
// Methods are what networks, losses and their derivatives are made of, since no bundler can drop a method. All other
// ops are functions (ops/), which are in a bundle only if they are imported.

import { check, checkIs, checkNumber, show, TENSOR, WasmgradError } from './errors.js';
import { evaluate } from './evaluate.js';
import { ownerOf } from './graph.js';
import { type NestedArray, type NestedValues, nest, unnest } from './nested.js';
import * as el from './ops/elementwise.js';
import * as act from './ops/epilogues.js';
import { matrixProduct } from './ops/matmul.js';
import {
  assign,
  type Bounded,
  broadcastTo,
  type ConstantAttrs,
  type CustomAttrs,
  constant,
  copy,
  customGradient,
  type IdentityAttrs,
  identity,
  input,
  reshape,
  stopGradient,
  transpose,
} from './ops/movement.js';
import { checkFloat, type OpDefinition, type Pull } from './ops/op.js';
import { type Axes, argMaxSpan, maxSpan, reduceAsOne, reduceAxes, sumSpan, sumTo } from './ops/reduce.js';
import { alongAxis, crossEntropy, crossEntropyGrad, logSoftmax, softmax } from './ops/softmax.js';
import { flag, options, type Rules } from './options.js';
import { floats } from './run/runtime.js';
import { originAtWork, type Scope, scopesOf, traceAtWork } from './scope.js';
import {
  broadcastShapes,
  checkShape,
  normalizeAxis,
  owned,
  type Shape,
  sameShape,
  shapeText,
  sizeOf,
} from './shape.js';
import { typedName } from './typed.js';

/** Element types: float32 for values, int32 for labels and indices. */
export type DType = 'float32' | 'int32';

/** Elements in row-major order. */
export type TensorData = Float32Array | Float64Array | Int32Array;

/** Elements of a data set: those of a float32 tensor may be stored as bytes. */
export type StoredData = TensorData | Uint8Array;

/** What an op takes besides a tensor: a number stands for a scalar. */
export type TensorLike = Tensor | number;

/** Options of reductions: `sum`, `mean`, `max` … */
export interface ReduceOptions {
  /** Leaves the reduced axes in the shape, as 1. */
  readonly keepDims?: boolean | undefined;
}

export const reduceOptions = options({ keepDims: flag(false) } satisfies Rules<ReduceOptions>);

/** Options of `matMul`. */
export interface MatMulOptions {
  /** The first operand is taken as its transpose, without a copy. */
  readonly transA?: boolean | undefined;
  /** The second operand is taken as its transpose, without a copy. */
  readonly transB?: boolean | undefined;
}

const matMulOptions = options({ transA: flag(false), transB: flag(false) } satisfies Rules<MatMulOptions>);

let created = 0;

/**
 * The shape of the tensor made last, and its size: the next one often has the same, and to freeze it again costs 30 ns.
 */
let lastShape: Shape = [];
let lastSize = 1;

type Inspect = (value: unknown, options: object) => string;

/**
 * An array of any number of dimensions, lazily computed: an op makes a node of a graph, and reading a value
 * (`item()`, `data()`, `toArray()`) runs what it needs. Nothing is ever freed by hand.
 *
 * What networks are made of most is a method here. All ops are functions of `wasmgrad/ops`, the rarer ones only there:
 * `sin(x)`, `pow(x, 2)`, `where(mask, x, y)`.
 */
export class Tensor {
  /** Dimensions, outermost first; `[]` is a scalar. Frozen: tensors share it. */
  readonly shape: Shape;
  readonly dtype: DType;
  /** Number of elements. */
  readonly size: number;
  /** Creation order: inputs have smaller numbers than what is made of them. */
  readonly id = ++created;
  /** It depends on a placeholder, so it has no value until a program runs. @internal */
  readonly traced: boolean;
  /** The scopes, of those at work when it was made, whose argument it depends on. @internal */
  readonly scopes: readonly Scope[] | undefined;
  /** What it comes from: the layer, the loss, the function that was traced when it was made. @internal */
  origin = originAtWork();
  /** Tensors of the same computation: reading one reads all of them. @internal */
  siblings: readonly Tensor[] | undefined;
  /** Its value was computed before, for another tensor, and not kept; the next time it is (evaluate.ts). @internal */
  computedBefore = false;
  #value: TensorData | undefined;

  /** @internal */
  op: OpDefinition;
  /** @internal */
  inputs: readonly Tensor[];
  /** @internal */
  attrs: unknown;

  /** `op.infer` returns a shape that nobody else may change: it is frozen. @internal */
  constructor(op: OpDefinition, inputs: readonly Tensor[], attrs: unknown) {
    this.op = op;
    this.inputs = inputs;
    this.attrs = attrs;
    this.traced = op === input || inputs.some((t) => t.traced);
    this.scopes = scopesFor(op, inputs, attrs);
    if (op === constant) this.#value = (attrs as ConstantAttrs).data;
    const { shape, dtype } = op.infer(inputs, attrs);
    if (shape !== lastShape) [lastShape, lastSize] = [Object.freeze(shape), sizeOf(shape)];
    this.shape = shape;
    this.dtype = dtype;
    this.size = lastSize;
  }

  /** `this + other`, broadcast. */
  add(other: TensorLike): Tensor {
    return binaryOf(el.add, this, other);
  }
  /** `this - other`, broadcast. */
  sub(other: TensorLike): Tensor {
    return binaryOf(el.sub, this, other);
  }
  /** Elementwise (Hadamard) product, broadcast. */
  mul(other: TensorLike): Tensor {
    return binaryOf(el.mul, this, other);
  }
  /** `this / other`, broadcast. */
  div(other: TensorLike): Tensor {
    return binaryOf(el.div, this, other);
  }
  /** The larger of the two; NaN if either is. */
  maximum(other: TensorLike): Tensor {
    return binaryOf(el.maximum, this, other);
  }
  /** The smaller of the two; NaN if either is. */
  minimum(other: TensorLike): Tensor {
    return binaryOf(el.minimum, this, other);
  }
  /** 1 where `this > other`, else 0, as float32. */
  greater(other: TensorLike): Tensor {
    return binaryOf(el.greater, this, other);
  }
  /** 1 where `this ≥ other`, else 0, as float32. */
  greaterEqual(other: TensorLike): Tensor {
    return binaryOf(el.greaterEqual, this, other);
  }
  /** 1 where `this < other`, else 0, as float32. */
  less(other: TensorLike): Tensor {
    return tensorOf('less', other, this).greater(this);
  }
  /** 1 where `this ≤ other`, else 0, as float32. */
  lessEqual(other: TensorLike): Tensor {
    return tensorOf('lessEqual', other, this).greaterEqual(this);
  }
  /** 1 where `this = other`, else 0, as float32. */
  equal(other: TensorLike): Tensor {
    return binaryOf(el.equal, this, other);
  }
  /** 1 where `this ≠ other`, else 0, as float32: NaN differs from everything, itself included. */
  notEqual(other: TensorLike): Tensor {
    return scalar(1).sub(this.equal(other));
  }
  /** 1 where this is NaN, else 0. */
  isNaN(): Tensor {
    return this.notEqual(this);
  }

  /** -x. */
  neg(): Tensor {
    return this.dtype === 'int32' ? tensorOf('neg', 0, this).sub(this) : unaryOf(el.neg, this);
  }
  /** |x|. */
  abs(): Tensor {
    return this.dtype === 'int32' ? this.maximum(this.neg()) : unaryOf(el.abs, this);
  }
  /** -1, 0 or 1. */
  sign(): Tensor {
    return unaryOf(el.sign, this);
  }
  /** x². */
  square(): Tensor {
    return unaryOf(el.square, this);
  }
  /** √x. */
  sqrt(): Tensor {
    return unaryOf(el.sqrt, this);
  }
  /** e^x. */
  exp(): Tensor {
    return unaryOf(el.exp, this);
  }
  /** Natural logarithm. */
  log(): Tensor {
    return unaryOf(el.log, this);
  }
  /** 1 / √x. */
  rsqrt(): Tensor {
    return this.sqrt().reciprocal();
  }
  /** 1 / x. */
  reciprocal(): Tensor {
    return scalar(1).div(this);
  }
  /** The same numbers as float32: needed for arithmetic of int32 tensors with float32 ones. */
  toFloat(): Tensor {
    return this.dtype === 'float32' ? this : unaryOf(el.toFloat, this);
  }
  /** Whole numbers, int32, rounded towards 0. What is beyond ±2^31 becomes the last number before it, NaN becomes 0. */
  toInt(): Tensor {
    return this.dtype === 'int32' ? this : unaryOf(el.toInt, this);
  }

  /** max(0, x). */
  relu(): Tensor {
    return unaryOf(act.relu, this);
  }
  /** x where x > 0, else slope·x. The slope is at least 0. */
  leakyRelu(slope = 0.01): Tensor {
    checkNumber('leakyRelu: the slope', slope, 0);
    return unaryOf(act.leakyRelu, this, floats().of(slope)[0]);
  }
  /** 1 / (1 + e^-x). */
  sigmoid(): Tensor {
    return unaryOf(act.sigmoid, this);
  }
  /** The hyperbolic tangent, (e^x - e^-x) / (e^x + e^-x). */
  tanh(): Tensor {
    return unaryOf(act.tanh, this);
  }
  /** ln(1 + e^x). */
  softplus(): Tensor {
    return unaryOf(el.softplus, this);
  }
  /** Softmax along `axis`, the last one by default: e^xᵢ / Σ e^xⱼ, numbers above 0 that add up to 1. */
  softmax(axis = -1): Tensor {
    return alongAxis('softmax', this, axis, (x) => new Tensor(softmax, [x], {}));
  }
  /** The logarithm of the softmax along `axis`, the last one by default, exact where the softmax is nearly 0. */
  logSoftmax(axis = -1): Tensor {
    return alongAxis('logSoftmax', this, axis, (x) => new Tensor(logSoftmax, [x], {}));
  }

  /** Sum over `axes`, all of them by default. */
  sum(axes?: Axes, options?: ReduceOptions): Tensor {
    return reduced('sum', this, axes, options, sumSpan);
  }
  /** Mean over `axes`, all of them by default. */
  mean(axes?: Axes, options?: ReduceOptions): Tensor {
    checkFloat('mean', [this]);
    const total = reduced('mean', this, axes, options, sumSpan);
    return total.mul(total.size / this.size);
  }
  /** Index of the largest element along `axis` (int32); the first of equal ones. */
  argMax(axis = -1, options?: ReduceOptions): Tensor {
    const isInt = this.dtype === 'int32';
    const marks = isInt ? this.equal(reduced('argMax', this, axis, { keepDims: true }, maxSpan)) : this;
    return reduced('argMax', marks, axis, options, argMaxSpan);
  }

  /** Index of the smallest element along `axis` (int32); the first of equal ones. */
  argMin(axis = -1, options?: ReduceOptions): Tensor {
    return turned(this).argMax(axis, reduceOptions('argMin', options));
  }
  /**
   * The largest element over `axes`, all of them by default; NaN if there is one. Equal ones share the gradient evenly.
   * Throws if an axis is empty.
   */
  max(axes?: Axes, options?: ReduceOptions): Tensor {
    return reduced('max', this, axes, options, maxSpan, reduceAsOne);
  }
  /** The smallest element over `axes`, as `max`. */
  min(axes?: Axes, options?: ReduceOptions): Tensor {
    return turned(turned(this).max(axes, reduceOptions('min', options)));
  }

  /**
   * The matrix product of [m, k] by [k, n]. Dimensions before the last two are a batch and broadcast: [b, m, k] by
   * [k, n] is [b, m, n]. A vector is a row at the left and a column at the right, and that dimension is dropped from
   * the result. Throws if the inner dimensions differ.
   */
  matMul(other: Tensor, options?: MatMulOptions): Tensor {
    const { transA, transB } = matMulOptions('matMul', options);
    return matrixProduct(this, checkedTensor('matMul', other), transA, transB);
  }

  /** The same elements under another shape; one dimension may be -1, for what is left. */
  reshape(shape: Shape): Tensor {
    const full = inferDimension(this, shape);
    return sameShape(full, this.shape) ? this : new Tensor(reshape, [this], { shape: owned(full) });
  }
  /** The axes in another order: axis i of the result is axis `axes[i]` of this tensor; by default they are reversed. */
  transpose(axes: readonly number[] = this.shape.map((_, i) => -1 - i)): Tensor {
    checkIs(Array.isArray(axes), 'transpose: axes', 'an array, the axes in their new order', axes);
    const order = axes.map((a) => normalizeAxis('transpose', a, this.shape.length));
    return new Tensor(transpose, [this], { axes: order });
  }
  /** This tensor in a larger shape, repeated along dimensions of 1, and along new ones at the left. */
  broadcastTo(shape: Shape): Tensor {
    checkShape('broadcastTo', shape);
    return sameShape(shape, this.shape) ? this : new Tensor(broadcastTo, [this], { shape: owned(shape) });
  }
  /** Makes one axis of all axes from `start` on; of all there are by default. */
  flatten(start = 0): Tensor {
    const at = normalizeAxis('flatten', start, this.shape.length || 1); // a scalar is a vector of one element
    return this.reshape([...this.shape.slice(0, at), sizeOf(this.shape.slice(at))]);
  }
  /** Adds a dimension of 1, as `axis` of the result. */
  expandDims(axis = 0): Tensor {
    const at = normalizeAxis('expandDims', axis, this.shape.length + 1);
    return this.reshape([...this.shape.slice(0, at), 1, ...this.shape.slice(at)]);
  }
  /** Removes `axes`, whose length must be 1; by default all axes of length 1. */
  squeeze(axes?: Axes): Tensor {
    const { shape } = this;
    const given = axes === undefined ? undefined : [axes].flat().map((a) => normalizeAxis('squeeze', a, shape.length));
    for (const axis of given ?? []) {
      check(shape[axis] === 1, () => `squeeze of ${shapeText(shape)}: axis ${axis} has ${shape[axis]} elements`);
    }
    return this.reshape(shape.filter((d, i) => (given ? !given.includes(i) : d !== 1)));
  }
  /** The same values as a constant: no gradient flows through them. Inside of `grad` they can be read. */
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

  // Only for losses and derivatives.

  /** Cross-entropy of each row of logits [..., classes] with int32 labels [...]. @internal */
  crossEntropy(labels: Tensor): Tensor {
    return new Tensor(crossEntropy, [this, labels], {});
  }
  /** @internal */
  sumTo(shape: Shape): Tensor {
    return sumTo(this, shape);
  }
  /** @internal */
  reluGrad(a: Tensor): Tensor {
    return binaryOf(act.reluGrad, this, a);
  }
  /** @internal */
  leakyReluGrad(a: Tensor, slope: number): Tensor {
    return binaryOf(act.leakyReluGrad, this, a, slope);
  }
  /** @internal */
  sigmoidGrad(a: Tensor): Tensor {
    return binaryOf(act.sigmoidGrad, this, a);
  }
  /** @internal */
  tanhGrad(a: Tensor): Tensor {
    return binaryOf(act.tanhGrad, this, a);
  }
  /** @internal */
  crossEntropyGrad(logits: Tensor, labels: Tensor): Tensor {
    return new Tensor(crossEntropyGrad, [this, logits, labels], {});
  }

  /** The elements in row-major order, computed now if they were not before. A copy: changing it changes nothing. */
  data(): Float32Array | Int32Array;
  /**
   * The same, for compilers: data('float32') is a Float32Array.
   *
   * @param dtype the type that the elements must have
   * @throws if they have another
   */
  data<D extends DType>(dtype: D): D extends 'int32' ? Int32Array : Float32Array;
  data(dtype: DType = this.dtype): Float32Array | Int32Array {
    check(dtype === this.dtype, () => `data(${show(dtype)}) of ${this}: toFloat() and toInt() convert`);
    const values = this.values();
    return this.dtype === 'int32' ? new Int32Array(values) : new Float32Array(values);
  }
  /** The only element. Throws if there are more. */
  item(): number {
    check(this.size === 1, () => `item() of ${this}: it has ${this.size} elements; use data() or toArray()`);
    return this.values()[0]!;
  }
  /** The elements as nested arrays; a number for a scalar. `T` names the nest: toArray<number[][]>(). */
  toArray<T extends NestedArray = NestedArray>(): T {
    return nest(this.values(), this.shape) as T;
  }

  /** The values, if they have been computed or given. @internal */
  get known(): TensorData | undefined {
    return this.#value;
  }

  /** It depends on a placeholder, or on the argument of a transform at work: its values can't be read. @internal */
  get tracked(): boolean {
    return this.traced || this.#differentiated !== undefined;
  }

  get #differentiated(): Scope | undefined {
    return this.scopes?.find(({ active }) => active);
  }

  /** Throws if a transform that is at work differentiates by it, and could not see through `what`. @internal */
  checkSeen(what: string): void {
    const scope = this.#differentiated;
    check(scope === undefined, () => {
      return `${what} inside of ${scope!.name} would lose the gradient of ${this}: if it is a constant, use x.stopGradient()`;
    });
  }

  /** The elements, computed now if they were not before; the tensor's own, not to be changed. @internal */
  values(): TensorData {
    this.checkSeen('reading values');
    if (this.#value === undefined) this.#compute();
    return this.#value!;
  }

  #compute(): void {
    check(!this.traced, () => {
      const at = traceAtWork();
      const where = at ? `inside of ${at}, before the program runs` : 'outside of the trace that it was made in';
      return `the values of ${this} cannot be read ${where}`;
    });
    evaluate(this.siblings?.filter((t) => t.#value === undefined && !t.tracked) ?? [this]);
  }

  /**
   * Keeps a value that was computed. The tensor is a constant from then on and forgets what it was made of, unless it
   * was made inside of vjp, which may differentiate it again.
   * @internal
   */
  keepValue(data: TensorData): void {
    this.#value = data;
    this.siblings = undefined;
    if (this.scopes?.some(({ reusable }) => reusable)) return;
    const { shape, dtype } = this;
    [this.op, this.inputs, this.attrs] = [constant, [], { shape, dtype, data } satisfies ConstantAttrs];
  }

  /** A node like this one: for stages that rewrite graphs. @internal */
  rewrite(op: OpDefinition, inputs: readonly Tensor[], attrs: unknown): Tensor {
    const t = new Tensor(op, inputs, attrs);
    t.origin ??= this.origin;
    return t;
  }

  /** `float32[32, 784]` */
  toString(): string {
    return `${this.dtype}${shapeText(this.shape)}`;
  }

  /** Nested arrays, for JSON.stringify. */
  toJSON(): unknown {
    return this.toArray();
  }

  /** By this `show` knows tensors of another copy of the library. @internal */
  get [TENSOR](): unknown {
    return WasmgradError;
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

function scopesFor(op: OpDefinition, inputs: readonly Tensor[], attrs: unknown): readonly Scope[] | undefined {
  if (op === stopGradient) return undefined;
  const scopes = scopesOf(inputs);
  return op === identity ? [(attrs as IdentityAttrs).scope, ...(scopes ?? [])] : scopes;
}

/** An elementwise op of `x`. */
export function unaryOf(op: OpDefinition, x: TensorLike, slope = 0): Tensor {
  return new Tensor(op, [tensorOf(op.name, x)], { slope });
}

/** An elementwise op of two operands, broadcast. */
export function binaryOf(op: OpDefinition, a: Tensor, b: TensorLike, slope = 0): Tensor {
  return new Tensor(op, expanded(a, tensorOf(op.name, b, a)), { slope });
}

/** A reduction by `op` of one span of axes after the other, or as `reduce` has it. */
function reduced(
  where: string,
  x: Tensor,
  axes: Axes | undefined,
  options: ReduceOptions | undefined,
  op: OpDefinition,
  reduce = reduceAxes,
): Tensor {
  const { keepDims } = reduceOptions(where, options);
  return reduce(where, x, axes, keepDims, (part, span) => new Tensor(op, [part], span));
}

/** The elements in the opposite order: of int32 -1 - x, since -x would wrap. */
const turned = (x: Tensor): Tensor => (x.dtype === 'int32' ? tensorOf('min', -1, x).sub(x) : x.neg());

/** Kernels broadcast over two dimensions at most; where more are needed, the operands are first written out in full. */
export function expanded(a: Tensor, b: Tensor): [Tensor, Tensor] {
  if (a.shape.length < 3 && b.shape.length < 3) return [a, b];
  const out = broadcastShapes('broadcast', a.shape, b.shape);
  return el.loopOperands(a.shape, b.shape, out) ? [a, b] : [a.broadcastTo(out), b.broadcastTo(out)];
}

/** `x` itself, or the scalar that a number stands for: of int32 if it stands beside an int32 tensor and is whole. */
export function tensorOf(where: string, x: TensorLike, beside?: TensorLike): Tensor {
  if (x instanceof Tensor) return x;
  check(typeof x === 'number', () => `${where}: expected a Tensor or a number, got ${show(x)}`);
  const isInt = beside instanceof Tensor && beside.dtype === 'int32' && (x | 0) === x;
  return isInt ? constantOf(Int32Array.of(x), [], 'int32') : scalar(x);
}

/** `x`, which must be a tensor. */
export function checkedTensor(where: string, x: Tensor): Tensor {
  check(x instanceof Tensor, () => `${where}: expected a Tensor, got ${show(x)}`);
  return x;
}

/** `dtype` itself, float32 if there is none; throws if it is no type of elements. */
export function dtypeOf(where: string, dtype: DType = 'float32'): DType {
  checkIs(dtype === 'float32' || dtype === 'int32', `${where}: dtype`, "'float32' or 'int32'", dtype);
  return dtype;
}

/** The shape with its -1 worked out. */
function inferDimension(x: Tensor, shape: Shape): Shape {
  const open = Array.isArray(shape) ? shape.indexOf(-1) : -1;
  if (open < 0) {
    checkShape('reshape', shape);
    return shape;
  }
  const rest = shape.filter((_, i) => i !== open);
  checkShape('reshape', rest.includes(-1) ? shape : rest);
  const known = sizeOf(rest);
  const fits = known > 0 && x.size % known === 0;
  check(
    fits,
    () => `reshape of ${shapeText(x.shape)} to ${shapeText(shape)}: ${x.size} elements do not divide by ${known}`,
  );
  return shape.map((d) => (d === -1 ? x.size / known : d));
}

const SCALAR: Shape = /*@__PURE__*/ Object.freeze([]);

/** A constant of shape `[]`. */
export function scalar(value: number): Tensor {
  return constantOf(Float64Array.of(value), SCALAR);
}

/** A constant that keeps `data` without a copy. */
export function constantOf(data: TensorData, shape: Shape, dtype: DType = 'float32'): Tensor {
  return new Tensor(constant, [], { shape, dtype, data });
}

/** An input of a program: a placeholder, whose value is written before the program runs. */
export function inputOf(name: string, shape: Shape, dtype: DType = 'float32', of?: Bounded): Tensor {
  // owned: the shape may be an array of the user's layer, which must not be frozen.
  return new Tensor(input, [], { shape: owned(shape), dtype, name, of });
}

/**
 * `value` with another derivative: `pull` takes dL/dvalue to dL/dinput for each of `inputs`, in the shape of that
 * input, or to null.
 */
export function withDerivative(value: Tensor, inputs: readonly Tensor[], pull: Pull): Tensor {
  return new Tensor(customGradient, [value, ...inputs], { pull } satisfies CustomAttrs);
}

/**
 * `value` with other derivatives: by each of `inputs`, which have its shape, it is what `slopes` returns for this
 * input.
 */
export function withSlopes(value: Tensor, inputs: readonly Tensor[], slopes: () => readonly Tensor[]): Tensor {
  return withDerivative(value, inputs, (g) => slopes().map((slope) => g.mul(slope)));
}

/**
 * The effect that writes `value` to the place of `to`, an input of a program, when everything with a value is computed.
 */
export function assignTo(to: Tensor, value: Tensor): Tensor {
  // A value that lies at such a place itself is copied first: another effect may write to that place before this one.
  const now = ownerOf(checkedTensor('assign', value)).op === input ? new Tensor(copy, [value], {}) : value;
  return new Tensor(assign, [checkedTensor('assign', to), now], {});
}

/**
 * Makes a tensor of given values: a number, nested arrays, or a typed array with a shape.
 *
 * @param values a number, (nested) arrays of numbers, or a typed array; true and false are 1 and 0. Only an Int32Array
 *   is int32 by itself: bytes become float32, 0 … 255
 * @param shape  the shape; by default that of the nested arrays, or [length] of a typed array
 * @param dtype  'float32' (default), or 'int32' for labels and indices
 * @throws if the arrays are ragged, or the shape does not fit
 */
export function tensor(values: NestedValues, shape?: Shape, dtype?: DType): Tensor {
  const kind = dtype === undefined && typedName(values) === 'Int32Array' ? 'int32' : dtypeOf('tensor', dtype);
  if (shape !== undefined) checkShape('tensor', shape);
  const nested = unnest('tensor', values, kind);
  const data = nested.data as TensorData; // bytes were not asked for
  if (shape === undefined) return constantOf(data, nested.shape, kind);
  check(sizeOf(shape) === data.length, () => {
    return `tensor: the shape ${shapeText(shape)} has ${sizeOf(shape)} elements, but ${data.length} values were given`;
  });
  return constantOf(data, owned(shape), kind);
}

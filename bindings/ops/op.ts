// What an op is. Every op is declared once: its shape rule, its derivative beside it, and the instruction that it
// emits. Not here: any op. Those behind the methods of Tensor import only the type of Tensor, and write derivatives
// with the methods of the tensors they are given, since tensor.ts imports them; files that have functions import
// tensor.ts.

import { check } from '../errors.js';
import type { BinaryInstruction, Instruction, Operands, UnaryInstruction } from '../instructions.js';
import type { Brought, Recorder } from '../run/runner.js';
import type { Shape } from '../shape.js';
import type { DType, Tensor } from '../tensor.js';

/** Shape and type of a tensor. */
export interface TensorSpec {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Where an op's instructions go. */
export interface Emitter {
  /** Address in bytes of a tensor's first element. */
  at(tensor: Tensor): number;
  /** Address of this op's scratch memory (see `scratch` in OpDefinition). */
  readonly scratch: number;
  /** How many addresses of loops around this op move (transforms/body.ts). */
  readonly moving?: number;
  /** The tape so far. */
  readonly words: readonly number[];
  /** Is told which instructions became of a tensor (debug/steps.ts). */
  readonly record?: Recorder | undefined;
  /** Appends one instruction; its operands are those of its row in instructions.ts. */
  code<I extends Instruction>(name: I, operands: Operands<I>): void;
}

/**
 * How many gradients of one tensor become one node, if the same op made them. The op is linear in its first input, so
 * those that differ in nothing else are added up before it.
 */
export interface Join<A = unknown> {
  /**
   * Equal for nodes that differ in their first inputs only: these are added as they come. undefined: it is not joined.
   */
  group(node: Tensor, attrs: A): string | undefined;
  /** One node for the sum of nodes of different groups. */
  sum(nodes: readonly Tensor[]): Tensor;
}

/**
 * What a batch rule gets: the inputs of an op in a batch. Some have a batch axis, in front, of `size`; at least one
 * has.
 */
export interface Batch {
  readonly size: number;
  readonly inputs: readonly Tensor[];
  /**
   * Inputs that broadcast against each other, and to the result, as without a batch: those with a batch axis have axes
   * of 1 behind it, until they have as many as the result.
   */
  readonly aligned: readonly Tensor[];
  /** Inputs that all have a batch axis: those without are repeated. */
  readonly full: readonly Tensor[];
  /** A function of a gradient without a batch axis, as a function of one that has it; so have its results. */
  lifted(f: Pull): Pull;
  /**
   * What `ends` are in the batch, all with a batch axis, if each key of `examples` stands for one example of its value.
   */
  mapped(ends: readonly Tensor[], examples: ReadonlyMap<Tensor, Tensor>): Tensor[];
}

/** Takes g = dL/dout to dL/dinput for each input; null where it is zero or undefined. */
export type Pull = (g: Tensor) => readonly (Tensor | null)[];

/** The batch rule of an op: what `node`, made of inputs without a batch axis, is for a batch of them. */
export type BatchRule<A = unknown> = (batch: Batch, node: Tensor, attrs: A) => Tensor;

/** What a product does to its result z while it is in cache, as attributes of the product; fuse.ts sets them. */
export interface EpilogueAttrs {
  /** A row is added to every row of the result; it is the input behind those of the product. */
  readonly bias?: boolean;
  /** The name of the op that is applied then: see `epilogue` of an op. */
  readonly epilogue?: UnaryInstruction | BinaryInstruction;
  /** That op is an activation's gradient g ⊙ σ'(z) of the result g, and has an input of its own, the last one. */
  readonly gradient?: boolean;
  /** The slope of that op. */
  readonly slope?: number;
}

/** What was emitted: its ops, for what they bring along, and about how many elements' worth of work it is. */
export interface Emitted {
  readonly ops: Iterable<Brought>;
  readonly work: number;
}

/** A graph inside of an op, planned: what a loop repeats. */
export interface Nested {
  /** Bytes of its arena, which is scratch memory of the op. */
  readonly bytes: number;
  /** Appends the op's instructions. */
  emit(e: Emitter): Emitted;
}

/**
 * An op: how it is shaped, differentiated and run, and what it brings along for its instructions. `A` is the type of
 * its attributes.
 */
export interface OpDefinition<A = unknown> extends Brought {
  readonly name: string;
  /** The result's shape and type. Throws, in the user's words, if the inputs do not fit. */
  infer(inputs: readonly Tensor[], attrs: A): TensorSpec;
  /** dL/dinput for each input, given g = dL/dout; null where it is zero or undefined. Absent: not differentiable. */
  derivative?(g: Tensor, node: Tensor, attrs: A): (Tensor | null)[];
  /**
   * The result with a batch axis in front, given inputs that have one, made of ops that have derivatives and rules
   * themselves. Absent: for an elementwise op it is the op itself, on inputs that are aligned; another one has none.
   */
  batch?: BatchRule<A>;
  /**
   * The same for an op with `nest`: dL/dinput, given the gradients of those of its outputs that have one, for inputs
   * that are `needed`.
   */
  pull?(gradients: ReadonlyMap<Tensor, Tensor>, node: Tensor, needed: ReadonlySet<Tensor>): (Tensor | null)[];
  /** How gradients that this op makes are joined. Absent: they are added, each in the full shape. */
  readonly join?: Join<A>;
  /**
   * Plans the graph inside of the op. Such an op has no value: it computes `outputs`, the nodes of a graph that have it
   * as their first input.
   */
  nest?(node: Tensor, outputs: readonly Tensor[], threads: number): Nested;
  /** Appends the op's instructions. Absent for leaves and for ops that only rename memory. */
  emit?(e: Emitter, node: Tensor, attrs: A): void;
  /** The result is the first input's memory under another shape. */
  readonly aliases?: boolean;
  /**
   * Element i of the result depends on element i of the inputs only: it may overwrite an input that nothing reads
   * later.
   */
  readonly elementwise?: boolean;
  /** A product can apply the instruction of this op, which has its name, to its result, in place of the op. */
  readonly epilogue?: boolean;
  /** A product that can do so: its attributes are EpilogueAttrs too. */
  readonly takesEpilogue?: boolean;
  /**
   * Whether the op can broadcast by itself: take `inputs`, of which number i is not broadcast yet to the shape that it
   * has among those of `node`. Absent: it never can.
   */
  broadcasts?(i: number, inputs: readonly Tensor[], node: Tensor): boolean;
  /**
   * An effect: it writes to this many of its first inputs, which must be leaves, and has no value. Goals says when it
   * runs.
   */
  readonly mutates?: number;
  /** About how many elements' worth of work it is, if neither the size of the result says so nor `flops`. */
  work?(node: Tensor, attrs: A): number;
  /** How many floating-point operations it is, where that is how its speed is measured: a product and a sum are two. */
  flops?(node: Tensor, attrs: A): number;
  /**
   * Bytes that it reads and writes, if these are not those of its inputs and its result: it does not read all of an
   * input.
   */
  traffic?(node: Tensor, attrs: A): number;
  /** Bytes of scratch memory that one thread needs while it runs the op. */
  scratch?(node: Tensor, attrs: A): number;
}

/** Declares an op. `A` is the type of its attributes, which a graph keeps as unknown. */
/*@__NO_SIDE_EFFECTS__*/
export function defineOp<A>(definition: OpDefinition<A>): OpDefinition {
  return definition as OpDefinition;
}

/** The rule of an op that takes a batch as it is, all inputs with the axis, and changes nothing in its attributes. */
export const unchanged: BatchRule = ({ full }, node) => node.rewrite(node.op, full, node.attrs);

/** The same op with kernels of its own. */
/*@__NO_SIDE_EFFECTS__*/
export function bringing(op: OpDefinition, brought: Brought): OpDefinition {
  return { ...op, ...brought };
}

/** Throws if a value of `indices` is known and not in low … size - 1; `what` names an index in the error. */
export function checkKnown(what: string, indices: Tensor, size: number, low = 0): void {
  for (const index of indices.known ?? []) {
    check(index >= low && index < size, () => `${what} ${index} is out of range for an axis of ${size}`);
  }
}

/** Throws unless both have the same type. */
export function checkAlike(name: string, a: Tensor, b: Tensor): void {
  check(
    a.dtype === b.dtype,
    () => `${name}: ${a.dtype} and ${b.dtype} do not go together; convert with toFloat() or toInt()`,
  );
}

/** Throws unless every input is float32. */
export function checkFloat(name: string, inputs: readonly Tensor[]): void {
  for (const { dtype } of inputs) {
    check(dtype === 'float32', () => `${name} needs float32 tensors, got ${dtype}; convert with toFloat()`);
  }
}

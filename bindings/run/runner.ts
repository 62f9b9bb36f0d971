// What a back end is: memory, and a way to run a tape that lies in it. There are two: wasm.ts and js.ts.

import type { Instruction, Operands, OperandValue } from '../instructions.js';
import type { Tensor } from '../tensor.js';
import type { Arena } from './arena.js';
import type { Block, Memory, Views } from './memory.js';

/** Which kernels run. */
export type Backend = 'wasm' | 'js';

/**
 * Runs a tape up to `steps` times. It stops early, after the run in which the float32 at address `watch` became NaN or
 * infinite (0 watches nothing).
 *
 * @returns the number of runs completed
 */
export type Run = (steps: number, watch: number) => number;

/**
 * A TypeScript kernel of instruction `I`: it gets the operands, addresses as indices. `nested` decodes a tape that is
 * among these.
 */
export type Kernel<I extends Instruction = never> = (
  views: Views,
  operands: Operands<I>,
  nested: (tape: Int32Array) => Call[],
) => void;

/** A decoded instruction, from word `at` of its tape up to `next`. */
export interface Call {
  readonly name: Instruction;
  readonly operands: Readonly<Record<string, OperandValue>>;
  readonly at: number;
  readonly next: number;
  run(): void;
}

/**
 * Is told of each tensor, when its instructions were appended to a tape, which ones these are: those from word `from`
 * up to the end of `words`. `at` says where the tensor and its inputs lie.
 */
export type Recorder = (node: Tensor, at: (tensor: Tensor) => number, words: readonly number[], from: number) => void;

/** Makes arrays of floats. */
export type FloatsConstructor = Float32ArrayConstructor | Float64ArrayConstructor;

/** TypeScript kernels by instruction. */
export type Kernels = { readonly [I in Instruction]?: Kernel<I> };

/** The bytes of a side module: kernels that the main module has not. */
export type SideModule = () => Uint8Array<ArrayBuffer>;

/** What an op brings along for instructions that few programs have: the runner has nothing of these itself. */
export interface Brought {
  /** Their TypeScript kernels. */
  readonly kernels?: Kernels;
  /** The side module that has their wasm kernels, if main has not. */
  readonly side?: SideModule;
}

/** The worker threads of a runner. While they are stopped its programs run on one thread, with the same bits. */
export interface Workers {
  /**
   * Starts the workers. It resolves when all are at work, or were stopped meanwhile; it rejects if one can't be
   * started, and goes on to do so until stop() is called.
   */
  start(): Promise<void>;
  /** Ends the workers. */
  stop(): void;
}

/** A back end at work: memory, and a way to run tapes in it. */
export interface Runner {
  readonly backend: Backend;
  /** What holds its float32 values: doubles in the float64 reference. */
  readonly Floats: FloatsConstructor;
  readonly memory: Memory;
  /** The part of the memory that all its programs compute in. */
  readonly arena: Arena;
  /** How many threads share an instruction of a large tape. */
  readonly threads: number;
  /** Its worker threads, which are at work while this is the runner that init chose last. */
  readonly workers?: Workers;
  /**
   * Set in a runner that looks into its programs (debug/): it is told of every tensor in them before they are loaded.
   */
  readonly record?: Recorder;
  /** The runner that such a one was made of. */
  readonly unchecked?: Runner;
  /**
   * Prepares the tape that was written to `tape` for running. A `large` one is worth waking the other threads for; it
   * must have at least one instruction. `ops` are its ops, for what they bring along.
   */
  load(tape: Block, large: boolean, ops: Iterable<Brought>): Run;
}

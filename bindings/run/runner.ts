// What a back end is: memory, and a way to run a tape that lies in it. There are two: wasm.ts and js.ts.

import type { Op } from '../../assembly/opcodes.js';
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

/** A TypeScript kernel: the operands of its instruction, addresses as indices. */
export type Kernel = (views: Views, ...operands: number[]) => void;

/** Makes arrays of floats. */
export type FloatsConstructor = Float32ArrayConstructor | Float64ArrayConstructor;

/** Kernels by instruction. */
export type Kernels = Readonly<Partial<Record<Op, Kernel>>>;

/** Worker threads of a runner. While they are stopped its programs run on one thread, to the same bits. */
export interface Workers {
  /**
   * Resolves when they are at work, or were stopped meanwhile; rejects, until they are stopped, if one can't be started.
   */
  start(): Promise<void>;
  stop(): void;
}

export interface Runner {
  readonly backend: Backend;
  /** What holds its float32 values: doubles in the float64 reference. */
  readonly Floats: FloatsConstructor;
  readonly memory: Memory;
  /** How many threads share an instruction of a large tape. */
  readonly threads: number;
  /** At work while the runner is the one that init chose last. */
  readonly workers?: Workers;
  /**
   * Prepares the tape that was written to `tape`; a `large` one is worth waking the other threads for, and has an
   * instruction. `kernels` are those that the TypeScript runner does not have itself.
   */
  load(tape: Block, large: boolean, kernels: Kernels): Run;
}

// The file of a frozen program, which freeze writes (io/freezing.ts) and wasmgrad/run reads (read.ts):
//
//     bytes 0 … 7    'wgfrozen'
//     8 … 11         the version of this layout, uint32; all numbers are little-endian
//     12 … 15        bytes of the header, uint32: so many that what follows begins at a multiple of 64
//     16 …           the header, JSON (Header below), with spaces behind it
//                    what the programs read and never write: weights and constants
//                    the tapes, one for each batch size, int32 words
//
// Addresses in header and tapes are those of a memory in which the data begin at byte 64, and the arena, in which
// programs compute, behind them. Opcodes are those of the version that wrote the file; the header says the name and the
// operands of each. So a file runs in every later version that still has its instructions, whatever their opcodes are
// there.

import { INSTRUCTIONS, type Instruction } from '../instructions.js';
import type { Shape } from '../shape.js';
import type { DType } from '../tensor.js';

/** What a file begins with. */
export const MAGIC = 'wgfrozen';

/** The version of the layout, and of what instructions mean: files of another one are refused. */
export const VERSION = 1;

/** Bytes before the header. */
export const HEAD_BYTES = 16;

/** Everything begins at multiples of it. */
export const ALIGNMENT = 64;

/** An input or output: its name, if it has one, and the shape of one sample. */
export interface FrozenSpec {
  readonly name?: string;
  readonly shape: Shape;
  readonly dtype: DType;
}

/**
 * The program for one batch size. Its inputs and outputs lie at these addresses, 0 for an input that it does not read.
 */
export interface FrozenProgram {
  readonly batch: number;
  readonly words: number;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

export interface Header {
  readonly inputs: readonly FrozenSpec[];
  readonly outputs: readonly FrozenSpec[];
  /** Of each instruction that is used: its opcode in this file, and its operands as text. */
  readonly instructions: Readonly<Record<string, readonly [opcode: number, operands: string]>>;
  /** Bytes of weights and constants, and of the arena: multiples of 64. */
  readonly data: number;
  readonly arena: number;
  readonly programs: readonly FrozenProgram[];
}

export const roundUp = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** The operands of an instruction, with their kinds and in their order, as text. */
export const operandsText = (name: Instruction): string => Object.entries(INSTRUCTIONS[name]).join();

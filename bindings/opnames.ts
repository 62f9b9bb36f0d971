// The names of instructions, for the text forms. `Op` is a const enum: its numbers are inlined, and the object that has
// the names is reached through its module, so that only a program that prints them ships them.

import * as opcodes from '../assembly/opcodes.js';

export const nameOf = (op: number): string => (opcodes as unknown as { Op: Record<number, string> }).Op[op]!;

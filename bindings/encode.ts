// Encodes instructions as words of a tape. What reads them back is run/decode.ts.

import { INSTRUCTIONS, type Instruction, NAMES, type Operands, type OperandValue, type Row } from './instructions.js';

const OPCODES = /*@__PURE__*/ new Map(NAMES.map((name, opcode) => [name, opcode]));

/** The number that stands for an instruction on the tape. */
export const opcodeOf = (name: Instruction): number => OPCODES.get(name)!;

const words = new Int32Array(2);
const asDouble = new Float64Array(words.buffer);

/** Appends [opcode, length, operands …] to `tape`. */
export function encode<I extends Instruction>(tape: number[], name: I, operands: Operands<I>): void {
  const start = tape.push(opcodeOf(name), 0) - 2;
  const row: Row = INSTRUCTIONS[name];
  for (const operand in row) {
    const value = (operands as Readonly<Record<string, OperandValue>>)[operand]!;
    const kind = row[operand];
    if (typeof value === 'object') {
      tape.push(value.length);
      for (const word of value) tape.push(word); // there may be more than a call can have arguments
    } else if (kind === 'double') {
      asDouble[0] = value;
      tape.push(words[0]!, words[1]!);
    } else tape.push(value);
  }
  tape[start + 1] = tape.length - start;
}

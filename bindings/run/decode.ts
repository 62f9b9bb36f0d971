// Reads instructions back from a tape: for the TypeScript runner and for the text form. Not with encode, which every
// program has: a bundle that runs on wasm needs none of this.

import { check } from '../errors.js';
import { INSTRUCTIONS, type Instruction, isAddress, NAMES, type OperandValue, type Row } from '../instructions.js';

const words = new Int32Array(2);
const asDouble = new Float64Array(words.buffer);

/** An instruction that was read back: an address is an index into the views of memory. */
export interface Decoded {
  readonly name: Instruction;
  readonly operands: Readonly<Record<string, OperandValue>>;
  /** The word at which the next instruction starts. */
  readonly next: number;
}

/**
 * Reads the instruction at word `at`. Operands are added in the order of the table, so that those of one instruction
 * have one shape to the engine, and its kernel is compiled for that.
 */
export function decode(tape: Int32Array, at: number): Decoded {
  const name = NAMES[tape[at]!];
  check(name !== undefined, () => `internal error: there is no instruction ${tape[at]}`);
  const row: Row = INSTRUCTIONS[name];
  const operands: Record<string, OperandValue> = {};
  let word = at + 2;
  for (const operand in row) {
    const kind = row[operand]!;
    words[0] = tape[word++]!;
    if (kind === 'double') words[1] = tape[word++]!;
    if (kind === 'list' || kind === 'tape') operands[operand] = Array.from(tape.subarray(word, word + words[0]));
    else if (isAddress(kind)) operands[operand] = words[0] >>> 2;
    else operands[operand] = kind === 'double' ? asDouble[0]! : words[0];
  }
  return { name, operands, next: at + tape[at + 1]! };
}

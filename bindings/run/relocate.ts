// Moves a tape from one place of the arena to another, when the arena has moved.

import { INSTRUCTIONS, isAddress, NAMES, type Row } from '../instructions.js';

/** Puts `moved` of every address that the instructions of a tape have in its place. */
export function relocate(tape: Int32Array, moved: (address: number) => number): void {
  for (let at = 0; at < tape.length; at += tape[at + 1]!) {
    const row: Row = INSTRUCTIONS[NAMES[tape[at]!]!];
    let word = at + 2;
    for (const operand in row) {
      const kind = row[operand]!;
      if (isAddress(kind)) tape[word] = moved(tape[word]! >>> 0);
      word += kind === 'double' ? 2 : 1; // a list ends the instruction
    }
  }
}

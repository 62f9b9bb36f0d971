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
      if (kind === 'tape') relocateNested(tape.subarray(word + 1, at + tape[at + 1]!), moved);
      word += kind === 'double' ? 2 : 1; // a list ends the instruction
    }
  }
}

/** The same for a tape inside of an instruction, after the list of the words that move in it. */
function relocateNested(list: Int32Array, moved: (address: number) => number): void {
  const start = 1 + 3 * list[0]!;
  for (let at = 2; at < start; at += 3) list[at] = moved(list[at]! >>> 0);
  relocate(list.subarray(start), moved);
}

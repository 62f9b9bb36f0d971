// The addresses in a tape: it is moved when the arena has moved, or bound to the parameters of another model.

import { INSTRUCTIONS, isAddress, NAMES, type Row } from '../instructions.js';

/** Calls `visit` with every word of a tape that is an address: an array and an index. */
export function forEachAddress(tape: Int32Array, visit: (words: Int32Array, at: number) => void): void {
  for (let at = 0; at < tape.length; at += tape[at + 1]!) {
    const row: Row = INSTRUCTIONS[NAMES[tape[at]!]!];
    let word = at + 2;
    for (const operand in row) {
      const kind = row[operand]!;
      if (isAddress(kind)) visit(tape, word);
      if (kind === 'tape') forEachNested(tape.subarray(word + 1, at + tape[at + 1]!), visit);
      word += kind === 'double' ? 2 : 1; // a list ends the instruction
    }
  }
}

/** The same for a tape inside of an instruction, after the list of the words that move in it. */
function forEachNested(list: Int32Array, visit: (words: Int32Array, at: number) => void): void {
  const start = 1 + 3 * list[0]!;
  for (let at = 2; at < start; at += 3) visit(list, at);
  forEachAddress(list.subarray(start), visit);
}

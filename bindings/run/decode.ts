// Reads instructions back from a tape: for the TypeScript runner and for the text form. Not with encode, which every program
// has: a bundle that runs on wasm needs none of this.

import type { Op } from '../../assembly/opcodes.js';
import { operandsOf } from '../instructions.js';

const words = new Int32Array(2);
const asFloat = new Float32Array(words.buffer);
const asDouble = new Float64Array(words.buffer);

/**
 * Reads the instruction at word `at` and appends its operands to `values`: an address as an index, a list as the index of
 * its count on the tape.
 *
 * @returns where the next instruction starts
 */
export function decode(tape: Int32Array, at: number, values: unknown[]): number {
  let word = at + 2;
  for (const kind of operandsOf(tape[at] as Op)) {
    words[0] = tape[word++]!;
    if (kind === 'd') words[1] = tape[word++]!;
    if (kind === 'l') values.push(word - 1);
    else if (kind === 'a') values.push(words[0] >>> 2);
    else if (kind === 'i') values.push(words[0]);
    else values.push(kind === 'f' ? asFloat[0] : asDouble[0]);
  }
  return at + tape[at + 1]!;
}

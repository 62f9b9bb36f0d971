// The loop over a tape inside of its instruction. Twin: assembly/run.ts and loop.ts.

import { INSTRUCTIONS, type Operands, type Row } from '../instructions.js';
import type { Views } from '../run/memory.js';
import type { Call, Kernel } from '../run/runner.js';

/**
 * Runs the tape up to `turns` times, while the float at `test` is not 0 (0 tests nothing). `body` is the number of
 * words that move, of each [word of the tape, first value, stride], and the tape. A word that moves has its first value
 * in the first turn, and its stride more in each turn after that.
 */
export const loop: Kernel<'loop'> = ({ f }: Views, { turns, test, body }: Operands<'loop'>, nested) => {
  const first = 1 + body[0]! * 3;
  const tape = Int32Array.from(body.slice(first));
  for (let m = 1; m < first; m += 3) tape[body[m]!] = body[m + 1]!;
  // Decoded anew in each run: a loop around this one may have moved what this one starts with.
  const calls = nested(tape);
  const moves: (() => void)[] = [];
  for (let m = 1; m < first; m += 3) moves.push(move(calls, body[m]!, body[m + 2]!));
  for (let turn = 0; turn < turns && (test === 0 || f[test] !== 0); turn++) {
    for (const call of calls) call.run();
    for (const move of moves) move();
  }
};

/** What adds the stride to the operand that was read from that word of the tape. */
function move(calls: readonly Call[], word: number, stride: number): () => void {
  const { name, operands, at } = calls.find(({ next }) => word < next)!;
  const values = operands as Record<string, number | number[]>;
  let start = at + 2;
  for (const [operand, kind] of Object.entries(INSTRUCTIONS[name] as Row)) {
    const value = values[operand]!;
    const words = typeof value === 'object' ? 1 + value.length : kind === 'double' ? 2 : 1;
    if (word >= start + words) start += words;
    else if (typeof value === 'object') return () => void (value[word - start - 1]! += stride);
    else return () => void ((values[operand] as number) += stride / 4);
  }
  throw new Error(`internal error: word ${word} is no operand of ${name}`);
}

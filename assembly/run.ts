// The tape loop. Words of an instruction: [opcode, length, operands …]; bindings/instructions.ts has them all, and
// dispatch.ts calls its kernel. The tape is trusted: shapes and places were checked before it was encoded.
//
// A kernel is called as part `part` of `parts` and computes that part's share of the output: whole sums only, so that
// the bits do not depend on `parts`. If there is little to do, part 0 does all. Parts may run at the same time on
// several threads, which share all memory, static data too: a kernel writes to its share of the output and to its
// scratch only.

import { step } from './dispatch';
import { goesOn, move, rewind, tapeOf } from './loop';
import { Op } from './opcodes';
import { LoopOperands } from './operands';

/**
 * Runs the tape up to `steps` times; stops after the run in which the float32 at `watch` became NaN or infinite
 * (0 watches nothing). Returns the number of runs.
 */
export function run(tape: usize, steps: i32, watch: usize): i32 {
  for (let n = 1; n <= steps; n++) {
    execute(tape, 0, 1);
    if (watch && !isFinite<f32>(load<f32>(watch))) return n;
  }
  return steps;
}

/** Runs part `part` of `parts` of a tape, once: what tests look at. */
export function runPart(tape: usize, part: i32, parts: i32): void {
  execute(tape, part, parts);
}

/**
 * Runs part `part` of `parts` of the instructions from ip up to `halt`; part 0 does all of a loop. A build that is not
 * complete has one thread: said here, it lets the compiler leave out of every kernel what is for several (a tenth of
 * the module).
 */
function execute(ip: usize, part: i32, parts: i32): void {
  if (!COMPLETE) {
    part = 0;
    parts = 1;
  }
  for (;;) {
    const op = load<i32>(ip);
    if (op > Op.loop) step(op, ip, part, parts);
    else if (op === Op.halt) return;
    else if (part === 0) loop(changetype<LoopOperands>(ip));
    ip = next(ip);
  }
}

/** Runs the tape inside up to `turns` times, while the float32 at `test` is not 0 (0 tests nothing). */
function loop(it: LoopOperands): void {
  rewind(it);
  for (let turn = 0; turn < it.turns && goesOn(it); turn++) {
    execute(tapeOf(it), 0, 1);
    move(it);
  }
}

/** The instruction behind that at ip. */
export function next(ip: usize): usize {
  return ip + ((<usize>load<i32>(ip, 4)) << 2);
}

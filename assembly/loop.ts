// The loop over a tape inside of its instruction: what run.ts, and with threads threads.ts, does it with. Twin:
// bindings/kernels/loop.ts.

import { LoopOperands } from './operands';

// it.body: its length, the number of words that move, of each [word of the tape, first value, stride], the tape.

/** Whether there is another turn. */
export function goesOn(it: LoopOperands): bool {
  return it.test === 0 || load<f32>(it.test) !== 0;
}

/** The tape inside of it. */
export function tapeOf(it: LoopOperands): usize {
  return it.body + 8 + <usize>load<i32>(it.body, 4) * 12;
}

/** Gives the words that move their first values: at the start of a run, since one that failed left them moved. */
export function rewind(it: LoopOperands): void {
  const tape = tapeOf(it);
  for (let at = it.body + 8; at < tape; at += 12) {
    store<i32>(tape + ((<usize>load<i32>(at)) << 2), load<i32>(at, 4));
  }
}

/** Adds their strides to them. */
export function move(it: LoopOperands): void {
  const tape = tapeOf(it);
  for (let at = it.body + 8; at < tape; at += 12) {
    const word = tape + ((<usize>load<i32>(at)) << 2);
    store<i32>(word, load<i32>(word) + load<i32>(at, 8));
  }
}

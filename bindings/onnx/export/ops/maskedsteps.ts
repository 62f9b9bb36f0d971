// A recurrent layer with a mask. Its node in ONNX knows no masks, but lengths: so the steps that count are put in front
// of the others, and the node goes through as many as there are. Then each step takes the result of the last step that
// counts, up to itself. Not here: the node (recurrent.ts).

import type { Tensor } from '../../../tensor.js';
import { INT32, INT64 } from '../../schema.js';
import type { Exported } from '../op.js';

/** Whether a step counts, and where it goes: names of [n, time], but for `count`, [n, 1]. */
export interface MaskedSteps {
  /** Which step is in each place: those that count come first, in their order. */
  readonly order: string;
  /** How many count; as the node wants it, at least 1: [n]. */
  readonly count: string;
  readonly lengths: string;
  /** How many count before a step. */
  readonly before: string;
  /** How many count up to a step, and with it. */
  readonly through: string;
}

/** The steps of a mask [n, time]. */
export function maskedSteps(op: Exported, mask: Tensor): MaskedSteps {
  const [time] = op.fixedShape(mask, 1) as [number];
  const truth = op.truth(op.graph.nameOf(mask));
  const ones = op.node('Cast', [truth], { to: INT64 });
  const through = op.node('CumSum', [ones, op.ints([1])]);
  const row = (f: (t: number) => number): string => op.ints(Array.from({ length: time }, (_, t) => f(t)));
  // The largest first: time … 1 where a step counts, else 0, -1 …
  const ranks = op.node('Where', [truth, row((t) => time - t), row((t) => -t)]);
  const order = op.writer.second('TopK', [ranks, op.ints([time])], { axis: 1, largest: 1, sorted: 1 });
  const count = op.node('Slice', [through, op.ints([time - 1]), op.ints([time]), op.ints([1])]);
  const some = op.node('Max', [op.node('Squeeze', [count, op.ints([1])]), op.ints([1])]);
  const lengths = op.node('Cast', [some], { to: INT32 });
  return { order, count, lengths, before: op.node('Sub', [through, ones]), through };
}

/** Rows of x [n, time, width] by the numbers of steps [n, time]. */
export function rowsAt(op: Exported, x: string, steps: string, width: number): string {
  const indices = op.node('Expand', [op.node('Unsqueeze', [steps, op.ints([2])]), op.ints([1, 1, width])]);
  return op.node('GatherElements', [x, indices], { axis: 1 });
}

/**
 * What each step has of outputs [n, time, units] of the steps that count: what `start` says where none of these is
 * done.
 */
export function spread(
  op: Exported,
  ys: string,
  at: MaskedSteps,
  reverse: boolean,
  units: number,
  start: string,
): string {
  const { before, through, count } = at;
  const done = reverse ? op.node('Less', [before, count]) : op.node('Greater', [through, op.ints([0])]);
  const last = op.node('Max', [op.node('Sub', [count, op.ints([1])]), op.ints([0])]);
  const steps = reverse
    ? op.node('Min', [before, last])
    : op.node('Max', [op.node('Sub', [through, op.ints([1])]), op.ints([0])]);
  return op.node('Where', [op.node('Unsqueeze', [done, op.ints([2])]), rowsAt(op, ys, steps, units), start]);
}

/** The last cells [n, 1, units]: what `start` says where no step counts. */
export function ended(op: Exported, cells: string, { count }: MaskedSteps, start: string): string {
  const some = op.node('Unsqueeze', [op.node('Greater', [count, op.ints([0])]), op.ints([2])]);
  return op.node('Where', [some, cells, start]);
}

// Reductions, softmax, and running sums.

import type { Span } from '../../../ops/reduce.js';
import { INT32, INT64 } from '../../schema.js';
import type { Exported, Rows } from '../op.js';
import { reshaped } from './movement.js';

const axesOf = ({ from, to }: Span): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** Index of the largest over a span, which becomes one axis. */
function argMax(op: Exported): string {
  const span = op.attrs<Span>();
  const { from, to } = span;
  const [x] = op.inputs as [typeof op.tensor];
  const shape = op.shapeOf(x);
  const count = op.fixed((t) => [t.inputs[0]!.shape.slice(from, to).reduce((a, b) => a * b, 1)])[0]!;
  const one = { base: count, by: op.writer.unknown.map(() => 0) };
  const joined =
    to - from === 1 ? op.in(0) : reshaped(op, op.in(0), [...shape.slice(0, from), one, ...shape.slice(to)]);
  return op.node('Cast', [op.node('ArgMax', [joined], { axis: from, keepdims: 0 })], { to: INT32 });
}

/** The logit of the label is that of its own in the logarithm of the softmax. */
function crossEntropy(op: Exported): string {
  const logs = op.node('LogSoftmax', [op.in(0)], { axis: -1 });
  const last = op.ints([-1]);
  const labels = op.node('Unsqueeze', [op.node('Cast', [op.in(1)], { to: INT64 }), last]);
  const picked = op.node('GatherElements', [logs, labels], { axis: -1 });
  return op.node('Neg', [op.node('Squeeze', [picked, last])]);
}

/** g·(softmax(z) - one of the label). */
function crossEntropyGrad(op: Exported): string {
  const [classes] = op.fixed((t) => [t.shape.at(-1)!]) as [number];
  const all = op.writer.constant(
    [classes],
    Array.from({ length: classes }, (_, i) => i),
    INT32,
  );
  const hot = op.number(op.node('Equal', [op.node('Unsqueeze', [op.in(2), op.ints([-1])]), all]));
  const excess = op.node('Sub', [op.node('Softmax', [op.in(1)], { axis: -1 }), hot]);
  const isOne = op.inputs[0]!.size === 1;
  return op.node('Mul', [excess, isOne ? op.in(0) : op.node('Unsqueeze', [op.in(0), op.ints([-1])])]);
}

export const REDUCE: Rows = {
  sum: (op) => op.node('ReduceSum', [op.in(0), op.ints(axesOf(op.attrs<Span>()))], { keepdims: 0 }),
  max: (op) => op.node('ReduceMax', [op.in(0)], { axes: axesOf(op.attrs<Span>()), keepdims: 0 }),
  argMax,
  cumSum: (op) => op.node('CumSum', [op.in(0), op.writer.scalar(op.attrs<{ axis: number }>().axis, 'int32')]),
  softmax: (op) => op.node('Softmax', [op.in(0)], { axis: -1 }),
  logSoftmax: (op) => op.node('LogSoftmax', [op.in(0)], { axis: -1 }),
  crossEntropy,
  crossEntropyGrad,
};

// All steps of simpleRnn, lstm and gru, as RNN, LSTM and GRU. X is [time, n, features] there; the gates of an LSTM are
// i, o, f, c, those of a GRU z, r, h. The op has the product of the input and its kernel, which those do by themselves:
// it is looked for.

import { check } from '../../../errors.js';
import { GRU, LSTM } from '../../../kernels/gates.js';
import type { RecurrenceAttrs } from '../../../ops/recurrent/recurrence.js';
import { sameShape } from '../../../shape.js';
import type { Tensor } from '../../../tensor.js';
import type { Exported, Rows } from '../op.js';
import { ended, maskedSteps, rowsAt, spread } from './maskedsteps.js';
import { reshaped } from './movement.js';

/** A kind of layer: where the gates of ONNX are among ours. */
interface Kind {
  readonly opType: string;
  readonly order: readonly number[];
}

/** Kinds by the number of gates. */
const KINDS: Readonly<Record<number, Kind>> = {
  1: { opType: 'RNN', order: [0] },
  [GRU]: { opType: 'GRU', order: [1, 0, 2] },
  [LSTM]: { opType: 'LSTM', order: [0, 3, 1, 2] },
};

/** What z was made of: x [n·time, features], the kernel, and a bias if there is one. */
function factorsOf(op: Exported): { x: Tensor; kernel: Tensor; bias: Tensor | undefined } {
  const flat = op.inputs[0]!.inputs[0]!;
  const [product, bias] = flat.op.name === 'add' ? (flat.inputs as [Tensor, Tensor]) : [flat, undefined];
  const fits = op.inputs[0]!.op.name === 'reshape' && product.op.name === 'matMul';
  check(fits, () => `the op ${op.where} can't be exported to ONNX: its input is no product with a kernel`);
  const [x, kernel] = product.inputs as [Tensor, Tensor];
  return { x, kernel, bias };
}

/** x as [n, time, features]. */
function stepsOf(op: Exported, x: Tensor): string {
  const { graph } = op;
  const steps = (t: Tensor): number[] => [...t.inputs[0]!.shape.slice(0, 2), x.shape[1]!];
  const all = graph.tracesOf(op.tensor);
  const isFlattened = graph.tracesOf(x).every((t, i) => {
    return t.op.name === 'reshape' && sameShape(t.inputs[0]!.shape, steps(all[i]!));
  });
  return isFlattened ? graph.nameOf(x.inputs[0]!) : reshaped(op, graph.nameOf(x), op.sizes(steps));
}

/** Rows of our gates in the order of ONNX: [gates, …]. */
function ordered(op: Exported, { order }: Kind, rows: string): string {
  const blocks = op.node('Reshape', [rows, op.ints([order.length, -1])]);
  return order.length === 1 ? blocks : op.node('Gather', [blocks, op.ints(order)], { axis: 0 });
}

/** A kernel [rows, gates·units] as [1, gates·units, rows]. */
function weights(op: Exported, kind: Kind, kernel: Tensor): string {
  const columns = ordered(op, kind, op.transposed(op.graph.nameOf(kernel), [1, 0]));
  return op.node('Reshape', [columns, op.ints([1, ...[...kernel.shape].reverse()])]);
}

/**
 * Both biases, [1, 2·gates·units]; '' if there is none. Of that of the recurrent product a gru has the last gate alone.
 */
function biases(op: Exported, kind: Kind, units: number, bias: Tensor | undefined, last: Tensor | undefined): string {
  if (!bias && !last) return '';
  const gates = kind.order.length;
  // No array of the file, which would be a parameter when it is read again.
  const zeros = (rows: number): string => op.node('Expand', [op.float(0), op.ints([rows, units])]);
  const early = bias ? ordered(op, kind, op.graph.nameOf(bias)) : zeros(gates);
  const row = last && op.node('Unsqueeze', [op.graph.nameOf(last), op.ints([0])]);
  const late = row ? [zeros(gates - 1), row] : [zeros(gates)];
  return op.node('Reshape', [op.node('Concat', [early, ...late], { axis: 0 }), op.ints([1, -1])]);
}

const isZero = ({ known, op: { name }, inputs }: Tensor): boolean =>
  known ? known.every((x) => x === 0) : (name === 'concat' || name === 'broadcastTo') && inputs.every(isZero);

/** The states to start from, each [1, n, units]; none if they are 0. */
function starts(op: Exported, units: number, state: Tensor): string[] {
  if (isZero(state)) return [];
  const name = op.graph.nameOf(state);
  return Array.from({ length: state.shape[1]! / units }, (_, i) => {
    const one = op.node('Slice', [name, op.ints([i * units]), op.ints([(i + 1) * units]), op.ints([1])]);
    return op.node('Unsqueeze', [one, op.ints([0])]);
  });
}

/** The state of that number before all steps, [n, 1, units], or a number. */
function startAt(op: Exported, given: readonly string[], i: number): string {
  return given.length > 0 ? op.transposed(given[i]!, [1, 0, 2]) : op.float(0);
}

/** Of what the op computes the outputs of all steps are there, and the last cells of an lstm. */
function recurrence(op: Exported): string {
  const { gates, reverse, masked } = op.attrs<RecurrenceAttrs>();
  const kind = KINDS[gates]!;
  const { x, kernel, bias } = factorsOf(op);
  const given = masked ? op.inputs.slice(0, -1) : op.inputs;
  const [, recurrentKernel, state, last] = given as [Tensor, Tensor, Tensor, Tensor?];
  const at = masked ? maskedSteps(op, op.inputs.at(-1)!) : undefined;
  const units = recurrentKernel.shape[0]!;
  const steps = stepsOf(op, x);
  const samples = at ? rowsAt(op, steps, at.order, x.shape[1]!) : steps;
  const start = starts(op, units, state);
  const inputs = [
    op.transposed(samples, [1, 0, 2]),
    weights(op, kind, kernel),
    weights(op, kind, recurrentKernel),
    biases(op, kind, units, bias, last),
    at?.lengths ?? '',
    ...start,
  ];
  const attributes = {
    hidden_size: units,
    direction: reverse ? 'reverse' : 'forward',
    ...(gates === GRU && { linear_before_reset: 1 }),
  };
  const cells = gates === LSTM ? op.writer.inside('cells') : undefined;
  const all = op.node(kind.opType, inputs, attributes, { behind: cells ? ['', cells] : [] });
  const rows = ({ shape: [n, steps] }: Tensor, first: number, count: number, at: number) => ({
    begin: [0, first, at],
    shape: [n!, count < 0 ? steps! + count : count, units],
  });
  const ys = op.transposed(op.node('Squeeze', [all, op.ints([1])]), [1, 0, 2]);
  const ends = cells && op.transposed(cells, [1, 0, 2]);
  op.graph.parts.set(op.tensor, [
    {
      name: at ? spread(op, ys, at, reverse, units, startAt(op, start, 0)) : ys,
      windowIn: (t) => rows(t, reverse ? 0 : 1, -1, 0),
    },
    ...(ends
      ? [
          {
            name: at ? ended(op, ends, at, startAt(op, start, 1)) : ends,
            windowIn: (t: Tensor) => rows(t, reverse ? 0 : t.shape[1]! - 1, 1, units),
          },
        ]
      : []),
  ]);
  return '';
}

export const RECURRENT: Rows = { recurrence };

// Recurrent layers. X is [time, n, features] there, or [n, time, features] with layout 1; the gates of an LSTM are i,
// o, f, c, those of a GRU z, r, h.

import { arange } from '../../../creation.js';
import { check } from '../../../errors.js';
import { gru, lstm, type RecurrentParameters, simpleRnn } from '../../../ops/recurrent/recurrent.js';
import { concat, flip, slice, split, stack } from '../../../ops/slicing.js';
import type { Tensor } from '../../../tensor.js';
import type { Imported, Row, Rows } from '../op.js';

/** A kind of layer: where our gates are among those of ONNX, and which activations it has. */
interface Kind {
  readonly order: readonly number[];
  readonly activations: readonly string[];
}

const RNN: Kind = { order: [0], activations: ['Tanh'] };
const GRU: Kind = { order: [1, 0, 2], activations: ['Sigmoid', 'Tanh'] };
const LSTM: Kind = { order: [0, 2, 3, 1], activations: ['Sigmoid', 'Tanh', 'Tanh'] };

/** What one direction has computed, in the order of time: [n, time, units], and its states [n, units]. */
interface Ran {
  readonly ys: Tensor;
  readonly states: readonly Tensor[];
}

/** Number `i` along an axis, which goes. */
const at = (t: Tensor, axis: number, i: number): Tensor =>
  slice(t, [...new Array<null>(axis).fill(null), [i, i + 1]]).reshape(t.shape.filter((_, a) => a !== axis));

/** Throws for what no layer here does. */
function checkPlain(op: Imported, { activations }: Kind, count: number): void {
  const given = op.node.attributes.get('activations')?.strings ?? [];
  const named = given.map((bytes) => new TextDecoder().decode(bytes));
  const isPlain = named.every((name, i) => name.toLowerCase() === activations[i % activations.length]!.toLowerCase());
  check(isPlain && [0, activations.length * count].includes(named.length), () => {
    return `the activations ${named.join(', ')} are not supported: they must be ${activations.join(', ')}`;
  });
  check(!op.node.attributes.has('clip'), () => 'the attribute clip is not supported');
  check(op.int('input_forget', 0) === 0, () => 'the attribute input_forget is not supported');
}

/** The weights of one direction. */
function parametersOf(op: Imported, { order }: Kind, direction: number): RecurrentParameters {
  const gates = order.length;
  const ordered = (t: Tensor): Tensor => {
    const blocks = split(t, gates, 0);
    return concat(order.map((i) => blocks[i]!));
  };
  const kernel = (i: number): Tensor => ordered(at(op.in(i), 0, direction)).transpose();
  const given = op.maybe(3);
  if (!given) return { kernel: kernel(1), recurrentKernel: kernel(2) };
  const [bias, recurrentBias] = split(at(given, 0, direction), 2, 0) as [Tensor, Tensor];
  return { kernel: kernel(1), recurrentKernel: kernel(2), bias: ordered(bias), recurrentBias: ordered(recurrentBias) };
}

/** Runs one direction. */
type Run = (
  x: never,
  parameters: RecurrentParameters,
  how: never,
) => { readonly output: Tensor; readonly state: unknown };

function recurrent(kind: Kind, states: number, run: Run): Row {
  return (op) => {
    const direction = op.text('direction', 'forward');
    const directions = { forward: [false], reverse: [true], bidirectional: [false, true] }[direction];
    check(directions !== undefined, () => `the direction ${direction} is not supported`);
    checkPlain(op, kind, directions.length);
    const isBatchFirst = op.int('layout', 0) === 1;
    const given = op.in(0);
    check(given.shape.length === 3, () => `X must have three axes, got [${given.shape}]`);
    for (const i of [1, 2]) checkWeights(op, i, directions.length, kind.order.length);
    const bias = op.maybe(3);
    check(!bias || (bias.shape.length === 2 && bias.shape[0] === directions.length), () => `B is [${bias!.shape}]`);
    const x = isBatchFirst ? given : given.transpose([1, 0, 2]);
    const lengths = op.maybe(4);
    const ran = directions.map((goBackwards, d): Ran => {
      const first = Array.from({ length: states }, (_, i) => op.maybe(5 + i));
      const start = first[0] && first.map((t) => at(t ?? first[0]!.zerosLike(), isBatchFirst ? 1 : 0, d));
      const initialState = start && (states > 1 ? { h: start[0], c: start[1] } : start[0]);
      const input = { x, ...(lengths && { lengths }), ...(initialState && { initialState }) };
      const how = { returnSequences: true, returnState: true, goBackwards };
      const { output, state } = run(input as never, parametersOf(op, kind, d), how as never);
      const ys = goBackwards ? flip(output, 1) : output;
      const { h, c } = (states > 1 ? state : { h: state }) as { h: Tensor; c?: Tensor };
      return { ys: lengths ? ys.mul(within(x, lengths)) : ys, states: c ? [h, c] : [h] };
    });
    const ys = stack(
      ran.map((one) => one.ys),
      2,
    );
    const last = Array.from({ length: states }, (_, i) =>
      stack(
        ran.map((one) => one.states[i]!),
        isBatchFirst ? 1 : 0,
      ),
    );
    return [isBatchFirst ? ys : ys.transpose([1, 2, 0, 3]), ...last];
  };
}

function checkWeights(op: Imported, i: number, directions: number, gates: number): void {
  const { shape } = op.in(i);
  const fits = shape.length === 3 && shape[0] === directions && shape[1]! % gates === 0;
  check(fits, () => `input ${i} must be [${directions}, ${gates} · units, …], got [${shape}]`);
}

/** 1 where a step is within its sequence, else 0: [n, time, 1]. */
const within = (x: Tensor, lengths: Tensor): Tensor =>
  arange(0, x.shape[1]!, 1, 'int32').less(lengths.expandDims(1)).expandDims(2).toFloat();

const gated = recurrent(GRU, 1, gru as Run);
const cells = recurrent(LSTM, 2, lstm as Run);

export const RECURRENT: Rows = {
  GRU(op) {
    check(op.int('linear_before_reset', 0) !== 0, () => {
      return 'linear_before_reset 0 is not supported: the reset gate must be applied after the product';
    });
    return gated(op);
  },
  LSTM(op) {
    check(op.maybe(7) === undefined, () => 'peepholes, input 7, are not supported');
    return cells(op);
  },
  RNN: recurrent(RNN, 1, simpleRnn as Run),
};

// Rows of cases.ts: recurrence over the steps of sequences.

import { gru, lstm, type RecurrentParameters, simpleRnn } from '../bindings/ops/recurrent/recurrent.js';
import { concat } from '../bindings/ops/slicing.js';
import type { Shape } from '../bindings/shape.js';
import type { Tensor, TensorData } from '../bindings/tensor.js';
import type { Case, Domain } from './cases.js';

const wide: Domain = { low: -1, high: 1 };

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** The new state of a unit of one sample: by the input and the inner product of each gate, and the state before. */
type Unit = (
  input: (gate: number) => number,
  inner: (gate: number) => number,
  h: number,
  c: number,
) => [number, number];

const UNITS: Readonly<Record<string, Unit>> = {
  simpleRnn: (input, inner) => [Math.tanh(input(0) + inner(0)), 0],
  lstm: (input, inner, _, c) => {
    const gate = (i: number): number => input(i) + inner(i);
    const next = sigmoid(gate(1)) * c + sigmoid(gate(0)) * Math.tanh(gate(2));
    return [sigmoid(gate(3)) * Math.tanh(next), next];
  },
  gru: (input, inner, h) => {
    const z = sigmoid(input(1) + inner(1));
    return [(1 - z) * Math.tanh(input(2) + sigmoid(input(0) + inner(0)) * inner(2)) + z * h, 0];
  },
};

/**
 * Outputs of all steps, and the last cells of an lstm, [n, time (+ 1), units]; inputs are x, kernels, the bias of the
 * recurrent one, h, c.
 */
function reference(kind: string, gates: number, reverse: boolean): Case['reference'] {
  return ([x, kernel, recurrent, bias, h0, c0], [shape, , square]) => {
    const [n, time, features] = shape as [number, number, number];
    const [units, columns] = square as [number, number];
    const out: number[] = [];
    for (let s = 0; s < n; s++) {
      let h = Array.from(h0!.slice(s * units, (s + 1) * units));
      let c = c0 ? Array.from(c0.slice(s * units, (s + 1) * units)) : h.map(() => 0);
      const ys: number[][] = [];
      for (let turn = 0; turn < time; turn++) {
        const t = reverse ? time - 1 - turn : turn;
        const at = (s * time + t) * features;
        const sum = (a: TensorData | number[], from: number, b: TensorData, length: number, j: number): number => {
          let total = 0;
          for (let k = 0; k < length; k++) total += a[from + k]! * b[k * columns + j]!;
          return total;
        };
        const next = h.map((_, u) =>
          UNITS[kind]!(
            (gate) => sum(x!, at, kernel!, features, gate * units + u),
            (gate) => sum(h, 0, recurrent!, units, gate * units + u) + bias![gate * units + u]!,
            h[u]!,
            c[u]!,
          ),
        );
        [h, c] = [next.map(([y]) => y), next.map(([, y]) => y)];
        ys.push(h);
      }
      out.push(...ys.flat(), ...(gates === 4 ? c : []));
    }
    return out;
  };
}

/** Sizes with every remainder of four lanes, and more samples than one tile of a product. */
const SIZES: readonly (readonly [n: number, time: number, features: number, units: number])[] = [
  [1, 1, 1, 1],
  [2, 3, 2, 3],
  [3, 2, 3, 4],
  [1, 4, 2, 5],
  [6, 2, 1, 9],
  [2, 2, 2, 17],
];

function shapesOf(gates: number): Shape[][] {
  return SIZES.map(([n, time, features, units]) => [
    [n, time, features],
    [features, gates * units],
    [units, gates * units],
    [gates * units],
    [n, units],
    ...(gates === 4 ? [[n, units]] : []),
  ]);
}

type Called = { readonly output: Tensor; readonly state: Tensor | { readonly c: Tensor } };

function row(kind: string, gates: number, op: unknown, reverse: boolean): Case {
  const call = op as (x: unknown, parameters: RecurrentParameters, options: object) => Called;
  const inputs = gates === 4 ? 6 : 5;
  return {
    name: reverse ? `${kind}, backwards, nothing masked` : kind,
    call: (x, kernel, recurrentKernel, recurrentBias, h, c) => {
      const initialState = c ? { h, c } : h;
      const mask = reverse && x!.shape[1] ? { mask: x!.max(2).abs().add(1) } : {};
      const options = { returnSequences: true, returnState: true, goBackwards: reverse };
      const parameters = { kernel: kernel!, recurrentKernel: recurrentKernel!, recurrentBias };
      const { output, state } = call({ x, initialState, ...mask }, parameters, options);
      return 'c' in state ? concat([output, state.c.expandDims(1)], 1) : output;
    },
    shapes: shapesOf(gates),
    domains: Array.from({ length: inputs }, () => wide),
    // Steps come in the order in which they were gone through.
    reference: reference(kind, gates, reverse),
    differentiable: Array.from({ length: inputs }, (_, i) => i),
  };
}

export const RECURRENT_CASES: readonly Case[] = [
  row('simpleRnn', 1, simpleRnn, false),
  row('lstm', 4, lstm, false),
  row('gru', 3, gru, false),
  row('simpleRnn', 1, simpleRnn, true),
  row('lstm', 4, lstm, true),
  row('gru', 3, gru, true),
];

// All steps of a simpleRnn with tanh, a gru or an lstm as one instruction, and all steps of their gradient as another;
// kernels are in the side module recurrence. Where it can be, this takes the place of `repeated` (cells.ts), which is
// what it computes.

import recurrenceModule from '#sides/recurrence.wasm';
import { recurrenceGradScratch, recurrenceScratch } from '../../../assembly/recurrence.js';
import { zeros } from '../../creation.js';
import { pullback } from '../../grad.js';
import { GRU, gradWidth, LSTM, savedWidth } from '../../kernels/gates.js';
import * as kernels from '../../kernels/recurrence.js';
import { Tensor, withDerivative } from '../../tensor.js';
import { type BatchRule, defineOp, type OpDefinition } from '../op.js';
import { concat, padWith, slice, stack } from '../slicing.js';
import { type Cell, gruCell, type Repeated, repeated, type Steps } from './cells.js';

/** What `recurrence` and its gradient are told. */
export interface RecurrenceAttrs {
  readonly gates: number;
  readonly reverse: boolean;
  /** Whether there is a mask, the last input. */
  readonly masked: boolean;
}

/**
 * In a batch with one kernel there are more samples, else the examples follow each other: `kernels` are the numbers of
 * those inputs that all samples share. A scan of batched cells in place of an instruction for each example would trace
 * 100 of them 3 to 4 times as fast, but its steps take up to 1.8 times as long (4 samples, 20 steps, 16 units; with
 * gradients).
 */
/*@__NO_SIDE_EFFECTS__*/
function overSamples(...kernels: readonly number[]): BatchRule {
  return ({ size, inputs, full }, node) => {
    const isShared = kernels.every((i) => inputs[i] === node.inputs[i]);
    if (isShared) {
      const merged = (t: Tensor): Tensor => t.reshape([size * t.shape[1]!, ...t.shape.slice(2)]);
      const all = full.map((t, i) => (kernels.includes(i) ? node.inputs[i]! : merged(t)));
      return node.rewrite(node.op, all, node.attrs).reshape([size, ...node.shape]);
    }
    if (size === 0) return zeros([0, ...node.shape]);
    const one = (i: number): Tensor[] => full.map((t) => slice(t, [i]).reshape(t.shape.slice(1)));
    return stack(Array.from({ length: size }, (_, i) => node.rewrite(node.op, one(i), node.attrs)));
  };
}

/**
 * [n, steps + 1, …]: see kernels/recurrence.ts. Inputs: z, the recurrent kernel, the first state, of a gru its bias,
 * the mask.
 */
const recurrence: OpDefinition = defineOp<RecurrenceAttrs>({
  name: 'recurrence',
  kernels: { recurrence: kernels.recurrence },
  side: recurrenceModule,
  infer: ([z, kernel], { gates }) => {
    const [n, steps] = z!.shape as [number, number];
    return { shape: [n, steps + 1, savedWidth(gates) * kernel!.shape[0]!], dtype: 'float32' };
  },
  batch: (batch, node, attrs) =>
    overSamples(...((attrs as RecurrenceAttrs).gates === GRU ? [1, 3] : [1]))(batch, node, attrs),
  flops: flopsOf,
  scratch: ({ inputs: [z, kernel] }, { gates }) => recurrenceScratch(z!.shape[0]!, kernel!.shape[0]!, gates),
  emit: (e, node, { gates, reverse, masked }) => {
    const [z, kernel, state, bias] = node.inputs as [Tensor, Tensor, Tensor, Tensor];
    const [n, steps] = z.shape as [number, number];
    e.code('recurrence', {
      out: e.at(node),
      z: e.at(z),
      kernel: e.at(kernel),
      state: e.at(state),
      bias: gates === GRU ? e.at(bias) : 0,
      mask: masked ? e.at(node.inputs.at(-1)!) : 0,
      n,
      steps,
      units: kernel.shape[0]!,
      gates,
      reverse: +reverse,
      scratch: e.scratch,
    });
  },
});

/**
 * [n, steps + 1, …]: see kernels/recurrence.ts. Inputs: g, what `recurrence` saved, its kernel transposed, the mask.
 */
const recurrenceGrad: OpDefinition = defineOp<RecurrenceAttrs>({
  name: 'recurrenceGrad',
  kernels: { recurrenceGrad: kernels.recurrenceGrad },
  side: recurrenceModule,
  infer: ([, saved, kernel], { gates }) => {
    const [n, rows] = saved!.shape as [number, number];
    return { shape: [n, rows, gradWidth(gates) * kernel!.shape[1]!], dtype: 'float32' };
  },
  batch: overSamples(2),
  flops: flopsOf,
  scratch: ({ inputs: [, saved, kernel] }, { gates }) =>
    recurrenceGradScratch(saved!.shape[0]!, kernel!.shape[1]!, gates),
  emit: (e, node, { gates, reverse, masked }) => {
    const [g, saved, kernel, mask] = node.inputs as [Tensor, Tensor, Tensor, Tensor];
    e.code('recurrenceGrad', {
      out: e.at(node),
      g: e.at(g),
      saved: e.at(saved),
      kernel: e.at(kernel),
      mask: masked ? e.at(mask) : 0,
      n: node.shape[0]!,
      steps: node.shape[1]! - 1,
      units: kernel.shape[1]!,
      gates,
      reverse: +reverse,
      scratch: e.scratch,
    });
  },
});

/** Those of the products. */
function flopsOf(node: Tensor, { gates }: RecurrenceAttrs): number {
  const [n, rows, width] = node.shape as [number, number, number];
  const units = width / (node.op === recurrence ? savedWidth(gates) : gradWidth(gates));
  return 2 * n * (rows - 1) * gates * units * units;
}

/** Whether one instruction can do it. */
export const isFused = ({ cell, z, factors }: Repeated): boolean => cell.isFused && !factors && z.size > 0;

/** All steps, by one instruction. */
export function fused(it: Repeated): Steps {
  const { cell, z, kernel, mask, reverse } = it;
  const { gates, states } = cell;
  const [n, time, units] = [z.shape[0]!, z.shape[1]!, kernel.shape[0]!];
  const attrs: RecurrenceAttrs = { gates, reverse, masked: mask !== undefined };
  const state = concat(it.state, 1);
  const bias = gates === GRU ? [it.bias ?? zeros([units])] : [];
  const given = [z, kernel, state, ...bias];
  const saved = new Tensor(recurrence, [...given, ...(mask ? [mask] : [])], attrs);
  const last = reverse ? 0 : time;
  const hs = slice(saved, [null, reverse ? [0, time] : [1, time + 1], [0, units]]);
  const cells = states > 1 ? [slice(saved, [null, [last, last + 1], [units, 2 * units]])] : [];
  const packed = cells.length > 0 ? concat([hs, ...cells], 1) : hs;
  const both = withDerivative(packed, given, (g) => gradients(it, { g, saved, state, bias, ys, attrs }));
  const ys = cells.length > 0 ? slice(both, [null, [0, time]]) : both;
  const row = (t: number): Tensor => slice(both, [null, [t, t + 1]]).reshape([n, units]);
  const h = row(reverse ? 0 : time - 1);
  return { ys, state: cells.length > 0 ? [h, row(time)] : [h] };
}

/** What the backward pass has. */
interface Known {
  readonly g: Tensor;
  readonly saved: Tensor;
  /** The first state: h, or h and c side by side. */
  readonly state: Tensor;
  readonly bias: readonly Tensor[];
  /** The outputs, with their derivative. */
  readonly ys: Tensor;
  readonly attrs: RecurrenceAttrs;
}

/** By z, the recurrent kernel, the first state and the bias: the kernel's is one product of all steps. */
function gradients(it: Repeated, known: Known): Tensor[] {
  const { z, kernel, mask } = it;
  const { g, saved, state, bias, ys, attrs } = known;
  const { gates, reverse } = attrs;
  const [n, time, units] = [z.shape[0]!, z.shape[1]!, kernel.shape[0]!];
  const node = new Tensor(recurrenceGrad, [g, saved, kernel.transpose(), ...(mask ? [mask] : [])], attrs);
  // Of second order it is what `scan` computes.
  const all = withDerivative(node, [g, z, kernel, state, ...bias], (u) => {
    const ends = [g, z, kernel, state, ...bias];
    return pullback([byScan(it, known)], [u], ends, ends).map((t, i) => t ?? ends[i]!.zerosLike());
  });
  const part = (from: number, to: number): Tensor => slice(all, [null, [0, time], [from * units, to * units]]);
  const first = slice(state, [null, [0, units]]).expandDims(1);
  const others = slice(ys, [null, reverse ? [1, time] : [0, time - 1]]);
  const before = concat(reverse ? [others, first] : [first, others], 1).reshape([n * time, units]);
  const inner = part(0, gates);
  const byKernel = before.matMul(inner.reshape([n * time, gates * units]), { transA: true });
  const byState = slice(all, [null, [time, time + 1], [0, state.shape[1]!]]).reshape(state.shape);
  if (gates !== GRU) return [inner, byKernel, byState];
  return [concat([part(0, 2), part(3, 4)], 2), byKernel, byState, part(2, 3).sum([0, 1])];
}

/** What `recurrenceGrad` gives, as the gradient of a scan. */
function byScan(it: Repeated, { g, state, bias, attrs: { gates } }: Known): Tensor {
  const { z, kernel } = it;
  const [n, time, units] = [z.shape[0]!, z.shape[1]!, kernel.shape[0]!];
  const states = Array.from({ length: state.shape[1]! / units }, (_, i) =>
    slice(state, [null, [i * units, (i + 1) * units]]),
  );
  const columns = (from: number, to: number): Tensor => slice(z, [null, null, [from * units, to * units]]);
  const inner = bias.map((b) => b.broadcastTo([n, time, units]));
  const wide = gates === GRU ? concat([columns(0, 2), ...inner, columns(2, 3)], 2) : z;
  const cell = gates === GRU ? wideGru : it.cell;
  const { ys, state: last } = repeated({ ...it, cell, z: wide, state: states, bias: undefined });
  const packed = gates === LSTM ? concat([ys, last[1]!.expandDims(1)], 1) : ys;
  const [byZ, byState] = pullback([packed], [g], [wide, state], [wide, state]);
  const row = (byState ?? state.zerosLike()).expandDims(1);
  const rest = gradWidth(gates) * units - state.shape[1]!;
  const padded = padWith(
    row,
    [
      [0, 0],
      [0, 0],
      [0, rest],
    ],
    0,
  );
  return concat([byZ ?? wide.zerosLike(), padded], 1);
}

/** A gru whose bias inside of the product with the reset gate comes with z, between the others. */
const wideGru: Cell = {
  gates: GRU,
  states: 1,
  isFused: false,
  step: ({ z, kernel, ...it }) => {
    const units = kernel.shape[0]!;
    const columns = (from: number, to: number): Tensor => slice(z, [null, [from * units, to * units]]);
    return gruCell.step({ ...it, kernel, z: concat([columns(0, 2), columns(3, 4)], 1), bias: columns(2, 3) });
  },
};

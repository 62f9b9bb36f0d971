// One step of simpleRnn, lstm and gru, by the formulas of PyTorch, and how it is repeated over the steps of sequences.
// z = x·W + b is computed before, for all steps at once. Not here: what users call (recurrent.ts).

import type { Tensor } from '../../tensor.js';
import { scan } from '../../transforms/scan.js';
import { moveAxis } from '../movement.js';
import { split } from '../slicing.js';
import { where } from '../where.js';

/** What one step needs. */
export interface Step {
  /** [n, gates·units]: x·W + b of this step, with those biases of the recurrent product that can be added here. */
  readonly z: Tensor;
  /** The state before, each [n, units]. */
  readonly state: readonly Tensor[];
  /** [n, units]: the first of them, for the product with the recurrent kernel; some of it may be dropped. */
  readonly h: Tensor;
  /** [units, gates·units] */
  readonly kernel: Tensor;
  /** [units], of a gru: the bias that is added inside of the product with the reset gate. */
  readonly bias: Tensor | undefined;
}

/** A cell: its state after a step. The first tensor of the state is the output. */
export interface Cell {
  readonly gates: number;
  /** How many tensors [n, units] are its state. */
  readonly states: number;
  /** Whether there is an instruction for all of its steps (recurrence.ts). */
  readonly isFused: boolean;
  step(it: Step): Tensor[];
}

/** h' = σ(z + h·R) */
export const simpleCell = (activation: (z: Tensor) => Tensor, isTanh: boolean): Cell => ({
  gates: 1,
  states: 1,
  isFused: isTanh,
  step: ({ z, h, kernel }) => [activation(h.matMul(kernel).add(z))],
});

/** i, f, g, o = z + h·R; c' = σ(f)·c + σ(i)·tanh(g), h' = σ(o)·tanh(c') */
export const lstmCell: Cell = {
  gates: 4,
  states: 2,
  isFused: true,
  step: ({ z, h, kernel, state: [, c] }) => {
    const [i, f, g, o] = split(h.matMul(kernel).add(z), 4, 1) as [Tensor, Tensor, Tensor, Tensor];
    const next = f.sigmoid().mul(c!).add(i.sigmoid().mul(g.tanh()));
    return [o.sigmoid().mul(next.tanh()), next];
  },
};

/** r, u, q = h·R; r' = σ(z_r + r), u' = σ(z_u + u), n = tanh(z_n + r'·(q + b)); h' = (1 - u')·n + u'·h */
export const gruCell: Cell = {
  gates: 3,
  states: 1,
  isFused: true,
  step: ({ z, h, kernel, bias, state: [before] }) => {
    const [zr, zu, zn] = split(z, 3, 1) as [Tensor, Tensor, Tensor];
    const [hr, hu, q] = split(h.matMul(kernel), 3, 1) as [Tensor, Tensor, Tensor];
    const update = zu.add(hu).sigmoid();
    const inner = bias ? q.add(bias) : q;
    const n = zn.add(zr.add(hr).sigmoid().mul(inner)).tanh();
    return [n.add(update.mul(before!.sub(n)))];
  },
};

/** What a cell is repeated on. */
export interface Repeated {
  readonly cell: Cell;
  /** [n, time, gates·units] */
  readonly z: Tensor;
  readonly kernel: Tensor;
  readonly bias: Tensor | undefined;
  readonly state: readonly Tensor[];
  /** [n, time] of 0 and 1 */
  readonly mask: Tensor | undefined;
  readonly reverse: boolean;
  /** [n, units]: what the state is multiplied by on its way into the product. */
  readonly factors?: Tensor | undefined;
}

/** What came of it. */
export interface Steps {
  /** [n, time, units], in the order of time. */
  readonly ys: Tensor;
  /** The state after the last step. */
  readonly state: readonly Tensor[];
}

/** All steps, by `scan`. */
export function repeated({ cell, z, kernel, bias, state, mask, reverse, factors }: Repeated): Steps {
  const xs = { z: moveAxis(z, 1, 0), ...(mask && { mask: mask.transpose().expandDims(2) }) };
  const step = (before: Tensor[], now: { readonly z: Tensor; readonly mask?: Tensor }) => {
    const h = factors ? before[0]!.mul(factors) : before[0]!;
    const next = cell.step({ z: now.z, state: before, h, kernel, bias });
    const after = next.map((t, i) => (now.mask ? where(now.mask, t, before[i]!) : t));
    return [after, after[0]!] as const;
  };
  const { carry, ys } = scan(step as never, [...state], xs, { reverse }) as { carry: Tensor[]; ys: Tensor };
  return { ys: moveAxis(ys, 1, 0), state: carry };
}

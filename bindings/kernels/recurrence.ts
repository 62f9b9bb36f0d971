// All steps of simpleRnn, lstm and gru, forward and backward, one number after the other. Twin:
// assembly/kernels/recurrence.ts, which says how `saved` and the gradient lie.

import type { Operands } from '../instructions.js';
import type { Views } from '../run/memory.js';
import { GRU, gradWidth, LSTM, savedWidth } from './gates.js';
import { sigmoid, tanh } from './math/exp.js';

/** Where a step is: its number in time, where the state before it lies, and where that after it. */
function place(it: { steps: number; reverse: number }, turn: number): { t: number; before: number; after: number } {
  const t = it.reverse ? it.steps - 1 - turn : turn;
  return it.reverse ? { t, before: t + 1, after: t } : { t, before: t, after: t + 1 };
}

/** Each step: products of the state before with the recurrent kernel, and what the cell makes of these and of z. */
export function recurrence({ f }: Views, it: Operands<'recurrence'>): void {
  const { out, z, kernel, state, bias, mask, n, steps, units, gates } = it;
  const [width, columns] = [savedWidth(gates) * units, gates * units];
  const states = gates === LSTM ? 2 * units : units;
  const sums = new Float64Array(columns);
  for (let s = 0; s < n; s++) {
    const sample = out + s * (steps + 1) * width;
    const start = sample + (it.reverse ? steps * width : 0);
    for (let j = 0; j < width; j++) f[start + j] = j < states ? f[state + s * states + j]! : 0;
    for (let turn = 0; turn < steps; turn++) {
      const { t, ...rows } = place(it, turn);
      const [before, after] = [sample + rows.before * width, sample + rows.after * width];
      const isLeftOut = mask !== 0 && f[mask + s * steps + t] === 0;
      const input = z + (s * steps + t) * columns;
      if (isLeftOut) {
        for (let j = 0; j < width; j++) f[after + j] = j < states ? f[before + j]! : 0;
        continue;
      }
      sums.fill(0);
      for (let k = 0; k < units; k++) {
        const h = f[before + k]!;
        for (let j = 0; j < columns; j++) sums[j]! += h * f[kernel + k * columns + j]!;
      }
      for (let u = 0; u < units; u++) {
        const of = (gate: number): number => sums[gate * units + u]!;
        const zOf = (gate: number): number => f[input + gate * units + u]!;
        const save = (i: number, value: number): void => void (f[after + i * units + u] = value);
        const h = f[before + u]!;
        if (gates === LSTM) {
          const [i, forget, o] = [sigmoid(of(0) + zOf(0)), sigmoid(of(1) + zOf(1)), sigmoid(of(3) + zOf(3))];
          const g = tanh(of(2) + zOf(2));
          const c = forget * f[before + units + u]! + i * g;
          save(0, o * tanh(c));
          save(1, c);
          save(2, i);
          save(3, forget);
          save(4, g);
          save(5, o);
        } else if (gates === GRU) {
          const [r, update, q] = [sigmoid(of(0) + zOf(0)), sigmoid(of(1) + zOf(1)), of(2) + f[bias + u]!];
          const candidate = tanh(zOf(2) + r * q);
          save(0, candidate + update * (h - candidate));
          save(1, r);
          save(2, update);
          save(3, candidate);
          save(4, q);
        } else save(0, tanh(of(0) + zOf(0)));
      }
    }
  }
}

/** Carried gradients below this are 0, as in a scan. */
const LEAST = 2 ** -100;
const flushed = (x: number): number => (Math.abs(x) < LEAST ? 0 : x);

/** From the last step to the first: dL/dz of each, and the gradients by the states before, which are carried on. */
export function recurrenceGrad({ f }: Views, it: Operands<'recurrenceGrad'>): void {
  const { out, g, saved, kernel, mask, n, steps, units, gates } = it;
  const [width, across, columns] = [savedWidth(gates) * units, gradWidth(gates) * units, gates * units];
  const rows = gates === LSTM ? steps + 1 : steps;
  for (let s = 0; s < n; s++) {
    const [sample, to] = [saved + s * (steps + 1) * width, out + s * (steps + 1) * across];
    const h = new Float64Array(units);
    const c = new Float64Array(units);
    if (gates === LSTM) for (let u = 0; u < units; u++) c[u] = f[g + (s * rows + steps) * units + u]!;
    for (let turn = steps - 1; turn >= 0; turn--) {
      const { t, ...at } = place(it, turn);
      const [before, after, row] = [sample + at.before * width, sample + at.after * width, to + t * across];
      for (let u = 0; u < units; u++) h[u] = flushed(h[u]! + f[g + (s * rows + t) * units + u]!);
      if (mask !== 0 && f[mask + s * steps + t] === 0) {
        f.fill(0, row, row + across);
        continue;
      }
      for (let u = 0; u < units; u++) {
        const was = (i: number): number => f[after + i * units + u]!;
        const dh = h[u]!;
        h[u] = 0;
        if (gates === LSTM) {
          const [i, forget, candidate, o, t] = [was(2), was(3), was(4), was(5), tanh(was(1))];
          const dc = c[u]! + dh * o * (1 - t * t);
          f[row + u] = dc * candidate * (i - i * i);
          f[row + units + u] = dc * f[before + units + u]! * (forget - forget * forget);
          f[row + 2 * units + u] = dc * i * (1 - candidate * candidate);
          f[row + 3 * units + u] = dh * t * (o - o * o);
          c[u] = flushed(dc * forget);
        } else if (gates === GRU) {
          const [r, update, candidate, q] = [was(1), was(2), was(3), was(4)];
          const dn = (dh - dh * update) * (1 - candidate * candidate);
          f[row + u] = dn * q * (r - r * r);
          f[row + units + u] = dh * (f[before + u]! - candidate) * (update - update * update);
          f[row + 2 * units + u] = dn * r;
          f[row + 3 * units + u] = dn;
          h[u] = dh * update;
        } else f[row + u] = dh * (1 - was(0) ** 2);
      }
      for (let u = 0; u < units; u++) {
        let sum = 0;
        for (let j = 0; j < columns; j++) sum += f[row + j]! * f[kernel + j * units + u]!;
        h[u] = flushed(h[u]! + sum);
      }
    }
    const last = to + steps * across;
    f.fill(0, last, last + across);
    for (let u = 0; u < units; u++) {
      f[last + u] = h[u]!;
      if (gates === LSTM) f[last + units + u] = c[u]!;
    }
  }
}
